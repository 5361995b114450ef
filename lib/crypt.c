/* See crypt.h. Base32 is ours because OpenSSL has none; the rest is a call each. */
#include "config.h"

#include "lib/crypt.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <stdlib.h>
#include <string.h>

static const char base32_alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

static void
base32(char *out, const uint8_t *bytes, size_t len)
{
	uint32_t bits = 0;
	int count = 0;
	for (size_t i = 0; i < len; i++) {
		bits = (bits << 8) | bytes[i];
		for (count += 8; count >= 5; count -= 5)
			*out++ = base32_alphabet[(bits >> (count - 5)) & 31];
	}
	if (count)
		*out++ = base32_alphabet[(bits << (5 - count)) & 31];
	*out = '\0';
}

void
crypt_random(void *bytes, size_t len)
{
	if (RAND_bytes(bytes, (int)len) != 1)
		abort();
}

void
crypt_id(char id[ID_SIZE])
{
	uint8_t bytes[16];
	crypt_random(bytes, sizeof bytes);
	base32(id, bytes, sizeof bytes);
}

void
crypt_secret(char secret[SECRET_SIZE])
{
	uint8_t bytes[32];
	crypt_random(bytes, sizeof bytes);
	base32(secret, bytes, sizeof bytes);
	crypt_wipe(bytes, sizeof bytes);
}

bool
crypt_is_id(const char *text, size_t len)
{
	if (len != ID_LENGTH)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!text[i] || !strchr(base32_alphabet, text[i]))
			return false;
	return true;
}

void
crypt_sha256(const void *bytes, size_t len, uint8_t hash[SHA256_SIZE])
{
	unsigned size = 0;
	if (!EVP_Digest(bytes, len, hash, &size, EVP_sha256(), NULL) ||
		size != SHA256_SIZE)
		abort();
}

bool
crypt_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

void
crypt_wipe(void *bytes, size_t len)
{
	OPENSSL_cleanse(bytes, len);
}

void
crypt_base64(struct buf *out, const void *bytes, size_t len)
{
	char *to = buf_room(out, (len + 2) / 3 * 4);
	out->len += (size_t)EVP_EncodeBlock((unsigned char *)to, bytes, (int)len);
}
