/*
 * Bytes become characters, controls and sequences: the state machine that Paul Williams
 * took from the VT500, with the differences that xterm.js has (UTF-8 first, so that C1
 * controls are two bytes; BEL ends an OSC; what is not ASCII ends a sequence with nothing
 * but a string).
 *
 * Text and complete CSI sequences take short cuts. On the long way the parser keeps what
 * brings another one into its state (`tail`), without the controls that were executed in
 * between and without what has no effect.
 */
#include "config.h"

#include "runner/terminal_model.h"

#include <string.h>

enum state {
	GROUND,
	ESCAPE,
	ESCAPE_INTERMEDIATE,
	CSI_ENTRY,
	CSI_PARAM,
	CSI_INTERMEDIATE,
	CSI_IGNORE,
	SOS_PM_APC,
	OSC_STRING,
	DCS_ENTRY,
	DCS_PARAM,
	DCS_IGNORE,
	DCS_INTERMEDIATE,
	DCS_PASSTHROUGH,
	STATES,
};

enum action {
	END, /* of a list of rules */
	IGNORE,
	DROP,
	PRINT,
	EXECUTE,
	CLEAR,
	COLLECT,
	PARAM,
	ESC_DISPATCH,
	CSI_DISPATCH,
	OSC_START,
	OSC_PUT,
	OSC_END,
	DCS_HOOK,
	DCS_PUT,
	DCS_UNHOOK,
};

enum {
	ANY = 0xa0, /* stands for every character from there on */
	NONE = 0xffffffff,
};

struct rule {
	uint8_t first, last, action, next;
};

#define CONTROLS(action, next) \
	{0x00, 0x17, action, next}, {0x19, 0x19, action, next}, \
	{ \
		0x1c, 0x1f, action, next \
	}

/* The first rule that fits counts; then those that hold everywhere; then: dropped, and
 * the sequence is over. */
