/* Saves a text as a file of the person's machine. */

export function saveFile(name: string, text: string): void {
	const url = URL.createObjectURL(new Blob([text], { type: 'text/markdown' }));
	const link = document.createElement('a');
	link.href = url;
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A title as the name of a file. */
export function fileName(title: string): string {
	return `${title.replace(/[^\p{L}\p{N}._ -]+/gu, ' ').trim().slice(0, 80) || 'conversation'}.md`;
}
