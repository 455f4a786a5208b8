/* SPDX-License-Identifier: MIT
 *
 * usherctl: asks and steers a running usherd through its admin interface. argv in,
 * exit status out; the verbs have a file each.
 */
#include <locale.h>
#include <stdio.h>

#include "usherctl/options.h"
#include "usherctl/verbs.h"

int
main(int argc, char **argv)
{
	struct command command;
	int status;

	(void)setlocale(LC_CTYPE, "");
	status = options_read(&command, argc, argv);
	if (status >= 0)
		return status;
	status = command.verb->run(&command);
	/* A full disk or a closed pipe took a part of what was to be said. */
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == CTL_OK) {
		perror("usherctl: standard output");
		return CTL_FAILED;
	}
	return status;
}
