/*
 * A header with less room than this, in pixels, has the class `narrow`, and what it can do without is
 * not shown: the name of what it belongs to comes first. What is left out stands in its menu, or in a
 * title.
 */
export const NARROW = 480;
