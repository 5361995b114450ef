#!/bin/sh
# The C keeps to the rules of CONTRIBUTING.md.
set -u
cd "$(dirname "$0")/.." || exit 1
count=0
files=$(find lib runner fcgi cli t -name node_modules -prune -o -name '*.[ch]' -print | sort)

# ok NAME FINDINGS: passes when there are no findings
ok() {
	count=$((count + 1))
	if [ -z "$2" ]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		printf '%s\n' "$2" | head -n 40 | sed 's/^/# /'
	fi
}

# included HEADER ALLOWED: files that include what only ALLOWED (a pattern) may include
included() {
	grep -lE "^#[[:space:]]*include[[:space:]]*[<\"]$1" $files | grep -vE "^($2)\$"
}

unformatted() {
	clang-format --dry-run -Werror $files 2>&1 | sed -n 's/:[0-9]*:[0-9]*: error: .*//p' | sort -u
}

too_wide() {
	perl -CSD -ne '
		chomp;
		1 while s/\t/" " x (8 - length($`) % 8)/e;
		print "$ARGV:$.\n" if length > 90;
		close ARGV if eof;' $files
}

without_config() {
	awk '/^#include/ && !first[FILENAME] { first[FILENAME] = $2 }
		END { for (i in ARGV) if (ARGV[i] ~ /\.c$/ && first[ARGV[i]] != "\"config.h\"")
			print ARGV[i] }' $files
}

if command -v clang-format >/dev/null; then
	ok 'every file is as clang-format writes it (make format)' "$(unformatted)"
fi
ok 'no line is wider than 90 columns' "$(too_wide)"
ok 'no comment was torn by the formatter' "$(grep -nE '^ \*[[:alpha:](]' $files)"
ok 'every .c includes config.h first' "$(without_config)"
ok 'structs are not hidden behind typedefs' "$(grep -nE '^typedef (struct|enum|union)' $files)"
ok 'calls that cannot be used safely are not used' "$(grep -nE \
	'\b(strcpy|strcat|sprintf|vsprintf|gets|system|popen|strtok|atoi|atol|alloca|mktemp|tmpnam)\(' \
	$files)"
ok 'only lib/db.c, lib/db_vfs.c and lib/store/ know SQLite' \
	"$(included 'sqlite3' 'lib/db(_vfs)?\.c|lib/store/.*|t/unit/.*')"
ok 'only two files of fcgi/ know libfcgi' "$(included 'fcgi(app|_stdio|os)' 'fcgi/.*')$(
	included 'fcgi(app|_stdio|os)' '' | tail -n +3)"
ok 'only lib/http_send.c knows libcurl' "$(included 'curl/' 'lib/http_send\.c')"
ok 'only lib/crypt.c knows OpenSSL' "$(included 'openssl/' 'lib/crypt\.c')"
ok 'lib/ includes only lib/' "$(grep -nE '^#include "(runner|fcgi|cli|t)/' lib/*.[ch] lib/*/*.[ch])"
ok 'fcgi/, runner/ and cli/ do not include each other' "$(
	grep -nE '^#include "(runner|cli)/' fcgi/*.[ch] /dev/null
	grep -nE '^#include "(fcgi|cli)/' runner/*.[ch] /dev/null
	grep -nE '^#include "(runner|fcgi)/' cli/*.[ch] /dev/null)"
ok 'nothing is left to be done in a comment' "$(grep -nE '\b(TODO|FIXME|XXX|HACK)\b' $files)"
ok 'every setting is told in dispatch(1)' "$(
	sed -n 's/^	{"\([a-z_.]*\)", KIND_.*/\1/p' lib/conf.c | while read -r key; do
		grep -q -- "$key" cli/dispatch.1 || echo "$key"
	done)"
echo "1..$count"
