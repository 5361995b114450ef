/* The icons in use, from one set. Only these are in the build. */

export { default as ArrowLeft } from '@lucide/svelte/icons/chevron-left';
export { default as CaseSensitive } from '@lucide/svelte/icons/case-sensitive';
export { default as Check } from '@lucide/svelte/icons/check';
export { default as ChevronDown } from '@lucide/svelte/icons/chevron-down';
export { default as ChevronUp } from '@lucide/svelte/icons/chevron-up';
export { default as CircleAlert } from '@lucide/svelte/icons/circle-alert';
export { default as CloudUpload } from '@lucide/svelte/icons/cloud-upload';
export { default as Copy } from '@lucide/svelte/icons/copy';
export { default as Ellipsis } from '@lucide/svelte/icons/ellipsis';
export { default as Eye } from '@lucide/svelte/icons/eye';
export { default as EyeOff } from '@lucide/svelte/icons/eye-off';
export { default as Keyboard } from '@lucide/svelte/icons/keyboard';
export { default as ListFilter } from '@lucide/svelte/icons/list-filter';
export { default as LogOut } from '@lucide/svelte/icons/log-out';
export { default as Maximize2 } from '@lucide/svelte/icons/maximize-2';
export { default as PanelLeft } from '@lucide/svelte/icons/panel-left';
export { default as Pencil } from '@lucide/svelte/icons/pencil';
export { default as Plus } from '@lucide/svelte/icons/plus';
export { default as RotateCw } from '@lucide/svelte/icons/rotate-cw';
export { default as Search } from '@lucide/svelte/icons/search';
export { default as Square } from '@lucide/svelte/icons/square';
export { default as SunMoon } from '@lucide/svelte/icons/sun-moon';
export { default as Terminal } from '@lucide/svelte/icons/terminal';
export { default as Trash2 } from '@lucide/svelte/icons/trash-2';
export { default as User } from '@lucide/svelte/icons/user';
export { default as X } from '@lucide/svelte/icons/x';
