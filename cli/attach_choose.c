/*
 * See attach_choose.h. All sessions are read once for each way to be meant, the surest
 * first: a word that is somebody's name is not taken for the beginning of another one's
 * id.
 */
#include "config.h"

#include "cli/attach_choose.h"

#include "lib/buf.h"
#include "lib/envelope.h"
#include "lib/utf8.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { SHORT_ID = 8, NAME_WIDTH = 24 };

/* ---- by what a session is meant ---- */

static bool
by_id(const struct session *s, const char *word)
{
	return strcmp(s->id, word) == 0;
}

static bool
by_name(const struct session *s, const char *word)
{
	return strcmp(s->title, word) == 0;
}

static bool
by_beginning(const struct session *s, const char *word)
{
	return strncmp(s->id, word, strlen(word)) == 0;
}

static bool
by_being(const struct session *s, const char *word)
{
	(void)s, (void)word;
	return true;
}

typedef bool meant_fn(const struct session *s, const char *word);

static bool
is_terminal(const struct session *s)
{
	return strcmp(s->kind, "pty") == 0 && session_is_live(s->status);
}

/* What there is that is meant: terminals that run, and others, to say what they are. */
struct search {
	const char *word;
	meant_fn *meant;
	int count;        /* of the former */
	char id[ID_SIZE]; /* of one of them, else of one of the others */
};

static void
look_at(void *arg, const struct session *s)
{
	struct search *search = arg;
	if (!search->meant(s, search->word))
		return;
	if (is_terminal(s))
		search->count++;
	else if (search->count)
		return;
	memcpy(search->id, s->id, ID_SIZE);
}

static int
refuse(const struct session *s, struct err *e)
{
	char text[8];
	char *name = choose_name(s);
	if (strcmp(s->kind, "pty") != 0)
		err_set(e, 409, "session.kind",
			"%s is a session of the kind %s; only terminals can be attached.",
			name, s->kind);
	else if (s->exit_signal)
		err_set(e, 409, "session.ended", "%s was ended by signal %s.", name,
			envelope_signal(s->exit_signal, text));
	else if (s->exit_code >= 0)
		err_set(e, 409, "session.ended", "%s ended with code %d.", name,
			s->exit_code);
	else
		err_set(e, 409, "session.ended", "%s has ended.", name);
	free(name);
	return -1;
}

static int
load(struct db *events, const char *id, struct session *s, struct err *e)
{
	int found = session_find(events, id, s, e);
	if (found == 0)
		return err_set(e, 404, "session.unknown", "There is no such session.");
	if (found < 0 || is_terminal(s))
		return found < 0 ? -1 : 0;
	refuse(s, e);
	session_clear(s);
	return -1;
}

/* 1: it is known what is meant, be it nothing that can be had. */
static int
try(struct db *events, const char *word, meant_fn *meant, struct session *s,
	struct err *e)
{
	struct search search = {.word = word, .meant = meant};
	if (session_each(events, NULL, look_at, &search, e) != 0)
		return -1;
	if (search.count > 1)
		return err_set(e, 409, "session.ambiguous",
			word ? "More than one session is meant by that; choose one:"
			     : "There is more than one session; choose one:");
	if (!*search.id || (!word && !search.count))
		return 0;
	return load(events, search.id, s, e) == 0 ? 1 : -1;
}

int
choose_session(struct db *events, const char *word, struct session *s, struct err *e)
{
	static meant_fn *const ways[] = {by_id, by_name, by_beginning};
	int rc = 0;
	*s = (struct session){0};
	if (!word)
		rc = try(events, NULL, by_being, s, e);
	for (size_t i = 0; word && *word && i < COUNT(ways) && rc == 0; i++)
		rc = try(events, word, ways[i], s, e);
	if (rc == 0)
		err_set(e, 404, "session.unknown",
			word ? "There is no session with this id or name."
			     : "No terminal session is running.");
	return rc > 0 ? 0 : -1;
}

/* ---- what there is ---- */

/* Appends the text without controls; "?" in place of each, and of what is no UTF-8. */
static void
add_shown(struct buf *b, const char *text)
{
	size_t left = strlen(text);
	while (left > 0) {
		uint32_t c = 0;
		size_t n = utf8_decode(text, left, &c);
		if (n == 0 || utf8_is_control(c))
			buf_char(b, '?');
		else
			buf_add(b, text, n);
		n = n ? n : 1;
		text += n;
		left -= n;
	}
}

char *
choose_name(const struct session *s)
{
	struct buf b = BUF_INIT;
	if (*s->title)
		add_shown(&b, s->title);
	else
		buf_printf(&b, "session %.*s", SHORT_ID, s->id);
	return buf_take(&b);
}

static void
add_column(struct buf *b, const char *text, int width)
{
	size_t before = b->len;
	add_shown(b, text);
	for (long n = utf8_count(b->data + before, b->len - before); n < width; n++)
		buf_char(b, ' ');
	buf_str(b, "  ");
}

static void
print(void *arg, const struct session *s)
{
	static const char *const kinds[] = {"pty", "claude", "file-editor"};
	struct buf b = BUF_INIT;
	bool shown = false;
	for (size_t i = 0; i < COUNT(kinds); i++)
		shown = shown || strcmp(kinds[i], s->kind) == 0;
	if (!shown || !session_is_live(s->status))
		return;
	add_column(&b, s->id, ID_LENGTH);
	add_column(&b, s->kind, 11);
	add_column(&b, session_status_name(s->status), 11);
	add_column(&b, *s->title ? s->title : "-", NAME_WIDTH);
	add_shown(&b, s->cwd);
	fprintf(arg, "%s\n", b.data);
	buf_free(&b);
}

int
choose_list(struct db *events, FILE *to, struct err *e)
{
	fprintf(to, "%-26s  %-11s  %-11s  %-24s  %s\n", "ID", "KIND", "STATE", "NAME",
		"DIRECTORY");
	return session_each(events, NULL, print, to, e);
}
