/* Contents of files and their history, kept as the settings retention.editor_* say: what
 * is too old or too much goes, a little at a time. See lib/store/content.h. */
#ifndef DISPATCH_RUNNER_CONTENTS_H
#define DISPATCH_RUNNER_CONTENTS_H

struct app;
struct contents;

struct contents *contents_create(struct app *app);

/* Legal on NULL. */
void contents_destroy(struct contents *contents);

#endif
