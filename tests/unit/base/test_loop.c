/* The loop: sources, timers, signals, and the order of a turn around its batch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"

/* What happened, one character each: 'a'… a handler, 'F' a flush. */
struct trace {
	struct loop *loop;
	char text[512];
	size_t len;
	bool batch_open;
	bool open_in_flush; /* the next flush leaves a new batch */
	struct loop_source *source;
	struct loop_source *other;
};

struct probe {
	struct trace *trace;
	char mark;
};

static void note(struct trace *trace, char mark)
{
	assert_true(trace->len < sizeof(trace->text) - 1);
	trace->text[trace->len++] = mark;
	trace->text[trace->len] = '\0';
}

static bool batch_is_open(void *ctx)
{
	struct trace *trace = ctx;
	return trace->batch_open;
}

static void batch_flush(void *ctx)
{
	struct trace *trace = ctx;
	note(trace, 'F');
	trace->batch_open = trace->open_in_flush;
	trace->open_in_flush = false;
}

static int setup(void **state)
{
	struct trace *trace = xnew(struct trace);
	assert_int_equal(loop_new(&trace->loop), 0);
	loop_set_batch(trace->loop, (struct loop_batch){ batch_is_open, batch_flush, trace });
	*state = trace;
	return 0;
}

static int teardown(void **state)
{
	struct trace *trace = *state;
	assert_null(loop_free(trace->loop));
	free(trace);
	return 0;
}

static void on_timer(void *ctx)
{
	struct probe *probe = ctx;
	note(probe->trace, probe->mark);
}

static void on_io_keep(int fd, uint32_t events, void *ctx)
{
	(void)fd;
	assert_true(events & EPOLLIN);
	struct probe *probe = ctx;
	note(probe->trace, probe->mark);
	probe->trace->batch_open = true;
}

static void on_io_read(int fd, uint32_t events, void *ctx)
{
	char byte;
	assert_int_equal(read(fd, &byte, 1), 1);
	on_io_keep(fd, events, ctx);
}

static void open_pipe(int fds[2], bool with_byte)
{
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	if (with_byte)
		assert_int_equal(write(fds[1], "x", 1), 1);
}

