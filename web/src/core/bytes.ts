/* Bytes and their texts: base64, UTF-8, and the random ids that name a writer. */

const encoder = new TextEncoder();

interface NativeBase64 {
	fromBase64?(text: string): Uint8Array;
}

export function fromBase64(text: string): Uint8Array {
	const native = (Uint8Array as unknown as NativeBase64).fromBase64;
	if (native) return native.call(Uint8Array, text);
	const binary = atob(text);
	const bytes = new Uint8Array(binary.length);
	for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
	return bytes;
}

export function toBase64(bytes: Uint8Array): string {
	let binary = '';
	for (let i = 0; i < bytes.length; i += 0x8000) {
		binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
	}
	return btoa(binary);
}

export function utf8(text: string): Uint8Array {
	return encoder.encode(text);
}

/** A string in which every character is one byte, as xterm.js hands out old mouse reports. */
export function fromBinaryString(text: string): Uint8Array {
	return Uint8Array.from(text, (c) => c.charCodeAt(0) & 0xff);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
	if (parts.length === 1) return parts[0]!;
	const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}

/** How many bytes at the end are the beginning of a character of which more is to come. */
export function unfinished(bytes: Uint8Array): number {
	for (let count = 1; count <= Math.min(3, bytes.length); count++) {
		const byte = bytes[bytes.length - count]!;
		if ((byte & 0xc0) === 0x80) continue;
		const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
		return count < length ? count : 0;
	}
	return 0;
}

/** 128 random bits as 26 characters of lower-case base32, the form of every id in Dispatch. */
export function randomId(): string {
	const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
	let value = 0n;
	for (const byte of crypto.getRandomValues(new Uint8Array(16))) value = (value << 8n) | BigInt(byte);
	value <<= 2n; /* 130 bits fill 26 characters of 5 bits */
	let id = '';
	for (let i = 25; i >= 0; i--) id += alphabet[Number((value >> BigInt(i * 5)) & 31n)];
	return id;
}

/** A random UUID (RFC 9562, version 4), also where crypto.randomUUID is missing: on plain http. */
export function uuid(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	bytes[6] = (bytes[6]! & 0x0f) | 0x40;
	bytes[8] = (bytes[8]! & 0x3f) | 0x80;
	const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
