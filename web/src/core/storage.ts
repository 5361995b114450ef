/*
 * The browser's two drawers. Both may be shut (private mode, policy, quota); nothing here depends
 * on them, so every failure reads as "nothing kept".
 */

export class Drawer {
	constructor(
		private readonly storage: () => Storage,
		private readonly prefix = 'dispatch.',
	) {}

	get<T>(name: string): T | null {
		try {
			const text = this.storage().getItem(this.prefix + name);
			return text === null ? null : (JSON.parse(text) as T);
		} catch {
			return null;
		}
	}

	set(name: string, value: unknown): void {
		try {
			if (value === null) this.storage().removeItem(this.prefix + name);
			else this.storage().setItem(this.prefix + name, JSON.stringify(value));
		} catch {
			/* kept nowhere */
		}
	}

	/** Tells what another page of this browser has stored. */
	onChange(name: string, listener: (value: unknown) => void): void {
		addEventListener('storage', (event) => {
			if (event.key === this.prefix + name) listener(this.get(name));
		});
	}

	/** Reads and removes. */
	take<T>(name: string): T | null {
		const value = this.get<T>(name);
		this.set(name, null);
		return value;
	}
}

/** For this browser. */
export const browserDrawer = new Drawer(() => localStorage);
/** For this tab, over reloads. */
export const tabDrawer = new Drawer(() => sessionStorage);