static void close_pipe(int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

static void test_loop_free__takes_null(void **state)
{
	(void)state;
	assert_null(loop_free(NULL));
	assert_null(loop_source_free(NULL));
}

static void test_turn__dispatches_all_that_is_ready_before_one_flush(void **state)
{
	struct trace *trace = *state;
	int fds[3][2];
	struct probe probes[3] = { { trace, 'a' }, { trace, 'b' }, { trace, 'c' } };
	struct loop_source *sources[3];
	for (int i = 0; i < 3; i++) {
		open_pipe(fds[i], true);
		assert_int_equal(loop_add_io(trace->loop, fds[i][0], EPOLLIN, on_io_read,
					     &probes[i], &sources[i]),
				 0);
	}

	/* Under load the 2 ms may end a turn early: all are served all the same, then flushed. */
	while (trace->len < 4 || !strchr(trace->text, 'a') || !strchr(trace->text, 'b') ||
	       !strchr(trace->text, 'c'))
		assert_int_equal(loop_turn(trace->loop), 0);
	assert_int_equal(trace->text[trace->len - 1], 'F');
	assert_false(trace->batch_open);

	for (int i = 0; i < 3; i++) {
		loop_source_free(sources[i]);
		close_pipe(fds[i]);
	}
}

static void test_turn__ends_a_burst_after_65_dispatches(void **state)
{
	struct trace *trace = *state;
	int fds[2];
	struct probe probe = { trace, 'a' };
	open_pipe(fds, true);
	assert_int_equal(
		loop_add_io(trace->loop, fds[0], EPOLLIN, on_io_keep, &probe, &trace->source), 0);

	/* The byte is never read, so the descriptor is always ready. */
	assert_int_equal(loop_turn(trace->loop), 0);
	assert_true(trace->len >= 2);
	assert_true(trace->len <= 66);
	assert_int_equal(trace->text[trace->len - 1], 'F');
	assert_ptr_equal(strchr(trace->text, 'F'), trace->text + trace->len - 1);

	loop_source_free(trace->source);
	close_pipe(fds);
}

static void test_turn__does_not_sleep_on_an_open_batch(void **state)
{
	struct trace *trace = *state;
	trace->batch_open = true;
	trace->open_in_flush = true;

	/* Nothing is ready and no timer set: a turn that slept would never come back. */
	assert_int_equal(loop_turn(trace->loop), 0);
	assert_true(trace->batch_open);
	assert_int_equal(loop_turn(trace->loop), 0);
	assert_false(trace->batch_open);
	assert_string_equal(trace->text, "FF");
}

static void test_timer__fires_once_and_not_before_its_time(void **state)
{
	struct trace *trace = *state;
	struct probe probe = { trace, 't' };
	assert_int_equal(loop_add_timer(trace->loop, on_timer, &probe, &trace->source), 0);
	usec_t at = clock_now() + 20 * USEC_PER_MSEC;
	loop_set_timer(trace->source, at);
	while (!strchr(trace->text, 't'))
		assert_int_equal(loop_turn(trace->loop), 0);
	assert_true(clock_now() >= at);

	trace->batch_open = true; /* so that the turns do not sleep */
	trace->open_in_flush = true;
	assert_int_equal(loop_turn(trace->loop), 0);
	assert_int_equal(loop_turn(trace->loop), 0);
	assert_ptr_equal(strchr(trace->text, 't'), strrchr(trace->text, 't'));
	loop_source_free(trace->source);
}

static void test_timer__can_be_set_again_disarmed_and_moved_earlier(void **state)
{
	struct trace *trace = *state;
	struct probe first = { trace, '1' };
	struct probe second = { trace, '2' };
	assert_int_equal(loop_add_timer(trace->loop, on_timer, &first, &trace->source), 0);
	assert_int_equal(loop_add_timer(trace->loop, on_timer, &second, &trace->other), 0);

	usec_t now = clock_now();
	loop_set_timer(trace->source, now);
	loop_set_timer(trace->source, USEC_NEVER);
	loop_set_timer(trace->other, now + USEC_PER_HOUR);
	loop_set_timer_earlier(trace->other, now + 2 * USEC_PER_HOUR); /* no: that is later */
	loop_set_timer_earlier(trace->other, now + USEC_PER_MSEC);
	loop_set_timer_earlier(trace->other, now + USEC_PER_MINUTE); /* no */
	while (!strchr(trace->text, '2'))
		assert_int_equal(loop_turn(trace->loop), 0);
	assert_null(strchr(trace->text, '1'));

	/* After firing it is disarmed, so any time is an earlier one. */
	loop_set_timer_earlier(trace->source, clock_now() + USEC_PER_MSEC);
	while (!strchr(trace->text, '1'))
		assert_int_equal(loop_turn(trace->loop), 0);
	loop_set_timer_earlier(trace->source, clock_now());
	trace->text[trace->len = 0] = '\0';
	while (!strchr(trace->text, '1'))
		assert_int_equal(loop_turn(trace->loop), 0);

	loop_source_free(trace->source);
	loop_source_free(trace->other);
}

static void free_both(int fd, uint32_t events, void *ctx)
{
	(void)fd;
	(void)events;
	struct trace *trace = ctx;
	note(trace, 'x');
	trace->source = loop_source_free(trace->source);
	trace->other = loop_source_free(trace->other);
}

static void test_source_free__works_inside_its_own_and_another_handler(void **state)
{
	struct trace *trace = *state;
	int fds[2][2];
	open_pipe(fds[0], true);
	open_pipe(fds[1], true);
	assert_int_equal(
		loop_add_io(trace->loop, fds[0][0], EPOLLIN, free_both, trace, &trace->source), 0);
	assert_int_equal(
		loop_add_io(trace->loop, fds[1][0], EPOLLIN, free_both, trace, &trace->other), 0);

	/* Both are ready at once; whichever comes first frees both. */
	trace->batch_open = true;
	trace->open_in_flush = true;
	assert_int_equal(loop_turn(trace->loop), 0);
	assert_int_equal(loop_turn(trace->loop), 0);
	assert_string_equal(trace->text, "xFF");
	close_pipe(fds[0]);
	close_pipe(fds[1]);
}

static void test_io__events_can_be_changed(void **state)
{
	struct trace *trace = *state;
	struct probe probe = { trace, 'a' };
	int fds[2];
	open_pipe(fds, true);
	assert_int_equal(loop_add_io(trace->loop, fds[0], 0, on_io_read, &probe, &trace->source),
			 0);
	trace->batch_open = true;
	assert_int_equal(loop_turn(trace->loop), 0);
	assert_string_equal(trace->text, "F");

	assert_int_equal(loop_set_io_events(trace->source, EPOLLIN), 0);
	assert_int_equal(loop_turn(trace->loop), 0);
	assert_int_equal(trace->text[1], 'a');
	loop_source_free(trace->source);
	close_pipe(fds);
}

static void test_io__a_bad_descriptor_is_an_error(void **state)
{
	struct trace *trace = *state;
	struct loop_source *source = NULL;
	assert_true(loop_add_io(trace->loop, -1, EPOLLIN, on_io_read, NULL, &source) < 0);
	assert_null(source);
}

static void on_signal(int signo, void *ctx)
{
	struct trace *trace = ctx;
	assert_int_equal(signo, SIGUSR1);
	note(trace, 's');
	loop_exit(trace->loop, 7);
}

static void test_signal__is_blocked_and_ends_run_after_the_flush(void **state)
{
	struct trace *trace = *state;
	assert_int_equal(loop_add_signal(trace->loop, SIGUSR1, on_signal, trace, &trace->source),
			 0);
	sigset_t blocked;
	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &blocked), 0);
	assert_true(sigismember(&blocked, SIGUSR1));

	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(loop_run(trace->loop), 7);
	assert_string_equal(trace->text, "sF");
	loop_source_free(trace->source);
}

