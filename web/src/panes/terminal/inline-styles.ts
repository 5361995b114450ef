/*
 * xterm.js under a policy without inline styles.
 *
 * xterm.js writes style sheets of its own into <style> elements and colours cells through the
 * style attribute; `style-src 'self'` forbids both. The same rules are allowed when they come
 * through the CSS object model, so the page's document hands out stand-ins:
 *
 *   - for <style>, an element that keeps its text as a constructed style sheet, which the page
 *     adopts while the element is in it;
 *   - for <span>, the cells, an ordinary span whose setAttribute('style', …) sets the same
 *     declarations on the style object.
 *
 * This replaces document.createElement for the whole page, because xterm.js takes the global
 * document in several places that its option `documentOverride` does not reach. It happens only
 * when a terminal is loaded, and everybody else gets what they would get anyway.
 */

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

function setAttribute(this: HTMLElement, name: string, value: string): void {
	if (name === 'style') this.style.cssText = value;
	else HTMLElement.prototype.setAttribute.call(this, name, value);
}

const ELEMENT = 'adopted-style';

/** May be called again; only the first call does something. */
export function allowInlineStyles(): void {
	if (customElements.get(ELEMENT)) return;
	customElements.define(ELEMENT, AdoptedStyle);
	const create = document.createElement.bind(document);
	document.createElement = ((name: string, options?: ElementCreationOptions) => {
		if (name === 'style') return create(ELEMENT);
		const element = create(name, options);
		if (name === 'span') element.setAttribute = setAttribute;
		return element;
	}) as typeof document.createElement;
}
