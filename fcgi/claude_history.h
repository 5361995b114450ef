/*
 * The conversations that the claude program itself keeps on disk: one file of JSON lines
 * each, in a folder per project. The form is the program's own and changes, so it is read
 * tolerantly: of each file only its beginning and its end, whatever its length; only in
 * shorter ones are the messages counted.
 */
#ifndef DISPATCH_FCGI_CLAUDE_HISTORY_H
#define DISPATCH_FCGI_CLAUDE_HISTORY_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypt.h"

struct conversation {
	char id[UUID_SIZE];
	int64_t updated_at; /* Unix milliseconds */
	int64_t bytes;
	int64_t messages; /* of the person and of the model; -1: too long a file to count
	                   */
	char *title;      /* NULL: it has none */
	char *first_prompt; /* NULL: not found */
};

/* The folder of a project below `config` (~/.claude): the caller frees. */
char *claude_history_folder(const char *config, const char *cwd);

/*
 * Lists the conversations of a project that were last changed before `before`, the newest
 * first, at most `most`. Returns their number, 0 when there is no such folder; *more says
 * whether there are others. claude_history_free() the list.
 */
int claude_history_list(const char *folder, const char *cwd, int64_t before, int most,
	struct conversation **list, int *more);
void claude_history_free(struct conversation *list, int count);

#endif
