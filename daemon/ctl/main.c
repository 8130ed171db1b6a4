/* maaxctl: what operators type. See ctl.h. */
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "ctl/ctl.h"

int main(int argc, char **argv)
{
	struct ctl ctl;
	int r;

	signal(SIGPIPE, SIG_DFL); /* `maaxctl tail | head` ends quietly */
	tzset();
	r = ctl_parse(&ctl, argc, argv);
	if (r != CTL_OK)
		return r;
	if (ctl_has(&ctl, "version")) {
		printf("maaxctl %s\n", MAAXD_VERSION);
		return CTL_OK;
	}
	if (ctl_has(&ctl, "help")) {
		ctl_print_help(ctl.verb);
		return CTL_OK;
	}
	r = ctl.verb->run(&ctl);
	if (fflush(stdout) != 0 && r == CTL_OK)
		return ctl_fail(CTL_FAILED, "the output could not be written");
	return r;
}
