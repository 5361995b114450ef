/* One's own devices, keys and identities; people and the audit. See domain.h. */
#include "config.h"

#include "fcgi/domain.h"
#include "fcgi/h_account.h"

static const char *const kinds[] = {"api", "access", NULL};
static const char *const roles[] = {"admin", "member", "viewer", NULL};

#define ID_PARAM(name) \
	{ \
		name, IN_PATH, TYPE_ID, true, .doc = "its id" \
	}

static const struct param device_params[] = {[DEVICE_ID] = ID_PARAM("device")};
static const struct param key_params[] = {[KEY_ID] = ID_PARAM("key")};
static const struct param identity_params[] = {[IDENTITY_ID] = ID_PARAM("identity")};
static const struct param person_key_params[] = {[CHANGE_ID] = ID_PARAM("person")};

static const struct param new_key_params[] = {
	[KEY_LABEL] = {"label", IN_BODY, TYPE_TEXT, true, 1, AUTH_NAME_MAX,
		.doc = "what it is for"},
	[KEY_KIND] = {"kind", IN_BODY, TYPE_ENUM, false, .values = kinds,
		.doc = "api: for programs; access: to sign in with"},
	[KEY_SCOPE] = {"scope", IN_BODY, TYPE_ENUM, false, .values = auth_scopes,
		.doc = "of an API key: how far it reaches; drive"},
	[KEY_DAYS] = {"days", IN_BODY, TYPE_INT, false, 1, 3650,
		.doc = "after which it ends; never"},
};

static const struct param person_params[] = {
	[PERSON_NAME] = {"name", IN_BODY, TYPE_TEXT, true, 1, AUTH_NAME_MAX,
		.doc = "what they are called"},
	[PERSON_ROLE] = {"role", IN_BODY, TYPE_ENUM, true, .values = roles,
		.doc = "what they may do"},
};

static const struct param change_params[] = {
	[CHANGE_ID] = ID_PARAM("person"),
	[CHANGE_NAME] = {"name", IN_BODY, TYPE_TEXT, false, 1, AUTH_NAME_MAX,
		.doc = "another name"},
	[CHANGE_ROLE] = {"role", IN_BODY, TYPE_ENUM, false, .values = roles,
		.doc = "another role; signs them out"},
	[CHANGE_DISABLED] = {"disabled", IN_BODY, TYPE_BOOL, false,
		.doc = "whether they are kept out"},
};

static const struct param audit_params[] = {
	[AUDIT_BEFORE] = {"before", IN_QUERY, TYPE_INT, false, 1, NUMBER_MAX,
		.doc = "only lines with a lower id"},
	[AUDIT_LIMIT] = {"limit", IN_QUERY, TYPE_INT, false, 1, 500,
		.doc = "how many at most; 100"},
	[AUDIT_PERSON] = {"person", IN_QUERY, TYPE_ID, false,
		.doc = "only what they did, or what was done to them"},
	[AUDIT_ACTION] = {"action", IN_QUERY, TYPE_TEXT, false, 1, AUTH_NAME_MAX,
		.doc = "only this, or (key) all that begin with it (key.new)"},
};

