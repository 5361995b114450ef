/* The parameters of a sequence: numbers between semicolons, each with others behind
 * colons. At most PARAMS_MAX of both; what is missing is 0, behind a colon -1. */
#include "config.h"

#include "runner/terminal_model.h"

void
params_clear(struct params *p)
{
	p->count = 1;
	p->sub_count = 0;
	p->reject = p->reject_sub = p->last_is_sub = false;
	p->value[0] = 0;
	p->sub_begin[0] = p->sub_end[0] = 0;
}

static void
params_next(struct params *p)
{
	p->last_is_sub = false;
	if (p->count == PARAMS_MAX) {
		p->reject = true;
		return;
	}
	p->sub_begin[p->count] = p->sub_end[p->count] = (uint8_t)p->sub_count;
	p->value[p->count++] = 0;
}

static void
params_next_sub(struct params *p)
{
	p->last_is_sub = true;
	if (p->reject || p->sub_count == PARAMS_MAX) {
		p->reject_sub = true;
		return;
	}
	p->sub[p->sub_count++] = -1;
	p->sub_end[p->count - 1]++;
}

static void
params_digit(struct params *p, int digit)
{
	int32_t *v;
	int64_t value;
	if (p->reject || (p->last_is_sub && p->reject_sub))
		return;
	v = p->last_is_sub ? &p->sub[p->sub_count - 1] : &p->value[p->count - 1];
	value = *v == -1 ? digit : (int64_t)*v * 10 + digit;
	*v = value > PARAM_LIMIT ? PARAM_LIMIT : (int32_t)value;
}

void
params_put(struct params *p, uint32_t code)
{
	if (code == ';')
		params_next(p);
	else if (code == ':')
		params_next_sub(p);
	else
		params_digit(p, (int)code - '0');
}

void
params_read(struct params *p, const uint8_t *bytes, size_t len)
{
	params_clear(p);
	for (size_t i = 0; i < len; i++)
		params_put(p, bytes[i]);
}
