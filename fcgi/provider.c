/* The table of providers; see provider.h. */
#include "config.h"

#include "fcgi/provider.h"

#include <stddef.h>
#include <string.h>

static const struct auth_provider *const providers[] = {
	&provider_access_key,
	&provider_github,
	&provider_device,
	&provider_pairing,
};

const struct auth_provider *
provider_at(const struct conf *conf, int i)
{
	for (size_t k = 0; k < sizeof providers / sizeof *providers; k++)
		if (providers[k]->enabled(conf) && i-- == 0)
			return providers[k];
	return NULL;
}

const struct auth_provider *
provider_find(const struct conf *conf, const char *name)
{
	const struct auth_provider *p;
	for (int i = 0; (p = provider_at(conf, i)); i++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}
