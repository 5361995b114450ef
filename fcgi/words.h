/* A command line while it is put together. */
#ifndef DISPATCH_FCGI_WORDS_H
#define DISPATCH_FCGI_WORDS_H

#include <stddef.h>

struct words {
	char **list; /* NULL at the end; NULL while nothing was added */
	size_t count;
};

#define WORDS_INIT ((struct words){0})

/* Adds a word, copied; one that is made from a format; several, up to a NULL. */
void words_add(struct words *words, const char *word);
void words_format(struct words *words, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void words_each(struct words *words, const char *const *list);

/* Adds what is given, up to a NULL. */
#define WORDS_ADD(words, ...) \
	words_each((words), (const char *const[]){__VA_ARGS__, NULL})

/* Legal on an empty one. */
void words_free(struct words *words);

#endif