static const struct rule rules[STATES][13] = {
	[GROUND] = {{0x20, 0x7e, PRINT, GROUND}, {ANY, ANY, PRINT, GROUND},
		CONTROLS(EXECUTE, GROUND)},
	[ESCAPE] = {{0x5b, 0x5b, CLEAR, CSI_ENTRY}, {0x5d, 0x5d, OSC_START, OSC_STRING},
		{0x50, 0x50, CLEAR, DCS_ENTRY}, {0x58, 0x58, IGNORE, SOS_PM_APC},
		{0x5e, 0x5f, IGNORE, SOS_PM_APC},
		{0x20, 0x2f, COLLECT, ESCAPE_INTERMEDIATE},
		{0x30, 0x7e, ESC_DISPATCH, GROUND}, {0x7f, 0x7f, IGNORE, ESCAPE},
		CONTROLS(EXECUTE, ESCAPE)},
	[ESCAPE_INTERMEDIATE] = {{0x20, 0x2f, COLLECT, ESCAPE_INTERMEDIATE},
		{0x30, 0x7e, ESC_DISPATCH, GROUND},
		{0x7f, 0x7f, IGNORE, ESCAPE_INTERMEDIATE},
		CONTROLS(EXECUTE, ESCAPE_INTERMEDIATE)},
	[CSI_ENTRY] = {{0x30, 0x3b, PARAM, CSI_PARAM}, {0x3c, 0x3f, COLLECT, CSI_PARAM},
		{0x40, 0x7e, CSI_DISPATCH, GROUND},
		{0x20, 0x2f, COLLECT, CSI_INTERMEDIATE}, {0x7f, 0x7f, IGNORE, CSI_ENTRY},
		CONTROLS(EXECUTE, CSI_ENTRY)},
	[CSI_PARAM] = {{0x30, 0x3b, PARAM, CSI_PARAM}, {0x40, 0x7e, CSI_DISPATCH, GROUND},
		{0x20, 0x2f, COLLECT, CSI_INTERMEDIATE}, {0x3c, 0x3f, IGNORE, CSI_IGNORE},
		{0x7f, 0x7f, IGNORE, CSI_PARAM}, CONTROLS(EXECUTE, CSI_PARAM)},
	[CSI_INTERMEDIATE] = {{0x20, 0x2f, COLLECT, CSI_INTERMEDIATE},
		{0x40, 0x7e, CSI_DISPATCH, GROUND}, {0x30, 0x3f, IGNORE, CSI_IGNORE},
		{0x7f, 0x7f, IGNORE, CSI_INTERMEDIATE},
		CONTROLS(EXECUTE, CSI_INTERMEDIATE)},
	[CSI_IGNORE] = {{0x20, 0x3f, IGNORE, CSI_IGNORE}, {0x40, 0x7e, IGNORE, GROUND},
		{0x7f, 0x7f, IGNORE, CSI_IGNORE}, {ANY, ANY, IGNORE, CSI_IGNORE},
		CONTROLS(EXECUTE, CSI_IGNORE)},
	[SOS_PM_APC] = {{0x20, 0x7f, IGNORE, SOS_PM_APC}, CONTROLS(IGNORE, SOS_PM_APC)},
	[OSC_STRING] = {{0x20, 0x7f, OSC_PUT, OSC_STRING},
		{ANY, ANY, OSC_PUT, OSC_STRING}, {0x07, 0x07, OSC_END, GROUND},
		{0x18, 0x18, OSC_END, GROUND}, {0x1a, 0x1a, OSC_END, GROUND},
		{0x1b, 0x1b, OSC_END, ESCAPE}, {0x9c, 0x9c, OSC_END, GROUND},
		CONTROLS(IGNORE, OSC_STRING)},
	[DCS_ENTRY] = {{0x30, 0x3b, PARAM, DCS_PARAM}, {0x3c, 0x3f, COLLECT, DCS_PARAM},
		{0x40, 0x7e, DCS_HOOK, DCS_PASSTHROUGH},
		{0x20, 0x2f, COLLECT, DCS_INTERMEDIATE}, {0x7f, 0x7f, IGNORE, DCS_ENTRY},
		CONTROLS(IGNORE, DCS_ENTRY)},
	[DCS_PARAM] = {{0x30, 0x3b, PARAM, DCS_PARAM}, {0x3c, 0x3f, IGNORE, DCS_IGNORE},
		{0x40, 0x7e, DCS_HOOK, DCS_PASSTHROUGH},
		{0x20, 0x2f, COLLECT, DCS_INTERMEDIATE}, {0x7f, 0x7f, IGNORE, DCS_PARAM},
		CONTROLS(IGNORE, DCS_PARAM)},
	[DCS_IGNORE] = {{0x20, 0x7f, IGNORE, DCS_IGNORE}, {ANY, ANY, IGNORE, DCS_IGNORE},
		CONTROLS(IGNORE, DCS_IGNORE)},
	[DCS_INTERMEDIATE] = {{0x20, 0x2f, COLLECT, DCS_INTERMEDIATE},
		{0x30, 0x3f, IGNORE, DCS_IGNORE}, {0x40, 0x7e, DCS_HOOK, DCS_PASSTHROUGH},
		{0x7f, 0x7f, IGNORE, DCS_INTERMEDIATE},
		CONTROLS(IGNORE, DCS_INTERMEDIATE)},
	[DCS_PASSTHROUGH] = {{0x20, 0x7e, DCS_PUT, DCS_PASSTHROUGH},
		{ANY, ANY, DCS_PUT, DCS_PASSTHROUGH},
		{0x7f, 0x7f, IGNORE, DCS_PASSTHROUGH}, {0x18, 0x18, DCS_UNHOOK, GROUND},
		{0x1a, 0x1a, DCS_UNHOOK, GROUND}, {0x1b, 0x1b, DCS_UNHOOK, ESCAPE},
		{0x9c, 0x9c, DCS_UNHOOK, GROUND}, CONTROLS(DCS_PUT, DCS_PASSTHROUGH)},
};

static const struct rule everywhere[] = {
	{0x18, 0x18, EXECUTE, GROUND},
	{0x1a, 0x1a, EXECUTE, GROUND},
	{0x1b, 0x1b, CLEAR, ESCAPE},
	{0x80, 0x8f, EXECUTE, GROUND},
	{0x90, 0x90, CLEAR, DCS_ENTRY},
	{0x91, 0x97, EXECUTE, GROUND},
	{0x98, 0x98, IGNORE, SOS_PM_APC},
	{0x99, 0x9a, EXECUTE, GROUND},
	{0x9b, 0x9b, CLEAR, CSI_ENTRY},
	{0x9c, 0x9c, IGNORE, GROUND},
	{0x9d, 0x9d, OSC_START, OSC_STRING},
	{0x9e, 0x9f, IGNORE, SOS_PM_APC},
	{0, 0, END, 0},
};

static const struct rule over = {0, 0, DROP, GROUND};

/* Which OSC do something; of the others only the beginning is kept. */
static const char *const heard[] = {"0", "2", "4", "8", "10", "11", "12", "104", "110",
	"111", "112"};

static const struct rule *
find_rule(uint8_t state, uint32_t code)
{
	uint8_t c = code < ANY ? (uint8_t)code : ANY;
	for (const struct rule *r = rules[state]; r->action != END; r++)
		if (c >= r->first && c <= r->last)
			return r;
	for (const struct rule *r = everywhere; r->action != END; r++)
		if (c >= r->first && c <= r->last)
			return r;
	return &over;
}

