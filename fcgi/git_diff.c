/* See git_diff.h; the formats are in git-diff(1), "Raw output format" and "--numstat". */
#include "config.h"

#include "fcgi/git_diff.h"

#include "fcgi/git_text.h"
#include "lib/json.h"

#include <stdlib.h>
#include <string.h>

enum { FACTS, PATH, NEW_PATH, NUMBERS, OLD_NAME, NEW_NAME };

void
git_diff_begin(struct git_diff *d, size_t limit)
{
	*d = (struct git_diff){.limit = limit};
}

static const char *
status_name(char letter)
{
	static const struct {
		char letter;
		const char *name;
	} names[] = {{'M', "modified"}, {'A', "added"}, {'D', "deleted"},
		{'R', "renamed"}, {'C', "copied"}, {'T', "type"}, {'U', "conflict"}};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].letter == letter)
			return names[i].name;
	return NULL;
}

static void
copy(char *to, size_t size, const struct git_text *t)
{
	size_t n = t->left < size - 1 ? t->left : size - 1;
	memcpy(to, t->at, n);
	to[n] = '\0';
}

static struct git_diff_file *
last(const struct git_diff *d)
{
	return &d->files[d->count - 1];
}

static void
add_file(struct git_diff *d, const struct git_text words[4], const char *status,
	int similarity)
{
	d->extra = d->count == d->limit;
	d->truncated = d->truncated || d->extra;
	if (d->extra)
		return;
	if (d->count % 64 == 0)
		d->files = xrealloc(d->files, (d->count + 64) * sizeof *d->files);
	struct git_diff_file *file = &d->files[d->count++];
	*file = (struct git_diff_file){.status = status,
		.similarity = similarity,
		.added = -1,
		.removed = -1};
	copy(file->old_mode, sizeof file->old_mode, &words[0]);
	copy(file->new_mode, sizeof file->new_mode, &words[1]);
	copy(file->old_hash, sizeof file->old_hash, &words[2]);
	copy(file->new_hash, sizeof file->new_hash, &words[3]);
}

/* ":100644 100644 <hash> <hash> R086" */
static bool
take_facts(struct git_diff *d, struct git_text t)
{
	struct git_text words[4];
	int64_t similarity = -1;
	for (int i = 0; i < 4; i++)
		if (!git_text_until(&t, ' ', &words[i]))
			return false;
	const char *status = t.left ? status_name(*t.at) : NULL;
	if (!status)
		return false;
	d->renamed = *t.at == 'R' || *t.at == 'C';
	t.at++, t.left--;
	git_text_number(&t, &similarity);
	add_file(d, words, status, similarity <= 100 ? (int)similarity : -1);
	d->expect = PATH;
	return true;
}

static bool
take_path(struct git_diff *d, const char *text)
{
	if (!d->extra)
		last(d)->path = xstrdup(text);
	d->expect = d->renamed ? NEW_PATH : FACTS;
	return true;
}

static bool
take_new_path(struct git_diff *d, const char *text)
{
	if (!d->extra) {
		last(d)->old_path = last(d)->path;
		last(d)->path = xstrdup(text);
	}
	d->expect = FACTS;
	return true;
}

static bool
take_count(struct git_text *t, int64_t *n)
{
	*n = -1;
	return (git_text_skip(t, "-") || git_text_number(t, n)) && git_text_skip(t, "\t");
}

/* In the same order as the files; false when no more are of interest. */
static bool
store_numbers(struct git_diff *d)
{
	if (d->numbered < d->count) {
		struct git_diff_file *file = &d->files[d->numbered];
		file->added = d->added;
		file->removed = d->removed;
		file->counted = true;
	}
	d->numbered++;
	d->expect = NUMBERS;
	return !d->truncated || d->numbered < d->count;
}

/* "12\t3\tpath", or without a path, which then follows with the new one. */
static bool
take_numbers(struct git_diff *d, struct git_text t)
{
	if (!take_count(&t, &d->added) || !take_count(&t, &d->removed)) {
		d->broken = true;
		return false;
	}
	if (t.left)
		return store_numbers(d);
	d->expect = OLD_NAME;
	return true;
}

bool
git_diff_record(void *arg, const char *text, size_t len)
{
	struct git_diff *d = arg;
	struct git_text t = GIT_TEXT(text, len);
	switch (d->expect) {
	case PATH:
		return take_path(d, text);
	case NEW_PATH:
		return take_new_path(d, text);
	case OLD_NAME:
		d->expect = NEW_NAME;
		return true;
	case NEW_NAME:
		return store_numbers(d);
	case FACTS:
		if (git_text_skip(&t, ":")) {
			d->broken = !take_facts(d, t);
			return !d->broken;
		}
		d->expect = NUMBERS;
		break;
	default:
		break;
	}
	return take_numbers(d, t);
}

static void
free_file(struct git_diff_file *file)
{
	free(file->path);
	free(file->old_path);
}

void
git_diff_end(struct git_diff *d)
{
	size_t kept = 0;
	if (d->count && !last(d)->path)
		d->broken = true;
	for (size_t i = 0; i < d->count && !d->broken; i++) {
		struct git_diff_file *file = &d->files[i];
		struct git_diff_file *before = kept ? &d->files[kept - 1] : NULL;
		if (before && strcmp(before->status, "conflict") == 0 &&
			strcmp(before->path, file->path) == 0) {
			file->status = before->status;
			free_file(before);
			kept--;
		}
		d->files[kept++] = *file;
	}
	if (!d->broken)
		d->count = kept;
}

void
git_diff_free(struct git_diff *d)
{
	for (size_t i = 0; i < d->count; i++)
		free_file(&d->files[i]);
	free(d->files);
	*d = (struct git_diff){0};
}

/* ---- JSON ---- */

static bool
is_zero(const char *text)
{
	return text[strspn(text, "0")] == '\0';
}

static void
put_known(struct buf *b, const char *key, const char *text)
{
	json_key(b, key), json_string(b, is_zero(text) ? NULL : text);
}

static void
put_submodule(struct buf *b, const struct git_diff_file *file)
{
	if (strcmp(file->old_mode, "160000") != 0 &&
		strcmp(file->new_mode, "160000") != 0)
		return;
	json_key(b, "submodule"), json_begin(b, '{');
	put_known(b, "old", file->old_hash);
	put_known(b, "new", file->new_hash);
	json_end(b, '}');
}

void
git_diff_put(struct buf *b, const struct git_diff_file *file)
{
	const struct git_text path = GIT_TEXT(file->path, strlen(file->path));
	git_text_put_name(b, "path", &path);
	if (file->old_path) {
		const struct git_text old =
			GIT_TEXT(file->old_path, strlen(file->old_path));
		git_text_put_name(b, "old_path", &old);
	}
	json_key(b, "status"), json_string(b, file->status);
	put_known(b, "old_mode", file->old_mode);
	put_known(b, "new_mode", file->new_mode);
	json_maybe(b, "added", file->added, -1);
	json_maybe(b, "removed", file->removed, -1);
	json_key(b, "binary"), json_truth(b, file->counted && file->added < 0);
	put_submodule(b, file);
	if (file->similarity >= 0)
		json_key(b, "similarity"), json_int(b, file->similarity);
}
