/*
 * Everything is struck, in random order, while one program prints as fast as 20 MB/s, others
 * print and are typed to, and short ones come and go, through a bad network. At the end the
 * clients' own records are compared with each other and with what the server says.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { newId } from "../lib/client.mjs";
import { counter } from "../lib/counter.mjs";
import { sanitized, serve } from "../lib/dispatch.mjs";
import * as proc from "../lib/proc.mjs";
import { equal, ok, sleep, until } from "../lib/tap.mjs";
import { checkInput, leftOvers } from "./checker.mjs";
import { ask, Jumper, Person, screen, tryCreate, Watcher } from "./people.mjs";
import { proxy } from "./proxy.mjs";
import { Random } from "./random.mjs";
import { sampler } from "./faults.mjs";

const LOUD = sanitized ? 4e6 : 20e6;
const QUIET = 50000;
const SETTLE_MS = 120000;

/** So that no limit is met, nothing is forgotten, and silence is noticed soon. */
export const settings = ["session.limit=4096", "stream.limit=4096", "stream.heartbeat=400",
	"retention.bytes=0"]
	.flatMap(setting => ["--set", setting]);

/* One run on one Dispatch: its people, its programs, and what they add up to. */
export class Kills {
	constructor(web, name) {
		Object.assign(this, { web, random: new Random(`${name} ${web}`), strikes: new Map(),
			gaps: new Map(), waiting: [], people: [], watchers: [], jumpers: [], short: [],
			victims: [],
			mark: `CHAOS=${newId()}`, unknownCreates: 0, loud: LOUD });
		this.totals = { bytes: 0, sent: 0, accepted: 0, unknown: 0, expired: 0, lost: 0,
			doubled: 0, retries: 0, known: 0, breaks: 0, jumps: 0, exits: 0, killedShims: 0 };
		this.env = Object.fromEntries([this.mark.split("=")]);
	}

	async begin(pause) {
		this.d = await serve({ web: this.web, args: settings,
			...(this.dir && { dir: this.dir }) });
		this.direct = this.d.client();
		const seed = () => this.random.below(2 ** 31);
		this.rough = await proxy(this.d, "rough", seed());
		this.phone = await proxy(this.d, "phone", seed());
		this.net = { pending: [], pause, proxies: [this.rough, this.phone] };
		await this.settleIn();
		this.baseline = await this.fds();
	}

	/* The loud one; two that are typed to; and who watches them, from near and from afar. */
	async settleIn() {
		const create = rate => this.direct.create(counter(rate), { env: this.env });
		const [loud, near, far] = [await create(this.loud), await create(QUIET), await create(QUIET)];
		const [rough, phone] = [this.rough.client(), this.phone.client()];
		this.sessions = [loud.id, near.id, far.id];
		this.near = this.watch(this.direct, [near.id], { on: { event: event =>
			this.seen(event) } });
		this.watch(rough, [loud.id]);
		const away = this.watch(phone, [far.id]);
		this.watch(rough, [near.id, far.id], { window: 0 });
		this.jumpers = [new Jumper(rough, loud.id), new Jumper(phone, loud.id),
			new Jumper(phone, near.id, { keep: true })];
		/* What is typed before a counter has put its terminal in raw mode is echoed. */
		for (const watcher of [this.near, away])
			await watcher.until("output", () => watcher.bytes > 0);
		this.person(rough, near.id, "a");
		this.person(phone, near.id, "b");
		this.person(rough, far.id, "c");
		this.person(phone, far.id, "d");
		await this.near.until("output", () => this.near.bytes > 10000);
	}

	watch(client, ids, options) {
		const watcher = new Watcher(client, ids, options);
		this.watchers.push(watcher);
		return watcher;
	}

	person(client, id, name) {
		const person = new Person(client, id, new Random(name, this.random.below(2 ** 31)));
		this.people.push(person);
		return person.start();
	}

	/* ---- striking ---- */

	/* The first event from after a strike ends the gap that it made. */
	seen(event) {
		this.waiting = this.waiting.filter(({ name, at }) => {
			if (event.ts <= at)
				return true;
			const gaps = this.gaps.get(name) ?? [];
			this.gaps.set(name, [...gaps, Date.now() - at]);
			return false;
		});
	}

	count(name) {
		this.strikes.set(name, (this.strikes.get(name) ?? 0) + 1);
	}

	/** Something was done at this time: it is counted, and its gap measured. */
	note(name, at) {
		this.count(name);
		this.waiting.push({ name, at });
	}

	async strike({ name, strike }) {
		const at = Date.now();
		if (await strike(this.d, this.random, this.net))
			this.note(name, at);
	}

