/* Children: what they are given, what comes back, and that none survives its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/child.h"
#include "base/clock.h"
#include "lib/wait.h"

#define LONG_ENOUGH (60 * USEC_PER_SEC) /* never reached by a test that works */
#define SOON (200 * USEC_PER_MSEC)

struct outcome {
	struct loop *loop;
	unsigned calls;
	struct child_result result;
	char output[4096];
};

static void on_ended(const struct child_result *result, void *ctx)
{
	struct outcome *outcome = ctx;

	outcome->calls++;
	outcome->result = *result;
	snprintf(outcome->output, sizeof(outcome->output), "%.*s", (int)result->output_len,
		 result->output);
	loop_exit(outcome->loop, 0);
}

static int setup(void **state)
{
	struct outcome *outcome = xnew(struct outcome);

	assert_int_equal(loop_new(&outcome->loop), 0);
	*state = outcome;
	return 0;
}

static int teardown(void **state)
{
	struct outcome *outcome = *state;

	loop_free(outcome->loop);
	free(outcome);
	return 0;
}

static struct child *start(struct outcome *outcome, const char *script, const char *input,
			   usec_t timeout)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	static const char *const env[] = { "PATH=/usr/bin:/bin", "WORD=of ours", NULL };
	struct child_request request = {
		.argv = argv,
		.env = env,
		.input = input,
		.input_len = strlen(input),
		.timeout = timeout,
		.keep_output = 1000,
	};
	struct child *child = NULL;

	assert_int_equal(child_start(outcome->loop, &request, on_ended, outcome, &child), 0);
	return child;
}

static void run(struct outcome *outcome, const char *script, const char *input, usec_t timeout)
{
	start(outcome, script, input, timeout);
	assert_int_equal(loop_run(outcome->loop), 0);
	assert_int_equal(outcome->calls, 1);
	/* nothing of it is left, not even a zombie */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_exit__status_and_output_come_back(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, "read line; echo \"got $line\"; echo oops >&2; exit 75", "a word\n",
	    LONG_ENOUGH);
	assert_int_equal(outcome->result.status, 75);
	assert_int_equal(outcome->result.signo, 0);
	assert_false(outcome->result.timed_out);
	assert_string_equal(outcome->output, "got a word\noops\n");
}

static void test_environment__is_what_was_given(void **state)
{
	struct outcome *outcome = *state;

	setenv("SECRET_OF_THE_DAEMON", "1", 1);
	run(outcome, "echo \"$WORD\"; env | grep -c SECRET; ls /proc/self/fd | wc -l", "",
	    LONG_ENOUGH);
	unsetenv("SECRET_OF_THE_DAEMON");
	/* 0 1 2, and the one that ls reads the directory with */
	assert_string_equal(outcome->output, "of ours\n0\n4\n");
}

/* SIGPIPE, which the daemon ignores, and SIGCHLD, which it blocks: programs expect neither. */
static void test_signals__are_not_inherited(void **state)
{
	struct outcome *outcome = *state;

	signal(SIGPIPE, SIG_IGN);
	run(outcome,
	    "while read -r name bits; do case $name in "
	    "SigBlk:) echo blocked $((0x$bits)) ;; SigIgn:) echo ignored $((0x$bits & 0x1000)) ;; "
	    "esac; done </proc/self/status",
	    "", LONG_ENOUGH);
	signal(SIGPIPE, SIG_DFL);
	assert_string_equal(outcome->output, "blocked 0\nignored 0\n");
}

static void test_input__may_stay_unread(void **state)
{
	struct outcome *outcome = *state;
	CLEANUP(freep) char *much = xcalloc(MIB + 1, 1);

	memset(much, 'x', MIB);
	signal(SIGPIPE, SIG_IGN);
	run(outcome, "exec <&-; exit 3", much, LONG_ENOUGH);
	signal(SIGPIPE, SIG_DFL);
	assert_int_equal(outcome->result.status, 3);
}

static void test_input__of_any_length_arrives(void **state)
{
	struct outcome *outcome = *state;
	CLEANUP(freep) char *much = xcalloc(MIB + 1, 1);

	memset(much, 'x', MIB);
	run(outcome, "wc -c", much, LONG_ENOUGH);
	assert_int_equal(strtoul(outcome->output, NULL, 10), MIB);
}

