/* Submits over TLS: what is trusted, and that nothing, the key least of all, goes to whoever is
 * not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <strings.h>

#include "lib/harness.h"
#include "lib/rawsock.h"

static const struct certificate good = { 0 };

/* [maax] with the stand-in's TLS address, and a file of authorities to trust. */
static void configure(struct harness *h, const char *ca_name, const char *more)
{
	CLEANUP(freep) char *ca_file = testdir_path(h->dir, ca_name);
	CLEANUP(freep)
	char *maax = xasprintf("base_url = %s/api/v2\nca_file = %s\n%s", h->sim.tls_url, ca_file,
			       more ? more : "");
	const struct harness_options options = { .maax = maax };

	harness_configure(h, &options);
}

static void start(struct harness *h, const struct certificate *certificate, const char *ca_name)
{
	const struct harness_options options = { .certificate = certificate };

	harness_prepare(h, &options);
	configure(h, ca_name, NULL);
	daemon_start(&h->daemon);
}

static void test_trusted__is_used_for_the_whole_line(void **state)
{
	CLEANUP(json_putp) struct json_object *submits = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	start(&h, &good, "sim-ca.pem");
	id = harness_send(&h, "Hello");
	json_object_put(harness_wait_state(&h, id, "answered"));
	json_object_put(harness_wait_delivered(&h, "answer.received", 1));
	submits = sim_log(&h.sim, "submit");
	assert_int_equal(json_object_array_length(submits), 1);
	harness_stop(&h);
}

/* Cut off behind the handshake is no more certain than without TLS: it waits for its callback. */
static void test_cut_off__is_uncertain(void **state)
{
	CLEANUP(json_putp) struct json_object *story = NULL;
	CLEANUP(json_putp) struct json_object *submits = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	start(&h, &good, "sim-ca.pem");
	id = harness_send(&h, "Cut [sim reset-after-store delay=100ms]");
	story = harness_wait_state(&h, id, "answered");
	assert_int_equal(json_count(json_at(story, "/message/attempts"), "/outcome", "UNCERTAIN"),
			 1);
	submits = sim_log(&h.sim, "submit");
	assert_int_equal(json_object_array_length(submits), 1);
	harness_stop(&h);
}

static size_t failed_tries(struct harness *h, const char *id)
{
	CLEANUP(json_putp) struct json_object *story = harness_message(h, id);

	return json_count(json_at(story, "/message/attempts"), "/outcome", "TEMPFAIL");
}

/* It stays in the queue, and every attempt says why. */
static void expect_queued(struct harness *h, const char *id, const char *why)
{
	CLEANUP(json_putp) struct json_object *story = NULL;
	CLEANUP(json_putp) struct json_object *submits = NULL;
	const char *detail;

	WAIT_FOR(failed_tries(h, id) >= 2);
	submits = sim_log(&h->sim, "submit");
	story = harness_message(h, id);
	detail = json_path(story, "/message/attempts/0/detail");
	if (!detail || strncmp(detail, "not sent: ", strlen("not sent: ")) != 0 ||
	    !strcasestr(detail, why))
		fail_msg("expected the reason %s: %s", why, detail ? detail : "none");
	/* Between its tries it is queued, in a try submitting: nothing else. */
	if (!json_path_is(story, "/message/state", "submitting"))
		assert_true(json_path_is(story, "/message/state", "queued"));
	assert_int_equal(json_path_int(story, "/message/attempts/0/status"), -1);
	assert_int_equal(json_object_array_length(submits), 0);
}

/* What is refused for its certificate, and what a message's attempts say of it. */
static void check_refused(const struct certificate *certificate, const char *ca_name,
			  const char *why)
{
	static const struct certificate other = { 0 };
	CLEANUP(freep) char *id = NULL;
	struct harness h;
	const struct harness_options options = { .certificate = certificate };

	harness_prepare(&h, &options);
	certificate_make(h.dir, "other", &other);
	free(testdir_write(h.dir, "nonsense-ca.pem", "no certificate\n"));
	configure(&h, ca_name, NULL);
	daemon_start(&h.daemon);
	id = harness_send(&h, "Secret");
	expect_queued(&h, id, why);
	harness_stop(&h);
}

static void test_wrong_authority__is_refused(void **state)
{
	(void)state;
	check_refused(&good, "other-ca.pem", "certificate verification failed");
}

static void test_wrong_host_name__is_refused(void **state)
{
	static const struct certificate elsewhere = { .dns_name = "maax.example.org" };

	(void)state;
	check_refused(&elsewhere, "sim-ca.pem", "does not match target host name '127.0.0.1'");
}

static void test_expired__is_refused(void **state)
{
	static const struct certificate expired = { .has_expired = true };

	(void)state;
	check_refused(&expired, "sim-ca.pem", "certificate verification failed");
}

static void test_unusable_ca_file__is_refused(void **state)
{
	(void)state;
	check_refused(&good, "absent-ca.pem", "CA");
	check_refused(&good, "nonsense-ca.pem", "CA");
}

/* A handshake that never goes on: nothing of the request has left. */
static void test_stalled_handshake__is_not_sent(void **state)
{
	CLEANUP(freep) char *maax = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness_options options = { 0 };
	/* In its backlog connections wait for ever. */
	CLEANUP(closep) int deaf = -1;
	struct harness h;
	uint16_t port;

	(void)state;
	harness_prepare(&h, NULL);
	deaf = rawsock_listen(&port);
	maax = xasprintf("base_url = https://127.0.0.1:%u/api/v2\nconnect_timeout = 100ms\n", port);
	options.maax = maax;
	harness_configure(&h, &options);
	daemon_start(&h.daemon);
	id = harness_send(&h, "Stalled");
	WAIT_FOR(failed_tries(&h, id) >= 1);
	harness_stop(&h);
}

/* Nothing is lost by the mistake: once it is mended, the message goes. */
static void test_mended__the_queue_goes_on(void **state)
{
	static const struct certificate other = { 0 };
	CLEANUP(freep) char *id = NULL;
	struct harness h;
	const struct harness_options options = { .certificate = &good };

	(void)state;
	harness_prepare(&h, &options);
	certificate_make(h.dir, "other", &other);
	configure(&h, "other-ca.pem", NULL);
	daemon_start(&h.daemon);
	id = harness_send(&h, "Wait for me");
	expect_queued(&h, id, "certificate");
	configure(&h, "sim-ca.pem", NULL);
	daemon_reload(&h.daemon);
	json_object_put(harness_wait_state(&h, id, "answered"));
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trusted__is_used_for_the_whole_line),
		cmocka_unit_test(test_cut_off__is_uncertain),
		cmocka_unit_test(test_wrong_authority__is_refused),
		cmocka_unit_test(test_wrong_host_name__is_refused),
		cmocka_unit_test(test_expired__is_refused),
		cmocka_unit_test(test_unusable_ca_file__is_refused),
		cmocka_unit_test(test_stalled_handshake__is_not_sent),
		cmocka_unit_test(test_mended__the_queue_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
