/* base/log: levels, escapes, the cut, and one write a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

/* Where standard error goes while a test writes to the log: packets keep writes apart. */
static int catch_fd[2];
static int saved_stderr;

static void catch_start(void)
{
	fflush(stderr);
	saved_stderr = dup(STDERR_FILENO);
	assert_true(saved_stderr >= 0);
	assert_int_equal(pipe2(catch_fd, O_DIRECT | O_NONBLOCK | O_CLOEXEC), 0);
	assert_true(dup2(catch_fd[1], STDERR_FILENO) >= 0);
}

static void catch_stop(void)
{
	assert_true(dup2(saved_stderr, STDERR_FILENO) >= 0);
	close(saved_stderr);
	close(catch_fd[1]);
}

/* The next write(2), "" when there was none. */
static const char *caught(void)
{
	static char text[PIPE_BUF + 1];
	ssize_t len = read(catch_fd[0], text, sizeof(text) - 1);

	text[len > 0 ? len : 0] = '\0';
	return text;
}

static int setup(void **state)
{
	(void)state;
	log_open(LOG_LEVEL_INFO, false);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(catch_fd[0]);
	return 0;
}

static void test_log_write__is_one_write_a_line(void **state)
{
	(void)state;
	catch_start();
	log_info("message accepted message=%s tries=%d", "msg_1", 2);
	log_error("second");
	catch_stop();
	assert_string_equal(caught(), "message accepted message=msg_1 tries=2\n");
	assert_string_equal(caught(), "second\n");
	assert_string_equal(caught(), "");
}

static void test_log_gather__lines_leave_together(void **state)
{
	(void)state;
	catch_start();
	log_gather();
	log_info("first");
	log_info("second");
	assert_string_equal(caught(), "");
	log_release();
	assert_string_equal(caught(), "first\nsecond\n");
	log_info("third");
	assert_string_equal(caught(), "third\n");
	log_release();
	catch_stop();
	assert_string_equal(caught(), "");
}

static void test_log_gather__what_matters_leaves_at_once(void **state)
{
	(void)state;
	catch_start();
	log_gather();
	log_info("first");
	log_warning("second");
	assert_string_equal(caught(), "first\nsecond\n");
	log_info("third");
	log_release();
	catch_stop();
	assert_string_equal(caught(), "third\n");
}

static void test_log_gather__writes_whole_lines_that_a_pipe_takes_at_once(void **state)
{
	unsigned lines = 0;

	(void)state;
	catch_start();
	log_gather();
	for (int i = 0; i < 20; i++)
		log_info("%0800d", i);
	log_release();
	catch_stop();
	for (const char *text = caught(); text[0] != '\0'; text = caught()) {
		assert_in_range(strlen(text), 1, PIPE_BUF);
		assert_int_equal(strlen(text) % 801, 0);
		lines += (unsigned)strlen(text) / 801;
	}
	assert_int_equal(lines, 20);
}

