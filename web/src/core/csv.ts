/*
 * Tables in text (RFC 4180, and what is out there): fields between separators, quoted where they hold
 * one, quotes doubled. The separator is the one of the usual four that the first lines agree on.
 */

export interface CsvTable {
	rows: string[][];
	/** There are more rows than were asked for. */
	truncated: boolean;
}

const SEPARATORS = [',', ';', '\t', '|'];
const SAMPLE = 20;

/** The first `limit` rows. */
export function readCsv(text: string, limit: number, separator = separatorOf(text)): CsvTable {
	const rows: string[][] = [];
	let at = text.startsWith('\ufeff') ? 1 : 0;
	while (at < text.length) {
		if (rows.length === limit) return { rows, truncated: true };
		const row: string[] = [];
		at = readRow(text, at, separator, row);
		if (row.length > 1 || row[0] !== '') rows.push(row);
	}
	return { rows, truncated: false };
}

export function separatorOf(text: string): string {
	const head = text.slice(0, 20_000);
	const scores = SEPARATORS.map((separator) => {
		const { rows } = readCsv(head, SAMPLE, separator);
		const columns = rows[0]?.length ?? 1;
		const alike = rows.filter((row) => row.length === columns).length;
		return columns > 1 ? alike * 100 + columns : 0;
	});
	const best = Math.max(...scores);
	return best > 0 ? SEPARATORS[scores.indexOf(best)]! : ',';
}

/* Appends the fields of the row at `at`; returns where the next one begins. */
function readRow(text: string, at: number, separator: string, row: string[]): number {
	for (;;) {
		const [field, end] = text[at] === '"' ? readQuoted(text, at + 1) : readPlain(text, at, separator);
		let next = end;
		/* What stands between a closing quote and the separator belongs to the field. */
		let rest = '';
		while (next < text.length && text[next] !== separator && text[next] !== '\n' && text[next] !== '\r') rest += text[next++];
		row.push(field + rest);
		if (text[next] === separator) at = next + 1;
		else return next + (text[next] === '\r' && text[next + 1] === '\n' ? 2 : 1);
	}
}

function readQuoted(text: string, at: number): [string, number] {
	let field = '';
	for (;;) {
		const quote = text.indexOf('"', at);
		if (quote < 0) return [field + text.slice(at), text.length];
		field += text.slice(at, quote);
		if (text[quote + 1] !== '"') return [field, quote + 1];
		field += '"';
		at = quote + 2;
	}
}

function readPlain(text: string, at: number, separator: string): [string, number] {
	let end = at;
	while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end++;
	return [text.slice(at, end), end];
}
