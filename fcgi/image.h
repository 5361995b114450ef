/* Images that people attach to messages. */
#ifndef DISPATCH_FCGI_IMAGE_H
#define DISPATCH_FCGI_IMAGE_H

#include <stddef.h>

#include "lib/crypt.h"
#include "lib/err.h"

struct json_object;

enum { IMAGES_MAX = 10 };

struct image {
	const char *media_type, *data; /* lent by the JSON; data is base64 */
	size_t bytes;                  /* of the image itself */
	char sha256[SHA256_TEXT_SIZE];
};

/* Checks {"media_type":…, "data":…}: that it is one of the types that may be attached and
 * begins as such a file does. Error: 422 "claude.image", with the field. */
int image_check(struct json_object *json, struct image *image, struct err *e);

#endif
