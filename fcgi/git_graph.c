/* See git_graph.h. */
#include "config.h"

#include "fcgi/git_graph.h"

#include "fcgi/git_text.h"
#include "lib/json.h"

#include <stdio.h>
#include <string.h>

/* The first lane that waits for the commit; -1: none does. */
static int
find(const struct git_graph *graph, const char *commit)
{
	for (int i = 0; commit && i < graph->count; i++)
		if (strcmp(graph->lanes[i].commit, commit) == 0)
			return i;
	return -1;
}

/* A lane for the commit: the first that is free; -1 when there are too many. */
static int
open_lane(struct git_graph *graph, const char *commit)
{
	int at = find(graph, "");
	if (at < 0 && graph->count == GIT_LANES_MAX)
		return -1;
	if (at < 0)
		at = graph->count++;
	struct git_lane *lane = &graph->lanes[at];
	snprintf(lane->commit, sizeof lane->commit, "%s", commit);
	lane->colour = graph->colours++;
	return at;
}

static void
put_edge(struct buf *b, int from, int to, int colour)
{
	json_begin(b, '[');
	json_int(b, from), json_int(b, to), json_int(b, colour);
	json_end(b, ']');
}

/* A lane that meets others at the next commit goes into the first of them. */
static int
column_of(const struct git_graph *graph, int lane, const char *next)
{
	bool meets = next && strcmp(graph->lanes[lane].commit, next) == 0;
	return meets ? find(graph, next) : lane;
}

/* The lane of a parent; `joined` when it was waited for before. */
struct line {
	int lane;
	bool joined;
};

/* The first parent goes on in the commit's own lane. */
static int
open_parents(struct git_graph *graph, int column, const char *parents,
	struct line lines[GIT_LANES_MAX])
{
	int count = 0;
	for (const char *at = parents; *at && count < GIT_LANES_MAX;) {
		char parent[GIT_HASH_SIZE] = "";
		size_t n = strcspn(at, " ");
		snprintf(parent, sizeof parent, "%.*s", (int)n, at);
		at += n + strspn(at + n, " ");
		if (count == 0) {
			memcpy(graph->lanes[column].commit, parent, sizeof parent);
			lines[count++] = (struct line){column, false};
			continue;
		}
		int lane = find(graph, parent);
		bool joined = lane >= 0;
		if (!joined && (lane = open_lane(graph, parent)) < 0)
			break;
		lines[count++] = (struct line){lane, joined};
	}
	return count;
}

static bool
is_new(const struct line *lines, int count, int lane)
{
	for (int i = 0; i < count; i++)
		if (lines[i].lane == lane && !lines[i].joined)
			return true;
	return false;
}

static void
put_edges(struct buf *b, const struct git_graph *graph, int column,
	const struct line *lines, int count, const char *next)
{
	json_key(b, "edges"), json_begin(b, '[');
	for (int i = 0; i < graph->count; i++)
		if (*graph->lanes[i].commit)
			put_edge(b, is_new(lines, count, i) ? column : i,
				column_of(graph, i, next), graph->lanes[i].colour);
	for (int i = 0; i < count; i++)
		if (lines[i].joined)
			put_edge(b, column, column_of(graph, lines[i].lane, next),
				graph->lanes[lines[i].lane].colour);
	json_end(b, ']');
}

static void
close_lanes(struct git_graph *graph, const char *commit)
{
	for (int i = 0; i < graph->count; i++)
		if (strcmp(graph->lanes[i].commit, commit) == 0)
			*graph->lanes[i].commit = '\0';
}

void
git_graph_row(struct git_graph *graph, const char *commit, const char *parents,
	const char *next, struct buf *b)
{
	struct line lines[GIT_LANES_MAX];
	int column = find(graph, commit), count = 0;
	if (column < 0)
		column = open_lane(graph, commit);
	close_lanes(graph, commit);
	json_begin(b, '{');
	json_key(b, "column"), json_int(b, column < 0 ? GIT_LANES_MAX : column);
	if (column >= 0)
		count = open_parents(graph, column, parents, lines);
	put_edges(b, graph, column, lines, count, next);
	json_end(b, '}');
	while (graph->count && !*graph->lanes[graph->count - 1].commit)
		graph->count--;
}

/* ---- from page to page ---- */

void
git_graph_save(const struct git_graph *graph, struct buf *b)
{
	buf_printf(b, "%d", graph->colours);
	for (int i = 0; i < graph->count; i++)
		buf_printf(b, "~%d.%s", graph->lanes[i].colour, graph->lanes[i].commit);
}

static bool
load_lane(struct git_graph *graph, struct git_text *t)
{
	struct git_text commit = *t;
	int64_t colour;
	if (graph->count == GIT_LANES_MAX || !git_text_number(t, &colour) ||
		colour > 1000000 || !git_text_skip(t, "."))
		return false;
	commit = *t;
	const char *end = memchr(t->at, '~', t->left);
	if (end)
		commit.left = (size_t)(end - t->at);
	t->at += commit.left, t->left -= commit.left;
	if (commit.left && !git_text_is_hash(&commit))
		return false;
	struct git_lane *lane = &graph->lanes[graph->count++];
	snprintf(lane->commit, sizeof lane->commit, "%.*s", (int)commit.left, commit.at);
	lane->colour = (int)colour;
	return true;
}

bool
git_graph_load(struct git_graph *graph, const char *text)
{
	struct git_text t = GIT_TEXT(text, strlen(text));
	int64_t colours;
	*graph = (struct git_graph){0};
	if (!git_text_number(&t, &colours) || colours > 1000000)
		return false;
	graph->colours = (int)colours;
	while (git_text_skip(&t, "~"))
		if (!load_lane(graph, &t))
			return false;
	return t.left == 0;
}