static void test_log_gather__abort_writes_what_there_is(void **state)
{
	pid_t child;
	int status;

	(void)state;
	catch_start();
	child = fork();
	if (child == 0) {
		log_gather();
		log_info("last words");
		abort();
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	catch_stop();
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_string_equal(caught(), "last words\n");
}

static void test_log_write__has_a_prefix_for_the_journal(void **state)
{
	(void)state;
	log_open(LOG_LEVEL_DEBUG, true);
	catch_start();
	log_error("a");
	log_warning("b");
	log_notice("c");
	log_info("d");
	log_debug("e");
	catch_stop();
	assert_string_equal(caught(), "<3>a\n");
	assert_string_equal(caught(), "<4>b\n");
	assert_string_equal(caught(), "<5>c\n");
	assert_string_equal(caught(), "<6>d\n");
	assert_string_equal(caught(), "<7>e\n");
}

static void test_log_write__drops_what_is_below_the_level(void **state)
{
	(void)state;
	assert_true(log_is_on(LOG_LEVEL_INFO));
	assert_false(log_is_on(LOG_LEVEL_DEBUG));
	catch_start();
	log_debug("no");
	log_set_level(LOG_LEVEL_WARNING);
	log_notice("no");
	log_warning("yes");
	catch_stop();
	assert_string_equal(caught(), "yes\n");
	assert_string_equal(caught(), "");
}

static void test_log_write__escapes_what_could_forge_a_line(void **state)
{
	(void)state;
	catch_start();
	log_info("name=%s", "a\n<3>forged\r\t\x1b[31m\x7f");
	catch_stop();
	assert_string_equal(caught(), "name=a\\x0A<3>forged\\x0D\\x09\\x1B[31m\\x7F\n");
}

static void test_log_write__passes_utf8_and_escapes_the_rest(void **state)
{
	static const struct {
		const char *text, *printed;
	} cases[] = {
		{ "grüße 你好 🙂", "grüße 你好 🙂\n" },
		{ "\xc2\xa0", "\xc2\xa0\n" },
		{ "\xc2\x9b", "\\xC2\\x9B\n" }, /* the 8-bit escape of terminals */
		{ "\xff|\x80|\xc0\xaf", "\\xFF|\\x80|\\xC0\\xAF\n" },
		{ "\xe0\x80\xaf", "\\xE0\\x80\\xAF\n" }, /* overlong */
		{ "\xed\xa0\x80", "\\xED\\xA0\\x80\n" }, /* a surrogate */
		{ "\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80\n" },
		{ "\xf5\x80\x80\x80", "\\xF5\\x80\\x80\\x80\n" },
		{ "\xe2\x82", "\\xE2\\x82\n" }, /* ends too early */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		catch_start();
		log_info("%s", cases[i].text);
		catch_stop();
		assert_string_equal(caught(), cases[i].printed);
		close(catch_fd[0]);
	}
	catch_fd[0] = -1;
}

/* Logs `count` times `piece` and returns the length of the line without its newline. */
static size_t logged_length(const char *piece, size_t count, bool *ret_is_cut)
{
	CLEANUP(freep) char *text = xcalloc(count * strlen(piece) + 1, 1);
	const char *line;
	size_t len;

	for (size_t i = 0; i < count; i++)
		memcpy(text + i * strlen(piece), piece, strlen(piece));
	catch_start();
	log_info("%s", text);
	catch_stop();
	line = caught();
	len = strlen(line);
	assert_true(len > 4 && line[len - 1] == '\n');
	*ret_is_cut = memcmp(line + len - 4, "…", 3) == 0;
	close(catch_fd[0]);
	return len - 1;
}

static void test_log_write__cuts_at_1000_bytes(void **state)
{
	bool is_cut;

	(void)state;
	assert_int_equal(logged_length("x", 1000, &is_cut), 1000);
	assert_false(is_cut);
	assert_int_equal(logged_length("x", 1001, &is_cut), 1000);
	assert_true(is_cut);
	assert_int_equal(logged_length("x", 100000, &is_cut), 1000);
	assert_true(is_cut);
	/* Never inside an escape (4 bytes) or a character (3 bytes here): 249 × 4, 332 × 3. */
	assert_int_equal(logged_length("\n", 1000, &is_cut), 249 * 4 + 3);
	assert_true(is_cut);
	assert_int_equal(logged_length("\n", 250, &is_cut), 1000);
	assert_false(is_cut);
	assert_int_equal(logged_length("€", 400, &is_cut), 332 * 3 + 3);
	assert_true(is_cut);
	/* Two bytes each: the copy of the text ends inside a character and the cut hides it. */
	assert_int_equal(logged_length("x€", 251, &is_cut), 1000);
	assert_true(is_cut);
	catch_fd[0] = -1;
}

static void test_log_write__keeps_errno(void **state)
{
	(void)state;
	catch_start();
	close(STDERR_FILENO);
	errno = ENOENT;
	log_info("nobody reads this");
	assert_int_equal(errno, ENOENT);
	catch_stop();
}

static void test_log_level_parse__knows_the_five_names(void **state)
{
	(void)state;
	assert_int_equal(log_level_parse("error"), LOG_LEVEL_ERROR);
	assert_int_equal(log_level_parse("warning"), LOG_LEVEL_WARNING);
	assert_int_equal(log_level_parse("notice"), LOG_LEVEL_NOTICE);
	assert_int_equal(log_level_parse("info"), LOG_LEVEL_INFO);
	assert_int_equal(log_level_parse("debug"), LOG_LEVEL_DEBUG);
	assert_int_equal(log_level_parse("loud"), -EINVAL);
	assert_int_equal(log_level_parse(""), -EINVAL);
}

#define LOG_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOG_TEST(test_log_write__is_one_write_a_line),
		LOG_TEST(test_log_gather__lines_leave_together),
		LOG_TEST(test_log_gather__what_matters_leaves_at_once),
		LOG_TEST(test_log_gather__writes_whole_lines_that_a_pipe_takes_at_once),
		LOG_TEST(test_log_gather__abort_writes_what_there_is),
		LOG_TEST(test_log_write__has_a_prefix_for_the_journal),
		LOG_TEST(test_log_write__drops_what_is_below_the_level),
		LOG_TEST(test_log_write__escapes_what_could_forge_a_line),
		LOG_TEST(test_log_write__passes_utf8_and_escapes_the_rest),
		LOG_TEST(test_log_write__cuts_at_1000_bytes),
		LOG_TEST(test_log_write__keeps_errno),
		cmocka_unit_test(test_log_level_parse__knows_the_five_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
