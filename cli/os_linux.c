/* See os_linux.h; prctl(2). */
#include "config.h"

#include "cli/os_linux.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

int
os_end_with_parent(pid_t parent, int signal_number)
{
	prctl(PR_SET_PDEATHSIG, signal_number);
	return getppid() == parent ? 0 : -1;
}
