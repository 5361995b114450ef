/*
 * Why something could not be done, in a form that a person, a program and an
 * administrator can each use: a sentence, a stable code and an HTTP status (RFC 9110).
 *
 * Functions that can fail for a reason a user may see take a `struct err *`, fill it and
 * return -1. Only the outermost layer (the router, a program's main) turns it into text.
 * Broken invariants do not come here: they abort.
 */
#ifndef DISPATCH_LIB_ERR_H
#define DISPATCH_LIB_ERR_H

struct err {
	int status;     /* HTTP status that fits, 400..599; 0 while nothing failed */
	char code[40];  /* stable, dotted: "session.unknown" */
	char field[40]; /* the parameter that is wrong; empty when none is */
	char text[400]; /* a sentence for a person, with a full stop */
};

/*
 * Fills *e from a printf format; `field` becomes empty. A longer text is cut. `e` may be
 * NULL when the caller does not want to know. Returns -1, so that `return err_set(…)`
 * reads as what it is.
 */
int err_set(struct err *e, int status, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* As err_set() with status 400 and code "request.invalid", naming the parameter. */
int err_field(struct err *e, const char *field, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As err_set() with ": " and strerror(saved_errno) appended to the text. */
int err_errno(struct err *e, int saved_errno, int status, const char *code,
	const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
