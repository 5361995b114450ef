/*
 * See isolation_git.h and gitrepository-layout(5). What a worktree's .git file says was
 * perhaps written by a session before: a repository elsewhere is believed only when it
 * names this very worktree, since no session could have written there. What lies within
 * the workspace opens nothing, whoever says so.
 */
#include "config.h"

#include "lib/isolation_git.h"

#include "lib/buf.h"
#include "lib/path.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first line of a file in a directory; NULL: there is none. */
static char *
first_line(const char *dir, const char *name)
{
	char *path = path_join(dir, name), line[4096];
	FILE *f = fopen(path, "re");
	bool got = f && fgets(line, sizeof line, f);
	if (f)
		fclose(f);
	free(path);
	if (!got)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return xstrdup(line);
}

/* A path as said in a directory, as it really is; NULL: there is nothing. */
static char *
really(const char *dir, const char *said)
{
	char *path = *said == '/' ? xstrdup(said) : path_join(dir, said);
	char *real = realpath(path, NULL);
	free(path);
	return real;
}

char *
isolation_git_worktree(const char *own)
{
	char *said = first_line(own, "gitdir");
	char *real = said ? really(own, said) : NULL;
	free(said);
	return real;
}

static bool
points_back(const char *own, const char *dot_git)
{
	char *real = isolation_git_worktree(own);
	bool yes = real && strcmp(real, dot_git) == 0;
	free(real);
	return yes;
}

/* own is <repository>/worktrees/<name>. */
static bool
is_worktree_of(const char *own, const char *common)
{
	static const char folder[] = "/worktrees/";
	size_t n = strlen(common);
	return strncmp(own, common, n) == 0 &&
		strncmp(own + n, folder, sizeof folder - 1) == 0 &&
		!strchr(own + n + sizeof folder - 1, '/');
}

/* A repository beneath the workspace, which the session writes anyway; known by what a
 * session before could not remove. */
static bool
is_within(const char *workspace, const char *path)
{
	size_t n = strlen(workspace);
	char *config = path_join(path, "config");
	bool yes = strncmp(path, workspace, n) == 0 && path[n] == '/' &&
		access(config, F_OK) == 0;
	free(config);
	return yes;
}

/* Of a repository's own directory, the one that it has in common with its worktrees. */
static char *
common_of(const char *own, const char *workspace, const char *dot_git)
{
	char *said = first_line(own, "commondir");
	char *common = said ? really(own, said) : xstrdup(own);
	bool worktree = said && common && is_worktree_of(own, common) &&
		points_back(own, dot_git);
	free(said);
	if (common && (worktree || is_within(workspace, common)))
		return common;
	free(common);
	return NULL;
}

/* What a .git leads to that is none itself; NULL: nothing. */
static char *
leads_to(const char *workspace, const char *dot_git)
{
	static const char key[] = "gitdir: ";
	struct stat st;
	if (stat(dot_git, &st) == 0 && S_ISDIR(st.st_mode))
		return realpath(dot_git, NULL);
	char *line = first_line(workspace, ".git");
	char *own = line && strncmp(line, key, sizeof key - 1) == 0
		? really(workspace, line + sizeof key - 1)
		: NULL;
	free(line);
	return own;
}

char *
isolation_git_directory(const char *workspace)
{
	char *dot_git = path_join(workspace, ".git"), *common = NULL;
	struct stat st;
	if (lstat(dot_git, &st) == 0 && S_ISDIR(st.st_mode))
		return dot_git;
	char *own = leads_to(workspace, dot_git);
	if (own)
		common = common_of(own, workspace, dot_git);
	free(own);
	free(dot_git);
	return common;
}
