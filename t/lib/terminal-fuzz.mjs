/* Random recordings for the terminal model: mostly sense, some nonsense, from a seed. */

/** A generator of numbers: below(n) is 0 to n - 1. */
export function random(seed) {
	let a = seed >>> 0;
	const next = () => {
		a = a + 0x6d2b79f5 >>> 0;
		let t = Math.imul(a ^ a >>> 15, a | 1);
		t ^= t + Math.imul(t ^ t >>> 7, t | 61);
		return (t ^ t >>> 14) >>> 0;
	};
	const below = n => next() % n;
	return { below, pick: list => list[below(list.length)], chance: percent =>
		below(100) < percent };
}

const words = ["a", "hello", "The quick brown fox ", "    ", "x", "|", "~q{}#@[\\]", "0123456789",
	"e\u0301", "漢字", "表", "é", "ü–…", "😀", "👩\u200d👩", "한", "\u0301", "ก็", "❤\ufe0f", "│─┐",
	"ﾊﾝｶｸ", "\u00ad", "\ud83c\udff4"];
const sgr = ["", "0", "1", "2", "3", "4", "4:3", "4:0", "5", "7", "8", "9", "21", "22", "23", "24",
	"25", "27", "28", "29", "31", "42", "97", "104", "38;5;208", "48;5;17", "38;2;1;2;3",
	"48;2;200;100;50", "38:2::9:8:7", "48:5:99", "58;5;3", "58;2;1;2;3", "59", "53", "55", "39",
	"49", "1;31;44", "0;7", "38;5", "4;58:5:9"];
const modes = [1, 9, 12, 25, 45, 47, 66, 1000, 1002, 1003, 1004, 1006, 1016, 1047, 1048, 1049,
	2004, 2026, 3, 5, 1005];

function number(r, most) {
	return r.chance(20) ? "" : r.chance(3) ? r.pick([0, 300]) : r.below(most) + 1;
}

