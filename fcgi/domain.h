/*
 * THE table of routes comes in domains: each says in one file, routes_<domain>.c, which
 * routes it has, what their parameters are, and what their answers look like.
 * `dispatch-fcgi --openapi` prints all of them for programs.
 */
#ifndef DISPATCH_FCGI_DOMAIN_H
#define DISPATCH_FCGI_DOMAIN_H

#include "fcgi/route.h"

/* The shape of an answer, an object. */
struct member {
	const char *name;   /* '?' before it: it may be missing */
	const char *schema; /* JSON Schema: the words below */
};

enum { MAX_MEMBERS = 32 };

struct schema {
	const char *name;
	struct member members[MAX_MEMBERS]; /* NULL name at the end */
};

#define TEXT "{\"type\":\"string\"}"
#define NUMBER "{\"type\":\"integer\"}"
#define TRUTH "{\"type\":\"boolean\"}"
#define MAYBE_TEXT "{\"type\":[\"string\",\"null\"]}"
#define MAYBE_NUMBER "{\"type\":[\"integer\",\"null\"]}"
#define ANY "{\"type\":\"object\"}"
#define REF(name) "{\"$ref\":\"#/components/schemas/" name "\"}"
#define OR_NULL(schema) "{\"oneOf\":[" schema ",{\"type\":\"null\"}]}"
#define LIST(of) "{\"type\":\"array\",\"items\":" of "}"
/* A list of such, and nothing else. */
#define ITEMS(name, of) \
	{ \
		name, \
		{ \
			{"items", LIST(REF(of))}, \
			{ \
				"next", MAYBE_TEXT \
			} \
		} \
	}

struct domain {
	const struct route *routes;
	int route_count;
	const struct schema *schemas;
	int schema_count;
};

/* For the initialisers of a domain file. */
#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))
#define PARAMS(a) .params = (a), .param_count = COUNT(a)
#define DOMAIN(r, s) (r), COUNT(r), (s), COUNT(s)

/* Wherever a session is named, its id is the first parameter. */
#define SESSION_PARAM \
	[SESSION_ID] = {"id", IN_PATH, TYPE_SESSION, true, .doc = "the session"}
/* The same for workspaces. */
#define WORKSPACE_PARAM(place) \
	{ \
		"workspace", place, TYPE_WORKSPACE, true, .doc = "the workspace" \
	}
#define SESSION \
	{ \
		200, "Session", "the session" \
	}

enum { JSON_MAX = 64 * 1024 }; /* bytes of a small body */

/* Exact in JSON as every browser reads it (2^53 - 1). */
#define NUMBER_MAX 9007199254740991

extern const struct domain domain_account;
extern const struct domain domain_claude;
extern const struct domain domain_device;
extern const struct domain domain_editor;
extern const struct domain domain_git;
extern const struct domain domain_git_acts;
extern const struct domain domain_jobs;
extern const struct domain domain_files;
extern const struct domain domain_sessions;
extern const struct domain domain_sign_in;
extern const struct domain domain_stream;
extern const struct domain domain_tunnels;
extern const struct domain domain_workspaces;

#endif
