/* Who may come in: the set-up, signing in, and whether everything is there. See domain.h.
 */
#include "config.h"

#include "fcgi/domain.h"
#include "fcgi/handlers.h"

static const struct limit sign_in_limit = {"sign-in", 5, 12000};
/* What begins is stored until it ends or is too old. */
static const struct limit begin_limit = {"begin", 20, 6000, .every = true};
static const struct limit setup_limit = {"setup", 5, 12000};

static const struct param setup_params[] = {
	[SETUP_CODE] = {"code", IN_BODY, TYPE_SECRET, true, 1, 128,
		.doc = "the code of the link that dispatch serve printed"},
	[SETUP_NAME] = {"name", IN_BODY, TYPE_TEXT, true, 1, AUTH_NAME_MAX,
		.doc = "the administrator's name"},
};

static const struct param login_params[] = {
	[LOGIN_PROVIDER] = {"provider", IN_BODY, TYPE_TEXT, true, 1, 40,
		.doc = "one of those that api/auth/config lists"},
	[LOGIN_KEY] = {"key", IN_BODY, TYPE_SECRET, false, 1, 200,
		.doc = "for access-key: the key"},
	[LOGIN_DEVICE_CODE] = {"device_code", IN_BODY, TYPE_SECRET, false, 1, 200,
		.doc = "for device and pairing: the code"},
	[LOGIN_OAUTH_CODE] = {"code", IN_BODY, TYPE_SECRET, false, 1, 1000,
		.doc = "for github: what it sent the browser back with"},
	[LOGIN_STATE] = {"state", IN_BODY, TYPE_SECRET, false, 1, 200, .doc = "the same"},
};

static const struct param begin_params[] = {
	[BEGIN_PROVIDER] = {"provider", IN_BODY, TYPE_TEXT, true, 1, 40,
		.doc = "one of those that api/auth/config lists"},
};

static const char only_begins[] = "it begins; its end is noted";

static const struct route routes[] = {
	{"GET", "api/health", CAP_ANYONE, .handle = h_health,
		.answers = {{200, "Health", "what works"}},
		.doc = "Whether all parts of Dispatch are there"},
	{"GET", "api/auth/config", CAP_ANYONE, .handle = h_auth_config,
		.answers = {{200, "AuthConfig", "the ways to sign in"}},
		.doc = "How one can sign in here"},
	{"POST", "api/setup", CAP_ANYONE, BODY_JSON, JSON_MAX, &setup_limit,
		PARAMS(setup_params), .handle = h_setup, .noted = "setup sign-in",
		.answers = {{201, "NewUser",
			"the administrator, signed in, with an access key"}},
		.doc = "Makes the first administrator; works once"},
	{"POST", "api/auth/login", CAP_SIGN_IN, BODY_JSON, JSON_MAX, &sign_in_limit,
		PARAMS(login_params), .handle = h_login, .noted = "sign-in",
		.answers = {{200, "User", "who one is now; a cookie is set"}},
		.doc = "Signs in"},
	{"POST", "api/auth/begin", CAP_SIGN_IN, BODY_JSON, JSON_MAX, &begin_limit,
		PARAMS(begin_params), .handle = h_begin, .unaudited = only_begins,
		.answers = {{200, "Begun", "where to go, or what to show"}},
		.doc = "Begins a sign-in that leads elsewhere"},
	{"POST", "api/auth/link", CAP_ACCOUNT, BODY_JSON, JSON_MAX, &begin_limit,
		PARAMS(begin_params), .handle = h_link, .unaudited = only_begins,
		.answers = {{200, "Begun", "where to go"}},
		.doc = "Begins to link who one is elsewhere", .fresh = true},
	{"GET", "api/auth/me", CAP_READ, .handle = h_me,
		.answers = {{200, "Me", "who sends this request"}}, .doc = "Who one is"},
	{"POST", "api/auth/logout", CAP_READ, BODY_JSON, JSON_MAX, .handle = h_logout,
		.noted = "sign-out", .answers = {{204, NULL, "signed out"}},
		.doc = "Signs out"},
};

static const struct schema schemas[] = {
	{"Health",
		{{"status", "{\"enum\":[\"ok\",\"degraded\"]}"}, {"version", TEXT},
			{"build", TEXT}, {"setup_required", TRUTH},
			{"runner", REF("Runner")},
			{"storage", "{\"enum\":[\"ok\",\"full\"]}"}}},
	{"Runner", {{"alive", TRUTH}, {"generation", NUMBER}}},
	{"Provider", {{"name", TEXT}, {"label", TEXT}, {"links", TRUTH}}},
	{"Begun",
		{{"?url", TEXT}, {"?device_code", TEXT}, {"?user_code", TEXT},
			{"?verification_uri", TEXT}, {"?expires_in", NUMBER},
			{"?interval", NUMBER}}},
	{"AuthConfig",
		{{"providers", LIST(REF("Provider"))}, {"setup_required", TRUTH},
			{"version", TEXT}, {"build", TEXT}}},
	{"Person",
		{{"id", TEXT}, {"name", TEXT},
			{"role", "{\"enum\":[\"admin\",\"member\",\"viewer\"]}"}}},
	{"User", {{"user", REF("Person")}}},
	{"NewUser", {{"user", REF("Person")}, {"key", TEXT}}},
	{"Me",
		{{"user", REF("Person")}, {"via", "{\"enum\":[\"cookie\",\"key\"]}"},
			{"expires_at", MAYBE_NUMBER}, {"host", TEXT}}},
};

const struct domain domain_sign_in = {DOMAIN(routes, schemas)};
