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
crypt_open(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
			OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
			OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS,
		NULL);
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

enum { NONCE_SIZE = 12, TAG_SIZE = 16, SEALED_MAX = 16 * 1024 * 1024 };

void
crypt_seal(struct buf *out, const uint8_t key[CRYPT_KEY_SIZE], const char *about,
	const void *bytes, size_t len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *to = (uint8_t *)buf_room(out, NONCE_SIZE + len + TAG_SIZE);
	int n = 0;
	crypt_random(to, NONCE_SIZE);
	if (!ctx || len > SEALED_MAX ||
		!EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, to) ||
		!EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)about,
			(int)strlen(about)) ||
		!EVP_EncryptUpdate(ctx, to + NONCE_SIZE, &n, bytes, (int)len) ||
		!EVP_EncryptFinal_ex(ctx, to + NONCE_SIZE + n, &n) ||
		!EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_SIZE,
			to + NONCE_SIZE + len))
		abort();
	EVP_CIPHER_CTX_free(ctx);
	out->len += NONCE_SIZE + len + TAG_SIZE;
	out->data[out->len] = '\0';
}

int
crypt_unseal(struct buf *out, const uint8_t key[CRYPT_KEY_SIZE], const char *about,
	const void *sealed, size_t len)
{
	const uint8_t *from = sealed;
	uint8_t tag[TAG_SIZE];
	if (len < NONCE_SIZE + TAG_SIZE || len > SEALED_MAX)
		return -1;
	size_t inside = len - NONCE_SIZE - TAG_SIZE;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *to = (uint8_t *)buf_room(out, inside);
	int n = 0;
	memcpy(tag, from + NONCE_SIZE + inside, TAG_SIZE);
	if (!ctx || !EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, from) ||
		!EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)about,
			(int)strlen(about)) ||
		!EVP_DecryptUpdate(ctx, to, &n, from + NONCE_SIZE, (int)inside) ||
		!EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag))
		abort();
	bool good = EVP_DecryptFinal_ex(ctx, to + n, &n) > 0;
	EVP_CIPHER_CTX_free(ctx);
	if (good)
		out->len += inside;
	else
		crypt_wipe(to, inside);
	out->data[out->len] = '\0';
	return good ? 0 : -1;
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
	crypt_hash_text(hash, text);
}

void
crypt_hash_text(const uint8_t hash[SHA256_SIZE], char text[SHA256_TEXT_SIZE])
{
	for (int i = 0; i < SHA256_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
}

struct crypt_hash *
crypt_hash_begin(void)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	if (!context || !EVP_DigestInit_ex(context, EVP_sha256(), NULL))
		abort();
	return (struct crypt_hash *)context;
}

void
crypt_hash_add(struct crypt_hash *h, const void *bytes, size_t len)
{
	if (!EVP_DigestUpdate((EVP_MD_CTX *)h, bytes, len))
		abort();
}

void
crypt_hash_end(struct crypt_hash *h, uint8_t *hash)
{
	if (h && hash && !EVP_DigestFinal_ex((EVP_MD_CTX *)h, hash, NULL))
		abort();
	EVP_MD_CTX_free((EVP_MD_CTX *)h);
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
