/*
 * The file editor: dispatch-editor on pipes; see editing.h. What people ask goes to it as
 * the handler made it, exactly once. Drafts are kept here: they need no program.
 */
#include "config.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/path.h"
#include "lib/store/command.h"
#include "lib/store/workspace.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/editing.h"
#include "runner/environment.h"
#include "runner/say.h"

#include <json-c/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what to start ---- */

static char *
option(const char *name, const char *value)
{
	return xasprintf("--%s=%s", name, value);
}

static int
make_plan(const struct run *run, struct plan *plan, struct err *e)
{
	struct environment env = {0};
	struct workspace w = {0};
	const char *id = run->row.workspace;
	*plan = (struct plan){0};
	int rc = id ? workspace_find(run->app->state, run->row.owner, id, &w, e) : 0;
	if (rc == 0)
		err_set(e, 422, "workspace.unknown",
			"An editor needs a workspace, and this one is not there.");
	if (rc <= 0)
		return -1;
	char *shell = environment_shell(&run->app->conf);
	environment_person(&env, shell);
	free(shell);
	plan->env = env.list;
	plan->argv = xcalloc(5, sizeof *plan->argv);
	plan->argv[0] = xstrdup("dispatch-editor");
	plan->argv[1] = option("dir", run->app->conf.dir);
	plan->argv[2] = option("root", w.path);
	plan->argv[3] = option("workspace", w.id);
	plan->file = path_program("dispatch-editor");
	workspace_clear(&w);
	return 0;
}

/* ---- beginning and end ---- */

static void
ask(struct run *run, const char *op, const char *path, const char *sha256)
{
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "op"), json_string(&b, op);
	json_key(&b, "path"), json_string(&b, path);
	if (sha256)
		json_key(&b, "sha256"), json_string(&b, *sha256 ? sha256 : NULL);
	json_end(&b, '}');
	buf_char(&b, '\n');
	say(run, 0, b.data, b.len);
	buf_free(&b);
}

/* A new program does not know what was open; the first one may have been given something
 * to begin with. All of it is said again after a crash, until the program has told that
 * it had the last line, and does no harm then. */
static void
on_started(struct run *run)
{
	struct editing *ed = run->state;
	if (ed->run == run->row.run)
		return;
	struct json_object *options = json_tokener_parse(run->row.options_json);
	const char *path = json_member_text(options, "path");
	if (ed->run == 0 && path && *path)
		ask(run, "open", path, NULL);
	json_object_put(options);
	for (int i = 0; i < ed->file_count; i++)
		if (ed->files[i].open)
			ask(run, "watch", ed->files[i].path, ed->files[i].sha256);
	char *last =
		xasprintf("{\"op\":\"run\",\"run\":%lld}\n", (long long)run->row.run);
	say(run, 0, last, strlen(last));
	free(last);
}

/* ---- what people ask ---- */

struct refusal {
	const char *code, *detail;
};

static const struct refusal ended = {"editor.ended",
	"The editor has ended before it told of this; what the file is now tells "
	"whether it was done."};

static const struct refusal full = {"editor.files",
	"As many files as can be are open here or have a draft; close one, or discard "
	"its draft."};

static void
emit_refusal(struct run *run, const char *channel, const struct refusal *why,
	const struct editing_wait *w, int64_t command)
{
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "op_id"), json_string(&b, w->id);
	json_put_text(&b, "path", w->path);
	json_key(&b, "code"), json_string(&b, why->code);
	json_key(&b, "detail"), json_string(&b, why->detail);
	json_end(&b, '}');
	const struct editing_record record = {.channel = channel,
		.type = "refused",
		.data = b.data,
		.command = command};
	editing_emit(run, &record);
	buf_free(&b);
}

static void
refuse(struct run *run, const struct editing_wait *w, int64_t command)
{
	struct editing *ed = run->state;
	const char *channel = editing_channel(w->op);
	if (channel)
		emit_refusal(run, channel, &ended, w, command);
	if (w->command > ed->refused)
		ed->refused = w->command;
}

