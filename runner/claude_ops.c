/*
 * What people ask of a Claude session; see claude.h and the op in adapter.h. The lines
 * for the program were made by the handler that took the request (lib/claude_wire.h);
 * here is decided whether and when they are said.
 */
#include "config.h"

#include "runner/claude.h"

#include "lib/json_read.h"
#include "lib/store/command.h"
#include "runner/run.h"
#include "runner/say.h"

#include <stdlib.h>
#include <string.h>

/* A session that nobody named gets the name of what it was first asked. */
static void
take_title(struct run *run, const char *title)
{
	if (!title || !*title || strcmp(run->row.title, run->adapter->title) != 0)
		return;
	free(run->row.title);
	run->row.title = xstrdup(title);
	run_changed(run);
}

static enum outcome
op_message(struct run *run, const struct command *c, const struct op *op)
{
	const char *uuid = json_member_text(op->head, "uuid");
	if (!uuid)
		return DONE;
	if (c->id > run->noting) {
		const struct emission emission = {.channel = "claude:input",
			.type = "queued",
			.data = xstrndup(op->data, op->data_len),
			.command = c->id};
		run_emit_line(run, &emission);
		claude_wait_for(run, uuid);
		take_title(run, json_member_text(op->head, "title"));
	}
	if (!session_is_live(run->row.status)) {
		claude_forget_messages(run);
		return DONE;
	}
	if (!claude_is_waiting(run, uuid))
		return DONE; /* the program it was meant for has ended */
	say(run, c->id, op->line, op->line_len);
	return UNDER_WAY;
}

/* What the program itself answers. */
static enum outcome
op_say(struct run *run, const struct command *c, const struct op *op)
{
	if (!session_is_live(run->row.status))
		return DONE;
	say(run, c->id, op->line, op->line_len);
	return UNDER_WAY;
}

static enum outcome
op_model(struct run *run, const struct command *c, const struct op *op)
{
	struct claude *claude = run->state;
	const char *model = json_member_text(op->head, "model");
	free(claude->wanted_model);
	claude->wanted_model = xstrdup(model);
	return op_say(run, c, op);
}

static const struct {
	const char *name;
	enum outcome (
		*apply)(struct run *run, const struct command *c, const struct op *op);
} ops[] = {
	{"answer", claude_op_answer},
	{"cancel", op_say},
	{"interrupt", op_say},
	{"message", op_message},
	{"mode", op_say},
	{"model", op_model},
	{"thinking", op_say},
};

enum outcome
claude_op(struct run *run, const struct command *c, const struct op *op)
{
	const char *name = json_member_text(op->head, "op");
	for (size_t i = 0; name && i < sizeof ops / sizeof *ops; i++)
		if (strcmp(ops[i].name, name) == 0) {
			enum outcome outcome = ops[i].apply(run, c, op);
			claude_save(run);
			return outcome;
		}
	return DONE; /* handlers store no other */
}
