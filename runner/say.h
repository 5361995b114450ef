/*
 * What is said to a program that reads lines, so that each line arrives whole and, when
 * somebody asked for it, exactly once.
 *
 * A line goes to the shim in inputs of at most SHIM_INPUT_MAX bytes. Those of a command
 * are numbered (k), in the order of the commands. A command stays in the database until
 * all inputs of its line were written; only then input_done goes up, by all of them. So a
 * successor that takes the same commands again makes the same inputs with the same k from
 * input_done + 1 on, and the shim leaves out what it has had. What the adapter says of
 * its own accord has no number, fits into one input, and goes between two lines.
 *
 * The queue needs no bound of its own: handlers store only so many commands (see
 * command_add_once()), and an adapter answers at most once per line that it was given.
 */
#ifndef DISPATCH_RUNNER_SAY_H
#define DISPATCH_RUNNER_SAY_H

#include <stddef.h>
#include <stdint.h>

struct run;

/*
 * Says a line (copied, with its newline). `command`: of whom it is; when its last byte is
 * written the command is finished; 0: of our own accord, at most SHIM_INPUT_MAX bytes. A
 * command that has emitted events waits until they are in the log.
 */
void say(struct run *run, int64_t command, const char *line, size_t len);

/* Goes on, as far as the shim takes it. */
void say_more(struct run *run);

/* The commands come again: forgets their lines. */
void say_again(struct run *run);

/* Forgets everything: the program has ended. */
void say_nothing(struct run *run);

#endif
