/* The icons of the editor and of git; see icons.ts. */

export { default as ArchiveIcon } from '@lucide/svelte/icons/archive';
export { default as ArrowDownToLine } from '@lucide/svelte/icons/arrow-down-to-line';
export { default as ArrowUpFromLine } from '@lucide/svelte/icons/arrow-up-from-line';
export { default as Columns2 } from '@lucide/svelte/icons/columns-2';
export { default as FileClock } from '@lucide/svelte/icons/file-clock';
export { default as FileDiffIcon } from '@lucide/svelte/icons/file-diff';
export { default as FolderGit2 } from '@lucide/svelte/icons/folder-git-2';
export { default as GitBranch } from '@lucide/svelte/icons/git-branch';
export { default as GitBranchPlus } from '@lucide/svelte/icons/git-branch-plus';
export { default as GitCommit } from '@lucide/svelte/icons/git-commit-horizontal';
export { default as GitCompare } from '@lucide/svelte/icons/git-compare-arrows';
export { default as GitMerge } from '@lucide/svelte/icons/git-merge';
export { default as Minus } from '@lucide/svelte/icons/minus';
export { default as RefreshCw } from '@lucide/svelte/icons/refresh-cw';
export { default as Rows2 } from '@lucide/svelte/icons/rows-2';
export { default as Save } from '@lucide/svelte/icons/save';
export { default as SplitHorizontal } from '@lucide/svelte/icons/square-split-horizontal';
export { default as Tag } from '@lucide/svelte/icons/tag';
export { default as TextWrap } from '@lucide/svelte/icons/text-wrap';
export { default as Undo2 } from '@lucide/svelte/icons/undo-2';
export { default as UserSearch } from '@lucide/svelte/icons/user-search';
