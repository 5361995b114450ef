/* See os_mounts.h. */
#include "config.h"

#include "lib/os_mounts.h"

#include "lib/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Spaces and the like are written in octal digits. */
static char *
unescape(const char *text, size_t len)
{
	char *plain = xstrndup(text, len), *to = plain;
	for (const char *p = plain; *p; p++) {
		unsigned int byte;
		if (*p == '\\' && sscanf(p + 1, "%3o", &byte) == 1) {
			*to++ = (char)byte;
			p += 3;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
	return plain;
}

bool
os_mount_read(const char *line, const char *type, char **path, char **root)
{
	const char *end = strstr(line, " - "), *field[6] = {line};
	size_t n = strlen(type);
	if (!end || strncmp(end + 3, type, n) != 0 || end[3 + n] != ' ')
		return false;
	for (size_t i = 1; i < sizeof field / sizeof *field; i++) {
		const char *space = strchr(field[i - 1], ' ');
		if (!space || space > end)
			return false;
		field[i] = space + 1;
	}
	*root = unescape(field[3], (size_t)(field[4] - field[3] - 1));
	*path = unescape(field[4], (size_t)(field[5] - field[4] - 1));
	return true;
}

void
os_mounts_each(const char *type,
	bool (*take)(void *arg, const char *path, const char *root), void *arg)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *path, *root;
	size_t size = 0;
	bool more = f != NULL;
	while (more && getline(&line, &size, f) > 0) {
		if (!os_mount_read(line, type, &path, &root))
			continue;
		more = take(arg, path, root);
		free(path);
		free(root);
	}
	free(line);
	if (f)
		fclose(f);
}
