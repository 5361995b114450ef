/* What was dropped or chosen, with the folders in it walked through. */

export interface Picked {
	/** Relative, with the folders that were dropped: `photos/2024/a.jpg`. */
	path: string;
	file: File;
}

export interface Dropped {
	files: Picked[];
	/** Folders in which there is nothing, as paths like those of the files. */
	empty: string[];
}

/** A folder has at most so many entries here as no upload of it would be meant. */
export const MOST_PICKED = 100_000;

/** The files of an <input>; with `webkitdirectory` each knows its folder. */
export function pickedFiles(files: Iterable<File>): Picked[] {
	return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/**
 * The files and folders of a drop or paste. It must be called while the event is handled: afterwards nothing is
 * left of the data; what it returns may take its time.
 */
export function droppedFiles(data: DataTransfer): Promise<Dropped> {
	const items = [...data.items].filter(({ kind }) => kind === 'file');
	const roots = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
	return (async () => {
		const dropped: Dropped = { files: [], empty: [] };
		for (const { entry, file } of roots) {
			if (entry) await walk(entry, dropped);
			else if (file) dropped.files.push({ path: file.name, file });
		}
		return dropped;
	})();
}

async function walk(entry: FileSystemEntry, dropped: Dropped): Promise<void> {
	if (dropped.files.length + dropped.empty.length >= MOST_PICKED) return;
	const path = entry.fullPath.replace(/^\//, '');
	if (entry.isFile) {
		const file = await new Promise<File>((resolve, reject) => {
			(entry as FileSystemFileEntry).file(resolve, reject);
		});
		dropped.files.push({ path, file });
		return;
	}
	const reader = (entry as FileSystemDirectoryEntry).createReader();
	for (let empty = true; ; empty = false) {
		/* A reader gives some at a time, and nothing at the end. */
		const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
		if (some.length === 0) {
			if (empty) dropped.empty.push(path);
			return;
		}
		for (const one of some) await walk(one, dropped);
	}
}
