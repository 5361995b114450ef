/*
 * A soft keyboard covers part of the page on iOS instead of shrinking it. The page takes the
 * height that is really visible, and stays where it is when the browser tries to scroll a focused
 * field into view.
 */
export function followVisualViewport(): void {
	const viewport = window.visualViewport;
	if (!viewport) return;
	const follow = () => {
		/* Pinched in, the visible part is smaller for another reason. */
		if (Math.abs(viewport.scale - 1) > 0.01) return;
		document.documentElement.style.setProperty('--app-height', `${Math.round(viewport.height)}px`);
		if (window.scrollY !== 0) window.scrollTo(0, 0);
	};
	viewport.addEventListener('resize', follow);
	viewport.addEventListener('scroll', follow);
	follow();
}
