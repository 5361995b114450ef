/* See child_isolation.h. */
#include "config.h"

#include "fcgi/child_isolation.h"

#include <string.h>

int
child_isolation(struct isolation *isolation, const struct conf *conf, const char *setting,
	struct err *e)
{
	const struct isolated isolated = {
		.conf = conf,
		.profile = strcmp(setting, "none") == 0 ? "none" : "open",
	};
	int rc = isolation_make(isolation, &isolated, e);
	os_isolate_prepare(&isolation->os);
	return rc;
}
