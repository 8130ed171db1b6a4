/* The metrics registry and its text form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/metrics.h"

static int setup(void **state)
{
	*state = metrics_new();
	return 0;
}

static int teardown(void **state)
{
	assert_null(metrics_free(*state));
	return 0;
}

static char *printed(struct metrics *metrics)
{
	CLEANUP(buf_done) struct buf out = BUF_INIT(4 * MIB);
	assert_int_equal(metrics_format(metrics, &out), 0);
	return buf_take(&out);
}

static void test_format__nothing_is_empty(void **state)
{
	CLEANUP(freep) char *text = printed(*state);
	assert_string_equal(text, "");
}

static void test_counter__same_name_and_labels_is_the_same_series(void **state)
{
	struct metrics *metrics = *state;
	char labels[] = "code=\"202\"";
	struct metric *first = metrics_counter(metrics, "x_total", "Help.", labels);
	labels[6] = '9'; /* copied: the caller's text may go */
	struct metric *again = metrics_counter(metrics, "x_total", "Help.", "code=\"202\"");
	struct metric *bare = metrics_counter(metrics, "x_total", "Help.", NULL);
	assert_ptr_equal(first, again);
	assert_ptr_not_equal(first, bare);

	metric_add(first, 1);
	metric_add(again, 2);
	assert_true(metric_value(first) == 3.0);
	assert_true(metric_value(bare) == 0.0);
}

static void test_format__names_help_and_type_once(void **state)
{
	struct metrics *metrics = *state;
	metric_add(metrics_counter(metrics, "a_total", "First.", "k=\"1\""), 5);
	metric_set(metrics_gauge(metrics, "b", "With \\ and\nnewline.", NULL), -1.5);
	metric_add(metrics_counter(metrics, "a_total", "First.", "k=\"2\""), 6);

	CLEANUP(freep) char *text = printed(metrics);
	assert_string_equal(text, "# HELP a_total First.\n"
				  "# TYPE a_total counter\n"
				  "a_total{k=\"1\"} 5\n"
				  "a_total{k=\"2\"} 6\n"
				  "# HELP b With \\\\ and\\nnewline.\n"
				  "# TYPE b gauge\n"
				  "b -1.5\n");
}

static void test_histogram__buckets_are_cumulative(void **state)
{
	static const double bounds[] = { 0.1, 1, 2.5 };
	struct metrics *metrics = *state;
	struct metric *metric = metrics_histogram(metrics, "h_seconds", "Time.", "route=\"/\"",
						  bounds, ARRAY_SIZE(bounds));
	metric_observe(metric, 0.1); /* a bound belongs to its bucket */
	metric_observe(metric, 0.5);
	metric_observe(metric, 0.5);
	metric_observe(metric, 100);
	assert_true(metric_value(metric) == 4.0);

	CLEANUP(freep) char *text = printed(metrics);
	assert_string_equal(text, "# HELP h_seconds Time.\n"
				  "# TYPE h_seconds histogram\n"
				  "h_seconds_bucket{route=\"/\",le=\"0.1\"} 1\n"
				  "h_seconds_bucket{route=\"/\",le=\"1\"} 3\n"
				  "h_seconds_bucket{route=\"/\",le=\"2.5\"} 3\n"
				  "h_seconds_bucket{route=\"/\",le=\"+Inf\"} 4\n"
				  "h_seconds_sum{route=\"/\"} 101.1\n"
				  "h_seconds_count{route=\"/\"} 4\n");
}

static void test_histogram__without_labels(void **state)
{
	static const double bounds[] = { 1 };
	struct metrics *metrics = *state;
	metric_observe(metrics_histogram(metrics, "h", "H.", NULL, bounds, 1), 2);
	CLEANUP(freep) char *text = printed(metrics);
	assert_non_null(strstr(text, "\nh_bucket{le=\"1\"} 0\nh_bucket{le=\"+Inf\"} 1\n"));
	assert_non_null(strstr(text, "\nh_sum 2\nh_count 1\n"));
}

