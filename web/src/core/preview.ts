/* How a file can be shown without being opened: decided by its name, and by its first bytes. */

import { endingOf } from './file-names.ts';

export type PreviewKind = 'image' | 'pdf' | 'markdown' | 'table' | 'text';

/* The types under which a browser takes bytes for a picture, and only for a picture. */
const IMAGES: Record<string, string> = {
	png: 'image/png',
	jpg: 'image/jpeg',
	jpeg: 'image/jpeg',
	gif: 'image/gif',
	webp: 'image/webp',
	avif: 'image/avif',
	bmp: 'image/bmp',
	ico: 'image/x-icon',
	svg: 'image/svg+xml',
};

const OTHERS: Record<string, PreviewKind> = {
	pdf: 'pdf',
	md: 'markdown',
	markdown: 'markdown',
	csv: 'table',
	tsv: 'table',
};

/** At most so many bytes of a file are read to show it. */
export const PREVIEW_BYTES: Record<PreviewKind, number> = {
	image: 32_000_000,
	pdf: 100_000_000,
	markdown: 1_000_000,
	table: 2_000_000,
	text: 500_000,
};

export function previewKind(name: string): PreviewKind {
	const ending = endingOf(name);
	return ending in IMAGES ? 'image' : (OTHERS[ending] ?? 'text');
}

export function imageType(name: string): string {
	return IMAGES[endingOf(name)] ?? 'application/octet-stream';
}

/** Text with its encoding known from a mark at its beginning, else UTF-8; null when it is none. */
export function textOf(bytes: Uint8Array): string | null {
	if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
	if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
	if (bytes.subarray(0, 8192).includes(0)) return null;
	return new TextDecoder().decode(bytes);
}
