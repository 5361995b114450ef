/* See claude.h. What must survive a restart is in two columns of the session's row:
 * detail_json, which people see, and private_json. */
#include "config.h"

#include "runner/claude.h"

#include "lib/json.h"
#include "lib/json_read.h"
#include "runner/run.h"

#include <event2/event.h>
#include <json-c/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
claude_replace(char **to, const char *text)
{
	if (!text || (*to && strcmp(*to, text) == 0))
		return false;
	char *copy = xstrdup(text);
	free(*to);
	*to = copy;
	return true;
}

void
claude_emit(struct run *run, const char *channel, const char *type, struct buf *data)
{
	const struct emission emission = {.channel = channel,
		.type = type,
		.data = buf_take(data)};
	run_emit_line(run, &emission);
}

void
claude_emit_text(struct run *run, const char *channel, const char *type, const char *key,
	const char *text)
{
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, key), json_string(&b, text);
	json_end(&b, '}');
	claude_emit(run, channel, type, &b);
}

/* ---- into the row ---- */

static void
show(struct run *run)
{
	const struct claude *c = run->state;
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "conversation"), json_string(&b, c->conversation);
	json_key(&b, "model"), json_string(&b, c->model);
	json_key(&b, "mode"), json_string(&b, c->mode);
	json_key(&b, "version"), json_string(&b, c->version);
	json_key(&b, "pending"), json_int(&b, c->asking_count);
	json_end(&b, '}');
	run_show(run, buf_take(&b));
}

static void
remember(struct run *run)
{
	const struct claude *c = run->state;
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "initialized"), json_int(&b, c->initialized);
	json_key(&b, "talked"), json_truth(&b, c->talked);
	json_key(&b, "turn"), json_truth(&b, c->turn);
	json_key(&b, "receipts"), json_truth(&b, c->receipts);
	json_key(&b, "retrying"), json_truth(&b, c->retrying);
	json_key(&b, "context"), json_int(&b, c->context);
	json_key(&b, "outcome"), json_string(&b, c->outcome);
	json_put_text(&b, "wanted_model", c->wanted_model);
	json_key(&b, "told"), json_begin(&b, '[');
	for (int i = 0; i < 2; i++)
		json_string(&b, c->told[i]);
	json_end(&b, ']');
	json_key(&b, "waiting"), json_begin(&b, '[');
	for (int i = 0; i < c->waiting_count; i++) {
		json_begin(&b, '{');
		json_key(&b, "uuid"), json_string(&b, c->waiting[i].uuid);
		json_key(&b, "started"), json_truth(&b, c->waiting[i].started);
		json_end(&b, '}');
	}
	json_end(&b, ']');
	json_end(&b, '}');
	run_remember(run, buf_take(&b));
}

void
claude_save(struct run *run)
{
	const struct claude *c = run->state;
	show(run);
	remember(run);
	run_attend(run, c->asking_count ? "waiting" : c->turn ? "working" : c->outcome);
}

/* ---- from the row ---- */

static const char *
outcome_of(const char *name)
{
	static const char *const outcomes[] = {"done", "error"};
	for (int i = 0; name && i < 2; i++)
		if (strcmp(outcomes[i], name) == 0)
			return outcomes[i];
	return "none";
}

static void
recall_waiting(struct claude *c, struct json_object *list)
{
	for (size_t i = 0; i < json_length(list) && i < CLAUDE_WAITING_MAX; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		struct claude_message *m = &c->waiting[c->waiting_count];
		const char *uuid = json_member_text(item, "uuid");
		if (!uuid)
			continue;
		snprintf(m->uuid, sizeof m->uuid, "%s", uuid);
		m->started = json_member_truth(item, "started");
		c->waiting_count++;
	}
}

static void
recall(struct run *run)
{
	struct claude *c = run->state;
	struct json_object *detail = json_tokener_parse(run->row.detail_json);
	struct json_object *own = json_tokener_parse(run->row.private_json);
	struct json_object *told = json_member_array(own, "told");
	claude_replace(&c->conversation, json_member_text(detail, "conversation"));
	claude_replace(&c->model, json_member_text(detail, "model"));
	claude_replace(&c->mode, json_member_text(detail, "mode"));
	claude_replace(&c->version, json_member_text(detail, "version"));
	claude_replace(&c->wanted_model, json_member_text(own, "wanted_model"));
	c->initialized = json_member_int(own, "initialized", 0);
	c->talked = json_member_truth(own, "talked");
	c->turn = json_member_truth(own, "turn");
	c->receipts = json_member_truth(own, "receipts");
	c->retrying = json_member_truth(own, "retrying");
	c->context = json_member_int(own, "context", 0);
	c->outcome = outcome_of(json_member_text(own, "outcome"));
	for (size_t i = 0; i < json_length(told) && i < 2; i++)
		snprintf(c->told[i], sizeof c->told[i], "%s",
			json_object_get_string(json_object_array_get_idx(told, i)));
	recall_waiting(c, json_member_array(own, "waiting"));
	json_object_put(detail);
	json_object_put(own);
}

/* The conversation that is to be, unless the program is to make a copy of another. */
static void
choose_conversation(struct run *run)
{
	struct claude *c = run->state;
	struct json_object *options = json_tokener_parse(run->row.options_json);
	const char *resume = json_member_text(options, "resume");
	char uuid[UUID_SIZE];
	crypt_uuid(uuid);
	bool same = resume && !json_member_truth(options, "fork");
	claude_replace(&c->conversation, same ? resume : uuid);
	json_object_put(options);
}

void
claude_attach(struct run *run)
{
	struct claude *c = run->state = xcalloc(1, sizeof *c);
	c->outcome = "none";
	if (run->row.detail_json && run->row.private_json)
		recall(run);
	else
		choose_conversation(run);
	run->listens = run->listening = c->initialized == run->row.run;
	if (run->row.number)
		claude_permissions_load(run);
	else
		claude_save(run);
}

void
claude_detach(struct run *run)
{
	struct claude *c = run->state;
	char *texts[] = {c->conversation, c->model, c->mode, c->version, c->wanted_model,
		c->writing};
	claude_permissions_free(run);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		free(texts[i]);
	if (c->silence)
		event_free(c->silence);
	free(c);
	run->state = NULL;
}
