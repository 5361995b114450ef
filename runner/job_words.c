/* See job_words.h. */
#include "config.h"

#include "runner/job_words.h"

#include "lib/json.h"

#include <stdio.h>
#include <string.h>

enum { REASON_MAX = 200 };

/* What is left of a line that is being read. */
struct rest {
	const char *at;
	size_t left;
};

static void
skip(struct rest *r, size_t n)
{
	r->at += n;
	r->left -= n;
}

static bool
take(struct rest *r, const char *word)
{
	size_t n = strlen(word);
	if (r->left < n || memcmp(r->at, word, n) != 0)
		return false;
	skip(r, n);
	return true;
}

static void
skip_blanks(struct rest *r)
{
	while (r->left && *r->at == ' ')
		skip(r, 1);
}

/* A number of at most 15 digits; -1: there is none. */
static int64_t
take_number(struct rest *r)
{
	int64_t n = 0;
	size_t digits = 0;
	for (; digits < r->left && digits < 15 && r->at[digits] >= '0' &&
		r->at[digits] <= '9';
		digits++)
		n = n * 10 + (r->at[digits] - '0');
	skip(r, digits);
	return digits ? n : -1;
}

/* Everything up to the next `end`, or up to the end of the line. */
static struct rest
take_until(struct rest *r, char end)
{
	const char *stop = r->left ? memchr(r->at, end, r->left) : NULL;
	struct rest word = {r->at, stop ? (size_t)(stop - r->at) : r->left};
	skip(r, word.left);
	return word;
}

/* ---- progress ---- */

/* Titles of git's begin with a capital and are words; "error: 404" is something else. */
static bool
take_phase(struct rest *r, struct job_progress *p)
{
	take(r, "remote: ");
	struct rest word = take_until(r, ':');
	if (word.left == 0 || word.left >= sizeof p->phase || *word.at < 'A' ||
		*word.at > 'Z' || !take(r, ": "))
		return false;
	for (size_t i = 0; i < word.left; i++)
		if (word.at[i] != ' ' && (word.at[i] | 0x20) < 'a')
			return false;
		else if ((word.at[i] | 0x20) > 'z')
			return false;
	snprintf(p->phase, sizeof p->phase, "%.*s", (int)word.left, word.at);
	return true;
}

static bool
ends_with(const struct rest *r, const char *word)
{
	size_t n = strlen(word), left = r->left;
	while (left && r->at[left - 1] == ' ')
		left--;
	return left >= n && memcmp(r->at + left - n, word, n) == 0;
}

bool
job_words_progress(const char *line, size_t len, struct job_progress *p)
{
	struct rest r = {line, len};
	*p = (struct job_progress){.percent = -1, .done = -1, .of = -1};
	if (!take_phase(&r, p))
		return false;
	skip_blanks(&r);
	int64_t n = take_number(&r);
	if (n < 0)
		return false;
	if (take(&r, "% (")) {
		p->percent = n <= 100 ? (int)n : 100;
		p->done = take_number(&r);
		p->of = take(&r, "/") ? take_number(&r) : -1;
		if (p->done < 0 || p->of < 0 || !take(&r, ")"))
			return false;
	} else {
		p->done = n;
	}
	if (r.left && *r.at != ',' && *r.at != ' ')
		return false;
	p->finished = ends_with(&r, "done.") || ends_with(&r, "done");
	return true;
}

/* ---- references ---- */

struct update {
	const char *flag;
	struct rest from, to, local, remote, reason;
};

static const char *
flag_name(char c)
{
	static const struct {
		char c;
		const char *name;
	} flags[] = {{' ', "fast-forward"}, {'+', "forced"}, {'-', "pruned"},
		{'*', "new"}, {'!', "rejected"}, {'=', "up-to-date"}, {'t', "tag"}};
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (flags[i].c == c)
			return flags[i].name;
	return NULL;
}

/* "1234567..89abcde", or with three dots; anything else says nothing of commits. */
static void
take_commits(struct rest word, struct update *u)
{
	struct rest r = word;
	size_t n = 0;
	while (n < word.left && strchr("0123456789abcdef", word.at[n]) && word.at[n])
		n++;
	if (n < 4 || n + 2 >= word.left)
		return;
	skip(&r, n);
	if (!take(&r, "...") && !take(&r, ".."))
		return;
	u->from = (struct rest){word.at, n};
	u->to = r;
}