/* One sequence or piece of text. */
function piece(r, cols, rows) {
	const n = () => number(r, Math.max(cols, rows) / 4 + 1 | 0);
	const csi = (text, final) => `\x1b[${text}${final}`;
	const kinds = [
		[30, () => r.pick(words)],
		[6, () => r.pick(words).replace(/^\u0301$/, "-").repeat(1 + r.below(cols))],
		[10, () => "\r\n"],
		[3, () => r.pick(["\n", "\r", "\t", "\b", "\v", "\f", "\x0e", "\x0f", "\x07", "\x7f"])],
		[12, () => csi(r.pick(sgr), "m")],
		[10, () => csi(`${number(r, rows)};${number(r, cols)}`, r.pick(["H", "f"]))],
		[8, () => csi(n(), r.pick([..."ABCDEFGIZ`ade"]))],
		[1, () => csi(r.pick([9999, 2147483648]), r.pick([..."ABCDGd"]))],
		[6, () => csi(r.pick(["", "0", "2", "?0", "?1", "?2", "3"]), "J")],
		[6, () => csi(r.pick(["", "0", "1", "2", "?0", "?1", "?2"]), "K")],
		[10, () => csi(n(), r.pick([..."@PXLMSTb", " @", " A", "'}", "'~"]))],
		[4, () => csi(`${number(r, rows)};${number(r, rows)}`, "r")],
		[4, () => `\x1b${r.pick([..."78DEMHc=>no|}~", "7", "8", "D", "M"])}`],
		[3, () => `\x1b${r.pick([..."()*+-."])}${r.pick([..."0AB4CRQKYEZH=", "0", "B", "0"])}`],
		[4, () => csi(`?${r.pick(modes)}`, r.pick(["h", "l"]))],
		[2, () => csi(r.pick(["4", "20"]), r.pick(["h", "l", "l"]))],
		[2, () => csi("?6", r.pick(["h", "l", "l"]))],
		[1, () => `\x1b[?7l${r.pick(["a", "hello".repeat(20), "漢字", "x\r\ny", ""])}` +
			r.pick(["\x1b[?7h", "\x1b[?7h", "\x1b[H"])],
		[2, () => csi(r.pick(["", "0", "3"]), "g")],
		[2, () => csi(r.below(9), " q")],
		[2, () => csi(r.below(3), "\"q")],
		[1, () => csi("!", "p")],
		[1, () => "\x1b#8"],
		[2, () => `\x1b]${r.pick([0, 2])};title ${r.below(9)}${r.pick(["\x07", "\x1b\\"])}`],
		[2, () => `\x1b]4;${r.below(300)};${r.pick(["#123", "rgb:12/34/56", "?", "red"])}\x07`],
		[1, () => `\x1b]1${r.below(3)};${r.pick(["#abcdef", "rgb:1/2/3;#123456"])}\x07`],
		[1, () => `\x1b]${r.pick([104, "104;3", 110, 111, 112])}\x07`],
		[3, () => `\x1b]8;${r.pick(["", "id=a", "x=1:id=b"])};http://h/${r.below(3)}\x07` +
			`${r.pick(words)}${r.chance(80) ? "\x1b]8;;\x07" : ""}`],
		[1, () => `\x1b7${r.pick(words)}\x1b[${r.pick(sgr)}m${r.pick(words)}\x1b8`],
		[1, () => r.pick(["\x1b[c", "\x1b[6n", "\x1bP$qm\x1b\\", "\x1b]1337;File=x:AAAA\x07",
			"\x1b_Gq\x1b\\", "\x1b^pm\x1b\\", "\x1bXsos\x9c\x1b\\", "\x1bP1;2|ab\x1b\\"])],
		[1, () => r.pick(["\x1b[3\n1m", "\x1b[1;2\x18", "\x1b[?", "\x1b[<1;2m", "\x1b[1 2m",
			"\x1b]0;abc\x18", "\x1b\x1b[m", "\x1bP0;1", "\x1b[31\x1b[m", "\x9b31m",
			"\u009b1m", "\u0084", "\u0085", "\u0088", "\u009d0;t\u009c", "\x1b(", "\x1b% G"])],
	];
	let at = r.below(kinds.reduce((sum, [weight]) => sum + weight, 0));
	for (const [weight, make] of kinds)
		if ((at -= weight) < 0)
			return make();
	return "";
}

/** A recording, and the size it begins with. */
export function recording(r) {
	const cols = r.pick([3, 4, 5, 10, 20, 20, 40, r.pick([2, 80])]);
	const rows = r.pick([2, 3, 5, 8, 8, 10, 24, r.pick([1, 24])]);
	const events = [];
	let size = [cols, rows];
	const resizes = r.chance(50);
	for (let i = r.below(4) + 1; i > 0; i--) {
		let text = "";
		for (let k = r.below(60) + 1; k > 0; k--)
			text += piece(r, ...size);
		events.push({ write: Buffer.from(text) });
		if (resizes && r.chance(60)) {
			size = [Math.max(2, r.pick([size[0], 3, 5, 11, 20, 33, r.pick([2, 80])])),
				Math.max(1, r.pick([size[1], 2, 3, 6, 10, 24, r.pick([1, 24])]))];
			events.push({ resize: size });
		}
		if (r.chance(5))
			events.push({ run: true });
	}
	return { cols, rows, events };
}

/** Cuts a recording somewhere: what was before, what comes after, and the size then. */
export function cut({ cols, rows, events }, r) {
	const at = r.below(events.length);
	const before = events.slice(0, at), after = events.slice(at + 1);
	const event = events[at];
	if (event.write) {
		const byte = r.chance(20) ? event.write.length : r.below(event.write.length + 1);
		before.push({ write: event.write.subarray(0, byte) });
		after.unshift({ write: event.write.subarray(byte) });
	} else {
		before.push(event);
	}
	const size = before.reduce((now, e) => e.resize ?? now, [cols, rows]);
	return { before, after, size };
}