void
terminal_put_utf8(struct buf *b, uint32_t c)
{
	char *to = buf_room(b, 4);
	size_t len = 0;
	if (c < 0x80) {
		to[len++] = (char)c;
	} else if (c < 0x800) {
		to[len++] = (char)(0xc0 | c >> 6);
		to[len++] = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		to[len++] = (char)(0xe0 | c >> 12);
		to[len++] = (char)(0x80 | (c >> 6 & 0x3f));
		to[len++] = (char)(0x80 | (c & 0x3f));
	} else {
		to[len++] = (char)(0xf0 | c >> 18);
		to[len++] = (char)(0x80 | (c >> 12 & 0x3f));
		to[len++] = (char)(0x80 | (c >> 6 & 0x3f));
		to[len++] = (char)(0x80 | (c & 0x3f));
	}
	b->len += len;
	b->data[b->len] = '\0';
}

/* Adds to the tail; a longer one is cut, what it is the beginning of does nothing then.
 */
static void
keep(struct parser *p, uint32_t code)
{
	if (p->tail.len < TAIL_MAX)
		terminal_put_utf8(&p->tail, code);
}

static bool
is_heard(const char *id, size_t len)
{
	while (len > 1 && *id == '0') {
		id++;
		len--;
	}
	for (size_t i = 0; i < sizeof heard / sizeof *heard; i++)
		if (strlen(heard[i]) == len && memcmp(heard[i], id, len) == 0)
			return true;
	return false;
}

/* Too long: from here on the tail stands for a string that does nothing. */
static void
osc_too_long(struct parser *p)
{
	buf_clear(&p->tail);
	buf_str(&p->tail, "\x1b]x");
	buf_clear(&p->string);
	p->quiet = true;
}

static void
osc_put(struct parser *p, uint32_t code)
{
	if (p->quiet)
		return;
	keep(p, code);
	if (code == ';' &&
		!memchr(p->string.data ? p->string.data : "", ';', p->string.len))
		p->quiet = !is_heard(p->string.data ? p->string.data : "", p->string.len);
	terminal_put_utf8(&p->string, code);
	if (p->string.len > STRING_MAX)
		osc_too_long(p);
}

static void
osc_end(struct terminal *t, uint32_t code)
{
	struct parser *p = &t->parser;
	if (!p->quiet && code != 0x18 && code != 0x1a)
		terminal_osc(t, p->string.data ? p->string.data : (char[]){""},
			p->string.len);
	buf_clear(&p->string);
}

static void
clear(struct parser *p)
{
	params_clear(&p->params);
	p->collect = 0;
}

static void
act(struct terminal *t, const struct rule *r, uint32_t code)
{
	struct parser *p = &t->parser;
	switch (r->action) {
	case EXECUTE:
		terminal_execute(t, code);
		p->join = 0;
		break;
	case CLEAR:
		clear(p);
		break;
	case COLLECT:
		p->collect = p->collect << 8 | code;
		break;
	case PARAM:
		params_put(&p->params, code);
		break;
	case ESC_DISPATCH:
		terminal_escape(t, p->collect << 8 | code);
		p->join = 0;
		break;
	case CSI_DISPATCH:
		terminal_csi(t, p->collect << 8 | code, &p->params);
		p->join = 0;
		break;
	case OSC_START:
		buf_clear(&p->string);
		p->quiet = false;
		break;
	case OSC_PUT:
		osc_put(p, code);
		break;
	case OSC_END:
		osc_end(t, code);
		clear(p);
		p->join = 0;
		break;
	case DCS_HOOK:
		/* Only DECRQSS does something, where it is answered. */
		p->quiet = (p->collect << 8 | code) != ('$' << 8 | 'q');
		break;
	case DCS_PUT:
		if (!p->quiet)
			keep(p, code);
		break;
	case DCS_UNHOOK:
		clear(p);
		p->join = 0;
		break;
	default:
		break;
	}
}

static void
forget_tail(struct parser *p)
{
	if (p->tail.size > 4096)
		buf_free(&p->tail);
	else
		buf_clear(&p->tail);
}

static void
step(struct terminal *t, uint32_t code)
{
	struct parser *p = &t->parser;
	uint8_t before = p->state;
	const struct rule *r = find_rule(before, code);
	bool introduces = code == 0x1b || (code >= 0x80 && code < ANY);
	p->state = r->next; /* first, since a reset sets it too */
	act(t, r, code);
	if (p->state == GROUND || introduces)
		forget_tail(p);
	if (p->state == GROUND || r->action == EXECUTE || r->action == OSC_PUT ||
		r->action == DCS_PUT || (r->action == IGNORE && p->state == before))
		return;
	keep(p, code);
}

/*
 * Decodes one character as xterm.js does: what is not UTF-8 is dropped without a trace.
 * Returns its length, 0 when the end is missing; *c is NONE for what is dropped.
 */
