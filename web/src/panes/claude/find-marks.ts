/*
 * Marks a text wherever it stands below an element, without changing the page: the browser draws
 * the ranges (CSS Custom Highlight API). Browsers without it show no marks.
 */

const NAME = 'found';
const MOST = 2000;

export function markMatches(within: HTMLElement, wanted: string): void {
	if (typeof Highlight === 'undefined') return;
	CSS.highlights.delete(NAME);
	if (!wanted) return;
	const ranges: Range[] = [];
	const walker = document.createTreeWalker(within, NodeFilter.SHOW_TEXT);
	while (walker.nextNode() && ranges.length < MOST) {
		const node = walker.currentNode as Text;
		const text = node.data.toLowerCase();
		/* Some letters change their length with their case; then no place can be told. */
		if (text.length !== node.data.length) continue;
		for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
			const range = document.createRange();
			range.setStart(node, at);
			range.setEnd(node, at + wanted.length);
			ranges.push(range);
		}
	}
	CSS.highlights.set(NAME, new Highlight(...ranges));
}