/* "(forced update)", with blanks before it. */
static void
take_reason(struct rest *r, struct update *u)
{
	skip_blanks(r);
	if (!take(r, "("))
		return;
	u->reason = *r;
	while (u->reason.left && u->reason.at[u->reason.left - 1] == ' ')
		u->reason.left--;
	if (u->reason.left && u->reason.at[u->reason.left - 1] == ')')
		u->reason.left--;
	if (u->reason.left > REASON_MAX)
		u->reason.left = REASON_MAX;
}

static void
put(struct buf *b, const char *key, const struct rest *text)
{
	json_key(b, key);
	if (text->left)
		json_string_n(b, text->at, text->left);
	else
		json_null(b);
}

static const char *
put_update(struct buf *b, const struct update *u)
{
	json_begin(b, '{');
	put(b, "from", &u->from);
	put(b, "to", &u->to);
	put(b, "local", &u->local);
	put(b, "remote", &u->remote);
	json_key(b, "flag"), json_string(b, u->flag);
	if (u->reason.left)
		put(b, "reason", &u->reason);
	json_end(b, '}');
	return u->flag;
}

/* " * [new branch]      main       -> origin/main  (reason)" */
const char *
job_words_fetched(const char *line, size_t len, struct buf *b)
{
	struct rest r = {line, len};
	struct update u = {0};
	if (len < 4 || line[0] != ' ' || line[2] != ' ' || !(u.flag = flag_name(line[1])))
		return NULL;
	skip(&r, 3);
	if (*r.at == '[') {
		take_until(&r, ']');
		if (!take(&r, "]"))
			return NULL;
	} else {
		take_commits(take_until(&r, ' '), &u);
	}
	skip_blanks(&r);
	u.remote = take_until(&r, ' ');
	skip_blanks(&r);
	if (!u.remote.left || !take(&r, "-> "))
		return NULL;
	u.local = take_until(&r, ' ');
	if (!u.local.left)
		return NULL;
	take_reason(&r, &u);
	return put_update(b, &u);
}

/* "*\trefs/heads/main:refs/heads/main\t[new branch]" */
const char *
job_words_pushed(const char *line, size_t len, struct buf *b)
{
	struct rest r = {line, len};
	struct update u = {0};
	if (len < 4 || line[1] != '\t' || !(u.flag = flag_name(line[0])))
		return NULL;
	skip(&r, 2);
	struct rest refs = take_until(&r, '\t');
	if (!take(&r, "\t"))
		return NULL;
	u.local = take_until(&refs, ':');
	if (!take(&refs, ":") || !refs.left)
		return NULL;
	u.remote = refs;
	if (r.left && *r.at == '[') {
		take_until(&r, ']');
		take(&r, "]");
	} else {
		take_commits(take_until(&r, ' '), &u);
	}
	take_reason(&r, &u);
	return put_update(b, &u);
}

/* ---- why ---- */

/* The first row that is found counts. */
static const struct {
	const char *words, *code;
} reasons[] = {
	{"terminal prompts disabled", "git.login"},
	{"could not read Username", "git.login"},
	{"could not read Password", "git.login"},
	{"Authentication failed", "git.login"},
	{"HTTP Basic: Access denied", "git.login"},
	{"Permission denied (", "git.login"},
	{"Host key verification failed", "git.login"},
	{"returned error: 401", "git.login"},
	{"returned error: 403", "git.login"},
	{"CONFLICT (", "git.conflict"},
	{"Automatic merge failed", "git.conflict"},
	{"[rejected]", "git.rejected"},
	{"[remote rejected]", "git.rejected"},
	{"failed to push some refs", "git.rejected"},
	{"Could not resolve host", "git.network"},
	{"Failed to connect", "git.network"},
	{"Couldn't connect", "git.network"},
	{"Connection refused", "git.network"},
	{"Connection timed out", "git.network"},
	{"Connection reset", "git.network"},
	{"Connection closed", "git.network"},
	{"Network is unreachable", "git.network"},
	{"No route to host", "git.network"},
	{"unexpected disconnect", "git.network"},
	{"early EOF", "git.network"},
};

const char *
job_words_problem(const char *words)
{
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (strstr(words, reasons[i].words))
			return reasons[i].code;
	return "git.refused";
}
