/* What lib/auth*.c share about the headers of a request; see auth.h for the rest. */
#ifndef DISPATCH_LIB_AUTH_REQUEST_H
#define DISPATCH_LIB_AUTH_REQUEST_H

#include "lib/auth.h"

/*
 * Finds the value of our cookie. 1: found, `token` has its text; 0: there is none, or its
 * text is not a token's; -1: two cookies with our name (400).
 */
int auth_request_token(const struct conf *conf, const struct auth_request *request,
	char token[AUTH_TOKEN_SIZE], struct err *e);

/* The same for the cookie of a sign-in that led elsewhere. */
int auth_request_begun(const struct conf *conf, const struct auth_request *request,
	char token[AUTH_TOKEN_SIZE], struct err *e);

/* True when there is a cookie with our name, whatever its value. */
bool auth_request_has_cookie(const struct conf *conf, const struct auth_request *request);

#endif
