/*
 * What runs a fuzz target without libFuzzer:
 *
 *	fuzz-NAME [--seconds N] [--runs N] [--seed N] [--keep FILE] CORPUS…
 *
 * Every file of the corpus is given to the target as it is; then, for so many seconds and
 * so many times at least, files that were changed, cut, joined and doubled, which the
 * seed decides. What the target is given lies in the file to keep before it is called,
 * so that it is still there when the target crashes. It does not learn what makes the
 * target take another way: libFuzzer does.
 */
#include "config.h"

#include "lib/buf.h"
#include "t/fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { INPUT_MAX = 64 * 1024, CORPUS_MAX = 4096, CHANGES = 8 };

struct input {
	uint8_t *bytes;
	size_t len;
};

static struct {
	struct input list[CORPUS_MAX];
	size_t count;
	uint64_t random;
	uint8_t *kept; /* the size, and the bytes of what the target is given */
} driver;

static _Noreturn void
fail(const char *what)
{
	perror(what);
	exit(2);
}

/* xorshift: the same inputs for the same seed, on every machine. */
static size_t
draw(size_t below)
{
	driver.random ^= driver.random << 13;
	driver.random ^= driver.random >> 7;
	driver.random ^= driver.random << 17;
	return below ? (size_t)(driver.random % below) : 0;
}

static void
load_file(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "re");
	struct input *in = &driver.list[driver.count];
	if (!f)
		fail(path);
	in->bytes = xcalloc(1, INPUT_MAX);
	in->len = fread(in->bytes, 1, INPUT_MAX, f);
	fclose(f);
	free(path);
	driver.count++;
}

static void
load(const char *dir)
{
	struct dirent **names;
	int count = scandir(dir, &names, NULL, alphasort);
	if (count < 0)
		fail(dir);
	for (int i = 0; i < count; i++) {
		if (names[i]->d_name[0] != '.' && driver.count < CORPUS_MAX)
			load_file(dir, names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

/* The target gets memory of exactly that size, so that a byte too much is seen. */
static void
give(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	if (!copy)
		fail("malloc");
	if (len > 0)
		memcpy(copy, bytes, len);
	if (driver.kept) {
		memcpy(driver.kept + sizeof len, bytes, len);
		memcpy(driver.kept, &len, sizeof len);
	}
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void
replace_byte(struct input *in, size_t at)
{
	static const char likely[] = "{}[]\",:;%&=/.+-0\x1b\\\n\r\0\x7f\xff\x80";
	in->bytes[at] =
		draw(2) ? (uint8_t)draw(256) : (uint8_t)likely[draw(sizeof likely - 1)];
}

static void
leave_out(struct input *in, size_t at)
{
	size_t span = 1 + draw(in->len - at < 16 ? in->len - at : 16);
	memmove(in->bytes + at, in->bytes + at + span, in->len - at - span);
	in->len -= span;
}

static void
put_twice(struct input *in, size_t at)
{
	size_t span = 1 + draw(in->len - at < 64 ? in->len - at : 64);
	if (in->len + span > INPUT_MAX)
		return;
	memmove(in->bytes + at + span, in->bytes + at, in->len - at);
	in->len += span;
}

static void
cut(struct input *in, size_t at)
{
	in->len = at;
}

static void
join(struct input *in, size_t at)
{
	const struct input *other = &driver.list[draw(driver.count)];
	size_t from = draw(other->len), span = other->len - from;
	if (at + span > INPUT_MAX)
		return;
	memcpy(in->bytes + at, other->bytes + from, span);
	in->len = at + span;
}

static void
flip(struct input *in, size_t at)
{
	in->bytes[at] ^= (uint8_t)(1u << draw(8));
}

static void
change(struct input *in)
{
	static void (*const changes[])(struct input * in, size_t at) = {replace_byte,
		leave_out, put_twice, cut, join, flip};
	for (size_t n = 1 + draw(CHANGES); n > 0 && in->len > 1; n--)
		changes[draw(sizeof changes / sizeof *changes)](in, draw(in->len));
}

static void
keep_in(const char *path)
{
	size_t size = sizeof(size_t) + INPUT_MAX;
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)size) != 0)
		fail(path);
	driver.kept = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (driver.kept == MAP_FAILED)
		fail(path);
	close(fd);
}

static long long
fuzz(time_t seconds, long long least)
{
	struct input in = {xcalloc(1, INPUT_MAX), 0};
	time_t end = time(NULL) + seconds;
	long long runs = 0;
	while (driver.count > 0 && (runs % 256 || runs < least || time(NULL) < end)) {
		const struct input *from = &driver.list[draw(driver.count)];
		memcpy(in.bytes, from->bytes, from->len);
		in.len = from->len;
		change(&in);
		give(in.bytes, in.len);
		runs++;
	}
	free(in.bytes);
	return runs;
}

int
main(int argc, char **argv)
{
	time_t seconds = 0;
	long long least = 0;
	driver.random = 1;
	for (int i = 1; i < argc; i++) {
		bool more = i + 1 < argc;
		if (strcmp(argv[i], "--seconds") == 0 && more)
			seconds = strtol(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--runs") == 0 && more)
			least = strtoll(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0 && more)
			driver.random = strtoull(argv[++i], NULL, 10) * 2 + 1;
		else if (strcmp(argv[i], "--keep") == 0 && more)
			keep_in(argv[++i]);
		else
			load(argv[i]);
	}
	give((const uint8_t *)"", 0);
	for (size_t i = 0; i < driver.count; i++)
		give(driver.list[i].bytes, driver.list[i].len);
	printf("%zu of the corpus, %lld others\n", driver.count, fuzz(seconds, least));
	for (size_t i = 0; i < driver.count; i++)
		free(driver.list[i].bytes);
	return 0;
}
