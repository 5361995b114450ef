/* What a service manager is told of us: sd_notify(3), without its library. */
#ifndef DISPATCH_CLI_NOTIFY_H
#define DISPATCH_CLI_NOTIFY_H

#include <stdbool.h>

struct notify {
	char *address; /* of the socket, owned; NULL: nobody wants to know */
};

/* Takes the address out of the environment, so that no child has it. */
void notify_open(struct notify *notify);
void notify_close(struct notify *notify);

/* Sends one line, such as "READY=1". Nobody waits for an answer, and a failure changes
 * nothing for us: false. */
bool notify_send(const struct notify *notify, const char *line);

#endif
