/* Floods. */
#include "config.h"

#include "runner/terminal_model.h"

void
forward_write(struct terminal *t, const uint8_t *bytes, size_t len)
{
	parser_write(t, bytes, len);
}

void
forward_flush(struct terminal *t)
{
	(void)t;
}

void
forward_finish(struct terminal *t)
{
	buf_free(&t->forward.text);
}

void
terminal_set_forward(struct terminal *t, int on)
{
	t->forward.off = !on;
}
