/* See crypt.h. Base32 is ours because OpenSSL has none; the rest is a call each. */
#include "config.h"

#include "lib/crypt.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <stdio.h>
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

void
crypt_uuid(char uuid[UUID_SIZE])
{
	uint8_t b[16];
	crypt_random(b, sizeof b);
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(uuid, UUID_SIZE,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
		b[12], b[13], b[14], b[15]);
}

bool
crypt_is_uuid(const char *text)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	for (size_t i = 0; i < sizeof shape; i++) {
		bool hex = text[i] && strchr("0123456789abcdef", text[i]);
		if (shape[i] == 'x' ? !hex : text[i] != shape[i])
			return false;
	}
	return true;
}

void
crypt_sha256_text(const void *bytes, size_t len, char text[SHA256_TEXT_SIZE])
{
	uint8_t hash[SHA256_SIZE];
	crypt_sha256(bytes, len, hash);
	for (int i = 0; i < SHA256_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
}

static int
sextet(char c)
{
	return c >= 'A' && c <= 'Z'    ? c - 'A'
		: c >= 'a' && c <= 'z' ? c - 'a' + 26
		: c >= '0' && c <= '9' ? c - '0' + 52
		: c == '+'             ? 62
		: c == '/'             ? 63
				       : -1;
}

int
crypt_unbase64(struct buf *out, const char *text, size_t len)
{
	if (len % 4 != 0)
		return -1;
	char *to = buf_room(out, len / 4 * 3);
	size_t n = 0, padding = 0;
	while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
		padding++;
	for (size_t i = 0; i < len; i += 4) {
		uint32_t group = 0;
		for (size_t k = i; k < i + 4; k++) {
			int bits = k >= len - padding ? 0 : sextet(text[k]);
			if (bits < 0)
				return -1;
			group = group << 6 | (uint32_t)bits;
		}
		for (int shift = 16; shift >= 0; shift -= 8)
			to[n++] = (char)(group >> shift & 0xff);
	}
	out->len += n > padding ? n - padding : 0;
	if (out->data)
		out->data[out->len] = '\0';
	return 0;
}
