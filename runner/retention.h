/*
 * Retention: keeps the log as short as the settings retention.* say, and removes deleted
 * sessions. In the loop, in small steps between which everything else has its turn.
 */
#ifndef DISPATCH_RUNNER_RETENTION_H
#define DISPATCH_RUNNER_RETENTION_H

struct app;
struct retention;

struct retention *retention_create(struct app *app);

/* NULL is legal. */
void retention_destroy(struct retention *retention);

#endif
