#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* Looking at files without opening them: nothing that is in one ever becomes a page. */
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { done, equal, match, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, setUp } from "./browser.mjs";
import { FileBrowser, plant, serveHome, workspaceOf } from "./files.mjs";

/* A picture of one colour, w × h. */
function png(w, h) {
	const chunk = (type, data) => {
		const body = Buffer.concat([Buffer.from(type), data]), out = Buffer.alloc(body.length + 8);
		out.writeUInt32BE(data.length);
		body.copy(out, 4);
		out.writeUInt32BE(crc(body), body.length + 4);
		return out;
	};
	const head = Buffer.alloc(13);
	head.writeUInt32BE(w);
	head.writeUInt32BE(h, 4);
	head.set([8, 2], 8);
	const lines = Buffer.alloc(h * (1 + 3 * w), 0x55);
	for (let y = 0; y < h; y++)
		lines[y * (1 + 3 * w)] = 0;
	return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), chunk("IHDR", head),
		chunk("IDAT", deflateSync(lines)), chunk("IEND", Buffer.alloc(0))]);
}

function crc(bytes) {
	let value = ~0;
	for (const byte of bytes) {
		value ^= byte;
		for (let bit = 0; bit < 8; bit++)
			value = value >>> 1 ^ (value & 1 ? 0xedb88320 : 0);
	}
	return ~value >>> 0;
}

const EVIL = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";
const { d, home } = await serveHome();
const browser = await open(d);
const key = await setUp(d);
const root = plant(join(home, "box"), {
	"picture.png": png(64, 32), "broken.png": "no picture", "evil.png": EVIL,
	"drawing.svg": `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">` +
		`<script>parent.document.title = "owned"</script><rect width="40" height="20"/></svg>`,
	"readme.md": `# Title\n\nSome **bold** text, a [link](https://example.org/) and ` +
		`![a picture](https://example.org/x.png).\n\n${EVIL}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n`,
	"table.csv": `name,size\n"Größe, alt",12\n${EVIL.replace(/"/g, '""')},3\n`,
	"page.html": EVIL, "plan.c": "int\nmain(void)\n{\n\treturn 0;\n}\n",
	"bytes.bin": Buffer.from([1, 0, 2, 0]), "paper.pdf": "%PDF-1.4\n%%EOF\n", "no.pdf": EVIL,
	"long.txt": "a line of text\n".repeat(60000), "empty": "",
});
const workspace = await workspaceOf(d.client(), root);
const profile = await browser.profile({ key });
const tab = await profile.tab();
const files = await new FileBrowser(tab, workspace.id).open();

async function look(name, kind) {
	await files.row(name).click();
	await files.pane.locator(`[data-preview="${kind}"][data-ready="true"]`).waitFor();
	await tab.says(files.preview.locator("h2"), name);
}

await test("a picture is shown, with its size", async () => {
	await look("picture.png", "image");
	await tab.says(files.preview.locator(".size"), "64 × 32");
	ok(await files.preview.locator("img").evaluate(img => img.src.startsWith("blob:")), "from its bytes");
});

await test("what only claims to be a picture is said to be none", async () => {
	for (const name of ["broken.png", "evil.png"]) {
		await look(name, "image");
		await tab.says(files.preview.locator(".broken"), /cannot be shown/);
	}
});

await test("a drawing is a picture, and nothing in it runs", async () => {
	await look("drawing.svg", "image");
	await tab.says(files.preview.locator(".size"), "40 × 20");
});

await test("Markdown is read as it is meant, HTML in it stays text, pictures are not fetched", async () => {
	await look("readme.md", "markdown");
	await tab.says(files.preview.locator("h1"), "Title");
	equal(await files.preview.locator("strong").innerText(), "bold");
	equal(await files.preview.locator("td").allInnerTexts(), ["1", "2"]);
	equal(await files.preview.locator("img, script").count(), 0, "elements that fetch or run");
	match(await files.preview.locator(".markdown").innerText(), /<img src=x onerror=/);
	await tab.button("Source").click();
	match(await files.preview.locator("pre").innerText(), /^# Title/);
});

await test("a table is a table", async () => {
	await look("table.csv", "table");
	equal(await files.preview.locator("th").allInnerTexts(), ["", "name", "size"]);
	equal(await files.preview.locator("tbody tr").first().locator("td").allInnerTexts(),
		["2", "Größe, alt", "12"]);
	equal(await files.preview.locator("img, script").count(), 0, "elements that fetch or run");
});

await test("code has its colours, a page of HTML is code, too", async () => {
	await look("plan.c", "text");
	await files.preview.locator('[data-code="keyword"], [data-code="type"]').first().waitFor();
	await look("page.html", "text");
	match(await files.preview.locator("pre").innerText(), /^<img src=x/);
	equal(await files.preview.locator("img, script").count(), 0, "elements that fetch or run");
});

await test("bytes that are no text are not shown as text", async () => {
	await look("bytes.bin", "binary");
	await tab.says(files.preview.locator(".none"), /no text/);
});

await test("of a long text the beginning is shown, and that it is so", async () => {
	await look("long.txt", "text");
	await tab.says(files.preview.locator(".cut-note"), "Only the first 500 KB are shown.");
});

await test("a PDF is opened by the browser, never within the page", async () => {
	await look("paper.pdf", "pdf");
	equal(await files.preview.locator("iframe, embed, object").count(), 0);
	const text = await files.preview.locator(".pdf").innerText();
	match(text, /Open the PDF|shows no PDF/);
	await look("no.pdf", "pdf");
	await tab.says(files.preview.locator(".pdf"), /no PDF/);
});

await test("an empty file has nothing to show, and the preview can be put away", async () => {
	await files.row("empty").click();
	await tab.says(files.preview.locator("h2"), "empty");
	await tab.press(" ");
	await files.preview.waitFor({ state: "detached" });
	await tab.press(" ");
	await files.preview.waitFor();
});

await test("nothing of all this has run", async () => {
	await until("the title is ours", async () => /Dispatch$/.test(await tab.page.title()));
});

await browser.quiet(FAILED_REQUEST);
await done();
