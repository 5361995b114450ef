/* The programs that tests of the shim run: a test is each of them itself. */
#ifndef DISPATCH_T_SHIM_CHILD_H
#define DISPATCH_T_SHIM_CHILD_H

#include <stdbool.h>
#include <stdint.h>

/* The one right value of a byte of what "flood" prints. */
unsigned char shim_child_flood(uint64_t offset);

/* For main(): whether it was called as `TEST --child NAME …`; then *result is what main()
 * returns. */
bool shim_child(int argc, char **argv, int *result);

#endif
