/* Alerts: told once when they begin and once when they are over, to the log and to destinations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/harness.h"

#define RAISED "alert.raised"
#define CLEARED "alert.cleared"

/* The harness, and a destination "ops" beside "desk"; both are told of alerts. */
struct world {
	struct harness h;
	struct harness_options options;
	char *more;
};

static void world_start(struct world *w, const struct harness_options *options)
{
	*w = (struct world){ 0 };
	if (options)
		w->options = *options;
	harness_prepare(&w->h, NULL);
	w->more = xasprintf("[destination \"ops\"]\nkind = webhook\nurl = %s/ops\n"
			    "secret_file = %s/desk-secret\nevents = failed\n",
			    w->h.receiver.url, w->h.dir);
	if (!w->options.maaxd)
		w->options.maaxd = "alert_destinations = desk ops\n";
	w->options.more = w->more;
	harness_configure(&w->h, &w->options);
	daemon_start(&w->h.daemon);
}

static void world_stop(struct world *w)
{
	harness_stop(&w->h);
	free(w->more);
}

static bool is_raised(struct world *w, const char *kind)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	harness_admin(&w->h, "GET", "/admin/v1/alerts", NULL, &answer);
	assert_int_equal(answer.status, 200);
	return json_count(json_at(answer.json, "/data"), "/kind", kind) == 1;
}

/* How many requests told of it, at one path of the receiver. */
static size_t count_told(struct world *w, const char *path, const char *type, const char *kind)
{
	CLEANUP(json_putp) struct json_object *log = receiver_log(&w->h.receiver);
	size_t count = 0;

	for (size_t i = 0; i < json_object_array_length(log); i++) {
		struct json_object *line = json_object_array_get_idx(log, i);

		count += json_path_is(line, "/path", path) &&
			 json_path_is(line, "/body/type", type) &&
			 json_path_is(line, "/body/data/alert/kind", kind);
	}
	return count;
}

static size_t count_logged(struct world *w, const char *words)
{
	CLEANUP(freep) char *log = daemon_log(&w->h.daemon);
	size_t count = 0;

	for (const char *p = log; (p = strstr(p, words)); p += strlen(words))
		count++;
	return count;
}

static void post(struct world *w, const char *path)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	harness_admin(&w->h, "POST", path, "{}", &answer);
	assert_int_equal(answer.status, 200);
}

static bool has_gauge(struct world *w, const char *line)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	harness_admin(&w->h, "GET", "/metrics", NULL, &answer);
	return strstr(buf_text(&answer.body), line) != NULL;
}

static void test_ai_held__is_told_once_over_a_restart(void **state)
{
	CLEANUP(freep) char *id = NULL;
	struct world w;

	(void)state;
	world_start(&w, NULL);
	sim_script(&w.h.sim, "* reply=401");
	id = harness_send(&w.h, "Hello");
	WAIT_FOR(is_raised(&w, "ai_held"));
	WAIT_FOR(count_told(&w, "/ops", RAISED, "ai_held") == 1);
	WAIT_FOR(count_told(&w, "/maax", RAISED, "ai_held") == 1);
	assert_true(has_gauge(&w, "maaxd_alerts{kind=\"ai_held\"} 1"));
	daemon_kill(&w.h.daemon);
	daemon_start(&w.h.daemon);
	WAIT_FOR(has_gauge(&w, "maaxd_alerts{kind=\"ai_held\"} 1")); /* it has been looked at */
	sim_script(&w.h.sim, "");
	WAIT_FOR(count_told(&w, "/ops", CLEARED, "ai_held") == 1);
	assert_false(is_raised(&w, "ai_held"));
	assert_int_equal(count_told(&w, "/ops", RAISED, "ai_held"), 1);
	assert_int_equal(count_logged(&w, "alert raised kind=ai_held name=sales"), 1);
	assert_int_equal(count_logged(&w, "alert cleared kind=ai_held name=sales"), 1);
	json_object_put(harness_wait_state(&w.h, id, "answered"));
	world_stop(&w);
}

static void test_destination_held__is_told_to_the_others(void **state)
{
	CLEANUP(freep) char *id = NULL;
	struct world w;

	(void)state;
	world_start(&w, NULL);
	receiver_script(&w.h.receiver, "{\"status\":410,\"times\":1}");
	id = harness_send(&w.h, "Hello");
	WAIT_FOR(count_told(&w, "/ops", RAISED, "destination_held") == 1);
	assert_true(is_raised(&w, "destination_held"));
	post(&w, "/admin/v1/destinations/desk/resume");
	WAIT_FOR(count_told(&w, "/ops", CLEARED, "destination_held") == 1);
	assert_int_equal(count_told(&w, "/maax", RAISED, "destination_held"), 0);
	assert_int_equal(count_told(&w, "/maax", CLEARED, "destination_held"), 0);
	world_stop(&w);
}

