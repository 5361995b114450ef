/* See attach_input.h. */
#include "config.h"

#include "cli/attach_input.h"

#include "lib/clock.h"
#include "lib/json.h"
#include "lib/store/command.h"

#include <stdio.h>
#include <string.h>

enum { CARET = 0x40, DELETE = 0x7f, NOT_A_KEY = -2 };

int
input_key(const char *text)
{
	if (strcmp(text, "none") == 0)
		return INPUT_NO_KEY;
	if (strcmp(text, "^?") == 0)
		return DELETE;
	if (text[0] == '^' && text[1] >= '@' && text[1] <= '_' && !text[2])
		return text[1] ^ CARET;
	if (text[0] == '^' && text[1] >= 'a' && text[1] <= 'z' && !text[2])
		return (text[1] & ~0x20) ^ CARET;
	return text[0] > ' ' && text[0] < DELETE && !text[1] ? text[0] : NOT_A_KEY;
}

static size_t
before(const char *bytes, size_t len, const void *what, size_t size)
{
	const char *at = memmem(bytes, len, what, size);
	return at ? (size_t)(at - bytes) : len;
}

/* A program may have asked the terminal to send keys with Ctrl as sequences: those of
 * kitty's protocol, and of xterm's modifyOtherKeys. */
size_t
input_before_key(const struct input *input, const char *bytes, size_t len)
{
	char key = (char)input->detach_key, kitty[16], xterm[16];
	if (input->detach_key == INPUT_NO_KEY)
		return len;
	len = before(bytes, len, &key, 1);
	if (key < 0 || key >= ' ')
		return len;
	int letter = key ^ CARET;
	if (letter >= 'A' && letter <= 'Z')
		letter |= 0x20;
	snprintf(kitty, sizeof kitty, "\x1b[%d;5u", letter);
	snprintf(xterm, sizeof xterm, "\x1b[27;5;%d~", letter);
	len = before(bytes, len, kitty, strlen(kitty));
	return before(bytes, len, xterm, strlen(xterm));
}

static void
drop_stored(struct input *input)
{
	struct buf *b = &input->waiting;
	b->len -= input->numbered;
	memmove(b->data, b->data + input->numbered, b->len);
	input->numbered = 0;
}

int
input_store(struct input *input, struct err *e)
{
	struct session_brief brief;
	const struct session *s = input->session;
	int64_t now = clock_now();
	if (!input->waiting.len)
		return 0;
	if (!input->numbered)
		input->numbered = input->waiting.len;
	int found = session_brief_owned(input->events, s->id, s->owner, &brief, e);
	if (found < 0)
		return -1;
	struct command command = {
		.session = s->id,
		.user = s->owner,
		.kind = "input",
		.deadline = now + input->conf->command_ttl,
		.body = input->waiting.data,
		.len = input->numbered,
	};
	struct input_mark mark = {.writer = input->writer,
		.n = input->n + 1,
		.done = brief.input_done,
		.now = now};
	if (found && session_is_live(brief.status) &&
		command_add_input(input->state, &command, &mark, e) < 0)
		return -1;
	wake_commands(input->wake);
	input->n++;
	drop_stored(input);
	return 0;
}

int
input_store_size(struct input *input, int cols, int rows, struct err *e)
{
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "cols"), json_int(&b, cols);
	json_key(&b, "rows"), json_int(&b, rows);
	json_key(&b, "writer"), json_string(&b, input->writer);
	json_end(&b, '}');
	struct command command = {
		.session = input->session->id,
		.user = input->session->owner,
		.kind = "resize",
		.body = b.data,
		.len = b.len,
	};
	int rc = command_add(input->state, &command, e);
	if (rc == 0)
		wake_commands(input->wake);
	buf_free(&b);
	return rc;
}
