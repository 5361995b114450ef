/* See http.h. */
#include "config.h"

#include "lib/http.h"

#include <curl/curl.h>

#include <ctype.h>
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

/* http is for a server on this machine: a test, or a proxy that adds TLS. */
static bool
is_loopback(const char *url)
{
	static const char *const hosts[] = {"http://127.0.0.1", "http://localhost",
		"http://[::1]"};
	static const char below[] = ".localhost"; /* RFC 6761, 6.3 */
	size_t host = strncmp(url, "http://", 7) == 0 ? strcspn(url + 7, ":/?#@") : 0;
	size_t tail = sizeof below - 1;
	if (host > tail && strncmp(url + 7 + host - tail, below, tail) == 0)
		return !*(url + 7 + host) || strchr(":/", url[7 + host]);
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		size_t n = strlen(hosts[i]);
		if (strncmp(url, hosts[i], n) == 0 &&
			(url[n] == '\0' || url[n] == ':' || url[n] == '/'))
			return true;
	}
	return false;
}

int
http_check_base(const char *url)
{
	size_t n = strlen(url);
	bool good = strncmp(url, "https://", 8) == 0 ? n > 8 : is_loopback(url);
	for (const char *c = url; *c; c++)
		good = good && (unsigned char)*c > ' ' && *c != 0x7f &&
			!strchr("@?#\"\\", *c);
	return good && url[n - 1] != '/' ? 0 : -1;
}

void
http_encode(struct buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c < 0x80 && isalnum(c)) || strchr("-._~", c))
			buf_char(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

static const char *
protocols_of(const struct http_request *request)
{
	if (request->plain && !request->authorization && !request->form)
		return "http,https";
	return is_loopback(request->url) ? "http" : "https";
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
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, request->timeout_ms);
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