	/** Strikes until `enough(strikes)`. serve starts at once again what ran for a second. */
	async go(enough) {
		let n = 0;
		for (const fault of sampler(this.random)) {
			if (enough(n))
				break;
			await this.strike(fault);
			if (n++ % 2 === 0)
				this.short.push(this.shortOne(n));
			if (n % 5 === 3)
				this.victims.push(this.victim());
			await sleep(this.random.chance(0.7) ? this.random.between(1050, 1300)
				: this.random.between(0, 500));
			this.complain();
		}
		await Promise.all(this.net.pending);
	}

	/* Fails early, where it happened. */
	complain() {
		for (const { error } of [...this.watchers, ...this.jumpers, ...this.people])
			if (error)
				throw error;
	}

	/* A program that ends soon, in one of the ways to end. */
	async shortOne(n) {
		const signal = n % 3 === 0;
		const end = signal ? "kill -TERM $$" : `exit ${n % 200}`;
		const id = await tryCreate(this.direct, ["sh", "-c", `echo ${n}; sleep ` +
			`${this.random.between(0, 2).toFixed(2)}; ${end}`], { env: this.env });
		if (!id)
			this.unknownCreates++;
		return { id, text: `${n}\r\n`, code: signal ? null : n % 200,
			signal: signal ? "TERM" : null };
	}

	/* A session whose shim is killed: it must say so, and keep what was seen. */
	async victim() {
		const id = await tryCreate(this.direct, counter(1e6), { env: this.env });
		if (!id) {
			this.unknownCreates++;
			return null;
		}
		const watcher = new Watcher(this.rough.client(), [id]);
		await watcher.until("output", () => watcher.bytes > 0, SETTLE_MS);
		const person = this.person(this.rough.client(), id, id);
		await watcher.until("output of who is to be killed", () => watcher.bytes > 100000,
			SETTLE_MS);
		for (const pid of this.d.shims())
			if (proc.words(pid)[1]?.includes(id))
				proc.kill(pid);
		this.count("kill shim");
		await watcher.until("news of the killed shim", () => watcher.final.has(id), SETTLE_MS);
		person.gone = true;
		await person.stop();
		watcher.close();
		return { id, watcher, person };
	}

	/* ---- the end ---- */

	async finish() {
		for (const bad of this.net.proxies)
			await bad.set("calm");
		await until("serve is there", () => this.d.process, SETTLE_MS);
		this.victims = (await Promise.all(this.victims)).filter(Boolean);
		this.short = (await Promise.all(this.short)).filter(({ id }) => id);
		const typists = this.people.filter(({ id }) => this.sessions.includes(id));
		for (const person of typists)
			await person.stop();
		for (const id of this.sessions)
			await this.quit(id);
		for (const watcher of this.watchers)
			await watcher.until("all ends are seen", () =>
				[...watcher.seq.keys()].every(id => watcher.final.has(id)), SETTLE_MS);
		/* One who comes last has most behind it. */
		this.jumpers.push(new Jumper(this.direct, this.sessions[1], { keep: true }));
		for (const jumper of this.jumpers)
			await this.arrive(jumper);
		this.complain();
		for (const watcher of [...this.watchers, ...this.jumpers])
			watcher.close();
	}

	/* The event of the end may be among what was skipped. */
	async arrive(jumper) {
		const { last_seq } = await ask(this.direct, jumper.id);
		await jumper.until("the last event", () => jumper.seq.get(jumper.id) === last_seq,
			SETTLE_MS);
	}

	quit(id) {
		const person = new Person(this.direct, id, this.random);
		this.people.push(person);
		return person.quit();
	}

	check() {
		return Promise.all([this.checkSessions(), this.checkJumpers(), this.checkVictims(),
			this.checkShort()]);
	}

	add(result, id) {
		for (const name of Object.keys(result))
			if (name in this.totals)
				this.totals[name] += result[name];
		equal(result.findings, [], `input of session ${id}`);
	}

	/* Who watched the same must have seen the same; and each ended as it was told. */
	async checkSessions() {
		for (const watcher of this.watchers) {
			this.totals.bytes += watcher.bytes;
			this.totals.breaks += watcher.breaks;
		}
		for (const id of this.sessions) {
			const watchers = this.watchers.filter(({ seq }) => seq.has(id));
			const [{ words, line }] = watchers.map(watcher => watcher.counts.get(id));
			for (const watcher of watchers) {
				const count = watcher.counts.get(id);
				equal([count.words, count.line, count.rest.length], [words, line, 0],
					`what another watcher saw of ${id}`);
				equal([watcher.final.get(id).status, watcher.final.get(id).exit_code],
					["exited", 0], `the end of ${id}`);
			}
			const records = this.people.filter(person => person.id === id)
				.flatMap(person => person.records);
			const expired = watchers[0].expired.get(id);
			this.totals.expired += expired;
			this.add(checkInput(words, records, { expired }), id);
			const { status, exit_code, run } = await ask(this.direct, id);
			equal([status, exit_code, run], ["exited", 0, 1], `session ${id}`);
			this.totals.exits++;
		}
		for (const { retries, known } of this.people) {
			this.totals.retries += retries;
			this.totals.known += known;
		}
	}

