/* See hosts.h. */
#include "config.h"

#include "lib/hosts.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum { PORT_MAX = 65535, LABEL_MAX = 63, PORT_HTTP = 80, PORT_HTTPS = 443 };

/* ---- names ---- */

static bool
is_label(const char *text, size_t len)
{
	if (len == 0 || len > LABEL_MAX || text[0] == '-' || text[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '-' && text[i] != '_')
			return false;
	return true;
}

/* Decimal, octal or hexadecimal: then inet_aton(3) may take it all for an address. */
static bool
is_number(const char *text, size_t len)
{
	bool hex = len > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	for (size_t i = hex ? 2 : 0; i < len; i++)
		if (hex ? !isxdigit((unsigned char)text[i])
			: !isdigit((unsigned char)text[i]))
			return false;
	return true;
}

static bool
is_name(const char *text, size_t len)
{
	size_t start = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '.')
			continue;
		if (!is_label(text + start, i - start))
			return false;
		start = i + 1;
	}
	return is_label(text + start, len - start) &&
		!is_number(text + start, len - start);
}

static bool
put_address(struct host *host, int family, const char *text)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	return inet_pton(family, text, bytes) == 1 &&
		inet_ntop(family, bytes, host->name, sizeof host->name) != NULL;
}

static int
put_name(struct host *host, const char *text, size_t len)
{
	if (len > 1 && text[len - 1] == '.')
		len--;
	if (len == 0 || len >= HOST_SIZE)
		return -1;
	for (size_t i = 0; i < len; i++)
		host->name[i] = (char)tolower((unsigned char)text[i]);
	host->name[len] = '\0';
	if (is_name(text, len))
		return 0;
	host->address = put_address(host, AF_INET, host->name);
	return host->address ? 0 : -1;
}

static int
put_port(struct host *host, const char *text, size_t len)
{
	unsigned int port = 0;
	if (len == 0 || len > 5)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return -1;
		port = port * 10 + (unsigned int)(text[i] - '0');
	}
	host->port = port;
	return port == 0 || port > PORT_MAX ? -1 : 0;
}

/* What stands in brackets; *used is all of it, with them. */
static int
put_bracketed(struct host *host, const char *text, size_t len, size_t *used)
{
	char address[INET6_ADDRSTRLEN];
	const char *end = memchr(text, ']', len);
	size_t n = end ? (size_t)(end - text) - 1 : sizeof address;
	if (n >= sizeof address)
		return -1;
	memcpy(address, text + 1, n);
	address[n] = '\0';
	*used = n + 2;
	host->address = put_address(host, AF_INET6, address);
	return host->address ? 0 : -1;
}

int
host_read(struct host *host, const char *text, size_t len)
{
	struct host read = {.port = 0};
	size_t used;
	if (len > 0 && text[0] == '[') {
		if (put_bracketed(&read, text, len, &used) != 0)
			return -1;
	} else {
		const char *colon = memchr(text, ':', len);
		used = colon ? (size_t)(colon - text) : len;
		if (put_name(&read, text, used) != 0)
			return -1;
	}
	if (used < len &&
		(text[used] != ':' ||
			put_port(&read, text + used + 1, len - used - 1) != 0))
		return -1;
	*host = read;
	return 0;
}

/* ---- rules ---- */

int
host_rule_read(struct host_rule *rule, const char *text)
{
	struct host_rule read = {.below = strncmp(text, "*.", 2) == 0};
	if (read.below)
		text += 2;
	if (host_read(&read.host, text, strlen(text)) != 0 ||
		(read.below && read.host.address))
		return -1;
	*rule = read;
	return 0;
}

static bool
is_below(const char *name, const char *above)
{
	size_t n = strlen(name), m = strlen(above);
	return n > m + 1 && name[n - m - 1] == '.' && strcmp(name + n - m, above) == 0;
}

bool
host_rule_allows(const struct host_rule *rule, const char *name, unsigned int port)
{
	if (rule->host.port ? port != rule->host.port
			    : port != PORT_HTTP && port != PORT_HTTPS)
		return false;
	return rule->below ? is_below(name, rule->host.name)
			   : strcmp(name, rule->host.name) == 0;
}

/* ---- addresses ---- */

struct range {
	unsigned char bytes[16];
	unsigned int bits;
};

/* The registries of special-purpose addresses (RFC 6890), and multicast. */
static const struct range closed4[] = {
	{{0}, 8},             /* this network */
	{{10}, 8},            /* private */
	{{100, 64}, 10},      /* of providers, RFC 6598; also metadata of some */
	{{127}, 8},           /* loopback */
	{{169, 254}, 16},     /* link-local; also metadata of most */
	{{172, 16}, 12},      /* private */
	{{192, 0, 0}, 24},    /* protocol assignments; also metadata of some */
	{{192, 0, 2}, 24},    /* documentation */
	{{192, 88, 99}, 24},  /* relays of 6to4 */
	{{192, 168}, 16},     /* private */
	{{198, 18}, 15},      /* benchmarks */
	{{198, 51, 100}, 24}, /* documentation */
	{{203, 0, 113}, 24},  /* documentation */
	{{224}, 4},           /* multicast */
	{{240}, 4},           /* reserved, broadcast */
};

/* Only 2000::/3 is given out. */
static const struct range closed6[] = {
	{{0x20, 0x01, 0x00, 0x00}, 23}, /* protocol assignments, Teredo */
	{{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
	{{0x3f, 0xff}, 20},             /* documentation */
};

static const struct range given6 = {{0x20}, 3};

/* Those that wrap an IPv4 address, and where it stands in them. */
static const struct {
	struct range range;
	size_t at;
} wrapping[] = {
	{{{[10] = 0xff, [11] = 0xff}, 96}, 12}, /* mapped */
	{{{0x00, 0x64, 0xff, 0x9b}, 96}, 12},   /* NAT64 */
	{{{0x20, 0x02}, 16}, 2},                /* 6to4 */
};

static bool
is_in(const unsigned char *address, const struct range *range)
{
	size_t whole = range->bits / 8;
	unsigned int rest = range->bits % 8, mask = 0xffU << (8 - rest) & 0xffU;
	return memcmp(address, range->bytes, whole) == 0 &&
		(rest == 0 || ((address[whole] ^ range->bytes[whole]) & mask) == 0);
}

static bool
is_in_any(const unsigned char *address, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_in(address, &ranges[i]))
			return true;
	return false;
}

#define COUNT(a) (sizeof(a) / sizeof *(a))

static bool
is_public4(const unsigned char *address)
{
	return !is_in_any(address, closed4, COUNT(closed4));
}

static bool
is_public6(const unsigned char *address)
{
	for (size_t i = 0; i < COUNT(wrapping); i++)
		if (is_in(address, &wrapping[i].range))
			return is_public4(address + wrapping[i].at);
	return is_in(address, &given6) && !is_in_any(address, closed6, COUNT(closed6));
}

bool
host_is_public(const struct sockaddr *address)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in =
			(const struct sockaddr_in *)(const void *)address;
		memcpy(bytes, &in->sin_addr, sizeof in->sin_addr);
		return is_public4(bytes);
	}
	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 =
			(const struct sockaddr_in6 *)(const void *)address;
		memcpy(bytes, &in6->sin6_addr, sizeof in6->sin6_addr);
		return is_public6(bytes);
	}
	return false;
}
