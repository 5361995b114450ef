/* See words.h. */
#include "config.h"

#include "fcgi/words.h"

#include "lib/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Takes the word over. */
static void
take(struct words *words, char *word)
{
	words->list = xrealloc(words->list, (words->count + 2) * sizeof *words->list);
	words->list[words->count++] = word;
	words->list[words->count] = NULL;
}

void
words_add(struct words *words, const char *word)
{
	take(words, xstrdup(word));
}

void
words_format(struct words *words, const char *format, ...)
{
	va_list args;
	char *word;
	va_start(args, format);
	if (vasprintf(&word, format, args) < 0)
		abort();
	va_end(args);
	take(words, word);
}

void
words_each(struct words *words, const char *const *list)
{
	for (; *list; list++)
		words_add(words, *list);
}

void
words_free(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->list[i]);
	free(words->list);
	*words = WORDS_INIT;
}
