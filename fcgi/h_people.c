/* People and the audit, for administrators: see lib/auth_account.h. */
#include "config.h"

#include "fcgi/h_account.h"

#include "lib/auth_account.h"
#include "lib/json.h"
#include "lib/store/audit.h"

static void
put_person(void *arg, const struct auth_person *p)
{
	struct buf *b = arg;
	json_begin(b, '{');
	json_key(b, "id"), json_string(b, p->id);
	json_key(b, "name"), json_string(b, p->name);
	json_key(b, "role"), json_string(b, p->role);
	json_key(b, "created_at"), json_int(b, p->created_at);
	json_maybe(b, "disabled_at", p->disabled_at, 0);
	json_maybe(b, "seen_at", p->seen_at, 0);
	json_end(b, '}');
}

int
h_people_list(struct call *c, struct err *e)
{
	response_list_begin(c->response);
	int rc = auth_person_each(c->state, put_person, &c->response->body, e);
	response_list_end(c->response);
	return rc;
}

int
h_person_new(struct call *c, struct err *e)
{
	char id[ID_SIZE], key[AUTH_KEY_SIZE];
	if (auth_person_new(c->state, &c->auth, &c->request->auth,
		    c->values[PERSON_NAME].text, c->values[PERSON_ROLE].text, c->now, id,
		    key, e) != 0)
		return -1;
	return account_show_key(c, id, key);
}

int
h_person_change(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	const struct auth_change change = {
		.id = v[CHANGE_ID].text,
		.name = v[CHANGE_NAME].given ? v[CHANGE_NAME].text : NULL,
		.role = v[CHANGE_ROLE].given ? v[CHANGE_ROLE].text : NULL,
		.disabled =
			v[CHANGE_DISABLED].given ? (int)v[CHANGE_DISABLED].number : -1,
	};
	return auth_person_change(c->state, &c->auth, &c->request->auth, &change, c->now,
		e);
}

int
h_person_key(struct call *c, struct err *e)
{
	char key[AUTH_KEY_SIZE];
	const char *id = c->values[CHANGE_ID].text;
	if (auth_person_key(c->state, &c->auth, &c->request->auth, id, c->now, key, e) !=
		0)
		return -1;
	return account_show_key(c, id, key);
}

struct page {
	struct buf *b;
	int64_t count, last;
};

static void
put_audit(void *arg, int64_t id, const struct audit *a, const char *name)
{
	struct page *page = arg;
	struct buf *b = page->b;
	page->count++;
	page->last = id;
	json_begin(b, '{');
	json_key(b, "id"), json_int(b, id);
	json_key(b, "at"), json_int(b, a->at);
	json_key(b, "user"), json_string(b, a->user);
	json_key(b, "name"), json_string(b, name);
	json_key(b, "action"), json_string(b, a->action);
	json_key(b, "subject"), json_string(b, a->subject);
	json_key(b, "address"), json_string(b, a->address);
	json_end(b, '}');
}

int
h_audit(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	const struct audit_query query = {
		.before = v[AUDIT_BEFORE].given ? v[AUDIT_BEFORE].number : INT64_MAX,
		.limit = v[AUDIT_LIMIT].given ? v[AUDIT_LIMIT].number : 100,
		.person = v[AUDIT_PERSON].given ? v[AUDIT_PERSON].text : "",
		.action = v[AUDIT_ACTION].given ? v[AUDIT_ACTION].text : "",
	};
	struct page page = {.b = &c->response->body};
	json_begin(page.b, '{');
	json_key(page.b, "items"), json_begin(page.b, '[');
	int rc = audit_each(c->state, &query, put_audit, &page, e);
	json_end(page.b, ']');
	json_maybe(page.b, "next", page.count == query.limit ? page.last : 0, 0);
	json_end(page.b, '}');
	return rc;
}

int
h_audit_chain(struct call *c, struct err *e)
{
	struct buf *b = &c->response->body;
	int64_t lines = audit_count(c->state, e);
	int64_t broken = lines < 0 ? -1 : audit_verify(c->state, e);
	if (broken < 0)
		return -1;
	json_begin(b, '{');
	json_key(b, "lines"), json_int(b, lines);
	json_maybe(b, "broken_at", broken, 0);
	json_end(b, '}');
	return 0;
}
