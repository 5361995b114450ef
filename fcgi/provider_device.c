/*
 * A device without a keyboard worth the name shows a code, and somebody who is signed in
 * elsewhere lets it in (RFC 8628). This is for browsers, which get a cookie; programs ask
 * POST api/auth/token for the same and get an API key.
 */
#include "config.h"

#include "fcgi/h_device.h"
#include "fcgi/handlers.h"
#include "fcgi/provider.h"
#include "lib/auth_grant.h"

static bool
enabled(const struct conf *conf)
{
	return conf->auth_device != 0;
}

static int
begin(struct call *c, const struct auth *link, struct err *e)
{
	(void)link;
	return device_begin(c, "Browser", "admin", e);
}

const struct auth_provider provider_device = {
	.name = "device",
	.label = "Another device",
	.enabled = enabled,
	.begin = begin,
	.finish = device_sign_in,
};
