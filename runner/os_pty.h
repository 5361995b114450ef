/*
 * A pseudo-terminal without touching its node in /dev/pts (Linux: TIOCGPTPEER,
 * ioctl_tty(2)).
 */
#ifndef RUNNER_OS_PTY_H
#define RUNNER_OS_PTY_H

/* Both ends, close-on-exec, never our controlling terminal. The master does not block.
 * 0, or -1 with errno. */
int os_pty_open(int *master, int *slave, unsigned int cols, unsigned int rows);

/* Tells the foreground group with SIGWINCH, if it is a change. 0, or -1 with errno. */
int os_pty_resize(int master, unsigned int cols, unsigned int rows);

#endif
