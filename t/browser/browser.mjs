/*
 * People at browsers, for tests: Debian's chromium, driven through playwright-core, and words
 * for what a person sees and does in Dispatch.
 *
 *	const browser = await open(d);          one chromium; a Dispatch to look at
 *	const desk = await browser.profile();   a browser of its own: cookies, storage, locks
 *	const tab = await desk.tab();           a tab in it
 *	await tab.shell(); await tab.type("echo hello\n"); await tab.see("hello");
 *
 * Every tab remembers what its page complained of: errors on the console, errors that nobody
 * caught, violations of the content security policy. quiet() fails when there was anything
 * but what a test expects.
 */
import { existsSync } from "node:fs";
import { cleanup, equal, note, skipAll, test, until } from "../lib/tap.mjs";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);

const FLAGS = ["--disable-quic", "--disable-sync", "--disable-gpu", "--disable-breakpad",
	"--disable-background-networking", "--disable-component-update", "--no-first-run"];

export const DESK = { viewport: { width: 1440, height: 900 } };
export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1,
	hasTouch: true, isMobile: true };

/* What a browser itself says when a request fails: expected where servers are killed, and
 * where somebody is not signed in. */
export const FAILED_REQUEST = /^Failed to load resource/;

/* Ran before the page's own scripts: text instead of WebGL, and what breaks the policy. */
function prepare(renderer) {
	localStorage.setItem("dispatch.renderer", renderer);
	document.addEventListener("securitypolicyviolation", event => {
		console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ` +
			`${event.sourceFile}:${event.lineNumber} ${event.sample}`);
	});
}

/* The text of the terminal in front, from its buffer: one string per line as the program
 * printed it, however it is wrapped. */
function readTerminal(last) {
	const { terminal } = document.querySelector(".slot.front .host") ?? {};
	if (!terminal)
		return null;
	const buffer = terminal.buffer.active, lines = [];
	for (let y = last ? Math.max(0, buffer.length - last) : 0; y < buffer.length; y++) {
		const line = buffer.getLine(y), whole = !buffer.getLine(y + 1)?.isWrapped;
		const text = line.translateToString(whole);
		if (line.isWrapped && lines.length)
			lines[lines.length - 1] += text;
		else
			lines.push(text);
	}
	while (lines.length && !lines[lines.length - 1])
		lines.pop();
	return lines;
}

export class Tab {
	constructor(page, profile) {
		Object.assign(this, { page, profile, faults: [] });
		page.on("console", message => {
			if (message.type() === "error")
				this.faults.push(`${message.text()} (${message.location().url})`);
		});
		page.on("pageerror", error => this.faults.push(`not caught: ${error.stack}`));
		page.setDefaultTimeout(15000);
	}

	/** Opens an address below Dispatch's own. */
	async go(path = "") {
		await this.page.goto(this.profile.browser.d.url + path);
		return this;
	}

	/** What a screen reader would find. */
	role(role, name, options) {
		return this.page.getByRole(role, { name, exact: typeof name === "string", ...options });
	}

	button(name) {
		return this.role("button", name);
	}

	/** The pane in front; `state` narrows it: [data-status="exited"]. */
	pane(state = "") {
		return this.page.locator(`.slot.front section[data-session]${state}`);
	}

	row(id) {
		return this.page.locator(`[data-session-row="${id}"]`);
	}

	/** Makes a shell with the button, and waits for its prompt. Returns the session's id. */
	async shell() {
		const before = await this.session();
		await this.page.locator(".new [data-new=pty]").click();
		await until("the new shell is in front", async () => await this.session() !== before);
		await this.ready();
		await this.prompt();
		return this.session();
	}

	/** Opens a session of this profile's Dispatch. */
	async open(id) {
		await this.go(`#/s/${id}`);
		return this.ready();
	}

	/** Waits until the terminal in front shows all there is and has the focus. */
	async ready() {
		await this.pane('[data-state="live"]').waitFor();
		await this.link("live");
		await until("the terminal has the focus", () => this.page.evaluate(() =>
			document.activeElement?.classList.contains("xterm-helper-textarea") ||
			matchMedia("(pointer: coarse)").matches));
		return this.session();
	}

	/** The id of the session in front, or null. */
	session() {
		return this.page.evaluate(() => document.querySelector(".slot.front section")
			?.dataset.session ?? null);
	}

	/** Waits until the line to the server is one of these. */
	link(...states) {
		return until(`the line is ${states.join(" or ")}`, async () =>
			states.includes(await this.page.evaluate(() =>
				document.querySelector(".workspace")?.dataset.link)), 20000);
	}

	/** The size that the terminal in front has: {cols, rows}. */
	size() {
		return this.page.evaluate(() => {
			const { terminal } = document.querySelector(".slot.front .host") ?? {};
			return terminal ? { cols: terminal.cols, rows: terminal.rows } : null;
		});
	}

	lines() {
		return this.page.evaluate(readTerminal, 0);
	}

	/** The last lines, as one text, without the spaces at their ends. */
	async text() {
		const lines = await this.page.evaluate(readTerminal, 400) ?? [];
		return lines.map(line => line.trimEnd() + "\n").join("");
	}

	/** Waits until the terminal shows it: a string or a pattern. */
	async see(what, ms = 15000) {
		let text = "";
		const found = async () => {
			text = await this.text();
			return what instanceof RegExp ? what.exec(text) : text.includes(what);
		};
		return until(`the terminal shows ${what}`, found, ms).catch(e => {
			e.message += `\nthe terminal: ${text.split("\n").slice(-20).join("\n")}`;
			throw e;
		});
	}

	/** Waits until the shell asks for a command. */
	prompt() {
		return this.see(/[$#]\n$/);
	}

	/** Runs a command that reads what is typed, and waits until it does. */
	async run(command) {
		await this.type(`echo begin; ${command}\n`);
		await this.see(/\nbegin\n[^]*$/);
	}

	/** Types on the keyboard, key by key; \n is Enter. */
	type(text, options) {
		return this.page.keyboard.type(text, options);
	}

	/** Presses one key or chord, "Control+K". */
	press(key) {
		return this.page.keyboard.press(key);
	}

	/** Waits until the locator's text is, or matches, this. */
	says(locator, what) {
		return until(`the page says ${what}`, async () => {
			const text = await locator.first().innerText({ timeout: 200 }).catch(() => "");
			return what instanceof RegExp ? what.exec(text) : text === what;
		});
	}

	async reload() {
		await this.page.reload();
		return this;
	}
}

export class Profile {
	constructor(browser, context) {
		Object.assign(this, { browser, context, tabs: [] });
	}

	async tab(path) {
		const tab = new Tab(await this.context.newPage(), this);
		this.tabs.push(tab);
		return path === undefined ? tab : tab.go(path);
	}

	/** Signs in without the page, with the administrator's access key. */
	async signIn(key) {
		const { d } = this.browser;
		const reply = await this.context.request.post(`${d.url}api/auth/login`,
			{ data: { provider: "access-key", key } });
		equal(reply.status(), 200, "signing in");
		return this;
	}

	close() {
		return this.context.close();
	}
}

export class Browser {
	constructor(chromium, d) {
		Object.assign(this, { chromium, d, profiles: [] });
	}

	/** A new browser, as far as pages can tell. `renderer` "auto" draws with WebGL. */
	async profile({ key, renderer = "dom", ...options } = {}) {
		const context = await this.chromium.newContext({ ...DESK, colorScheme: "dark",
			reducedMotion: "reduce", ...options });
		await context.grantPermissions(["clipboard-read", "clipboard-write"],
			{ origin: new URL(this.d.url).origin });
		await context.addInitScript(prepare, renderer);
		const profile = new Profile(this, context);
		this.profiles.push(profile);
		return key ? profile.signIn(key) : profile;
	}

	/** A test of its own: no page complained, but of what is expected. */
	quiet(...expected) {
		return test("no page reported an error or broke the content security policy", () => {
			const faults = this.profiles.flatMap(profile => profile.tabs)
				.flatMap(tab => tab.faults)
				.filter(fault => !expected.some(pattern => pattern.test(fault)));
			equal(faults, [], "complaints");
		});
	}
}

/* A sandbox needs a kernel that lets ordinary people have one. */
async function launch(chromium) {
	const options = { executablePath: CHROMIUM, headless: true };
	if (process.getuid() === 0)
		return chromium.launch({ ...options, args: [...FLAGS, "--no-sandbox"] });
	try {
		return await chromium.launch({ ...options, chromiumSandbox: true, args: FLAGS });
	} catch (e) {
		if (!/sandbox/i.test(e.message))
			throw e;
		note("this machine lets no ordinary user sandbox a browser: without a sandbox");
		return chromium.launch({ ...options, args: [...FLAGS, "--no-sandbox"] });
	}
}

/** A browser for a running Dispatch; skips the file, saying why, where there is none. */
export async function open(d) {
	const { chromium } = await import("playwright-core").catch(() => ({}));
	if (!chromium)
		await skipAll("playwright-core is not installed; run npm ci in t/");
	if (!CHROMIUM)
		await skipAll("chromium is not installed");
	const running = await launch(chromium);
	cleanup(() => running.close());
	return new Browser(running, d);
}

/** Sets Dispatch up without a page; resolves to the administrator's access key. */
export async function setUp(d, name = "Ada") {
	const reply = await d.client(null).post("api/setup", { code: await d.setupCode(), name });
	equal(reply.status, 201, `setup: ${reply.body}`);
	return reply.json.key;
}
