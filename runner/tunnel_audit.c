/*
 * What a tunnel does without being asked, in the audit: it starts with the server, closes
 * at the set time or with the server, or is given up. (What people ask for is noted by
 * the handler that they ask.) The audit is in the other database, which somebody may have
 * locked: so a note is saved with the row first, together with what happened, and taken
 * out of it when the audit has it. After a crash between the two it comes again, and is
 * known by its time.
 */
#include "config.h"

#include "lib/clock.h"
#include "lib/db.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/store/audit.h"
#include "runner/app.h"
#include "runner/tunnel.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

enum { NOTES_MAX = 16, SUBJECT_SIZE = 64 };

static struct json_object *
read_notes(const struct tunnel *t)
{
	struct json_object *notes = NULL;
	const char *text = t->row.notes_json;
	if (text)
		json_parse(&notes, text, strlen(text), NULL);
	return notes ? notes : json_object_new_array();
}

static void
keep_notes(struct tunnel *t, struct json_object *notes)
{
	free(t->row.notes_json);
	t->row.notes_json = notes ? xstrdup(json_compact(notes)) : NULL;
	tunnel_changed(t);
}

void
tunnel_note(struct tunnel *t, const char *action)
{
	struct json_object *notes = read_notes(t), *note = json_object_new_object();
	char subject[SUBJECT_SIZE];
	tunnel_subject(subject, sizeof subject, t->kind->name,
		json_member_text(t->settings, "mode"));
	json_object_object_add(note, "at", json_object_new_int64(clock_now()));
	json_object_object_add(note, "action", json_object_new_string(action));
	json_object_object_add(note, "subject", json_object_new_string(subject));
	json_object_array_add(notes, note);
	if (json_object_array_length(notes) > NOTES_MAX) {
		log_warning(&t->app->log, "tunnel %s: the audit was not told of %s",
			t->kind->name,
			json_member_text(json_object_array_get_idx(notes, 0), "action"));
		json_object_array_del_idx(notes, 0, 1);
	}
	keep_notes(t, notes);
	json_object_put(notes);
}

static int
add_notes(struct db *state, struct json_object *notes, struct err *e)
{
	for (size_t i = 0; i < json_object_array_length(notes); i++) {
		struct json_object *note = json_object_array_get_idx(notes, i);
		const struct audit entry = {
			.at = json_member_int(note, "at", 0),
			.user = "",
			.action = json_member_text(note, "action"),
			.subject = json_member_text(note, "subject"),
			.address = AUDIT_SERVER,
		};
		if (audit_add_once(state, &entry, e) != 0)
			return -1;
	}
	return 0;
}

/* The loop waits for no disk: the audit's next durable commit takes these along. */
bool
tunnel_audit(struct tunnel *t)
{
	struct db *state = t->app->state;
	struct json_object *notes;
	struct err e = {0};
	int rc = -1;
	if (!t->row.notes_json || t->saved != t->version)
		return true;
	if (db_begin(state, DB_NORMAL, &e) != 0)
		return false;
	notes = read_notes(t);
	if (add_notes(state, notes, &e) == 0)
		rc = db_commit(state, &e);
	if (rc == 0)
		keep_notes(t, NULL);
	else {
		db_rollback(state);
		if (strcmp(e.code, "db.busy") != 0)
			log_error(&t->app->log, "tunnel %s: cannot tell the audit: %s",
				t->kind->name, e.text);
	}
	json_object_put(notes);
	return rc == 0;
}
