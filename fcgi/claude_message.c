/*
 * See claude_message.h. A conversation may have hundreds of megabytes: it is read line by
 * line, and only a line that has the name of the message in it is parsed.
 */
#include "config.h"

#include "fcgi/claude_message.h"

#include "lib/buf.h"
#include "lib/json.h"
#include "lib/json_read.h"

#include <json-c/json.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PIECE = 256 * 1024,
	LINE_MAX_BYTES = 24 * 1024 * 1024, /* with images; longer ones are passed over */
};

struct search {
	const char *uuid, *member; /* the member of a line that names it */
	struct buf line;           /* what came of a line whose end is not here yet */
	bool skip;                 /* the rest of a line that is too long */
	struct json_object *found;
};

static void
take_line(struct search *s)
{
	struct json_object *line = NULL;
	if (memmem(s->line.data, s->line.len, s->member, strlen(s->member)) &&
		json_parse(&line, s->line.data, s->line.len, NULL) == 0) {
		const char *uuid = json_member_text(line, "uuid");
		const char *type = json_member_text(line, "type");
		if (uuid && type && strcmp(uuid, s->uuid) == 0 &&
			strcmp(type, "user") == 0)
			s->found = json_object_get(line);
	}
	json_object_put(line);
}

static void
take_piece(struct search *s, const char *piece, size_t len)
{
	while (len > 0 && !s->found) {
		const char *newline = memchr(piece, '\n', len);
		size_t n = newline ? (size_t)(newline - piece) : len;
		s->skip |= s->line.len + n > LINE_MAX_BYTES;
		if (!s->skip)
			buf_add(&s->line, piece, n);
		if (newline) {
			if (!s->skip && s->line.len)
				take_line(s);
			s->skip = false;
			buf_clear(&s->line);
		}
		piece += n + (newline != NULL);
		len -= n + (newline != NULL);
	}
}

static int
open_conversation(const char *folder, const char *conversation)
{
	char *path = xasprintf("%s/%s.jsonl", folder, conversation);
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	free(path);
	return fd;
}

int
claude_message_find(const char *folder, const char *conversation, const char *uuid,
	struct json_object **message)
{
	int fd = open_conversation(folder, conversation);
	if (fd < 0)
		return 0;
	char *member = xasprintf("\"uuid\":\"%s\"", uuid);
	char *piece = xcalloc(PIECE, 1);
	struct search s = {.uuid = uuid, .member = member, .line = BUF_INIT};
	ssize_t n;
	while (!s.found && (n = read(fd, piece, PIECE)) > 0)
		take_piece(&s, piece, (size_t)n);
	close(fd);
	buf_free(&s.line);
	free(piece);
	free(member);
	*message = s.found;
	return s.found != NULL;
}