static size_t
decode(const uint8_t *s, size_t left, uint32_t *c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t code = s[0] & (0xff >> (len + 1));
	*c = NONE;
	if (s[0] < 0xc0 || s[0] > 0xf7)
		return 1;
	for (size_t i = 1; i < len; i++) {
		if (i == left)
			return 0;
		if ((s[i] & 0xc0) != 0x80)
			return i;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code >= least[len] && code <= 0x10ffff && code != 0xfeff &&
		(code < 0xd800 || code > 0xdfff))
		*c = code;
	return len;
}

/* Text up to the next control; returns how many bytes of it there were. */
static size_t
print_run(struct terminal *t, const uint8_t *s, size_t len)
{
	struct printer p;
	size_t i = 0;
	uint32_t first;
	if (s[0] >= 0x80) {
		i = decode(s, len, &first);
		if (!i || first == NONE || first < ANY)
			return first == NONE ? i : 0;
	}
	p = print_begin(t);
	if (i)
		print_character(&p, first);
	for (;;) {
		size_t begin = i, used;
		uint32_t c;
		while (i < len && s[i] >= 0x20 && s[i] < 0x7f)
			i++;
		print_ascii(&p, s + begin, i - begin);
		if (i == len || s[i] < 0x80)
			break;
		used = decode(s + i, len - i, &c);
		if (!used || (c != NONE && c < ANY))
			break;
		i += used;
		if (c != NONE)
			print_character(&p, c);
	}
	print_end(&p);
	return i;
}

/* A complete CSI sequence at s; returns its length, or 0 when it is none. */
static size_t
whole_csi(struct terminal *t, const uint8_t *s, size_t len)
{
	struct params params;
	uint32_t key = 0;
	size_t i = 2, begin;
	if (len < 3 || s[1] != '[')
		return 0;
	if (s[i] >= 0x3c && s[i] <= 0x3f)
		key = s[i++];
	for (begin = i; i < len && s[i] >= 0x30 && s[i] <= 0x3b;)
		i++;
	params_read(&params, s + begin, i - begin);
	for (; i < len && s[i] >= 0x20 && s[i] <= 0x2f; i++)
		key = key << 8 | s[i];
	if (i == len || s[i] < 0x40 || s[i] > 0x7e)
		return 0;
	terminal_csi(t, key << 8 | s[i], &params);
	t->parser.join = 0;
	return i + 1;
}

/* One character that is no text, or text in a sequence. */
static size_t
one(struct terminal *t, const uint8_t *s, size_t len)
{
	uint32_t c = s[0];
	size_t used = 1;
	if (t->parser.state == GROUND && c == 0x1b) {
		used = whole_csi(t, s, len);
		if (used)
			return used;
		used = 1;
	} else if (c >= 0x80) {
		used = decode(s, len, &c);
	}
	if (used && c != NONE)
		step(t, c);
	return used;
}

/* The character that an earlier write left unfinished; returns how many bytes it took. */
static size_t
finish_character(struct terminal *t, const uint8_t *s, size_t len)
{
	struct parser *p = &t->parser;
	size_t taken = 0, used = 0;
	uint8_t bytes[4];
	int count;
	while (!used && taken < len) {
		uint32_t c;
		p->bytes[p->byte_count++] = s[taken++];
		used = decode(p->bytes, (size_t)p->byte_count, &c);
	}
	if (!used)
		return taken;
	count = p->byte_count;
	memcpy(bytes, p->bytes, sizeof bytes);
	p->byte_count = 0;
	if (p->state != GROUND || !print_run(t, bytes, used))
		one(t, bytes, used);
	return taken - ((size_t)count - used);
}

void
parser_write(struct terminal *t, const uint8_t *s, size_t len)
{
	struct parser *p = &t->parser;
	size_t i = 0;
	if (p->byte_count && len)
		i = finish_character(t, s, len);
	while (i < len) {
		size_t used = 0;
		if (p->state == GROUND && s[i] >= 0x20 && s[i] != 0x7f)
			used = print_run(t, s + i, len - i);
		if (!used)
			used = one(t, s + i, len - i);
		i += used;
		if (used)
			continue;
		p->byte_count = (int)(len - i);
		memcpy(p->bytes, s + i, len - i);
		break;
	}
}

void
parser_reset(struct parser *p)
{
	p->state = GROUND;
	clear(p);
	buf_clear(&p->string);
	buf_clear(&p->tail);
	p->quiet = false;
	p->join = 0;
}

bool
parser_is_idle(const struct parser *p)
{
	return p->state == GROUND && !p->byte_count;
}

void
parser_append_tail(const struct parser *p, struct buf *to)
{
	buf_add(to, p->tail.data, p->tail.len);
	buf_add(to, p->bytes, (size_t)p->byte_count);
}
