/*
 * A fuzz target: one function that takes any bytes, does with them what the product does
 * with what strangers send, and aborts when a promise is broken. Each is a program of its
 * own, fuzz-NAME.c, with a corpus in corpus/NAME/. Its main() is libFuzzer's where the
 * build has that (configure --enable-libfuzzer with clang), else driver.c.
 */
#ifndef DISPATCH_T_FUZZ_H
#define DISPATCH_T_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Returns 0 always. The bytes are `size` and no more: nothing ends them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Aborts when it is not so. */
#define PROMISE(holds) \
	do { \
		if (!(holds)) { \
			fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, \
				__LINE__, #holds); \
			abort(); \
		} \
	} while (0)

/* The bytes with a NUL behind them; the caller frees. */
char *fuzz_text(const uint8_t *data, size_t size);

#endif
