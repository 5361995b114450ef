#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/*
 * One browser lets another in: the phone reads the code that the desk shows, as a camera would, and
 * the desk types or reads the code that a phone shows.
 */
import decodeQR from "qr/decode.js";
import { serve } from "../lib/dispatch.mjs";
import { done, equal, match, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, PHONE, open, setUp } from "./browser.mjs";

const d = await serve({ args: ["--set", "auth.device=1"] });
const browser = await open(d);
const key = await setUp(d, "Ada");
const desk = await browser.profile({ key });
const screen = await desk.tab("#/pair");
const camera = await (await browser.profile()).tab("");
const phone = device => browser.profile({ ...PHONE, ...device });

/* What a camera before the screen reads. */
async function scan(tab) {
	const code = tab.page.locator('svg[role="img"]');
	await code.waitFor();
	const picture = (await code.screenshot()).toString("base64");
	const { width, height, data } = await camera.page.evaluate(async base64 => {
		const image = new Image();
		image.src = `data:image/png;base64,${base64}`;
		await image.decode();
		const canvas = new OffscreenCanvas(image.width, image.height);
		const context = canvas.getContext("2d");
		context.drawImage(image, 0, 0);
		const { width, height, data } = context.getImageData(0, 0, image.width, image.height);
		return { width, height, data: [...data] };
	}, picture);
	return decodeQR({ width, height, data: Uint8Array.from(data) });
}

await test("a phone that scans the code is signed in with one tap", async () => {
	const address = await scan(screen);
	match(address.replace(d.url, ""), /^#pair=[a-z2-7]{52}$/, "what the code says");
	const tab = await (await phone()).tab();
	await tab.page.goto(address);
	await tab.role("heading", "Sign in on this device").waitFor();
	ok(!(await tab.page.locator(".workspace").isVisible()), "not before the tap");
	await tab.button("Sign in here").tap();
	await tab.row("none").or(tab.page.getByText("No sessions yet")).first().waitFor();
	equal(new URL(tab.page.url()).hash, "#/", "the code in the address");
	const me = await tab.profile.context.request.get(`${d.url}api/auth/me`);
	equal((await me.json()).user.name, "Ada");
});

await test("the desk says which device that was", async () => {
	await screen.page.locator("[data-pairing=done]").waitFor();
	await screen.says(screen.page.locator("[data-pairing] [role=status]"), /^Chrome on \w+ is signed in as you\.$/);
	await screen.button("Pair another one").click();
	await screen.page.locator("[data-pairing=ready]").waitFor();
});

await test("a code that was used says so, in a sentence", async () => {
	const address = await scan(screen);
	const reply = await d.client(null).post("api/auth/login", { provider: "pairing",
		device_code: address.split("#pair=")[1] }, { headers: { "sec-fetch-site": "same-origin" } });
	equal(reply.status, 200, "used by another");
	const tab = await (await phone()).tab();
	await tab.page.goto(address);
	await tab.button("Sign in here").tap();
	await tab.says(tab.role("alert"), "This code was used already, or is too old.");
	await tab.button("Do not sign in").tap();
	await tab.role("heading", "Sign in").waitFor();
});

/* A browser that nobody is signed in on shows its code. */
async function waits(tab) {
	await tab.button("Use a device that is signed in").tap();
	const box = tab.page.locator("[data-user-code]");
	await box.waitFor();
	return box.getAttribute("data-user-code");
}

await test("a device that shows a code says who it is, and is let in from the desk", async () => {
	d.sql("state", "DELETE FROM rate_limit");
	const tab = await (await phone()).tab("");
	const code = await waits(tab);
	await screen.go("#/device");
	const field = screen.page.getByLabel("Code", { exact: true });
	await field.waitFor();
	await until("the field has the focus", () =>
		field.evaluate(input => input === document.activeElement));
	await screen.type(code.toLowerCase().replace("-", " "));
	equal(await field.inputValue(), code, "as it is shown there");
	await screen.press("Enter");
	const asks = screen.page.locator(`[data-asks="${code}"]`);
	await asks.waitFor();
	match(await asks.innerText(), /127\.0\.0\.1/, "the address");
	match(await asks.innerText(), /Chrome on \w+/, "the program");
	match(await asks.innerText(), /\d\d:\d\d, just now/, "the time");
	await screen.button("Let it in").click();
	await screen.page.locator("[data-answer=approved]").waitFor();
	await tab.page.getByText("No sessions yet").waitFor();
});

await test("what a camera reads leads to the same question, and no is an answer", async () => {
	const tab = await (await phone()).tab("");
	const code = await waits(tab);
	const address = await scan(tab);
	equal(address, `${d.url}#/device/${code}`);
	await screen.page.goto(address);
	await screen.page.locator(`[data-asks="${code}"]`).waitFor();
	await screen.button("Refuse").click();
	await screen.page.locator("[data-answer=denied]").waitFor();
	await tab.says(tab.role("alert"), "This device was refused.");
	await tab.button("New code").tap();
	await until("another code", async () =>
		![code, null].includes(await tab.page.locator(".wait").getAttribute("data-user-code")));
});

await test("a program is let in no further than is chosen", async () => {
	const form = body => d.client(null).request("POST", `api/auth/${body.path}`, {
		body: new URLSearchParams(body.with).toString(),
		headers: { "content-type": "application/x-www-form-urlencoded" } });
	const grant = (await form({ path: "device", with: { client_id: "backup", scope: "drive" } })).json;
	await screen.go(`#/device/${grant.user_code}`);
	await screen.says(screen.page.locator("[data-asks]"), /The program “backup”/);
	const choice = screen.page.getByLabel("Let it");
	equal(await choice.locator("option").allInnerTexts(), ["read", "drive"], "never further");
	await choice.selectOption("read");
	await screen.button("Let it in").click();
	await screen.page.locator("[data-answer=approved]").waitFor();
	const token = (await form({ path: "token", with: { client_id: "backup",
		device_code: grant.device_code,
		grant_type: "urn:ietf:params:oauth:grant-type:device_code" } })).json;
	equal(token.scope, "read");
});

await test("too many wrong codes are told, with how long to wait", async () => {
	d.sql("state", "DELETE FROM rate_limit");
	await screen.go("#/device");
	const field = screen.page.getByLabel("Code", { exact: true });
	await field.fill("BCDFGHJK");
	for (let i = 0; i < 5; i++) {
		const answer = screen.page.waitForResponse(/device\/show/);
		await screen.button("Continue").click();
		equal((await answer).status(), 403);
		await screen.says(screen.role("alert"), /^No device waits with this code\./);
	}
	await screen.button("Continue").click();
	await screen.says(screen.role("alert"), /^There were too many wrong codes\. You can try again in \d+ seconds\.$/);
	ok(await screen.button("Continue").isDisabled(), "nothing to do meanwhile");
});

await browser.quiet(FAILED_REQUEST);
await done();
