/* A list that a page reads from the server, and reads again after each act on it. */

export class Listing<T> {
	/** Null: not read yet. */
	items = $state.raw<T[] | null>(null);
	problem = $state('');
	#reading = 0;

	constructor(private readonly read: () => Promise<T[]>) {}

	/** The newest reading counts, in whatever order the answers come. */
	load = async (): Promise<void> => {
		const reading = ++this.#reading;
		try {
			const items = await this.read();
			if (reading === this.#reading) [this.items, this.problem] = [items, ''];
		} catch (error) {
			if (reading === this.#reading) this.problem = error instanceof Error ? error.message : String(error);
		}
	};
}
