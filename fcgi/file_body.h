/* The bytes of a file as an answer: conditions and ranges (RFC 9110, 13 and 14). */
#ifndef DISPATCH_FCGI_FILE_BODY_H
#define DISPATCH_FCGI_FILE_BODY_H

#include "fcgi/located.h"

/* Makes the answer from the file at l->path. Errors: those of beneath.h, 412
 * "file.changed", 416 "file.range". */
int file_body(struct call *c, const struct located *l, struct err *e);

/* Headers that keep what is sent from being taken for a page of ours, and name it. */
void file_body_headers(struct response *response, const char *name);

/* Adds the header ETag. */
void file_body_tag(struct response *response, const char *tag);

#endif
