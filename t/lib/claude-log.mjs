/*
 * Claude sessions whose logs were written long ago: rows and events put into events.db, so that a
 * test can have any log it wants, of any length, behind the real REST and stream.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { newId } from "./client.mjs";

const quoted = text => `'${String(text).replaceAll("'", "''")}'`;

/**
 * Writes a session with these events, [channel, type, data, ms since the event before], into
 * the database in `dir`, for the user who is its only one. Returns the session's id.
 */
export function writeClaudeLog(dir, events, { title = "", cwd = "/tmp", status = "exited",
	attention = "none", preview = "", start = Date.now() - 3600_000 } = {}) {
	const id = newId();
	let ts = start;
	const rows = events.map(([channel, type, data, after = 1000], index) => {
		ts += after;
		const text = [channel, type, JSON.stringify(data ?? {})].map(quoted);
		return `(${[index + 1, ts, ...text].join(", ")})`;
	});
	const sql = [`ATTACH ${quoted(join(dir, "state.db"))} AS state;`, "BEGIN;",
		`INSERT INTO run_session (id, owner, kind, title, status, attention, cwd,
			command_json, env_json, cols, rows, created_at, updated_at, started_at,
			ended_at, exit_code, preview, last_seq, cookie, boot_id)
		SELECT '${id}', id, 'claude', ${quoted(title)}, '${status}', '${attention}',
			${quoted(cwd)}, '["claude"]', '{}', 80, 24, ${start}, ${ts}, ${start},
			${status === "exited" ? `${ts}, 0` : "NULL, NULL"}, ${quoted(preview)},
			${rows.length}, x'00', '' FROM state.user LIMIT 1;`];
	for (let at = 0; at < rows.length; at += 500)
		sql.push(`INSERT INTO session_event (session, seq, ts, channel, type, data_json)
			SELECT number, column1, column2, column3, column4, column5
			FROM (VALUES ${rows.slice(at, at + 500).join(",\n")}), run_session
			WHERE id = '${id}';`);
	sql.push("COMMIT;");
	const { status: code, stderr } = spawnSync("sqlite3", ["-bail", join(dir, "events.db")],
		{ input: `.timeout 10000\n${sql.join("\n")}\n`, encoding: "utf8" });
	if (code !== 0)
		throw new Error(`sqlite3: ${stderr}`);
	return id;
}

/** The events of `turns` turns: a prompt, a text of a few lines, a command with its output. */
export function longConversation(turns) {
	const events = [["session:status", "status", { status: "running" }]];
	for (let i = 0; i < turns; i++) {
		const uuid = `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`;
		const id = `toolu_${i}`, message = `msg_${i}`;
		events.push(
			["claude:input", "queued", { uuid, text: `Question ${i} about the engine` }],
			["claude:input", "started", { uuid }],
			["claude:message", "text", { message, text: `Answer **${i}**.\n\n` +
				"The engine reads a page, then the next, ".repeat(1 + i % 7) + "\n\n" +
				"- a point\n- another one\n" }],
			["claude:message", "tool_call", { id, message, name: "Bash", kind: "execute",
				title: `echo ${i}`, input: { command: `echo ${i}` } }],
			["claude:message", "tool_result", { id, is_error: false,
				text: `a line of ${i}\n`.repeat(1 + i % 9) }],
			["claude:message", "turn", { reason: "completed", duration_ms: 1200, turns: 1,
				cost_usd: 0.001 * i, usage: { input: 10, output: 20 }, denials: 0 }],
			["claude:input", "completed", { uuid }]);
	}
	return events;
}
