/*
 * Random numbers, hashes and encodings: the only place that speaks to OpenSSL.
 */
#ifndef DISPATCH_LIB_CRYPT_H
#define DISPATCH_LIB_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

enum {
	ID_LENGTH = 26,     /* characters of a 128-bit id in base32 */
	ID_SIZE = 27,       /* with its NUL */
	SECRET_LENGTH = 52, /* characters of a 256-bit secret in base32 */
	SECRET_SIZE = 53,
	SHA256_SIZE = 32,      /* bytes of a hash */
	SHA256_TEXT_SIZE = 65, /* characters of one in hexadecimal, with their NUL */
	UUID_SIZE = 37,        /* of a UUID with its NUL */
	CRYPT_KEY_SIZE = 32,   /* bytes of a key of crypt_seal() */
};

/*
 * To be called first by a program: OpenSSL then does without its texts of errors, which
 * nobody reads, and without the system's settings (OPENSSL_init_crypto(3)): half a
 * megabyte of each process.
 */
void crypt_open(void);

/* Fills with bytes of the system's random generator; aborts when there is none. */
void crypt_random(void *bytes, size_t len);

/* A new 128-bit id: 26 characters a–z2–7 (RFC 4648 base32, lower case, no padding). */
void crypt_id(char id[ID_SIZE]);

/* A random UUID (RFC 9562, version 4), lower case. */
void crypt_uuid(char uuid[UUID_SIZE]);

/* True when the text is a UUID in lower case, of any version. */
bool crypt_is_uuid(const char *text);

/* The hash in hexadecimal, lower case. */
void crypt_sha256_text(const void *bytes, size_t len, char text[SHA256_TEXT_SIZE]);

/* A new 256-bit secret in the same alphabet: 52 characters. */
void crypt_secret(char secret[SECRET_SIZE]);

/* True when the text, of exactly `len` bytes, is an id as crypt_id() makes them. */
bool crypt_is_id(const char *text, size_t len);

void crypt_sha256(const void *bytes, size_t len, uint8_t hash[SHA256_SIZE]);

/* The hash of what comes in pieces. crypt_hash_end() gives it (hash NULL: does not) and
 * frees; it is legal on NULL. */
struct crypt_hash;
struct crypt_hash *crypt_hash_begin(void);
void crypt_hash_add(struct crypt_hash *h, const void *bytes, size_t len);
void crypt_hash_end(struct crypt_hash *h, uint8_t *hash);

/* A hash in hexadecimal, lower case. */
void crypt_hash_text(const uint8_t hash[SHA256_SIZE], char text[SHA256_TEXT_SIZE]);

/* True when the bytes are equal, in a time that depends only on `len`. */
bool crypt_equal(const void *a, const void *b, size_t len);

/*
 * Appends the bytes sealed with AES-256-GCM (NIST SP 800-38D): a random nonce (12), the
 * ciphertext (`len`), the tag (16). `about` is bound to it.
 */
void crypt_seal(struct buf *out, const uint8_t key[CRYPT_KEY_SIZE], const char *about,
	const void *bytes, size_t len);

/* Appends what was sealed with this key about this. -1 when it was not, or was changed;
 * then *out holds nothing new. */
int crypt_unseal(struct buf *out, const uint8_t key[CRYPT_KEY_SIZE], const char *about,
	const void *sealed, size_t len);

/* Overwrites memory that held a secret; never optimised away. */
void crypt_wipe(void *bytes, size_t len);

/* Appends standard base64 with padding (RFC 4648, section 4). */
void crypt_base64(struct buf *out, const void *bytes, size_t len);

/* Appends what the base64 stands for. -1 when it is none; then *out holds nothing new. */
int crypt_unbase64(struct buf *out, const char *text, size_t len);

#endif
