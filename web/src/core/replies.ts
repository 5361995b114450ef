/*
 * A terminal answers questions of the program (who are you, where is the cursor, which colour).
 * Those answers travel to the program as input, so whoever can print can try to make a terminal
 * type. Only answers of the known forms below are let through; everything that could carry
 * text chosen by the program (titles, DECRQSS, clipboard) is not among them.
 *
 * Sources: xterm "Control Sequences" (ctlseqs), ECMA-48, VT510 programmer's reference.
 */

const FORMS: readonly RegExp[] = [
	/^\x1b\[[?>]?[\d;]*c$/ /* DA1, DA2: device attributes */,
	/^\x1b\[0n$/ /* DSR: status */,
	/^\x1b\[\??\d+;\d+(?:;\d+)?R$/ /* CPR: cursor position */,
	/^\x1b\[\??\d+;\d\$y$/ /* DECRPM: mode report */,
	/^\x1b\](?:4;\d{1,3}|10|11|12);rgb:[\da-f/]{5,14}(?:\x1b\\|\x07)$/i /* colours */,
	/^\x1b\[[IO]$/ /* focus in, focus out */,
	/^\x1b\[\?997;[12]n$/ /* colour scheme */,
];

export function isKnownReply(data: string): boolean {
	return data.length <= 64 && FORMS.some((form) => form.test(data));
}
