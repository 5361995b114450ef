/* dispatch migrate: brings the databases to this version's schema. */
#include "config.h"

#include "cli/cli.h"

#include "lib/buf.h"
#include "lib/migrate.h"
#include "lib/path.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
apply(const char *dir, struct buf *out, struct err *e)
{
	if (path_make_private(dir, e) != 0 || migrate_apply(dir, out, e) < 0)
		return -1;
	if (!out->len)
		buf_str(out, "Both databases are up to date.\n");
	return 0;
}

static int
run_migrate(const struct subcommand *self, int argc, char **argv)
{
	struct conf_args args = {0};
	struct conf conf = {0};
	struct buf out = BUF_INIT;
	struct err e = {0};
	bool status = false;
	int code = EXIT_FAILURE;

	for (int i = 1; i < argc; i++) {
		int taken = conf_argument(&args, argc, argv, &i, &e);
		if (taken < 0) {
			code = cli_usage(self, "%s", e.text);
			goto out;
		}
		if (taken == 0 && strcmp(argv[i], "--status") == 0) {
			status = true;
		} else if (taken == 0) {
			code = cli_usage(self, "there is no option '%s'.", argv[i]);
			goto out;
		}
	}
	if (conf_load(&conf, &args, &e) != 0 ||
		(status ? migrate_status(conf.dir, &out, &e)
			: apply(conf.dir, &out, &e)) < 0) {
		code = cli_fail(&e);
		goto out;
	}
	fputs(out.data ? out.data : "", stdout);
	code = EXIT_SUCCESS;
out:
	buf_free(&out);
	conf_free(&conf);
	free(args.settings);
	return code;
}

const struct subcommand subcommand_migrate = {
	.name = "migrate",
	.synopsis = "[--status] [--dir DIR]",
	.summary = "Bring the databases to this version's schema.",
	.options = "  --status         only list what is applied and what is pending\n",
	.run = run_migrate,
};
