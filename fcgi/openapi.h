/* THE table as an OpenAPI 3.1 document. */
#ifndef DISPATCH_FCGI_OPENAPI_H
#define DISPATCH_FCGI_OPENAPI_H

#include "lib/buf.h"

/* Appends the document, as one line of JSON. */
void openapi_print(struct buf *out);

#endif