	/* Who skipped some of it shows the same at the end as who saw all. */
	async checkJumpers() {
		for (const jumper of this.jumpers) {
			const { id } = jumper, count = jumper.counts.get(id);
			const { line } = this.watchers.find(({ seq }) => seq.has(id)).counts.get(id);
			equal([count.line, count.rest.length], [line, 0], `lines of ${id} to the end`);
			this.totals.jumps += jumper.jumps;
			this.totals.breaks += jumper.breaks;
		}
		const near = this.sessions[1], all = screen([await this.direct.output(near)]);
		for (const jumper of this.jumpers.filter(({ keep }) => keep))
			equal(jumper.screen(), all, `the last screen of ${near}`);
	}

	async checkVictims() {
		for (const { id, watcher, person } of this.victims) {
			const count = watcher.counts.get(id);
			equal(watcher.final.get(id).status, "lost", `the end of ${id}`);
			equal((await ask(this.direct, id)).status, "lost", `session ${id}`);
			const events = await this.direct.events(id);
			ok(events.at(-1).seq >= watcher.seq.get(id), `the log of ${id} has what was seen`);
			/* That a waiting input was dropped may be told later. */
			equal(events.slice(watcher.seq.get(id)).filter(event =>
				event.type !== "input-expired"), [], `after the end of ${id}`);
			this.add(checkInput(count.words, person.records, { ended: true }), id);
			this.totals.killedShims++;
			this.totals.bytes += watcher.bytes;
		}
	}

	async checkShort() {
		for (const { id, text, code, signal } of this.short) {
			const session = await until(`${id} ends`, async () => {
				const now = await ask(this.direct, id);
				return ["exited", "lost", "failed"].includes(now.status) && now;
			}, SETTLE_MS);
			equal([session.status, session.exit_code, session.exit_signal],
				["exited", code, signal], `the end of ${id}`);
			equal((await this.direct.output(id)).toString(), text, `output of ${id}`);
			this.totals.exits++;
		}
	}

	/* Open files of the runner, once it has nothing to do. */
	async fds() {
		const pid = await this.d.runner();
		return readdirSync(`/proc/${pid}/fd`).length;
	}

	/* ---- nothing is left ---- */

	async look() {
		const { d } = this;
		const list = (await this.direct.get("api/sessions")).json.items;
		const shims = join(d.dir, "run/shim");
		return leftOvers({
			shims: d.shims(),
			programs: proc.marked(this.mark),
			zombies: [...proc.descendants(d.process.pid), ...proc.children(process.pid)]
				.filter(pid => proc.stat(pid)?.state === "Z"),
			sockets: existsSync(shims) ? readdirSync(shims) : [],
			files: readdirSync(d.dir).filter(name => /tmp|temp|~$/.test(name)),
			commands: d.sql("state", "SELECT count(*) AS n FROM command WHERE session<>''")[0].n,
			live: list.filter(session => !["exited", "failed", "lost"].includes(session.status))
				.map(session => session.id),
		});
	}

	/* Asked for, and made; only nobody was told. */
	async endStrangers() {
		const known = new Set([...this.sessions, ...this.short.map(({ id }) => id),
			...this.victims.map(({ id }) => id)]);
		const strangers = (await this.direct.get("api/sessions")).json.items
			.filter(({ id }) => !known.has(id));
		ok(strangers.length <= this.unknownCreates, "sessions that nobody asked for",
			strangers.length, this.unknownCreates);
		for (const { id } of strangers)
			await this.direct.delete(`api/sessions/${id}?force=1`);
	}

	async checkLeftOvers() {
		let left;
		await this.endStrangers();
		await until("nothing is left", async () =>
			(left = await this.look().catch(e => [e.message])).length === 0, 30000)
			.catch(e => { e.message += `\n${left.join("\n")}`; throw e; });
		/* With three sessions and their watchers it had more open than with none. */
		let open;
		await until("the runner closes what it opened", async () =>
			(open = await this.fds()) <= this.baseline, 20000).catch(e => {
			e.message += `: ${open}, once ${this.baseline}`;
			throw e;
		});
	}

	/** From begin to end, with what happens in between; resolves to itself. */
	async whole(happen, pause = 1500) {
		try {
			await this.begin(pause);
			await happen(this);
			await this.finish();
			await this.check();
			await this.checkLeftOvers();
		} finally {
			await this.end();
		}
		return this;
	}

	async end() {
		for (const bad of this.net?.proxies ?? [])
			bad.end();
		for (const watcher of [...this.watchers, ...this.jumpers])
			watcher.close();
		for (const person of this.people)
			person.stopping = person.gone = true;
		await this.d?.clean();
	}
}

/** One run on one web server; resolves to the Kills, whose totals can be shown. */
export const kills = (web, name, enough, pause) =>
	new Kills(web, name).whole(run => run.go(enough), pause);
