/// <reference types="svelte" />
/// <reference types="vite/client" />

/** The id of this build; null in development, where pages do not reload themselves. */
declare const __BUILD__: string | null;
