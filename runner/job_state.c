/* See job.h. What must survive a restart is in two columns of the session's row:
 * detail_json, which people see, and private_json. */
#include "config.h"

#include "lib/json.h"
#include "lib/json_read.h"
#include "runner/job.h"
#include "runner/run.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

static void
put_progress(struct buf *b, const struct job *job)
{
	const struct job_progress *p = &job->progress;
	const struct {
		const char *key;
		int64_t value;
	} numbers[] = {{"percent", p->percent}, {"done", p->done}, {"of", p->of}};
	json_key(b, "progress");
	if (!job->progress_text) {
		json_null(b);
		return;
	}
	json_begin(b, '{');
	json_key(b, "phase"), json_string(b, p->phase);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		json_key(b, numbers[i].key);
		if (numbers[i].value < 0)
			json_null(b);
		else
			json_int(b, numbers[i].value);
	}
	json_key(b, "text"), json_string(b, job->progress_text);
	json_end(b, '}');
}

static void
show(struct run *run)
{
	const struct job *job = run->state;
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "op"), json_string(&b, json_member_text(job->options, "op"));
	json_key(&b, "label"), json_string(&b, json_member_text(job->options, "label"));
	put_progress(&b, job);
	json_key(&b, "result"), json_raw(&b, job->result);
	json_key(&b, "problem"), json_raw(&b, job->problem);
	json_end(&b, '}');
	run_show(run, buf_take(&b));
}

static void
put_text(struct buf *b, const char *key, const struct buf *text)
{
	json_key(b, key);
	json_string_n(b, text->data ? text->data : "", text->len);
}

static void
remember(struct run *run)
{
	const struct job *job = run->state;
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "run"), json_int(&b, job->run);
	put_text(&b, "part", &job->part);
	put_text(&b, "words", &job->words);
	put_text(&b, "refs", &job->refs);
	json_key(&b, "output"), json_int(&b, job->output);
	json_key(&b, "rejected"), json_truth(&b, job->rejected);
	json_end(&b, '}');
	run_remember(run, buf_take(&b));
}

void
job_save(struct run *run)
{
	show(run);
	remember(run);
}

/* ---- from the row ---- */

static void
recall_text(struct buf *to, struct json_object *own, const char *key)
{
	const char *text = json_member_text(own, key);
	buf_str(to, text ? text : "");
}

static void
recall(struct run *run)
{
	struct job *job = run->state;
	struct json_object *detail = json_tokener_parse(run->row.detail_json);
	struct json_object *own = json_tokener_parse(run->row.private_json);
	struct json_object *result = json_member(detail, "result");
	struct json_object *problem = json_member(detail, "problem");
	job->run = json_member_int(own, "run", 0);
	job->output = json_member_int(own, "output", 0);
	job->rejected = json_member_truth(own, "rejected");
	recall_text(&job->part, own, "part");
	recall_text(&job->words, own, "words");
	recall_text(&job->refs, own, "refs");
	job->result = result ? xstrdup(json_compact(result)) : NULL;
	job->problem = problem ? xstrdup(json_compact(problem)) : NULL;
	json_object_put(detail);
	json_object_put(own);
}

void
job_attach(struct run *run)
{
	struct job *job = run->state = xcalloc(1, sizeof *job);
	job->options = json_tokener_parse(run->row.options_json);
	job->kind = job_kind_find(json_member_text(job->options, "op"));
	if (run->row.detail_json && run->row.private_json)
		recall(run);
	if (!run->row.number)
		job_save(run);
}

static void
forget(struct job *job)
{
	buf_free(&job->part);
	buf_free(&job->words);
	buf_free(&job->refs);
	free(job->progress_text);
	free(job->result);
	free(job->problem);
}

void
job_begin(struct run *run)
{
	struct job *job = run->state;
	if (job->run == run->row.run)
		return;
	forget(job);
	*job = (struct job){.options = job->options,
		.kind = job->kind,
		.run = run->row.run};
	job_save(run);
	run_attend(run, "working");
}

void
job_detach(struct run *run)
{
	struct job *job = run->state;
	forget(job);
	json_object_put(job->options);
	free(job);
	run->state = NULL;
}
