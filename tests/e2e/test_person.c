/* Erase and export of one person's data: what goes, what stays, what is left in the files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/admin_client.h"
#include "lib/api_client.h"
#include "lib/harness.h"

#define ADA "ada@example.org"
#define ERASE_ADA "{\"contact\":\" Ada@Example.ORG \"}"

/* Whether any file of the state directory holds the text. */
static bool is_in_files(const struct harness *h, const char *text)
{
	CLEANUP(freep) char *path = testdir_path(h->dir, "state");
	DIR *dir = opendir(path);
	const struct dirent *entry;
	bool found = false;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		CLEANUP(freep) char *file = xasprintf("%s/%s", path, entry->d_name);
		CLEANUP(closep) int fd = open(file, O_RDONLY | O_CLOEXEC);
		CLEANUP(freep) char *data = NULL;
		struct stat st;

		if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
			continue;
		data = xcalloc(1, (size_t)st.st_size);
		assert_int_equal(read(fd, data, (size_t)st.st_size), st.st_size);
		found |= memmem(data, (size_t)st.st_size, text, strlen(text)) != NULL;
	}
	closedir(dir);
	return found;
}

static void post_follow_up(const char *url, const char *body)
{
	struct http_call call = { .method = "POST", .url = url, .body = body };
	struct http_answer reply;

	http_do(&call, &reply);
	assert_int_equal(reply.status, 200);
	http_answer_done(&reply);
}

static char *follow_up_url(struct harness *h)
{
	CLEANUP(json_putp) struct json_object *submits = sim_log(&h->sim, "submit");

	return xstrdup(json_path(json_object_array_get_idx(submits, 0), "/body/followup_url"));
}

static void test_erase__leaves_nothing_in_the_files(void **state)
{
	CLEANUP(json_putp) struct json_object *erased = NULL;
	CLEANUP(json_putp) struct json_object *kept = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *other = NULL;
	CLEANUP(freep) char *url = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	first = harness_send_in(&h, "My tulip question", "ada");
	json_object_put(harness_wait_delivered(&h, "answer.received", 1));
	other = harness_send_in(&h, "My orchid question", "eve");
	json_object_put(harness_wait_delivered(&h, "answer.received", 2));
	url = follow_up_url(&h);
	erased = admin_call(&h, "POST", "/admin/v1/erase", ERASE_ADA, 200);
	assert_true(json_path_is(erased, "/erased/0/key", "ada"));
	assert_int_equal(json_object_get_int(json_at(erased, "/erased/0/messages")), 1);
	assert_int_equal(json_object_array_length(json_at(erased, "/erased")), 1);
	assert_false(json_object_get_boolean(json_at(erased, "/more")));
	post_follow_up(url, "{\"message_content\":\"About the tulip\"}");
	kept = harness_message(&h, other);
	assert_true(json_path_is(kept, "/message/message_content", "My orchid question"));
	daemon_stop(&h.daemon);
	assert_false(is_in_files(&h, "tulip"));
	assert_false(is_in_files(&h, ADA));
	assert_true(is_in_files(&h, "orchid"));
	daemon_start(&h.daemon);
	harness_stop(&h);
}

static void test_erase__goes_on_in_steps(void **state)
{
	enum { COUNT = 12 };
	static const struct harness_options options = { .maax = "answer_deadline = 1h",
							.sim_default = "callbacks=0" };
	CLEANUP(json_putp) struct json_object *dry = NULL;
	CLEANUP(json_putp) struct json_object *one = NULL;
	CLEANUP(json_putp) struct json_object *two = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	for (int i = 0; i < COUNT; i++) {
		CLEANUP(freep) char *key = xasprintf("thread-%d", i);
		CLEANUP(freep)
		char *body = xasprintf("{\"message_content\":\"Hi\",\"platform\":\"website\","
				       "\"conversation_key\":\"%s\",\"prospect_info\":"
				       "{\"first_name\":\"Ada\",\"email\":\" Ada@example.org\"}}",
				       key);
		struct http_answer answer;

		harness_api(&h, "POST", "/v1/messages", body, &answer);
		assert_int_equal(answer.status, 202);
		http_answer_done(&answer);
	}
	dry = admin_call(&h, "POST", "/admin/v1/erase?dry_run=1", ERASE_ADA, 200);
	assert_int_equal(json_object_array_length(json_at(dry, "/erased")), 10);
	one = admin_call(&h, "POST", "/admin/v1/erase", ERASE_ADA, 200);
	assert_int_equal(json_object_array_length(json_at(one, "/erased")), 10);
	assert_true(json_object_get_boolean(json_at(one, "/more")));
	two = admin_call(&h, "POST", "/admin/v1/erase", ERASE_ADA, 200);
	assert_int_equal(json_object_array_length(json_at(two, "/erased")), 2);
	assert_false(json_object_get_boolean(json_at(two, "/more")));
	admin_post(&h, "/admin/v1/erase", "{}", 400);
	admin_post(&h, "/admin/v1/erase", "{\"contact\":\"a\",\"cursor\":\"x\"}", 400);
	harness_stop(&h);
}

static void test_export__has_the_story_with_raw_callbacks(void **state)
{
	CLEANUP(json_putp) struct json_object *list = NULL;
	CLEANUP(json_putp) struct json_object *rest = NULL;
	CLEANUP(json_putp) struct json_object *none = NULL;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *path = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send_in(&h, "Hello", "ada");
	json_object_put(harness_wait_state(&h, id, "answered"));
	json_object_put(harness_wait_delivered(&h, "answer.received", 1));
	list = admin_call(&h, "GET", "/admin/v1/export?contact=ADA@example.org", NULL, 200);
	assert_int_equal(json_object_array_length(json_at(list, "/data")), 2);
	assert_true(json_path_is(list, "/data/0/conversation/key", "ada"));
	assert_true(json_path_is(list, "/data/1/message/id", id));
	assert_true(json_path_is(list, "/data/1/message/answers/0/text", "Answer to: Hello"));
	assert_true(json_path_is(list, "/data/1/message/deliveries/0/destination", "desk"));
	assert_non_null(
		strstr(json_path(list, "/data/1/message/callbacks/0/body"), "Answer to: Hello"));
	assert_null(json_at(list, "/next_cursor"));
	path = xasprintf("/admin/v1/export?contact=" ADA "&cursor=%s",
			 json_path(list, "/data/0/conversation/id"));
	rest = admin_call(&h, "GET", path, NULL, 200);
	assert_int_equal(json_object_array_length(json_at(rest, "/data")), 1);
	assert_true(json_path_is(rest, "/data/0/message/id", id));
	none = admin_call(&h, "GET", "/admin/v1/export?contact=eve@example.org", NULL, 200);
	assert_int_equal(json_object_array_length(json_at(none, "/data")), 0);
	json_object_put(admin_call(&h, "GET", "/admin/v1/export", NULL, 400));
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_erase__leaves_nothing_in_the_files),
		cmocka_unit_test(test_erase__goes_on_in_steps),
		cmocka_unit_test(test_export__has_the_story_with_raw_callbacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
