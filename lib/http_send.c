/* See http.h: the request itself. */
#include "config.h"

#include "lib/http.h"

#include <curl/curl.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 3000 };

struct answer {
	struct buf *out;
	size_t left;
};

static size_t
take(char *bytes, size_t size, size_t count, void *arg)
{
	struct answer *answer = arg;
	size_t len = size * count;
	if (len > answer->left)
		return 0; /* which ends the transfer */
	answer->left -= len;
	buf_add(answer->out, bytes, len);
	return len;
}

static const char *
protocols_of(const struct http_request *request)
{
	if (request->plain && !request->authorization && !request->form)
		return "http,https";
	return http_is_loopback(request->url) ? "http" : "https";
}

static struct curl_slist *
headers_of(const struct http_request *request)
{
	struct curl_slist *list = curl_slist_append(NULL, "Accept: application/json");
	if (request->authorization) {
		char *line = xasprintf("Authorization: %s", request->authorization);
		list = curl_slist_append(list, line);
		memset(line, 0, strlen(line));
		free(line);
	}
	return list;
}

static void
set_up(CURL *curl, const struct http_request *request, struct answer *answer)
{
	curl_easy_setopt(curl, CURLOPT_URL, request->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols_of(request));
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "dispatch/" PACKAGE_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	if (request->form)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->form);
}

int
http_send(const struct http_request *request, int *status, struct buf *out, struct err *e)
{
	struct answer answer = {out, request->most};
	struct curl_slist *headers = headers_of(request);
	CURL *curl = curl_easy_init();
	CURLcode code = CURLE_FAILED_INIT;
	long got = 0;
	if (curl) {
		set_up(curl, request, &answer);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		code = curl_easy_perform(curl);
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &got);
	}
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	*status = (int)got;
	if (code == CURLE_OK)
		return 0;
	if (code == CURLE_WRITE_ERROR)
		return err_set(e, 502, "http.failed", "The answer was too long.");
	return err_set(e, 502, "http.failed", "There was no good answer: %s.",
		curl_easy_strerror(code));
}
