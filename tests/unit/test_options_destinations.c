/* options: what a webhook calls and what a mail needs, and what is wrong with a bad one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/condition.h"
#include "base/template.h"
#include "lib/options_fixture.h"

#define URL "url = https://desk.example/maax\n"
#define SECRET "secret_file = " EXAMPLE_DIR "desk\n"
#define KIND "kind = webhook\n" URL SECRET
#define MAIL "kind = email\nserver = smtp://mail.example:587\nfrom = Desk <desk@example.org>\n"

static void load(struct options_fixture *f, const char *keys)
{
	options_write(f, "login", "user:pass word\n", 0600);
	options_write(f, "token", "token-0123456789\n", 0600);
	options_write(f, "place", "https://hooks.example/T0/secret-part\n", 0600);
	assert_loads(f, options_load_changed(f, KIND, keys));
}

static void test_webhook__reads_a_call(void **state)
{
	struct options_fixture *f = *state;
	const struct config_destination *d;

	load(f, "kind = webhook\n"
		"url = https://api.example/c/${/data/message/metadata/id | url}/reply?v=1\n"
		"method = PUT\n"
		"content_type = application/vnd.api+json; charset=utf-8\n"
		"body = {\"a\": ${/data/answer/text | json}, \"b\": \"x ${/type | json_inside}\"}\n"
		"headers = \"X-One: 1\" \"X-Two: ${/data/message/id}\"\n"
		"bearer_file = " EXAMPLE_DIR "token\n"
		"only_if = exists /data/answer/text\n"
		"delay = 15m\n");
	assert_int_equal(f->warnings.count, 0);
	d = &f->config->destinations[0];
	assert_non_null(d->url_template);
	assert_string_equal(d->method, "PUT");
	assert_string_equal(template_text(d->body), "{\"a\": ${/data/answer/text | json}, "
						    "\"b\": \"x ${/type | json_inside}\"}");
	assert_int_equal(d->header_lines.count, 2);
	assert_string_equal(d->headers[1].name, "X-Two");
	assert_string_equal(template_text(d->headers[1].value), "${/data/message/id}");
	assert_string_equal(d->auth_header, "Authorization: Bearer token-0123456789");
	assert_string_equal(condition_text(d->only_if), "exists /data/answer/text");
	assert_int_equal(d->delay, 15 * USEC_PER_MINUTE);
	assert_int_equal(d->secret_count, 0);
}

static void test_webhook__reads_logins(void **state)
{
	struct options_fixture *f = *state;

	load(f, "kind = webhook\n" URL "basic_file = " EXAMPLE_DIR "login\n");
	assert_string_equal(f->config->destinations[0].auth_header,
			    "Authorization: Basic dXNlcjpwYXNzIHdvcmQ=");
	load(f, "kind = webhook\n" URL "bearer_file = " EXAMPLE_DIR "token\n"
		"bearer_header = api_access_token\n");
	assert_string_equal(f->config->destinations[0].auth_header,
			    "api_access_token: token-0123456789");
	load(f, "kind = webhook\nurl_file = " EXAMPLE_DIR "place\n" SECRET);
	assert_null(f->config->destinations[0].url);
	assert_string_equal(f->config->destinations[0].secret_url,
			    "https://hooks.example/T0/secret-part");
	assert_null(f->config->destinations[0].url_template);
}

static void test_print__keeps_secrets(void **state)
{
	struct options_fixture *f = *state;
	CLEANUP(buf_done) struct buf text = BUF_INIT(MIB);

	load(f, "kind = webhook\nurl_file = " EXAMPLE_DIR "place\n"
		"bearer_file = " EXAMPLE_DIR "token\n");
	assert_int_equal(config_print(f->config, &text), 0);
	assert_null(strstr(buf_text(&text), "secret-part"));
	assert_null(strstr(buf_text(&text), "token-0123456789"));
}

static void test_email__reads_its_keys(void **state)
{
	struct options_fixture *f = *state;
	const struct config_destination *d;

	load(f, MAIL);
	d = &f->config->destinations[0];
	assert_int_equal(d->tls, MAIL_TLS_AUTO);
	assert_string_equal(template_text(d->to), "${/data/message/prospect_info/email}");
	assert_null(d->subject);
	assert_null(d->body);
	load(f, "kind = email\nserver = smtps://[::1]:465\nfrom = desk@example.org\ntls = tls\n"
		"user = desk\npassword_file = " EXAMPLE_DIR "login\nto = a@example.org\n"
		"subject = Hi ${/type}\nreply_to = Us <us@example.org>\n");
	d = &f->config->destinations[0];
	assert_string_equal(d->password, "user:pass word");
	assert_string_equal(d->reply_to, "Us <us@example.org>");
}

#define CALL(keys) "kind = webhook\n" keys
#define BODY_FORM "content_type = application/x-www-form-urlencoded\n"

static const struct {
	const char *keys, *expected;
} bad[] = {
	{ CALL(SECRET), "url: missing: add it" },
	{ CALL(URL SECRET "url_file = " EXAMPLE_DIR "place\n"), "there is a url already" },
	{ CALL(URL), "secret_file: missing: add it" },
	{ CALL("url = https://${/data/source | url}.example/\n" SECRET), "a place in the host" },
	{ CALL("url = https://a.example:${/p | url}/\n" SECRET), "a place in the host" },
	{ CALL("url = ${/data/source | url}\n" SECRET), "a place in the host" },
	{ CALL("url = ${\"https://a.example/\"}${/a | url}\n" SECRET), "a place in the host" },
	{ CALL("url = https://a.example/${/data/source}\n" SECRET), "without the filter url" },
	{ CALL("url = https://a.example/${/a | url | json}\n" SECRET), "without the filter url" },
	{ CALL("url = https://a.example/${/a | url\n" SECRET), "column " },
	{ CALL("url = https://u:p@a.example/${/a | url}\n" SECRET), "not a usable URL" },
	{ CALL("url = ftp://a.example/${/a | url}\n" SECRET), "not a usable URL" },
	{ CALL("url = https://a.example/x#${/a | url}\n" SECRET), "not a usable URL" },
	{ CALL(URL SECRET "method = GET\n"), "unknown value \"GET\"" },
	{ CALL(URL SECRET "content_type = text\n"), "not a content type" },
	{ CALL(URL SECRET "content_type = text/plain\n"), "for another type add a body" },
	{ CALL(URL "body = {\"a\": \"${/a}\"}\n"), "without the filter json" },
	{ CALL(URL "body = {\"a\": ${/a | url}}\n"), "without the filter json" },
	{ CALL(URL "body = {\"a\": ${/a | json}\n"), "it is no JSON" },
	{ CALL(URL BODY_FORM "body = a=${/a | json}\n"), "without the filter url" },
	{ CALL(URL SECRET "headers = X-One: 1\n"), "\"X-One:\" is no header" },
	{ CALL(URL SECRET "headers = \"X One: 1\"\n"), "is no header" },
	{ CALL(URL SECRET "headers = \"${/a}: 1\"\n"), "is no header" },
	{ CALL(URL SECRET "headers = \"X-One: ${/a | nope}\"\n"), "X-One: column" },
	{ CALL(URL SECRET "headers = \"X-One: 1\" \"x-one: 2\"\n"), "is there twice" },
	{ CALL(URL SECRET "headers = \"Authorization: x\"\n"), "does not belong in this file" },
	{ CALL(URL SECRET "headers = \"content-length: 7\"\n"), "is set by maaxd" },
	{ CALL(URL SECRET "headers = \"webhook-id: 7\"\n"), "is set by maaxd" },
	{ CALL(URL "basic_file = " EXAMPLE_DIR "token\n"), "the file has no ':'" },
	{ CALL(URL "basic_file = " EXAMPLE_DIR "login\nbearer_file = " EXAMPLE_DIR "token\n"),
	  "there is a bearer_file too" },
	{ CALL(URL SECRET "bearer_header = x-token\n"), "there is no bearer_file" },
	{ CALL(URL "bearer_file = " EXAMPLE_DIR "token\nbearer_header = a:b\n"),
	  "no name of a header" },
	{ CALL(URL "bearer_file = " EXAMPLE_DIR "token\nbearer_header = host\n"),
	  "no name of a header" },
	{ CALL(URL SECRET "only_if = exists\n"), "only_if: column" },
	{ CALL(URL SECRET "delay = 8d\n"), "out of range" },
	{ CALL(URL SECRET "from = a@example.org\n"), "has no such key" },
	{ "kind = email\nfrom = a@example.org\n", "server: missing" },
	{ "kind = email\nserver = smtp://a.example\n", "from: missing" },
	{ MAIL SECRET, "has no such key" },
	{ "kind = email\nfrom = a@example.org\nserver = a.example:587\n", "smtp:// or smtps://" },
	{ "kind = email\nfrom = a@example.org\nserver = smtp://\n", "no usable host" },
	{ "kind = email\nfrom = a@example.org\nserver = smtp://:25\n", "no usable host" },
	{ "kind = email\nfrom = a@example.org\nserver = smtp://u@a.example\n", "no usable host" },
	{ "kind = email\nfrom = a@example.org\nserver = smtp://a.example/x\n", "behind the host" },
	{ "kind = email\nfrom = a@example.org\nserver = smtp://a.example:99999\n",
	  "no usable host" },
	{ "kind = email\nfrom = Desk\nserver = smtp://a.example\n", "not a usable e-mail address" },
	{ "kind = email\nfrom = a@b, c@d\nserver = smtp://a.example\n", "more than one address" },
	{ MAIL "reply_to = a@b@c\n", "reply_to: " },
	{ MAIL "tls = none\n", "none is for a server on this host" },
	{ MAIL "tls = tls\n", "the server is smtp:" },
	{ "kind = email\nfrom = a@b.example\nserver = smtps://a.example\ntls = starttls\n",
	  "the server is smtps" },
	{ MAIL "user = a\n", "password_file: missing" },
	{ MAIL "password_file = " EXAMPLE_DIR "login\n", "user: missing" },
	{ MAIL "tls = insecure\nuser = a\npassword_file = " EXAMPLE_DIR "login\n",
	  "would cross the network in clear" },
	{ MAIL "subject = ${/a\n", "subject: column" },
};

static void test_bad__is_explained(void **state)
{
	struct options_fixture *f = *state;

	options_write(f, "login", "user:pass word\n", 0600);
	options_write(f, "token", "token-0123456789\n", 0600);
	options_write(f, "place", "https://hooks.example/T0/secret-part\n", 0600);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		int r = options_load_changed(f, KIND, bad[i].keys);

		assert_refused(f, r, bad[i].expected);
		assert_null(strstr(buf_text(&f->errors.text), "secret-part"));
		assert_null(strstr(buf_text(&f->errors.text), "token-0123456789"));
	}
}

static void test_secret_url__is_never_quoted(void **state)
{
	struct options_fixture *f = *state;
	static const char *const urls[] = { "ftp://hooks.example/secret-part\n",
					    "https://hooks.example/secret-part/${/a}\n",
					    "https://${/a}/secret-part\n" };

	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		options_write(f, "place", urls[i], 0600);
		assert_refused(f,
			       options_load_changed(f, KIND,
						    "kind = webhook\nurl_file = " EXAMPLE_DIR
						    "place\n" SECRET),
			       "url_file");
		assert_null(strstr(buf_text(&f->errors.text), "secret-part"));
	}
}

static void test_clear__is_warned_of(void **state)
{
	struct options_fixture *f = *state;

	load(f, "kind = webhook\nurl = http://desk.example/\nbearer_file = " EXAMPLE_DIR "token\n");
	assert_non_null(strstr(buf_text(&f->warnings.text), "the login crosses the network"));
	load(f, MAIL "tls = insecure\n");
	assert_non_null(strstr(buf_text(&f->warnings.text), "insecure: answers cross"));
	load(f, "kind = email\nfrom = a@b.example\nserver = smtp://127.0.0.1:25\ntls = none\n"
		"user = a\npassword_file = " EXAMPLE_DIR "login\n");
	assert_int_equal(f->warnings.count, 0);
}

static void test_source__has_an_overdue_text(void **state)
{
	struct options_fixture *f = *state;

	assert_loads(f,
		     options_load_changed(f, "kind = api\n",
					  "kind = api\noverdue_text = We will be back; soon!\n"));
	assert_string_equal(f->config->sources[0].overdue_text, "We will be back; soon!");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, options_setup, options_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_webhook__reads_a_call), TEST(test_webhook__reads_logins),
		TEST(test_print__keeps_secrets),  TEST(test_email__reads_its_keys),
		TEST(test_bad__is_explained),	  TEST(test_secret_url__is_never_quoted),
		TEST(test_clear__is_warned_of),	  TEST(test_source__has_an_overdue_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