static void
on_ended(struct run *run, const struct shim_exit *exit)
{
	struct editing *ed = run->state;
	(void)exit;
	for (int i = 0; i < ed->waiting_count; i++)
		refuse(run, &ed->waiting[i], 0);
	while (ed->waiting_count) {
		char id[UUID_SIZE];
		memcpy(id, ed->waiting[0].id, sizeof id);
		editing_answered(run, id);
	}
	editing_save(run);
}

/* What the head of an operation says, lent. */
static struct editing_wait
wait_of(const struct command *c, const struct op *op)
{
	const char *id = json_member_text(op->head, "id");
	struct editing_wait wait = {.command = c->id,
		.op = (char *)(uintptr_t)json_member_text(op->head, "op"),
		.path = (char *)(uintptr_t)json_member_text(op->head, "path")};
	snprintf(wait.id, sizeof wait.id, "%s", id ? id : "");
	return wait;
}

static void
put_draft(struct run *run, struct editing_file *file, const struct command *c,
	const struct op *op)
{
	char *data = xstrndup(op->data, op->data_len);
	editing_take_hash(file->draft, op->head, "sha256");
	editing_take_hash(file->base, op->head, "base");
	file->drafted_at = clock_now();
	const struct editing_record record = {.channel = "editor:draft",
		.type = "done",
		.data = data,
		.command = c->id,
		.draft = DRAFT_PUT,
		.path = file->path,
		.base = file->base,
		.sha256 = file->draft,
		.bytes = op->line,
		.len = op->line_len};
	editing_emit(run, &record);
	free(data);
}

static enum outcome
op_draft(struct run *run, const struct command *c, const struct op *op)
{
	const struct editing_wait wait = wait_of(c, op);
	if (!wait.path || c->id <= run->noting)
		return DONE;
	struct editing_file *file = editing_add(run, wait.path);
	if (file)
		put_draft(run, file, c, op);
	else
		emit_refusal(run, "editor:draft", &full, &wait, c->id);
	return DONE;
}

static enum outcome
op_discard(struct run *run, const struct command *c, const struct op *op)
{
	const char *path = json_member_text(op->head, "path");
	struct editing_file *file = path ? editing_find(run, path) : NULL;
	char *data = xstrndup(op->data, op->data_len);
	const struct editing_record record = {.channel = "editor:discard",
		.type = "done",
		.data = data,
		.command = c->id,
		.draft = DRAFT_DROP,
		.path = path};
	if (path && c->id > run->noting)
		editing_emit(run, &record);
	if (file) {
		*file->draft = *file->base = '\0';
		editing_tidy(run, file);
	}
	free(data);
	return DONE;
}

/* What the program does. What was refused because the program had ended is not given to
 * the next one, should that be there before the command is gone. */
static enum outcome
op_say(struct run *run, const struct command *c, const struct op *op)
{
	struct editing *ed = run->state;
	const struct editing_wait wait = wait_of(c, op);
	if (c->id <= ed->refused)
		return DONE;
	bool live = session_is_live(run->row.status);
	if (live) {
		editing_wait_for(run, &wait);
		say(run, c->id, op->line, op->line_len);
	} else if (c->id > run->noting)
		refuse(run, &wait, c->id);
	return live ? UNDER_WAY : DONE;
}

static enum outcome
on_op(struct run *run, const struct command *c, const struct op *op)
{
	const char *name = json_member_text(op->head, "op");
	if (!name)
		return DONE; /* handlers store none */
	enum outcome outcome = strcmp(name, "draft") == 0 ? op_draft(run, c, op)
		: strcmp(name, "discard") == 0            ? op_discard(run, c, op)
							  : op_say(run, c, op);
	editing_save(run);
	return outcome;
}

const struct adapter adapter_editor = {
	.kind = "file-editor",
	.title = "Editor",
	.mode = SHIM_MODE_PIPES,
	.plan = make_plan,
	.attach = editing_attach,
	.detach = editing_detach,
	.started = on_started,
	.line_max = EDITING_LINE_MAX,
	.line = editing_line,
	.too_long = editing_too_long,
	.words = editing_words,
	.ended = on_ended,
	.op = on_op,
};
