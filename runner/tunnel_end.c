/* What follows from the end of a tunnel's program; see tunnel.h. */
#include "config.h"

#include "lib/clock.h"
#include "lib/envelope.h"
#include "runner/app.h"
#include "runner/tunnel.h"

#include <stdlib.h>

enum { BACKOFF_TIMES = 60 }; /* of the first pause, at most */

static char *
reason_of(const struct tunnel *t, const struct shim_exit *exit)
{
	char name[8];
	const char *last =
		t->line_next ? t->lines[(t->line_next - 1) % TUNNEL_LINES].text : NULL;
	if (!exit)
		return xstrdup("How its program ended is not known.");
	if (exit->signal)
		return xasprintf("Its program was ended by the signal %s.",
			envelope_signal(exit->signal, name));
	return last ? xasprintf("Its program ended with status %d; it said last: “%s”.",
			      exit->code, last)
		    : xasprintf("Its program ended with status %d and said nothing.",
			      exit->code);
}

static void
give_up(struct tunnel *t)
{
	char *text = t->cause_final ? xstrdup(t->cause_text)
				    : xasprintf("%s It was tried %lld times in a row.",
					      t->cause_text, (long long)t->row.tries);
	tunnel_note(t, "tunnel.fail");
	tunnel_set_state(t, TUNNEL_FAILED);
	tunnel_set_error(t, t->cause_code, text);
	t->row.ends_at = 0;
	free(text);
}

/* What had been open for long has not failed in a row. */
static void
fail(struct tunnel *t)
{
	const struct conf *conf = &t->app->conf;
	int64_t now = clock_now(), most = conf->tunnel_retry * BACKOFF_TIMES;
	if (t->row.state == TUNNEL_OPEN && now - t->row.since >= most)
		t->row.tries = 0;
	t->row.tries++;
	if (t->cause_final || t->row.tries >= conf->tunnel_tries) {
		give_up(t);
		return;
	}
	int64_t pause = conf->tunnel_retry;
	for (int64_t i = 1; i < t->row.tries && pause < most; i++)
		pause *= 2;
	t->row.stage = tunnel_first_stage(t, "start");
	tunnel_set_state(t, TUNNEL_RETRYING);
	tunnel_set_error(t, t->cause_code, t->cause_text);
	t->row.retry_at = now + (pause < most ? pause : most);
}

static void
go_on(struct tunnel *t, int stage)
{
	if (stage == TUNNEL_DONE) {
		tunnel_close(t, NULL, NULL);
		return;
	}
	t->row.stage = stage;
	tunnel_set_state(t, TUNNEL_STARTING);
}

void
tunnel_ended(struct tunnel *t, const struct shim_exit *exit, const char *code,
	const char *text)
{
	bool again = t->restarting;
	tunnel_wake(t);
	if (!tunnel_is_wanted(t) || again)
		return; /* that it ended is what was wanted */
	if (t->app->ending) {
		tunnel_close(t, NULL, NULL);
		return;
	}
	if (code)
		tunnel_set_cause(t, code, text, true);
	int next = TUNNEL_AGAIN;
	if (!t->cause_final && t->kind->next_stage)
		next = t->kind->next_stage(t, exit);
	if (next >= 0 || next == TUNNEL_DONE) {
		go_on(t, next);
		return;
	}
	if (!t->cause_code) {
		char *reason = reason_of(t, exit);
		tunnel_set_cause(t, "tunnel.ended", reason, false);
		free(reason);
	}
	t->cause_final = t->cause_final || next == TUNNEL_GIVE_UP;
	fail(t);
}
