/* Devices that are let in from another one (RFC 8628). See domain.h. */
#include "config.h"

#include "fcgi/domain.h"
#include "fcgi/h_device.h"

/* Guesses of a code: five, then one in two minutes (RFC 8628, 5.1). */
static const struct limit code_limit = {"device-code", 5, 120000};

static const struct param device_params[] = {
	[DEVICE_CLIENT] = {"client_id", IN_BODY, TYPE_TEXT, true, 1, AUTH_NAME_MAX,
		.doc = "what the program calls itself"},
	[DEVICE_SCOPE] = {"scope", IN_BODY, TYPE_TEXT, false, 0, 200,
		.doc = "read, drive or admin"},
};

static const struct param token_params[] = {
	[TOKEN_GRANT] = {"grant_type", IN_BODY, TYPE_TEXT, true, 1, 100,
		.doc = "urn:ietf:params:oauth:grant-type:device_code"},
	[TOKEN_DEVICE] = {"device_code", IN_BODY, TYPE_SECRET, true, 1, 200,
		.doc = "the device code"},
	[TOKEN_CLIENT] = {"client_id", IN_BODY, TYPE_TEXT, true, 1, AUTH_NAME_MAX,
		.doc = "as before"},
};

static const struct param approve_params[] = {
	[APPROVE_CODE] = {"user_code", IN_BODY, TYPE_TEXT, true, 1, 40,
		.doc = "what the device shows"},
	[APPROVE_SCOPE] = {"scope", IN_BODY, TYPE_ENUM, false, .values = auth_scopes,
		.doc = "how far it reaches at most; drive"},
};

static const struct param show_params[] = {
	[SHOW_CODE] = {"user_code", IN_BODY, TYPE_TEXT, true, 1, 40,
		.doc = "what the device shows"},
};

static const char only_asks[] = "it asks, and changes nothing for anybody";

static const struct route routes[] = {
	{"POST", "api/auth/device", CAP_SIGN_IN, BODY_FORM, JSON_MAX, NULL,
		PARAMS(device_params), .handle = h_device, .unaudited = only_asks,
		.answers = {{200, "DeviceGrant", "the codes"}},
		.doc = "Asks to be let in (RFC 8628, 3.1)"},
	{"POST", "api/auth/token", CAP_SIGN_IN, BODY_FORM, JSON_MAX, NULL,
		PARAMS(token_params), .handle = h_token, .noted = "key.new",
		.answers = {{200, "Token", "an API key"},
			{400, "TokenError", "not yet, or never"}},
		.doc = "Asks whether one was let in (RFC 8628, 3.4)"},
	{"POST", "api/auth/device/show", CAP_ACCOUNT, BODY_JSON, JSON_MAX, &code_limit,
		PARAMS(show_params), .handle = h_device_show, .unaudited = only_asks,
		.answers = {{200, "WaitingDevice", "who asks"}},
		.doc = "Who waits with this code"},
	{"POST", "api/auth/device/approve", CAP_ACCOUNT, BODY_JSON, JSON_MAX, &code_limit,
		PARAMS(approve_params), .handle = h_device_approve,
		.noted = "device.approve", .answers = {{204, NULL, "it is let in"}},
		.doc = "Lets in who waits with this code", .fresh = true},
	{"POST", "api/auth/device/deny", CAP_ACCOUNT, BODY_JSON, JSON_MAX, &code_limit,
		PARAMS(show_params), .handle = h_device_deny, .noted = "device.deny",
		.answers = {{204, NULL, "it is refused"}},
		.doc = "Refuses who waits with this code"},
	{"POST", "api/auth/pair", CAP_ACCOUNT, BODY_JSON, JSON_MAX, .handle = h_pair,
		.noted = "device.pair",
		.answers = {{201, "Pairing", "an address that signs in one browser"}},
		.doc = "Lets in the browser that opens an address", .fresh = true},
};

static const struct schema schemas[] = {
	{"DeviceGrant",
		{{"device_code", TEXT}, {"user_code", TEXT}, {"verification_uri", TEXT},
			{"expires_in", NUMBER}, {"interval", NUMBER}}},
	{"Token",
		{{"access_token", TEXT}, {"token_type", TEXT}, {"expires_in", NUMBER},
			{"scope", TEXT}}},
	{"TokenError", {{"error", TEXT}, {"error_description", TEXT}}},
	{"WaitingDevice",
		{{"client", TEXT}, {"address", TEXT}, {"agent", TEXT}, {"scope", TEXT},
			{"created_at", NUMBER}, {"expires_at", NUMBER}}},
	{"Pairing", {{"url", TEXT}, {"expires_at", NUMBER}}},
};

const struct domain domain_device = {DOMAIN(routes, schemas)};
