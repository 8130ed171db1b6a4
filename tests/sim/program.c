/*
 * What the two test programs do alike at start and end.
 */
#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "program.h"

#include "base/buf.h"

#define MAX_FILE MIB

static void stop_signals(sigset_t *ret_set)
{
	sigemptyset(ret_set);
	sigaddset(ret_set, SIGTERM);
	sigaddset(ret_set, SIGINT);
}

void program_prepare(void)
{
	struct rlimit limit;
	sigset_t set;

	stop_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		IGNORE(setrlimit(RLIMIT_NOFILE, &limit)); /* then it is as it was */
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void program_wait(void)
{
	sigset_t set;
	int signal_number;

	stop_signals(&set);
	sigwait(&set, &signal_number);
}

int program_read_file(const char *path, char **ret_text)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(MAX_FILE);
	char piece[4096];
	FILE *file = fopen(path, "re");
	size_t len;
	int r = 0;

	if (!file)
		return -errno;
	while (r == 0 && (len = fread(piece, 1, sizeof(piece), file)) > 0)
		r = buf_add(&text, piece, len);
	if (r == 0 && ferror(file))
		r = -EIO;
	fclose(file);
	if (r == 0)
		*ret_text = buf_take(&text);
	return r;
}
