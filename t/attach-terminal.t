#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * dispatch attach in a real terminal, beside a client that speaks HTTP. The terminal is one of a
 * second Dispatch: its shell is where a person calls the command, its log has each byte that
 * reached the terminal, and its API resizes it.
 */
import { join } from "node:path";
import { Screen } from "./lib/client.mjs";
import { child, dispatch, program, serve, temporary } from "./lib/dispatch.mjs";
import { cleanup, done, equal, match, ok, test, until } from "./lib/tap.mjs";
import { makeXterm } from "./lib/terminal.mjs";
import * as proc from "./lib/proc.mjs";

const d = await serve(), client = d.client();
const home = await serve(), people = home.client();

/** A terminal in which a person sits before a prompt. */
class Seat extends Screen {
	static async take(cols = 80, rows = 24) {
		const { id } = await people.create(["bash", "--norc", "--noprofile"],
			{ cols, rows, env: { PS1: "at home$ ", DISPATCH: program("dispatch"), DIR: d.dir } });
		const seat = new Seat(people, id);
		cleanup(() => seat.close());
		Object.assign(seat, { cols, rows, id });
		await seat.see("at home$ ");
		await seat.type("stty -a >before\r");
		return seat;
	}
}

const session = async (command, options = {}) => {
	const { id } = await client.create(command, options);
	return id;
};

await test("try", async () => {
	const id = await session(["sh"], { title: "one" });
	const seat = await Seat.take();
	await seat.type("$DISPATCH attach --dir $DIR one\r");
	await seat.type("echo hal''lo; stty size\r");
	await seat.see("hallo");
	await seat.type("exit 3\r");
	await seat.see("ended with code 3");
	await seat.type("echo is $?\r");
	await seat.see("is 3").finally(() => console.log(JSON.stringify(seat.text)));
});
await done();
