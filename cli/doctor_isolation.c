/* See doctor_isolation.h. */
#include "config.h"

#include "cli/doctor_isolation.h"

#include "lib/os_isolate.h"

#include <string.h>

/* What the strictest profile asks of the kernel. */
enum {
	MOST = OS_ISOLATE_FILES | OS_ISOLATE_READ_ONLY | OS_ISOLATE_PROCESSES |
		OS_ISOLATE_OFFLINE | OS_ISOLATE_NO_SETUID | OS_ISOLATE_TERMINALS,
};

const char *
doctor_isolation(const struct conf *conf, struct buf *findings)
{
	bool wanted = strcmp(conf->session_isolation, "none") != 0 ||
		strcmp(conf->claude_isolation, "none") != 0;
	int refusal = os_isolate_try(MOST);
	if (refusal == 0)
		return NULL;
	if (wanted)
		buf_printf(findings,
			"This system cannot isolate sessions (%s), so they do not start: "
			"allow user namespaces, or set session.isolation and "
			"claude.isolation to none.\n",
			os_isolate_reason(refusal));
	return os_isolate_reason(refusal);
}