static void test_output__is_cut(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, "i=0; while [ $i -lt 1000 ]; do echo 0123456789; i=$((i+1)); done", "",
	    LONG_ENOUGH);
	assert_int_equal(outcome->result.status, 0);
	assert_int_equal(outcome->result.output_len, 1000);
	assert_false(outcome->result.printed_too_much);
}

static void test_flood__ends_it(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, "while :; do echo 0123456789012345678901234567890123456789; done", "",
	    LONG_ENOUGH);
	assert_true(outcome->result.printed_too_much);
	assert_int_equal(outcome->result.signo, SIGKILL);
}

static void test_timeout__ends_it(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, "trap 'echo bye; exit 9' TERM; sleep 100 & wait", "", SOON);
	assert_true(outcome->result.timed_out);
	assert_int_equal(outcome->result.status, 9);
	assert_string_equal(outcome->output, "bye\n");
}

static void test_timeout__kills_what_ignores_it(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, "trap '' TERM; while :; do sleep 1; done", "", SOON);
	assert_true(outcome->result.timed_out);
	assert_int_equal(outcome->result.signo, SIGKILL);
}

/* True when it runs no more: gone, or a zombie that nobody has reaped yet. */
static bool has_ended(pid_t pid)
{
	CLEANUP(freep) char *path = xasprintf("/proc/%d/stat", (int)pid);
	char text[512] = "";
	FILE *file = fopen(path, "r");
	const char *paren;

	if (!file)
		return true;
	IGNORE(fread(text, 1, sizeof(text) - 1, file) == 0); /* looked at below */
	fclose(file);
	paren = strrchr(text, ')');
	return !paren || paren[2] == 'Z';
}

/* The process whose id was printed must not be left. */
static void assert_gone(const char *text)
{
	pid_t pid = (pid_t)strtol(text, NULL, 10);

	assert_true(pid > 0);
	WAIT_FOR(has_ended(pid));
}

static void test_exit__takes_its_descendants_along(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, "(trap '' TERM HUP; while :; do sleep 1; done) & echo $!; exit 0", "",
	    LONG_ENOUGH);
	assert_int_equal(outcome->result.status, 0);
	assert_gone(outcome->output);
}

static void test_timeout__takes_its_descendants_along(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, "sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1; done' & wait", "", SOON);
	assert_true(outcome->result.timed_out);
	assert_gone(outcome->output);
}

static void test_cancel__kills_and_tells_nobody(void **state)
{
	struct outcome *outcome = *state;
	struct child *child = start(outcome, "sleep 100 & wait", "", LONG_ENOUGH);

	child_cancel(child);
	assert_int_equal(outcome->calls, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void test_start__says_why_not(void **state)
{
	struct outcome *outcome = *state;
	static const char *const env[] = { NULL };
	static const struct {
		const char *path;
		int error;
	} cases[] = {
		{ "/nowhere/to/be/found", -ENOENT },
		{ "/etc/passwd", -EACCES },
		{ "/etc", -EACCES },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *const argv[] = { cases[i].path, NULL };
		struct child_request request = { .argv = argv, .env = env, .timeout = LONG_ENOUGH };
		struct child *child = NULL;

		assert_int_equal(child_start(outcome->loop, &request, on_ended, outcome, &child),
				 cases[i].error);
	}
	assert_int_equal(outcome->calls, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_exit__status_and_output_come_back),
		TEST(test_environment__is_what_was_given),
		TEST(test_signals__are_not_inherited),
		TEST(test_input__may_stay_unread),
		TEST(test_input__of_any_length_arrives),
		TEST(test_output__is_cut),
		TEST(test_flood__ends_it),
		TEST(test_timeout__ends_it),
		TEST(test_timeout__kills_what_ignores_it),
		TEST(test_exit__takes_its_descendants_along),
		TEST(test_timeout__takes_its_descendants_along),
		TEST(test_cancel__kills_and_tells_nobody),
		TEST(test_start__says_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
