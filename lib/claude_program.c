/* See claude_program.h. */
#include "config.h"

#include "lib/claude_program.h"

#include "lib/buf.h"
#include "lib/path.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Takes over the path; gives it back when it is a program. */
static char *
when_program(char *path)
{
	struct stat st;
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0)
		return path;
	free(path);
	return NULL;
}

static char *
search(const char *path)
{
	char *found = NULL;
	for (const char *at = path; at && *at && !found;) {
		size_t len = strcspn(at, ":");
		char *dir = xstrndup(at, len);
		if (*dir == '/')
			found = when_program(path_join(dir, "claude"));
		free(dir);
		at += len + (at[len] == ':');
	}
	return found;
}

static char *
search_home(const char *home)
{
	static const char *const places[] = {".local/bin/claude",
		".npm-global/bin/claude", ".claude/local/claude"};
	char *found = NULL;
	for (size_t i = 0; home && !found && i < sizeof places / sizeof *places; i++)
		found = when_program(path_join(home, places[i]));
	return found;
}

char *
claude_program_find(const char *chosen, const char *path, const char *home, struct err *e)
{
	char *found = NULL;
	if (chosen && *chosen) {
		if (!(found = when_program(xstrdup(chosen))))
			err_set(e, 422, "claude.missing",
				"The setting claude.program names %s, which is not a "
				"program.",
				chosen);
		return found;
	}
	if (!(found = search(path)) && !(found = search_home(home)) &&
		!(found = when_program(xstrdup("/usr/local/bin/claude"))))
		err_set(e, 422, "claude.missing",
			"Claude Code is not installed on this machine. Install it with: "
			"%s",
			CLAUDE_INSTALL);
	return found;
}
