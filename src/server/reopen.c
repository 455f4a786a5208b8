/* SPDX-License-Identifier: MIT */
#include "server/reopen.h"

#include "base/log.h"
#include "base/text.h"

#define ERROR_TEXT_MAX 1024

static void
reopen_log(struct log_file *file)
{
	char error_text[ERROR_TEXT_MAX];
	struct text error = text_over(error_text, sizeof(error_text));

	if (!file->is_open || !file->path)
		return;
	if (log_file_reopen(file, &error) == 0)
		log_info("SIGUSR1: %s is open again", file->path);
	else
		log_error("SIGUSR1: %s; the old file goes on being written", text_string(&error));
}

static void
reopen_messages(void)
{
	char error_text[ERROR_TEXT_MAX];
	struct text error = text_over(error_text, sizeof(error_text));
	int result = log_reopen(&error);

	if (result > 0)
		log_info("SIGUSR1: %s is open again", log_file_path());
	else if (result < 0)
		log_error("SIGUSR1: %s; the old file goes on being written", text_string(&error));
}

void
reopen_logs(struct generation *generation)
{
	reopen_messages();
	reopen_log(&generation->access);
	reopen_log(&generation->connections);
}
