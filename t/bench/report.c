/* See report.h. */
#include "config.h"

#include "t/bench/report.h"

#include "lib/json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { WATCH_US = 2000000, BUSY_PERCENT = 5 };

static const char meaning[] =
	"\n"
	"limit: the physical limit, in the same run: a bare pty, or what the row says.\n"
	"ttyd:  through nginx, when it is installed.\n"
	"ratio: Dispatch / limit; without a limit, Dispatch / ttyd.\n"
	"Each value is the median of rounds in which all take turns; max is the worst.\n";

/* ---- rows ---- */

void
row_init(struct row *row, const char *unit, const char *format, ...)
{
	va_list args;
	*row = (struct row){.unit = unit};
	va_start(args, format);
	vsnprintf(row->name, sizeof row->name, format, args);
	va_end(args);
}

void
row_add(struct row *row, enum column column, double value)
{
	if (row->count[column] == ROUNDS_MAX)
		fail("too many rounds of %s", row->name);
	row->values[column][row->count[column]++] = value;
}

static double
summary(const double *values, int count, bool worst)
{
	struct samples s = {0};
	for (int i = 0; i < count; i++)
		samples_add(&s, values[i]);
	double result = samples_quantile(&s, worst ? 1 : 0.5);
	samples_free(&s);
	return result;
}

static double
value_of(const struct row *row, enum column column)
{
	return summary(row->values[column], row->count[column], row->worst);
}

/* The median of the rounds' ratios, where every round has both. */
static double
ratio_of(const struct row *row)
{
	double ratios[ROUNDS_MAX];
	enum column other = row->count[LIMIT] ? LIMIT : PEER;
	if (row->worst || row->count[OURS] != row->count[other])
		return value_of(row, OURS) / value_of(row, other);
	for (int i = 0; i < row->count[OURS]; i++)
		ratios[i] = row->values[OURS][i] / row->values[other][i];
	return summary(ratios, row->count[OURS], false);
}

/* ---- latency ---- */

void
latency_init(struct latency *l, const char *format, ...)
{
	char name[64];
	va_list args;
	va_start(args, format);
	vsnprintf(name, sizeof name, format, args);
	va_end(args);
	*l = (struct latency){0};
	row_init(&l->p50, "us", "%s, p50", name);
	row_init(&l->p99, "us", "%s, p99", name);
	row_init(&l->max, "us", "%s, max", name);
	l->max.worst = true;
}

void
latency_round(struct latency *l)
{
	for (int c = 0; c < COLUMNS; c++) {
		struct samples *s = &l->samples[c];
		if (s->count > 0) {
			row_add(&l->p50, c, samples_quantile(s, 0.5));
			row_add(&l->p99, c, samples_quantile(s, 0.99));
			row_add(&l->max, c, samples_quantile(s, 1));
		}
		samples_free(s);
	}
}

/* ---- the machine ---- */

/* Ticks of all processors: busy ones, and all. */
static void
read_ticks(double *busy, double *all)
{
	FILE *f = fopen("/proc/stat", "re");
	double t[8] = {0};
	if (!f ||
		fscanf(f, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &t[0], &t[1], &t[2],
			&t[3], &t[4], &t[5], &t[6], &t[7]) != 8)
		fail("cannot read /proc/stat");
	fclose(f);
	*all = 0;
	for (int i = 0; i < 8; i++)
		*all += t[i];
	*busy = *all - t[3] - t[4];
}

static void
describe_machine(void)
{
	struct utsname name;
	double load[3] = {0}, busy[2], all[2];
	uname(&name);
	if (getloadavg(load, 3) < 3)
		fail("cannot read the load");
	read_ticks(&busy[0], &all[0]);
	sleep_us(WATCH_US);
	read_ticks(&busy[1], &all[1]);
	double percent = 100 * (busy[1] - busy[0]) / (all[1] - all[0]);
	printf("%s %s, %ld processors; before we begin: load %.2f %.2f %.2f, %.0f %% "
	       "busy\n",
		name.sysname, name.release, sysconf(_SC_NPROCESSORS_ONLN), load[0],
		load[1], load[2], percent);
	if (percent > BUSY_PERCENT)
		puts("WARNING: this machine is not idle; the figures say little.");
}

/* ---- printing ---- */

void
report_begin(struct report *report)
{
	*report = (struct report){.json = BUF_INIT};
	json_begin(&report->json, '[');
	describe_machine();
	puts(meaning);
	printf("%-52s %10s %10s %10s %7s\n", "", "Dispatch", "limit", "ttyd", "ratio");
	fflush(stdout);
}

void
report_group(const char *what)
{
	printf("\n%s\n", what);
	fflush(stdout);
}

void
report_note(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("  note: ", stdout);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static void
print_value(double value)
{
	if (!isfinite(value))
		printf(" %10s", "-");
	else
		printf(" %10.*f", value < 100 ? 2 : value < 10000 ? 1 : 0, value);
}

static void
add_number(struct buf *b, const char *key, double value)
{
	json_key(b, key);
	if (!isfinite(value)) {
		json_null(b);
		return;
	}
	char text[32];
	snprintf(text, sizeof text, "%.6g", value);
	json_raw(b, text);
}

void
report_row(struct report *report, const struct row *row)
{
	static const struct {
		const char *key;
		enum column column;
	} columns[] = {{"ours", OURS}, {"limit", LIMIT}, {"peer", PEER}};
	struct buf *b = &report->json;
	double ratio = ratio_of(row);
	printf("%-52s", row->name);
	json_begin(b, '{');
	json_key(b, "name"), json_string(b, row->name);
	json_key(b, "unit"), json_string(b, row->unit);
	for (int i = 0; i < COLUMNS; i++) {
		double value = value_of(row, columns[i].column);
		print_value(value);
		add_number(b, columns[i].key, value);
	}
	add_number(b, "ratio", ratio);
	json_end(b, '}');
	if (isfinite(ratio))
		printf(" %7.2f", ratio);
	else
		printf(" %7s", "-");
	printf("  %s\n", row->unit);
	fflush(stdout);
	report->rows++;
}

void
report_latency(struct report *report, const struct latency *l)
{
	report_row(report, &l->p50);
	report_row(report, &l->p99);
	report_row(report, &l->max);
}

void
report_end(struct report *report, const char *path)
{
	json_end(&report->json, ']');
	FILE *f = fopen(path, "we");
	if (!f || fprintf(f, "%s\n", report->json.data) < 0 || fclose(f) != 0)
		fail("cannot write %s", path);
	printf("\n%d rows, also in %s\n", report->rows, path);
	buf_free(&report->json);
}