static const struct route routes[] = {
	{"GET", "api/devices", CAP_READ, .handle = h_device_list,
		.answers = {{200, "Devices", "where one is signed in, the latest first"}},
		.doc = "Where one is signed in"},
	{"DELETE", "api/devices/<device>", CAP_ACCOUNT, PARAMS(device_params),
		.handle = h_device_revoke, .noted = "device.revoke",
		.answers = {{204, NULL, "signed out there"}},
		.doc = "Signs one out there"},
	{"DELETE", "api/devices", CAP_ACCOUNT, .handle = h_device_revoke_others,
		.noted = "device.revoke-others",
		.answers = {{200, "Count", "how many that were"}},
		.doc = "Signs one out everywhere but here"},
	{"GET", "api/keys", CAP_READ, .handle = h_key_list,
		.answers = {{200, "Keys", "one's keys, oldest first"}},
		.doc = "One's keys"},
	{"POST", "api/keys", CAP_ACCOUNT, BODY_JSON, JSON_MAX, NULL,
		PARAMS(new_key_params), .handle = h_key_new, .noted = "key.new",
		.answers = {{201, "NewKey", "the key, shown once"}}, .doc = "Makes a key",
		.fresh = true},
	{"DELETE", "api/keys/<key>", CAP_ACCOUNT, PARAMS(key_params),
		.handle = h_key_revoke, .noted = "key.revoke",
		.answers = {{204, NULL, "revoked"}},
		.doc = "Revokes a key, and the sign-ins made with it"},
	{"GET", "api/identities", CAP_READ, .handle = h_identity_list,
		.answers = {{200, "Identities", "oldest first"}},
		.doc = "Who one is elsewhere"},
	{"DELETE", "api/identities/<identity>", CAP_ACCOUNT, PARAMS(identity_params),
		.handle = h_identity_remove, .noted = "identity.remove",
		.answers = {{204, NULL, "removed"}},
		.doc = "Removes an identity, and the sign-ins made with it"},
	{"GET", "api/people", CAP_ADMIN, .handle = h_people_list,
		.answers = {{200, "People", "everybody, oldest first"}},
		.doc = "Everybody"},
	{"POST", "api/people", CAP_ADMIN, BODY_JSON, JSON_MAX, NULL,
		PARAMS(person_params), .handle = h_person_new, .noted = "person.new",
		.answers = {{201, "NewKey", "their id, and an access key, shown once"}},
		.doc = "Adds a person", .fresh = true},
	{"PATCH", "api/people/<person>", CAP_ADMIN, BODY_JSON, JSON_MAX, NULL,
		PARAMS(change_params), .handle = h_person_change,
		.noted = "person.disable person.enable person.role person.rename",
		.answers = {{204, NULL, "changed"}}, .doc = "Changes a person",
		.fresh = true},
	{"POST", "api/people/<person>/key", CAP_ADMIN, BODY_JSON, JSON_MAX, NULL,
		PARAMS(person_key_params), .handle = h_person_key, .noted = "person.key",
		.answers = {{201, "NewKey", "an access key, shown once"}},
		.doc = "Replaces a person's access keys", .fresh = true},
	{"GET", "api/audit", CAP_ADMIN, PARAMS(audit_params), .handle = h_audit,
		.answers = {{200, "Audit", "the newest lines first"}},
		.doc = "Who did what"},
	{"GET", "api/audit/chain", CAP_ADMIN, .handle = h_audit_chain,
		.answers = {{200, "AuditChain",
			"how many lines, and the first that was "
			"changed or follows a hole"}},
		.doc = "Whether the audit is whole"},
};

static const struct schema schemas[] = {
	{"Device",
		{{"id", TEXT}, {"provider", TEXT}, {"address", TEXT}, {"agent", TEXT},
			{"current", TRUTH}, {"created_at", NUMBER}, {"seen_at", NUMBER},
			{"expires_at", NUMBER}}},
	ITEMS("Devices", "Device"),
	{"Count", {{"count", NUMBER}}},
	{"Key",
		{{"id", TEXT}, {"kind", TEXT}, {"label", TEXT}, {"scope", TEXT},
			{"created_at", NUMBER}, {"last_used_at", MAYBE_NUMBER},
			{"expires_at", MAYBE_NUMBER}}},
	ITEMS("Keys", "Key"),
	{"NewKey", {{"id", TEXT}, {"key", TEXT}}},
	{"Identity",
		{{"id", TEXT}, {"provider", TEXT}, {"name", TEXT}, {"created_at", NUMBER},
			{"seen_at", NUMBER}}},
	ITEMS("Identities", "Identity"),
	{"PersonRow",
		{{"id", TEXT}, {"name", TEXT}, {"role", TEXT}, {"created_at", NUMBER},
			{"disabled_at", MAYBE_NUMBER}, {"seen_at", MAYBE_NUMBER}}},
	ITEMS("People", "PersonRow"),
	{"AuditLine",
		{{"id", NUMBER}, {"at", NUMBER}, {"user", TEXT}, {"name", TEXT},
			{"action", TEXT}, {"subject", TEXT}, {"address", TEXT}}},
	{"Audit", {{"items", LIST(REF("AuditLine"))}, {"next", MAYBE_NUMBER}}},
	{"AuditChain", {{"lines", NUMBER}, {"broken_at", MAYBE_NUMBER}}},
};

const struct domain domain_account = {DOMAIN(routes, schemas)};
