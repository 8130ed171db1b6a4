/* base/wake: who is told, in which order and phase, and what is folded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/wake.h"

enum { TOPIC_A, TOPIC_B };

/* What happened, as "name:id " for each call. */
static struct buf story;

struct listener {
	const char *name;
	struct wake *wake; /* to wake from inside, or NULL */
	int64_t again;	   /* the last id to wake, or how often */
};

static void on_wake(int64_t id, void *ctx)
{
	struct listener *listener = ctx;

	assert_int_equal(buf_add_format(&story, "%s:%d ", listener->name, (int)id), 0);
	if (listener->wake && id > listener->again)
		wake(listener->wake, TOPIC_A, id - 1);
}

static int setup(void **state)
{
	story = BUF_INIT(64 * KIB);
	*state = wake_new();
	return 0;
}

static int teardown(void **state)
{
	buf_done(&story);
	*state = wake_free(*state);
	return 0;
}

static void test_wake_run__tells_the_subscribers_of_the_topic_in_order(void **state)
{
	struct wake *w = *state;
	struct listener first = { .name = "first" }, second = { .name = "second" };
	struct listener other = { .name = "other" };

	wake_subscribe(w, TOPIC_A, WAKE_BEFORE_COMMIT, on_wake, &first);
	wake_subscribe(w, TOPIC_B, WAKE_BEFORE_COMMIT, on_wake, &other);
	wake_subscribe(w, TOPIC_A, WAKE_BEFORE_COMMIT, on_wake, &second);
	wake(w, TOPIC_A, 1);
	wake(w, TOPIC_B, 2);
	assert_true(wake_run(w, WAKE_BEFORE_COMMIT));
	assert_string_equal(buf_text(&story), "first:1 second:1 other:2 ");
	assert_false(wake_run(w, WAKE_BEFORE_COMMIT));
}

static void test_wake_run__keeps_the_phases_apart(void **state)
{
	struct wake *w = *state;
	struct listener before = { .name = "before" }, after = { .name = "after" };

	wake_subscribe(w, TOPIC_A, WAKE_AFTER_COMMIT, on_wake, &after);
	wake_subscribe(w, TOPIC_A, WAKE_BEFORE_COMMIT, on_wake, &before);
	wake(w, TOPIC_A, 1);
	assert_true(wake_run(w, WAKE_BEFORE_COMMIT));
	assert_string_equal(buf_text(&story), "before:1 ");
	assert_true(wake_is_pending(w));
	assert_true(wake_run(w, WAKE_AFTER_COMMIT));
	assert_string_equal(buf_text(&story), "before:1 after:1 ");
	assert_false(wake_is_pending(w));
}

/* An action of the commit writes rows of the next batch: nobody may be told before that is
 * committed. */
static void test_wake_run__tells_after_the_commit_only_what_was_woken_before_it(void **state)
{
	struct wake *w = *state;
	struct listener after = { .name = "after" };

	wake_subscribe(w, TOPIC_A, WAKE_AFTER_COMMIT, on_wake, &after);
	wake(w, TOPIC_A, 1);
	assert_false(wake_run(w, WAKE_BEFORE_COMMIT));
	wake(w, TOPIC_A, 2);
	assert_true(wake_run(w, WAKE_AFTER_COMMIT));
	assert_string_equal(buf_text(&story), "after:1 ");
	assert_true(wake_is_pending(w));
	assert_false(wake_run(w, WAKE_BEFORE_COMMIT));
	assert_true(wake_run(w, WAKE_AFTER_COMMIT));
	assert_string_equal(buf_text(&story), "after:1 after:2 ");
}

static void test_wake__folds_repeats_of_the_newest_only(void **state)
{
	struct wake *w = *state;
	struct listener all = { .name = "a" };

	wake_subscribe(w, TOPIC_A, WAKE_BEFORE_COMMIT, on_wake, &all);
	wake(w, TOPIC_A, 1);
	wake(w, TOPIC_A, 1);
	wake(w, TOPIC_A, 2);
	wake(w, TOPIC_B, 2);
	wake(w, TOPIC_A, 2);
	wake(w, TOPIC_A, 1);
	assert_true(wake_run(w, WAKE_BEFORE_COMMIT));
	assert_string_equal(buf_text(&story), "a:1 a:2 a:2 a:1 ");
}

static void test_wake_run__runs_what_subscribers_wake(void **state)
{
	struct wake *w = *state;
	struct listener chain = { .name = "c", .wake = w };

	wake_subscribe(w, TOPIC_A, WAKE_BEFORE_COMMIT, on_wake, &chain);
	wake(w, TOPIC_A, 3);
	assert_true(wake_run(w, WAKE_BEFORE_COMMIT));
	assert_string_equal(buf_text(&story), "c:3 c:2 c:1 c:0 ");
}

/* Wakes the very entry that runs, as often as `again` says. */
static void on_wake_repeat(int64_t id, void *ctx)
{
	struct listener *listener = ctx;

	assert_int_equal(buf_add_format(&story, "%s:%d ", listener->name, (int)id), 0);
	if (listener->again-- > 0)
		wake(listener->wake, TOPIC_B, id);
}

static void test_wake__is_not_folded_into_one_that_runs(void **state)
{
	struct wake *w = *state;
	struct listener same = { .name = "s", .wake = w, .again = 1 };

	wake_subscribe(w, TOPIC_B, WAKE_BEFORE_COMMIT, on_wake_repeat, &same);
	wake(w, TOPIC_B, 4);
	assert_true(wake_run(w, WAKE_BEFORE_COMMIT));
	assert_string_equal(buf_text(&story), "s:4 s:4 ");
}

static void test_wake_run__forgets_what_nobody_hears(void **state)
{
	struct wake *w = *state;

	assert_false(wake_is_pending(w));
	wake(w, TOPIC_A, 1);
	assert_true(wake_is_pending(w));
	assert_false(wake_run(w, WAKE_BEFORE_COMMIT));
	assert_false(wake_run(w, WAKE_AFTER_COMMIT));
	assert_false(wake_is_pending(w));
}

static void test_wake__keeps_many(void **state)
{
	struct wake *w = *state;
	struct listener all = { .name = "" };
	CLEANUP(buf_done) struct buf expected = BUF_INIT(64 * KIB);

	wake_subscribe(w, TOPIC_A, WAKE_AFTER_COMMIT, on_wake, &all);
	for (int id = 0; id < 1000; id++) {
		wake(w, TOPIC_A, id);
		assert_int_equal(buf_add_format(&expected, ":%d ", id), 0);
	}
	assert_false(wake_run(w, WAKE_BEFORE_COMMIT));
	assert_true(wake_run(w, WAKE_AFTER_COMMIT));
	assert_string_equal(buf_text(&story), buf_text(&expected));
	assert_null(wake_free(NULL));
}

#define WAKE_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WAKE_TEST(test_wake_run__tells_the_subscribers_of_the_topic_in_order),
		WAKE_TEST(test_wake_run__keeps_the_phases_apart),
		WAKE_TEST(test_wake_run__tells_after_the_commit_only_what_was_woken_before_it),
		WAKE_TEST(test_wake__folds_repeats_of_the_newest_only),
		WAKE_TEST(test_wake_run__runs_what_subscribers_wake),
		WAKE_TEST(test_wake__is_not_folded_into_one_that_runs),
		WAKE_TEST(test_wake_run__forgets_what_nobody_hears),
		WAKE_TEST(test_wake__keeps_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