static void test_signal__an_impossible_one_is_an_error(void **state)
{
	struct trace *trace = *state;
	struct loop_source *source = NULL;
	assert_true(loop_add_signal(trace->loop, 4096, on_signal, trace, &source) < 0);
	assert_null(source);
}

static void on_timer_exit(void *ctx)
{
	struct trace *trace = ctx;
	note(trace, 'e');
	loop_exit(trace->loop, 0);
}

static void test_run__can_run_again_after_exit(void **state)
{
	struct trace *trace = *state;
	assert_int_equal(loop_add_timer(trace->loop, on_timer_exit, trace, &trace->source), 0);
	for (int i = 0; i < 2; i++) {
		loop_set_timer(trace->source, clock_now());
		assert_int_equal(loop_run(trace->loop), 0);
	}
	assert_string_equal(trace->text, "eFeF");
	loop_source_free(trace->source);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loop_free__takes_null),
		TEST(test_turn__dispatches_all_that_is_ready_before_one_flush),
		TEST(test_turn__ends_a_burst_after_65_dispatches),
		TEST(test_turn__does_not_sleep_on_an_open_batch),
		TEST(test_timer__fires_once_and_not_before_its_time),
		TEST(test_timer__can_be_set_again_disarmed_and_moved_earlier),
		TEST(test_source_free__works_inside_its_own_and_another_handler),
		TEST(test_io__events_can_be_changed),
		TEST(test_io__a_bad_descriptor_is_an_error),
		TEST(test_signal__is_blocked_and_ends_run_after_the_flush),
		TEST(test_signal__an_impossible_one_is_an_error),
		TEST(test_run__can_run_again_after_exit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