static void test_format__numbers_lose_nothing(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 1234567890123456, "1234567890123456" },
		{ -9007199254740991, "-9007199254740991" },
		{ 0.1, "0.1" },
		{ 1.0 / 3, "0.33333333333333331" },
		{ 1e300, "1e+300" },
		{ INFINITY, "+Inf" },
		{ -INFINITY, "-Inf" },
		{ NAN, "NaN" },
	};
	struct metrics *metrics = *state;
	struct metric *gauge = metrics_gauge(metrics, "g", "G.", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		metric_set(gauge, cases[i].value);
		CLEANUP(freep) char *text = printed(metrics);
		CLEANUP(freep) char *wanted = xasprintf("\ng %s\n", cases[i].text);
		assert_non_null(strstr(text, wanted));
	}
}

static void test_bound__further_series_share_one_of_their_name(void **state)
{
	struct metrics *metrics = *state;
	struct metric *first = NULL;
	for (unsigned i = 0; i < METRICS_MAX_SERIES; i++) {
		CLEANUP(freep) char *labels = xasprintf("n=\"%u\"", i);
		struct metric *metric = metrics_counter(metrics, "many_total", "Many.", labels);
		metric_add(metric, 1);
		first = first ? first : metric;
	}
	struct metric *over = metrics_counter(metrics, "many_total", "Many.", "n=\"x\"");
	assert_ptr_equal(over, metrics_counter(metrics, "many_total", "Many.", "n=\"y\""));
	assert_ptr_equal(first, metrics_counter(metrics, "many_total", "Many.", "n=\"0\""));
	struct metric *late = metrics_gauge(metrics, "late", "Late.", NULL);
	assert_ptr_not_equal(over, late);
	metric_add(over, 9);
	metric_set(late, 8);

	CLEANUP(freep) char *text = printed(metrics);
	assert_non_null(strstr(text, "\nmany_total{n=\"4095\"} 1\n"));
	assert_non_null(strstr(text, "\nmany_total{other=\"true\"} 9\n"));
	assert_non_null(strstr(text, "\nlate{other=\"true\"} 8\n"));
	assert_null(strstr(text, "n=\"x\""));
}

static void set_gauge(void *ctx)
{
	metric_add(ctx, 1);
}

static void test_collect__runs_before_each_print(void **state)
{
	struct metrics *metrics = *state;
	metrics_on_collect(metrics, set_gauge, metrics_gauge(metrics, "a", "A.", NULL));
	metrics_on_collect(metrics, set_gauge, metrics_gauge(metrics, "b", "B.", NULL));
	CLEANUP(freep) char *first = printed(metrics);
	CLEANUP(freep) char *second = printed(metrics);
	assert_non_null(strstr(first, "\na 1\n"));
	assert_non_null(strstr(second, "\na 2\n"));
	assert_non_null(strstr(second, "\nb 2\n"));
}

static void test_add_label__escapes_and_separates(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf labels = BUF_INIT(100);
	assert_int_equal(metrics_add_label(&labels, "a", "x\"y\\z\n"), 0);
	assert_int_equal(metrics_add_label(&labels, "b", ""), 0);
	assert_string_equal(buf_text(&labels), "a=\"x\\\"y\\\\z\\n\",b=\"\"");
}

static void test_full_buffer__is_an_error(void **state)
{
	struct metrics *metrics = *state;
	CLEANUP(buf_done) struct buf small = BUF_INIT(10);
	metrics_counter(metrics, "c_total", "C.", NULL);
	assert_int_equal(metrics_format(metrics, &small), -E2BIG);
	buf_clear(&small);
	assert_int_equal(metrics_add_label(&small, "name", "too long a value"), -E2BIG);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_format__nothing_is_empty),
		TEST(test_counter__same_name_and_labels_is_the_same_series),
		TEST(test_format__names_help_and_type_once),
		TEST(test_histogram__buckets_are_cumulative),
		TEST(test_histogram__without_labels),
		TEST(test_format__numbers_lose_nothing),
		TEST(test_bound__further_series_share_one_of_their_name),
		TEST(test_collect__runs_before_each_print),
		TEST(test_add_label__escapes_and_separates),
		TEST(test_full_buffer__is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
