/*
 * What every part of the benchmark uses: the clock, quantiles, processes that take what
 * comes. Whatever goes wrong ends the program with a sentence; see keeper.h for what is
 * tidied up then.
 */
#ifndef DISPATCH_BENCH_MEASURE_H
#define DISPATCH_BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Ends the program; with strerror(errno) when errno is set. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Microseconds, monotonic. */
double now_us(void);
void sleep_us(double us);

/* Values of which quantiles are wanted. {0} is empty; samples_free() empties it. */
struct samples {
	double *values;
	int count, size;
};

void samples_add(struct samples *s, double value);
void samples_free(struct samples *s);

/* q from 0 to 1; NaN when there are none. */
double samples_quantile(struct samples *s, double q);

/* Writes all of it. */
void write_all(int fd, const void *bytes, size_t len);

/* Reads something, at most len. Returns its length; fails at the end. */
size_t read_some(int fd, void *to, size_t len);

/* A loopback connection; TCP_NODELAY. */
int connect_tcp(int port);

/* A listening socket on a free loopback port. */
int listen_tcp(int *port);

/* A process that reads from the descriptors and throws away. It ends with us. */
pid_t drain_start(const int *fds, int count);

/* Ends a process of ours at once and waits for it. */
void end_process(pid_t pid);

/* Starts a program that ends with us, its standard input and output as given (-1:
 * /dev/null); argv[0] is a path or a name to be found. `quiet`: its errors go nowhere. */
pid_t start_program(const char *const argv[], int in, int out, bool quiet);

/* fork() whose child ends with its parent. */
pid_t fork_bound(void);

#endif
