/*
 * What makes a page usable for everybody, measured in the page as it stands: names, contrast,
 * and what sticks out. Terminals are left out; their text has a minimum contrast of its own.
 */

/* In the page: text and marks with too little contrast, after WCAG 2.1 AA. */
function contrastFaults() {
	const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
	const parse = colour => {
		canvas.clearRect(0, 0, 1, 1);
		canvas.fillStyle = colour;
		canvas.fillRect(0, 0, 1, 1);
		const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
		return [r, g, b, a / 255];
	};
	const over = ([r, g, b, a], [R, G, B]) =>
		[r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
	const luminance = ([r, g, b]) => {
		const [x, y, z] = [r, g, b].map(value => value / 255).map(value =>
			value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
		return 0.2126 * x + 0.7152 * y + 0.0722 * z;
	};
	const ratio = (a, b) => {
		const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
		return (light + 0.05) / (dark + 0.05);
	};
	const behind = element => {
		const layers = [];
		for (let e = element; e; e = e.parentElement) {
			const colour = parse(getComputedStyle(e).backgroundColor);
			if (colour[3] > 0)
				layers.push(colour);
			if (colour[3] === 1 || e.tagName === "DIALOG")
				break;
		}
		return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255, 1]);
	};
	const faults = new Set();
	for (const element of document.querySelectorAll("body *")) {
		const style = getComputedStyle(element);
		if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) ||
			element.closest(".xterm, .unseen, [disabled], noscript, [inert]"))
			continue;
		const modal = document.querySelector("dialog[open]");
		if (modal && !modal.contains(element))
			continue;
		const text = [...element.childNodes].some(node =>
			node.nodeType === Node.TEXT_NODE && node.data.trim());
		const mark = element.matches("svg.lucide-icon");
		if (!text && !mark)
			continue;
		const under = behind(element);
		const got = ratio(over(parse(style.color), under), under);
		if (got < (mark ? 3 : 4.5))
			faults.add(`${(element.textContent.trim() || element.closest("button")?.ariaLabel ||
				element.className.baseVal).slice(0, 40)}: ${got.toFixed(2)}`);
	}
	return [...faults];
}

export const contrast = tab => tab.page.evaluate(contrastFaults);

const NAMED = new Set(["button", "link", "textbox", "combobox", "menuitem", "menuitemradio",
	"tab", "option", "image", "img", "dialog", "listbox", "menu", "tablist", "navigation",
	"toolbar", "searchbox", "checkbox", "radio", "heading"]);

/** Roles that need a name and have none, as a screen reader gets them. */
export async function nameless(tab) {
	const session = await tab.page.context().newCDPSession(tab.page);
	const { nodes } = await session.send("Accessibility.getFullAXTree");
	await session.detach();
	return nodes.filter(({ ignored, role, name }) =>
		!ignored && NAMED.has(role?.value) && !name?.value?.trim()).map(({ role }) => role.value);
}

/** Ids that stand twice, references to nothing, things wider than the page. */
export const brokenMarkup = tab => tab.page.evaluate(() => {
	const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
	const faults = ids.filter((id, i) => ids.indexOf(id) !== i).map(id => `twice: #${id}`);
	for (const name of ["aria-controls", "aria-describedby", "aria-labelledby",
		"aria-activedescendant", "for"])
		for (const element of document.querySelectorAll(`[${name}]`))
			for (const id of element.getAttribute(name).split(" "))
				if (!ids.includes(id))
					faults.push(`${name} of nothing: ${id}`);
	if (!document.documentElement.lang)
		faults.push("no language");
	if (document.querySelectorAll("main").length !== 1)
		faults.push("not one main");
	const root = document.scrollingElement;
	if (root.scrollWidth > innerWidth)
		faults.push(`the page is ${root.scrollWidth} wide`);
	for (const element of document.querySelectorAll("button, input, h1, [role=status]")) {
		const box = element.getBoundingClientRect();
		if (element.checkVisibility() && box.width > 1 &&
			!element.closest(".xterm, .tabs, .list, .unseen") &&
			(box.right > innerWidth + 1 || box.left < -1))
			faults.push(`sticks out: ${element.ariaLabel || element.textContent}`);
	}
	return faults;
});

/** Words and controls of a bar that stand on each other. */
export const overlaps = tab => tab.page.evaluate(() => {
	const faults = [];
	for (const bar of document.querySelectorAll("header, footer, .brand, .strip, [data-ended]")) {
		if (bar.closest("[inert]") || !bar.checkVisibility())
			continue;
		const parts = [...bar.querySelectorAll("*")].filter(element => element.checkVisibility() &&
			!element.closest(".unseen, .menu") && (element.matches("button") ||
			[...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())));
		const boxes = parts.map(element => element.getBoundingClientRect());
		for (let i = 0; i < parts.length; i++)
			for (let j = 0; j < i; j++) {
				const [a, b] = [boxes[i], boxes[j]];
				if (!parts[i].contains(parts[j]) && !parts[j].contains(parts[i]) &&
					Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
					Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3)
					faults.push([parts[j], parts[i]].map(element =>
						element.ariaLabel || element.textContent.trim()).join(" / "));
			}
	}
	return faults;
});

/**
 * Targets smaller than so many pixels either way: "name: width × height". Keys of a toolbar
 * stand in a row as on a keyboard, and may be a little narrower.
 */
export const small = (tab, least) => tab.page.evaluate(limit => {
	const modal = document.querySelector("dialog[open]");
	return [...document.querySelectorAll("button, input, [role=option], a[href]")]
		.filter(element => element.checkVisibility({ visibilityProperty: true }) &&
			!element.closest("[inert], .unseen") && (!modal || modal.contains(element)))
		.map(element => ({ element, box: element.getBoundingClientRect() }))
		.filter(({ element, box }) => box.width > 0 && (box.height < limit ||
			box.width < (element.closest("[role=toolbar]") ? 36 : limit)))
		.map(({ element, box }) => `${element.ariaLabel || element.textContent.trim() ||
			element.id}: ${Math.round(box.width)} × ${Math.round(box.height)}`);
}, least);
