/*
 * Signing in with a key: the access key that the set-up showed, or an API key, which
 * opens the same doors anyway. Revoking the key ends the sign-ins that were made with it.
 */
#include "config.h"

#include "fcgi/handlers.h"
#include "fcgi/provider.h"

static bool
enabled(const struct conf *conf)
{
	(void)conf;
	return true;
}

static int
finish(struct call *c, struct auth *out, struct err *e)
{
	const struct value *key = &c->values[LOGIN_KEY];
	if (!key->given)
		return err_field(e, "key", "key is missing.");
	return auth_check_key(c->state, key->text, out, e);
}

const struct auth_provider provider_access_key = {
	.name = "access-key",
	.label = "Access key",
	.enabled = enabled,
	.finish = finish,
};
