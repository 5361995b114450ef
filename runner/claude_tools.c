/* Names of tools; see claude.h. Those of MCP servers begin with "mcp__". */
#include "config.h"

#include "runner/claude.h"

#include "lib/json_read.h"

#include <string.h>

static const struct {
	const char *name, *kind;
	const char *title; /* member of the input; NULL: none */
} tools[] = {
	{"Agent", "agent", "description"},
	{"AskUserQuestion", "question", NULL},
	{"Bash", "execute", "command"},
	{"BashOutput", "execute", NULL},
	{"Edit", "edit", "file_path"},
	{"EnterPlanMode", "mode", NULL},
	{"ExitPlanMode", "mode", NULL},
	{"Glob", "search", "pattern"},
	{"Grep", "search", "pattern"},
	{"KillShell", "execute", NULL},
	{"LS", "read", "path"},
	{"MultiEdit", "edit", "file_path"},
	{"NotebookEdit", "edit", "notebook_path"},
	{"Read", "read", "file_path"},
	{"Skill", "think", "skill"},
	{"Task", "agent", "description"},
	{"TaskCreate", "todo", "subject"},
	{"TaskUpdate", "todo", NULL},
	{"TodoWrite", "todo", NULL},
	{"ToolSearch", "search", "query"},
	{"WebFetch", "fetch", "url"},
	{"WebSearch", "search", "query"},
	{"Write", "edit", "file_path"},
};

enum { TOOLS = sizeof tools / sizeof *tools };

const char *
claude_tool_kind(const char *name)
{
	for (int i = 0; i < TOOLS; i++)
		if (strcmp(tools[i].name, name) == 0)
			return tools[i].kind;
	return "other";
}

const char *
claude_tool_title(const char *name, struct json_object *input)
{
	for (int i = 0; i < TOOLS; i++)
		if (strcmp(tools[i].name, name) == 0)
			return tools[i].title ? json_member_text(input, tools[i].title)
					      : NULL;
	return NULL;
}
