/* What the benchmark runs in sessions. */
#ifndef DISPATCH_BENCH_CHILD_H
#define DISPATCH_BENCH_CHILD_H

#include <stddef.h>

enum { CHILD_LINE = 64 }; /* bytes of a line that child_print() writes */

/* A shell command that says "ready" in a line and then echoes what is typed. */
extern const char child_echo[];

/*
 * Writes about `len` bytes of coloured text to a file: a listing and what a compiler
 * says, always the same. Returns how many bytes come out of a terminal that shows it
 * (which writes \r\n for \n).
 */
size_t child_write_text(const char *path, size_t len);

/* "bench print RATE LINES": numbered lines at RATE bytes per second on a raw terminal,
 * ten digits each and padded; 0 lines: for ever. */
int child_print(double rate, long long lines);

/* "bench answer": answers the first connection to the socket that is standard input. */
int child_answer(void);

#endif
