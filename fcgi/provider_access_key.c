/*
 * Signing in with a key: the access key that the set-up showed, or an API key that
 * reaches as far. Revoking the key ends the sign-ins that were made with it.
 */
#include "config.h"

#include "fcgi/handlers.h"
#include "fcgi/limits.h"
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
	char user[ID_SIZE];
	int known = auth_key_claims(c->state, key->text, user, e);
	if (known < 0 || (known > 0 && limits_take_account(c, user, e) != 0))
		return -1;
	return auth_check_key(c->state, key->text, c->now, out, e);
}

const struct auth_provider provider_access_key = {
	.name = "access-key",
	.label = "Access key",
	.enabled = enabled,
	.finish = finish,
};
