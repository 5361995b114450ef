/* Which icon a file has: by its kind, and by the ending of its name. */

import type { Component } from 'svelte';
import { isFolder } from '../../core/file-tree.ts';
import type { FileEntry } from '../../core/files.ts';
import { previewKind, type PreviewKind } from '../../core/preview.ts';
import {
	File, FileArchive, FileCode, FileImage, FileQuestion, FileSymlink, FileTable, FileText, Folder, FolderOpen, FolderSymlink,
} from '../../ui/icons.ts';

const BY_PREVIEW: Partial<Record<PreviewKind, Component>> = {
	image: FileImage,
	pdf: FileText,
	markdown: FileText,
	table: FileTable,
};
const ARCHIVE = /\.(tar|t?gz|xz|bz2|zst|zip|7z|rar|deb|rpm|jar)$/i;
const CODE =
	/(\.([ch]|cc|cpp|hpp|cs|go|rs|py|rb|pl|pm|php|java|kt|swift|js|mjs|cjs|ts|tsx|jsx|svelte|vue|css|html?|xml|json|ya?ml|toml|sql|sh|lua|t|ac|am|mk|inc)|(^|\/)(makefile|dockerfile))$/i;

export function iconOf(entry: FileEntry, open = false): Component {
	if (entry.type === 'link') return isFolder(entry) ? FolderSymlink : FileSymlink;
	if (entry.type === 'directory') return open ? FolderOpen : Folder;
	if (entry.type === 'other') return FileQuestion;
	const known = BY_PREVIEW[previewKind(entry.name)];
	if (known) return known;
	if (ARCHIVE.test(entry.name)) return FileArchive;
	return CODE.test(entry.name) ? FileCode : File;
}
