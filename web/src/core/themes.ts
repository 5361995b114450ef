/*
 * The colours by which workspaces are told apart and that are offered. The server knows green and red,
 * too, which here say how a session is; css/tokens.css says how each looks.
 */
export const THEMES = ['blue', 'teal', 'purple', 'pink', 'grey'] as const;
