/* Where the repository of a workspace keeps what belongs to it. */
#ifndef DISPATCH_LIB_ISOLATION_GIT_H
#define DISPATCH_LIB_ISOLATION_GIT_H

/*
 * The directory with its configuration, hooks and objects: the workspace's .git, what
 * that leads to within the workspace, or, of a worktree, the repository's that it belongs
 * to and that knows of it in turn. The workspace's path is one without links. The caller
 * frees. NULL: there is none, or a .git that points where nobody points back.
 */
char *isolation_git_directory(const char *workspace);

/*
 * The .git of the work tree to which <repository>/worktrees/<name> belongs, as its path
 * really is. The caller frees. NULL: that is no more.
 */
char *isolation_git_worktree(const char *own);

#endif
