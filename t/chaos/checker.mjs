/*
 * Compares what people did with what came of it. `words` are what a program got, in its
 * order; the records say what people were told. Each finding is a sentence.
 */

/** Words by how often they are there. */
function tally(words) {
	const times = new Map();
	for (const word of words)
		times.set(word, (times.get(word) ?? 0) + 1);
	return times;
}

/* Of each writer, in the order in which it sent them. */
function disorder(words, records) {
	const place = new Map(words.map((word, i) => [word, i]));
	const last = new Map();
	const findings = [];
	for (const { writer, word } of records) {
		const at = place.get(word);
		if (at === undefined)
			continue;
		if (at < (last.get(writer) ?? -1))
			findings.push(`${word} came before what was typed earlier`);
		last.set(writer, at);
	}
	return findings;
}

/**
 * Returns { sent, accepted, unknown, lost, doubled, findings }. `expired`: inputs that the log
 * says were dropped; `ended`: the session was lost, and with it what had not arrived.
 */
export function checkInput(words, records, { expired = 0, ended = false } = {}) {
	const times = tally(words), known = new Map(records.map(r => [r.word, r]));
	const missing = records.filter(r => r.outcome === "accepted" && !times.has(r.word));
	const doubled = [...times].filter(([, n]) => n > 1).map(([word]) => word);
	const findings = [
		...doubled.map(word => `${word} was applied ${times.get(word)} times`),
		...words.filter(word => !known.has(word)).map(word => `nobody typed ${word}`),
		...records.filter(r => r.outcome === "refused" && times.has(r.word))
			.map(r => `${r.word} was refused and applied`),
		...disorder(words, records),
	];
	const lost = ended ? 0 : Math.max(0, missing.length - expired);
	if (lost)
		findings.push(`${missing.map(r => r.word)} were accepted and not applied; the log ` +
			`tells of ${expired} that were dropped`);
	return {
		sent: records.length,
		accepted: records.filter(r => r.outcome === "accepted").length,
		unknown: records.filter(r => r.outcome === "unknown").length,
		lost,
		doubled: doubled.length,
		findings,
	};
}

/** What is left over of a Dispatch that has nothing to do; each finding is a sentence. */
export function leftOvers({ shims, zombies, sockets, commands, live, programs, files }) {
	return [
		...shims.map(pid => `shim ${pid} is left`),
		...zombies.map(pid => `process ${pid} is a zombie`),
		...programs.map(pid => `program ${pid} is left`),
		...sockets.map(name => `${name} is left in run/shim`),
		...files.map(name => `${name} is left`),
		...(commands ? [`${commands} commands are left`] : []),
		...live.map(id => `session ${id} is said to live`),
	];
}
