/* Images for a message: of the kinds that Claude reads, and within what the server takes. */

import { toBase64 } from '../../../core/bytes.ts';
import { strings } from '../../../strings.ts';

export interface Attached {
	id: number;
	name: string;
	media_type: string;
	bytes: number;
	/** Base64. */
	data: string;
	/** Of the picture, for the page. */
	url: string;
}

export const MOST_IMAGES = 10;
const MOST_BYTES = 12_000_000 * 0.75;

const MAGIC: readonly [string, RegExp][] = [
	['image/png', /^\x89PNG\r\n\x1a\n/],
	['image/jpeg', /^\xff\xd8\xff/],
	['image/gif', /^GIF8[79]a/],
	['image/webp', /^RIFF[^]{4}WEBP/],
];

let counter = 0;

/** Adds files to what is attached; says in a sentence why not. */
export async function attach(files: readonly File[], attached: readonly Attached[]): Promise<Attached[]> {
	const words = strings.claude.composer;
	if (attached.length + files.length > MOST_IMAGES) throw new Error(words.tooManyImages(MOST_IMAGES));
	const all = [...attached];
	for (const file of files) {
		const bytes = new Uint8Array(await file.arrayBuffer());
		const head = String.fromCharCode(...bytes.subarray(0, 16));
		const type = MAGIC.find(([, magic]) => magic.test(head))?.[0];
		if (!type) throw new Error(words.notImage(file.name));
		const url = URL.createObjectURL(new Blob([bytes], { type }));
		const name = file.name || words.image;
		all.push({ id: ++counter, name, media_type: type, bytes: bytes.length, data: toBase64(bytes), url });
	}
	if (all.reduce((sum, { bytes }) => sum + bytes, 0) > MOST_BYTES) throw new Error(words.tooLarge);
	return all;
}

export function release(attached: readonly Attached[]): void {
	for (const { url } of attached) URL.revokeObjectURL(url);
}

/** The pictures in what was pasted or dropped. */
export function imagesIn(data: DataTransfer | null): File[] {
	return [...(data?.files ?? [])].filter((file) => file.type.startsWith('image/'));
}