static void test_dead_letters__raise_one_and_do_not_loop(void **state)
{
	static const struct harness_options options = { .destination = "retry_schedule = 0s\n" };
	CLEANUP(json_putp) struct json_object *story = NULL;
	CLEANUP(freep) char *path = NULL;
	CLEANUP(freep) char *id = NULL;
	struct world w;

	(void)state;
	world_start(&w, &options);
	receiver_script(&w.h.receiver, "{\"status\":500,\"times\":1}");
	id = harness_send(&w.h, "Hello");
	WAIT_FOR(count_told(&w, "/ops", RAISED, "dead_letters") == 1);
	story = harness_message(&w.h, id);
	path = xasprintf("/admin/v1/deliveries/%s/replay",
			 json_path(story, "/message/deliveries/0/id"));
	post(&w, path);
	WAIT_FOR(count_told(&w, "/ops", CLEARED, "dead_letters") == 1);
	assert_false(is_raised(&w, "dead_letters"));
	assert_int_equal(count_told(&w, "/maax", RAISED, "dead_letters"), 0);
	world_stop(&w);
}

static bool has_dead_alert(struct world *w)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	harness_admin(&w->h, "GET", "/admin/v1/deliveries?state=dead", NULL, &answer);
	return json_count(json_at(answer.json, "/data"), "/type", CLEARED) == 1;
}

static void test_an_alert_that_dies__raises_none(void **state)
{
	static const struct harness_options low = {
		.maaxd = "disk_reserve = 1000G\nalert_destinations = desk\n",
		.destination = "retry_schedule = 0s\n",
	};
	struct world w;

	(void)state;
	world_start(&w, &low);
	WAIT_FOR(count_told(&w, "/maax", RAISED, "disk_low") == 1);
	receiver_script(&w.h.receiver, "{\"status\":500,\"times\":1}");
	w.options.maaxd = "alert_destinations = desk\n";
	harness_configure(&w.h, &w.options);
	daemon_reload(&w.h.daemon);
	WAIT_FOR(has_dead_alert(&w));
	/* rounds of checks after it have nothing to tell of */
	sim_script(&w.h.sim, "* reply=401");
	free(harness_send(&w.h, "Hello"));
	WAIT_FOR(is_raised(&w, "ai_held"));
	assert_false(is_raised(&w, "dead_letters"));
	world_stop(&w);
}

static void test_unmapped__is_over_when_it_is_settled(void **state)
{
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *path = NULL;
	struct world w;

	(void)state;
	world_start(&w, NULL);
	free(harness_send(&w.h, "What [sim shape=garbage]"));
	WAIT_FOR(count_told(&w, "/ops", RAISED, "callbacks_unmapped") == 1);
	harness_admin(&w.h, "GET", "/admin/v1/callbacks?state=unmapped", NULL, &answer);
	path = xasprintf("/admin/v1/callbacks/%s/drop", json_path(answer.json, "/data/0/id"));
	post(&w, path);
	WAIT_FOR(count_told(&w, "/ops", CLEARED, "callbacks_unmapped") == 1);
	assert_false(is_raised(&w, "callbacks_unmatched"));
	world_stop(&w);
}

static void test_disk_low__is_over_when_there_is_room(void **state)
{
	static const struct harness_options low = {
		.maaxd = "disk_reserve = 1000G\nalert_destinations = ops\n",
	};
	struct world w;

	(void)state;
	world_start(&w, &low);
	WAIT_FOR(count_told(&w, "/ops", RAISED, "disk_low") == 1);
	assert_true(is_raised(&w, "disk_low"));
	w.options.maaxd = "alert_destinations = ops\n";
	harness_configure(&w.h, &w.options);
	daemon_reload(&w.h.daemon);
	WAIT_FOR(count_told(&w, "/ops", CLEARED, "disk_low") == 1);
	assert_int_equal(count_logged(&w, "alert raised kind=disk_low"), 1);
	assert_int_equal(count_logged(&w, "alert cleared kind=disk_low"), 1);
	world_stop(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ai_held__is_told_once_over_a_restart),
		cmocka_unit_test(test_destination_held__is_told_to_the_others),
		cmocka_unit_test(test_dead_letters__raise_one_and_do_not_loop),
		cmocka_unit_test(test_an_alert_that_dies__raises_none),
		cmocka_unit_test(test_unmapped__is_over_when_it_is_settled),
		cmocka_unit_test(test_disk_low__is_over_when_there_is_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
