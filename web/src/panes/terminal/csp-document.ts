/*
 * xterm.js under a policy without inline styles.
 *
 * xterm.js writes style sheets of its own into <style> elements and colours cells through the
 * style attribute; `style-src 'self'` forbids both. The same rules are allowed when they come
 * through the CSS object model, so xterm.js is given a document that hands out stand-ins:
 *
 *   - for <style>, an element that keeps its text as a constructed style sheet, which the page
 *     adopts while the element is in it;
 *   - for <span>, the cells, an ordinary span whose setAttribute('style', …) sets the same
 *     declarations on the style object.
 *
 * `documentOverride` reaches all of xterm.js but its viewport, which takes the real document at
 * the moment the terminal is opened; so `openUnderPolicy` covers that moment as well.
 */

import type { Terminal } from '@xterm/xterm';

class AdoptedStyle extends HTMLElement {
	readonly #sheet = new CSSStyleSheet();

	override get textContent(): string {
		return '';
	}

	override set textContent(css: string | null) {
		this.#sheet.replaceSync(css ?? '');
	}

	connectedCallback(): void {
		document.adoptedStyleSheets.push(this.#sheet);
	}

	disconnectedCallback(): void {
		const rest = document.adoptedStyleSheets.filter((sheet) => sheet !== this.#sheet);
		document.adoptedStyleSheets = rest;
	}
}

const ELEMENT = 'adopted-style';
if (!customElements.get(ELEMENT)) customElements.define(ELEMENT, AdoptedStyle);

const realCreate = document.createElement.bind(document);

function setAttribute(this: HTMLElement, name: string, value: string): void {
	if (name === 'style') this.style.cssText = value;
	else HTMLElement.prototype.setAttribute.call(this, name, value);
}

function createElement(name: string, options?: ElementCreationOptions): HTMLElement {
	if (name === 'style') return realCreate(ELEMENT);
	const element = realCreate(name, options);
	if (name === 'span') element.setAttribute = setAttribute;
	return element;
}

/** For the terminal's option `documentOverride`. */
export const policyDocument: Document = new Proxy(document, {
	get(target, property) {
		if (property === 'createElement') return createElement;
		const value: unknown = Reflect.get(target, property, target);
		return typeof value === 'function' ? value.bind(target) : value;
	},
	set: (target, property, value) => Reflect.set(target, property, value, target),
});

export function openUnderPolicy(terminal: Terminal, parent: HTMLElement): void {
	document.createElement = createElement as typeof document.createElement;
	try {
		terminal.open(parent);
	} finally {
		delete (document as Partial<Document>).createElement;
	}
}
