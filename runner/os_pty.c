/* Ptys. The slave is opened through its master, so no path can be raced or spoofed. */
#include "config.h"

#include "runner/os_pty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

int
os_pty_resize(int master, unsigned int cols, unsigned int rows)
{
	struct winsize size = {
		.ws_col = (unsigned short)cols,
		.ws_row = (unsigned short)rows,
	};

	return ioctl(master, TIOCSWINSZ, &size);
}

/* Erase must take a whole character, and terminals speak UTF-8. */
static void
expect_utf8(int slave)
{
	struct termios termios;

	if (tcgetattr(slave, &termios) == -1)
		return;
	termios.c_iflag |= IUTF8;
	tcsetattr(slave, TCSANOW, &termios);
}

int
os_pty_open(int *master, int *slave, unsigned int cols, unsigned int rows)
{
	int unlock = 0;
	int error;

	*slave = -1;
	*master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (*master == -1)
		return -1;
	if (ioctl(*master, TIOCSPTLCK, &unlock) == -1)
		goto out;
	*slave = ioctl(*master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave == -1 || os_pty_resize(*master, cols, rows) == -1)
		goto out;
	expect_utf8(*slave);
	return 0;
out:
	error = errno;
	if (*slave != -1)
		close(*slave);
	close(*master);
	*master = *slave = -1;
	errno = error;
	return -1;
}
