/* Which build of the web UI this installation serves. */
#ifndef DISPATCH_LIB_BUILD_H
#define DISPATCH_LIB_BUILD_H

/*
 * The `build` of web/dist/build.json, by which a page notices that it is older than its
 * server; "dev" when there is none. The caller frees.
 */
char *build_id(void);

#endif
