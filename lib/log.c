/* Writing of log lines; see log.h. A line goes out in one write(2), so that lines of
 * several processes on one file do not mix. A log that cannot be written is not an error.
 */
#include "config.h"

#include "lib/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct {
	const char *name;
	char journal; /* sd-daemon(3) priority */
} levels[] = {
	[LOG_LEVEL_ERROR] = {"error", '3'},
	[LOG_LEVEL_WARNING] = {"warning", '4'},
	[LOG_LEVEL_INFO] = {"info", '6'},
};

/* Whether standard error is the journal: the variable names its device and inode, and a
 * child whose standard error is a file has the variable, too. */
static bool
is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;
	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
		fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device &&
		st.st_ino == inode;
}

static size_t
start_of_line(char *line, size_t size, const struct log *log, enum log_level level)
{
	if (is_journal())
		return (size_t)snprintf(line, size, "<%c>", levels[level].journal);
	struct timespec now;
	struct tm utc;
	char stamp[32];
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
	return (size_t)snprintf(line, size, "%s.%03ldZ %s %s: ", stamp,
		now.tv_nsec / 1000000, levels[level].name, log->program);
}

static void
write_line(const struct log *log, enum log_level level, const char *format, va_list args)
{
	char line[1024];
	if (level > log->level)
		return;
	size_t n = start_of_line(line, sizeof line, log, level);
	int more = vsnprintf(line + n, sizeof line - n - 1, format, args);
	size_t end = n + (more > 0 ? (size_t)more : 0);
	if (end > sizeof line - 2)
		end = sizeof line - 2;
	for (size_t i = n; i < end; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[end++] = '\n';
	ssize_t ignored = write(STDERR_FILENO, line, end);
	(void)ignored;
}

#define DEFINE_LOG(name, level) \
	void name(const struct log *log, const char *format, ...) \
	{ \
		va_list args; \
		va_start(args, format); \
		write_line(log, level, format, args); \
		va_end(args); \
	}

DEFINE_LOG(log_error, LOG_LEVEL_ERROR)
DEFINE_LOG(log_warning, LOG_LEVEL_WARNING)
DEFINE_LOG(log_info, LOG_LEVEL_INFO)
