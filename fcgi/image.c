/* See image.h. */
#include "config.h"

#include "fcgi/image.h"

#include "lib/buf.h"
#include "lib/json_read.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* How files of a type begin; '?' stands for any byte. */
static const struct {
	const char *media_type, *magic;
	size_t len;
} types[] = {
	{"image/png", "\x89PNG\r\n\x1a\n", 8},
	{"image/jpeg", "\xff\xd8\xff", 3},
	{"image/gif", "GIF8?a", 6},
	{"image/webp", "RIFF????WEBP", 12},
};

static bool
begins_as(const char *bytes, size_t len, const char *magic, size_t n)
{
	if (len < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (magic[i] != '?' && magic[i] != bytes[i])
			return false;
	return true;
}

static int
refuse(struct err *e, const char *text)
{
	err_set(e, 422, "claude.image", "%s", text);
	snprintf(e->field, sizeof e->field, "images");
	return -1;
}

static int
check_bytes(const struct image *image, const struct buf *bytes, struct err *e)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].media_type, image->media_type) == 0)
			return begins_as(bytes->data, bytes->len, types[i].magic,
				       types[i].len)
				? 0
				: refuse(e,
					  "An attached file is not the image that its "
					  "type says.");
	return refuse(e, "Images must be of the type png, jpeg, gif or webp.");
}

int
image_check(struct json_object *json, struct image *image, struct err *e)
{
	struct buf bytes = BUF_INIT;
	*image = (struct image){.media_type = json_member_text(json, "media_type"),
		.data = json_member_text(json, "data")};
	if (!image->media_type || !image->data)
		return refuse(e, "An image needs media_type and data.");
	if (crypt_unbase64(&bytes, image->data, strlen(image->data)) != 0) {
		buf_free(&bytes);
		return refuse(e, "The data of an image must be base64.");
	}
	int result = check_bytes(image, &bytes, e);
	image->bytes = bytes.len;
	crypt_sha256_text(bytes.len ? bytes.data : "", bytes.len, image->sha256);
	buf_free(&bytes);
	return result;
}
