/*
 * One line per fact for the administrator, on standard error: time, level, program, text.
 * Where that is systemd's journal (JOURNAL_STREAM) the line starts with the level as in
 * sd-daemon(3) and has no time, since the journal adds it.
 *
 * Secrets and request bodies are never logged. Control characters in a text are replaced,
 * so that a line stays a line.
 */
#ifndef DISPATCH_LIB_LOG_H
#define DISPATCH_LIB_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO };

struct log {
	const char *program;  /* name at the start of a line; a literal */
	enum log_level level; /* what is more detailed than this is not written */
};

void log_error(const struct log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void log_warning(const struct log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void log_info(const struct log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
