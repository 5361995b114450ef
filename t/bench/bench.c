/*
 * Measures a running Dispatch beside the physical limit, a bare pty, in one run: both
 *take turns, so that whatever else the machine does hits both.
 *
 *	bench PORT OUTPUT.json		the API key is in $DISPATCH_KEY
 *
 * Prints a table and writes the same as JSON: one object per row with name, unit, ours,
 * limit and ratio.
 */
#include "config.h"

#include "lib/crypt.h"
#include "lib/json.h"
#include "t/bench/client.h"

#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { KEYS = 2000, ROUNDS = 3, TEXT_BYTES = 100 * 1000 * 1000 };

static const char echo_command[] = "stty raw -echo; echo ready; exec cat";

struct bench {
	struct client client;
	struct buf json;
};

static void
report(struct bench *b, const char *name, const char *unit, double ours, double limit)
{
	printf("%-42s %12.1f %12.1f %8.2f  %s\n", name, ours, limit, ours / limit, unit);
	fflush(stdout);
	json_begin(&b->json, '{');
	json_key(&b->json, "name"), json_string(&b->json, name);
	json_key(&b->json, "unit"), json_string(&b->json, unit);
	buf_printf(&b->json, ",\"ours\":%.1f,\"limit\":%.1f,\"ratio\":%.3f", ours, limit,
		ours / limit);
	json_end(&b->json, '}');
}

/* ---- the limit: a bare pty ---- */

static pid_t
start_bare(const char *command, int *master)
{
	pid_t pid = forkpty(master, NULL, NULL, NULL);
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static double
bare_key(int master)
{
	char byte = 'x';
	double began = now_us();
	if (write(master, &byte, 1) != 1 || read(master, &byte, 1) != 1)
		exit(1);
	return now_us() - began;
}

static double
bare_text(const char *command)
{
	static char bytes[65536];
	int master;
	double began = now_us();
	pid_t pid = start_bare(command, &master);
	while (read(master, bytes, sizeof bytes) > 0)
		;
	waitpid(pid, NULL, 0);
	close(master);
	return now_us() - began;
}

/* ---- keys ---- */

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double
quantile(double *list, int count, double q)
{
	qsort(list, (size_t)count, sizeof *list, ascending);
	return list[(int)((count - 1) * q)];
}

static double
our_key(struct client *c, const char *id, struct buf *output)
{
	double began = now_us();
	buf_clear(output);
	client_type(c, id, "x", 1);
	if (client_output(c, output) != 0)
		exit(1);
	double took = now_us() - began;
	client_typed(c);
	return took;
}

static void
bench_keys(struct bench *b, const char *when)
{
	static double ours[KEYS], bare[KEYS];
	struct client *c = &b->client;
	struct buf output = BUF_INIT;
	char id[27], name[64], byte;
	int master;
	pid_t pid = start_bare(echo_command, &master);
	client_create(c, echo_command, id);
	client_follow(c, id, 0);
	while (read(master, &byte, 1) == 1 && byte != '\n')
		;
	while (client_output(c, &output) == 0 && !strchr(output.data, '\n'))
		;
	for (int i = 0; i < KEYS; i++) {
		bare[i] = bare_key(master);
		ours[i] = our_key(c, id, &output);
	}
	static const struct {
		double q;
		const char *name;
	} rows[] = {{0.5, "p50"}, {0.99, "p99"}, {1, "max"}};
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "key to echo, %s, %s", when, rows[i].name);
		report(b, name, "us", quantile(ours, KEYS, rows[i].q),
			quantile(bare, KEYS, rows[i].q));
	}
	client_delete(c, id);
	close(master);
	waitpid(pid, NULL, 0);
	buf_free(&output);
}

/* ---- text ---- */

/* A coloured listing, always the same. */
static void
write_text(const char *path)
{
	FILE *f = fopen(path, "w");
	if (!f)
		exit(1);
	for (long n = 0, i = 0; n < TEXT_BYTES; i++)
		n += fprintf(f,
			"\033[1;34mdrwxr-xr-x\033[0m %4ld user user %8ld Nov 22 20:35 "
			"\033[01;32mname-%08ld\033[0m\n",
			i % 1000, i * 7919 % 100000000, i);
	fclose(f);
}

static void
hash_of(const struct buf *b, unsigned char hash[SHA256_SIZE])
{
	crypt_sha256(b->data, b->len, hash);
}

static double
our_text(struct client *c, const char *command, unsigned char hash[SHA256_SIZE])
{
	struct buf output = BUF_INIT;
	char id[27];
	double began = now_us();
	client_create(c, command, id);
	client_follow(c, id, 0);
	while (client_output(c, &output) == 0)
		;
	double took = now_us() - began;
	hash_of(&output, hash);
	buf_free(&output);
	client_delete(c, id);
	return took;
}

static void
expected_hash(const char *path, unsigned char hash[SHA256_SIZE])
{
	struct buf b = BUF_INIT;
	FILE *f = fopen(path, "r");
	int c;
	while (f && (c = getc(f)) != EOF) {
		if (c == '\n') /* as the terminal writes it */
			buf_char(&b, '\r');
		buf_char(&b, (char)c);
	}
	if (f)
		fclose(f);
	hash_of(&b, hash);
	buf_free(&b);
}

static void
bench_text(struct bench *b, const char *folder)
{
	unsigned char expected[SHA256_SIZE], got[SHA256_SIZE];
	double ours = 0, bare = 0;
	char *path = xasprintf("%s/text", folder), *command = xasprintf("cat %s", path);
	write_text(path);
	expected_hash(path, expected);
	for (int i = 0; i < ROUNDS; i++) {
		double a = bare_text(command), o = our_text(&b->client, command, got);
		if (memcmp(expected, got, sizeof got) != 0) {
			fprintf(stderr, "the text did not arrive as it was written\n");
			exit(1);
		}
		bare = !bare || a < bare ? a : bare;
		ours = !ours || o < ours ? o : ours;
	}
	report(b, "100 MB to one viewer", "MB/s", TEXT_BYTES / ours, TEXT_BYTES / bare);
	unlink(path);
	free(path);
	free(command);
}

int
main(int argc, char **argv)
{
	struct bench b = {.json = BUF_INIT};
	char id[27];
	if (argc != 3 || !getenv("DISPATCH_KEY")) {
		fprintf(stderr, "usage: DISPATCH_KEY=dk_… bench PORT OUTPUT.json\n");
		return 2;
	}
	char folder[] = "/tmp/dispatch-bench-XXXXXX";
	if (!mkdtemp(folder))
		return 1;
	client_open(&b.client, (int)strtol(argv[1], NULL, 10), getenv("DISPATCH_KEY"));
	printf("%-42s %12s %12s %8s\n", "", "Dispatch", "bare pty", "ratio");
	json_begin(&b.json, '[');
	bench_keys(&b, "idle");
	client_create(&b.client, "exec yes", id);
	bench_keys(&b, "beside a flood");
	client_delete(&b.client, id);
	bench_text(&b, folder);
	json_end(&b.json, ']');
	FILE *out = fopen(argv[2], "w");
	if (!out || fprintf(out, "%s\n", b.json.data) < 0 || fclose(out) != 0)
		return 1;
	rmdir(folder);
	client_close(&b.client);
	buf_free(&b.json);
	return 0;
}
