/* The branch for which somebody wants a worktree, until the page of worktrees asks where. */

class WorktreeWish {
	branch = $state<string | null>(null);
}

export const worktreeWish = new WorktreeWish();
