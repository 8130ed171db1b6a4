/* options: the table, the example, what a configuration means, and what is wrong with a bad one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/guard.h"
#include "base/log.h"
#include "lib/options_fixture.h"
#include "options_table.h"

/* The table. */

static void test_table__rows_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < option_count; i++) {
		const struct option *o = &options[i];
		unsigned when = o->flags & (OPT_RELOAD | OPT_RESTART);
		unsigned help_lines = 1;

		assert_ptr_equal(option_find(o->section, o->key), o); /* no key twice */
		assert_true(when == OPT_RELOAD || when == OPT_RESTART);
		assert_false((o->flags & OPT_REQUIRED) && o->fallback);
		assert_true(o->sample || (o->fallback && o->fallback[0]));
		assert_true(o->place < section_types[o->section].size);
		for (const char *p = o->help; *p; p++)
			help_lines += *p == '\n';
		assert_in_range(help_lines, 1, 3);
	}
}

static void test_table__defaults_and_samples_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < option_count; i++) {
		const struct option *o = &options[i];
		const char *const texts[] = { o->fallback, o->sample };

		for (size_t k = 0; k < ARRAY_SIZE(texts); k++) {
			CLEANUP(freep)
			char *section = xcalloc(1, section_types[o->section].size);
			CLEANUP(freep) char *why = NULL;

			if (texts[k] && option_parse(o, texts[k], section, &why) < 0)
				fail_msg("%s = %s: %s", o->key, texts[k], why);
			option_done(o, section);
		}
	}
}

/* The example. */

static void write_example_secrets(const struct options_fixture *f)
{
	options_write(f, "maax-api-key", API_KEY "\n", 0600);
	options_write(f, "maax-api-key-sales", API_KEY "\n", 0600);
	options_write(f, "crm-keys", CLEAR_KEY "\n", 0600);
	options_write(f, "desk-secret", "whsec_" SECRET_BASE64 "\n", 0600);
	options_write(f, "crm-secret", "whsec_" SECRET_BASE64 "\n", 0600);
	options_write(f, "admin-token", ADMIN_TOKEN "\n", 0600);
	options_write(f, "sms-secrets", "sms-secret-0123456789\n", 0600);
	options_write(f, "form-secrets", "form-secret-0123456789\n", 0600);
	options_write(f, "twilio-auth-token", "0123456789abcdef\n", 0600);
	options_write(f, "desk-token", "desk-token-0123456789\n", 0600);
	options_write(f, "mail-password", "abcd efgh ijkl mnop\n", 0600);
	options_write(f, "twilio-login", "AC0123456789:token\n", 0600);
	options_write(f, "intercom-token", "token-of-intercom\n", 0600);
	options_write(f, "chatwoot-token", "token-of-chatwoot\n", 0600);
	options_write(f, "slack-url", "https://hooks.slack.example/services/T0/B0/x\n", 0600);
}

static void test_example__passes_the_checks(void **state)
{
	struct options_fixture *f = *state;
	CLEANUP(buf_done) struct buf text = BUF_INIT(MIB);

	write_example_secrets(f);
	assert_int_equal(config_print_example(&text), 0);
	assert_loads(f, options_load(f, buf_text(&text)));
	assert_string_equal(buf_text(&f->warnings.text), "");
	assert_int_equal(f->config->listener_count, 2);
	assert_string_equal(f->config->listeners[1].name, "admin");
	assert_int_equal(f->config->listeners[1].serve, SERVE_ADMIN | SERVE_METRICS);
	assert_string_equal(f->config->maax.base_url, "https://app.maax.ai/api/v2");
	assert_ptr_equal(f->config->sources[0].destinations[0], &f->config->destinations[0]);
}

static void test_example__file_is_what_is_printed(void **state)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(MIB);
	CLEANUP(freep) char *stored = xcalloc(1, MIB);
	FILE *file = fopen("config.example.ini", "r");

	(void)state;
	if (!file)
		fail_msg("config.example.ini not found: run the test from the top of the tree");
	IGNORE(fread(stored, 1, MIB - 1, file) == 0); /* compared below */
	fclose(file);
	assert_int_equal(config_print_example(&text), 0);
	assert_string_equal(stored, buf_text(&text));
}

static void test_example__has_every_key(void **state)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(MIB);

	(void)state;
	assert_int_equal(config_print_example(&text), 0);
	for (size_t i = 0; i < option_count; i++) {
		static const char *const before[] = { "\n", "\n# ", "\n# # " };
		CLEANUP(freep)
		char *heading = xasprintf("\n[%s", section_types[options[i].section].name);
		const char *section = strstr(buf_text(&text), heading);
		bool is_there = false;

		assert_non_null(section);
		for (size_t k = 0; k < ARRAY_SIZE(before); k++) {
			CLEANUP(freep) char *line = xasprintf("%s%s = ", before[k], options[i].key);

			is_there |= strstr(section, line) != NULL;
		}
		if (!is_there)
			fail_msg("no %s in %s]", options[i].key, heading + 1);
	}
}

/* The man page. */

static void test_man__has_every_key_and_says_what_it_takes(void **state)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(MIB);

	(void)state;
	assert_int_equal(config_print_man(&text), 0);
	assert_null(strstr(buf_text(&text), "(null)"));
	for (size_t i = 0; i < option_count; i++) {
		CLEANUP(freep) char *line = xasprintf("\n.B %s\n", options[i].key);

		assert_non_null(strstr(buf_text(&text), line));
	}
}

/* True for "# key = …", a key at its default. */
static bool is_commented_key(const char *line)
{
	size_t len;

	if (strncmp(line, "# ", 2) != 0)
		return false;
	len = strspn(line + 2, "abcdefghijklmnopqrstuvwxyz_");
	return len > 0 && strncmp(line + 2 + len, " = ", 3) == 0;
}

/* Takes "# " away from each line of sections that are commented out, and from each key. */
static char *uncomment(const char *text)
{
	CLEANUP(buf_done) struct buf out = BUF_INIT(MIB);
	bool is_in_section = false;

	while (*text) {
		size_t len = strcspn(text, "\n");
		CLEANUP(freep) char *copy = xstrndup(text, len);
		const char *line = copy;

		if (line[0] != '#')
			is_in_section = false;
		else if (strncmp(line, "# [", 3) == 0)
			is_in_section = true;
		if (is_in_section)
			line += line[1] == ' ' ? 2 : 1;
		if (is_commented_key(line))
			line += 2;
		assert_int_equal(buf_add_format(&out, "%s\n", line), 0);
		text += len + (text[len] == '\n');
	}
	return buf_take(&out);
}

/* What stands in the example as a comment is right as well once somebody takes the '#' away. */
static void test_example__passes_with_all_keys_set(void **state)
{
	struct options_fixture *f = *state;
	CLEANUP(buf_done) struct buf text = BUF_INIT(MIB);
	CLEANUP(freep) char *all = NULL;
	CLEANUP(freep) char *one_url = NULL;
	CLEANUP(freep) char *one_login = NULL;

	write_example_secrets(f);
	assert_int_equal(config_print_example(&text), 0);
	all = uncomment(buf_text(&text));
	/* of these, one each is allowed */
	one_url = options_replace(all, "\nurl_file = /etc/maaxd/desk-url\n", "\n");
	one_login = options_replace(one_url, "\nbasic_file = /etc/maaxd/desk-login\n", "\n");
	assert_loads(f, options_load(f, one_login));
	assert_string_equal(f->config->ais[0].output_format, "plain_text");
	assert_string_equal(f->config->listeners[0].admin_token, ADMIN_TOKEN);
}

/* What a configuration means. */

static void test_load__fills_in_defaults(void **state)
{
	struct options_fixture *f = *state;
	const struct config *c;

	assert_loads(f, options_load(f, options_good));
	assert_int_equal(f->warnings.count, 0);
	c = f->config;
	assert_string_equal(c->maaxd.state_dir, "/var/lib/maaxd");
	assert_string_equal(c->maaxd.public_url, "https://x.example"); /* no slash at the end */
	assert_string_equal(c->maax.base_url, "https://maax.example/v2");
	assert_int_equal(c->maaxd.node_id, 0);
	assert_int_equal(c->maaxd.log_level, LOG_LEVEL_INFO);
	assert_int_equal(c->maaxd.disk_reserve, 64 * MIB);
	assert_int_equal(c->maaxd.shutdown_timeout, 10 * USEC_PER_SEC);
	assert_int_equal(c->maaxd.alert_silence, 15 * USEC_PER_MINUTE);
	assert_int_equal(c->maaxd.alert_names.count, 0);
	assert_int_equal(c->listeners[0].serve, SERVE_CALLBACKS | SERVE_API);
	assert_int_equal(c->listeners[0].max_connections, 4096);
	assert_int_equal(c->listeners[0].max_streams, 500);
	assert_string_equal(c->listeners[0].socket_mode, "0660");
	assert_null(c->listeners[0].admin_group);
	assert_true(c->listeners[0].admin_gid == (gid_t)-1);
	assert_null(c->listeners[0].admin_token);
	assert_int_equal(c->listeners[0].line, 4);
	assert_int_equal(c->maax.request_encoding, ENCODING_JSON);
	assert_int_equal(c->maax.submit_schedule.count, 6);
	assert_int_equal(c->maax.submit_schedule.step[5], 10 * USEC_PER_MINUTE);
	assert_int_equal(c->maax.answer_deadline, 3 * USEC_PER_MINUTE);
	assert_int_equal(c->maax.map_text.count, 11);
	assert_string_equal(c->maax.map_text.word[1], "/answer");
	assert_string_equal(c->maax.map_contact.word[0], "/prospect_info/email");
	assert_string_equal(c->ais[0].service_type, "sales_automation");
	assert_null(c->ais[0].output_format);
	assert_int_equal(c->sources[0].limit_conversation.count, 20);
	assert_int_equal(c->sources[0].limit_conversation.window, USEC_PER_HOUR);
	assert_int_equal(c->sources[0].limit_day.window, USEC_PER_DAY);
	assert_int_equal(c->sources[0].max_text, 16 * KIB);
	assert_int_equal(c->sources[0].pause_on_emergency, 0);
	assert_int_equal(c->destinations[0].events, (1U << EVENT_TYPE_MAX) - 1);
	assert_int_equal(c->destinations[0].retry_schedule.count, 12);
	assert_int_equal(c->destinations[0].order_hold, 2 * USEC_PER_MINUTE);
}

static void test_load__reads_values(void **state)
{
	struct options_fixture *f = *state;
	const struct config *c;

	assert_loads(f, options_load_changed(f, "kind = webhook\n",
					     "kind = webhook\n"
					     "events = overdue answer\n"
					     "retry_schedule = 0s 500ms\n"
					     "timeout = 200ms\n"
					     "order_hold = 0s\n"
					     "concurrency = 64\n"));
	c = f->config;
	assert_int_equal(c->destinations[0].events, 1U << EVENT_ANSWER | 1U << EVENT_OVERDUE);
	assert_int_equal(c->destinations[0].retry_schedule.step[1], 500 * USEC_PER_MSEC);
	assert_int_equal(c->destinations[0].timeout, 200 * USEC_PER_MSEC);
	assert_int_equal(c->destinations[0].order_hold, 0);
	assert_int_equal(c->destinations[0].concurrency, 64);

	assert_loads(f,
		     options_load_changed(f, "ai_id = 123\n", "ai_id = 7\noutput_format = none\n"));
	assert_int_equal(f->config->ais[0].ai_id, 7);
	assert_string_equal(f->config->ais[0].output_format, "");

	assert_loads(f, options_load_changed(f, "kind = api\n",
					     "kind = api\nlimit_rate = off\nmax_text = 65536\n"
					     "pause_on_emergency = on\n"));
	assert_int_equal(f->config->sources[0].limit_rate.count, 0);
	assert_int_equal(f->config->sources[0].pause_on_emergency, 1);

	assert_loads(f, options_load_changed(f, "[ai \"sales\"]\n",
					     "map_text = \"/a b\" #/Reply%20Text\n"
					     "map_contact =\n"
					     "request_encoding = query\n"
					     "[ai \"sales\"]\n"));
	c = f->config;
	assert_int_equal(c->maax.map_text.count, 2);
	assert_string_equal(c->maax.map_text.word[0], "/a b");
	assert_int_equal(c->maax.map_contact.count, 0);
	assert_int_equal(c->maax.request_encoding, ENCODING_QUERY);
}

static void test_load__resolves_references(void **state)
{
	struct options_fixture *f = *state;
	const struct config *c;

	assert_loads(f, options_load_changed(f, "[destination \"desk\"]\n",
					     "[destination \"other\"]\n"
					     "kind = webhook\n"
					     "url = https://other.example/\n"
					     "secret_file = " EXAMPLE_DIR "desk\n"
					     "[destination \"desk\"]\n"));
	c = f->config;
	assert_int_equal(c->destination_count, 2);
	assert_ptr_equal(c->sources[0].ai, &c->ais[0]);
	assert_ptr_equal(c->sources[0].destinations[0], &c->destinations[1]);
	assert_ptr_equal(config_destination(c, "other"), &c->destinations[0]);
	assert_ptr_equal(config_ai(c, "sales"), &c->ais[0]);
	assert_ptr_equal(config_source(c, "crm"), &c->sources[0]);
	assert_null(config_destination(c, "nobody"));
	assert_null(config_ai(c, "nobody"));
	assert_null(config_source(c, "nobody"));

	assert_loads(f, options_load_changed(f, "destinations = desk\n", "destinations =\n"));
	assert_int_equal(f->config->sources[0].destination_names.count, 0);
}

/* The drop-in API: what a source says becomes a guard and a destination. */
static void test_load__makes_relays(void **state)
{
	struct options_fixture *f = *state;
	const struct config_source *source;

	assert_loads(f, options_load(f, options_good));
	source = &f->config->sources[0];
	assert_false(source->guard->allows_http);
	assert_int_equal(source->guard->port_count, 2);
	assert_int_equal(source->guard->ports[0], 443);
	assert_int_equal(source->guard->network_count, 0);
	assert_string_equal(source->relay.name, CONFIG_CALLER);
	assert_int_equal(source->relay.kind, DESTINATION_RELAY);
	assert_int_equal(source->relay.secret_count, 0);
	assert_int_equal(source->relay.retry_schedule.count, 12);
	assert_ptr_equal(source->relay.guard, source->guard);

	assert_loads(f, options_load_changed(f, "kind = api\n",
					     "kind = api\n"
					     "secret_file = " EXAMPLE_DIR "desk\n"
					     "relay_http = on\n"
					     "relay_ports = 8443\n"
					     "relay_allow = 10.1.0.0/16 fd00::/8 192.0.2.7\n"
					     "relay_schedule = 1s 2s\n"
					     "relay_timeout = 2s\n"));
	source = &f->config->sources[0];
	assert_true(source->guard->allows_http);
	assert_int_equal(source->guard->port_count, 1);
	assert_int_equal(source->guard->network_count, 3);
	assert_int_equal(source->relay.secret_count, 1);
	assert_int_equal(source->relay.retry_schedule.count, 2);
	assert_int_equal(source->relay.timeout, 2 * USEC_PER_SEC);
	assert_int_equal(source->relay.connect_timeout, 2 * USEC_PER_SEC);

	assert_ptr_equal(config_destination(f->config, "@caller:crm:a.example:8443"),
			 &source->relay);
	assert_null(config_destination(f->config, "@caller:other:a.example"));
	assert_null(config_destination(f->config, "@caller"));
	assert_true(config_is_caller("@caller:crm:a.example"));
	assert_false(config_is_caller("desk"));
}

static void test_events__have_names(void **state)
{
	(void)state;
	assert_string_equal(event_type_name(EVENT_ANSWER), "answer.received");
	assert_string_equal(event_type_name(EVENT_FAILED), "message.failed");
}

/* What is wrong. */

static const struct {
	const char *from, *to, *expected;
} mistakes[] = {
	/* sections */
	{ "[maax]", "[max]", ":7: unknown section [max]: did you mean [maax]?" },
	{ "[source", "[sorce", ":12: unknown section [sorce]: did you mean [source \"NAME\"]?" },
	{ "[source", "[zzz", ":12: unknown section [zzz]: there are maaxd, listener" },
	{ "[maax]", "[maax \"x\"]", ":7: [maax] takes no name" },
	{ "[ai \"sales\"]", "[ai]", ":10: [ai] needs a name: write [ai \"NAME\"]" },
	{ "[ai \"sales\"]", "[ai \"Sales\"]",
	  ":10: [ai \"Sales\"]: a name has 1 to 64 characters" },
	{ "[ai \"sales\"]\nai_id = 123\n", "", "there is no [ai \"NAME\"] section: add one" },
	/* keys */
	{ "state_dir", "state_dri",
	  ":2: [maaxd] state_dri: unknown key: did you mean \"state_dir\"" },
	{ "ai_id = 123", "ai_id = 123\nzzz = 1",
	  ":12: [ai \"sales\"] zzz: unknown key: remove it" },
	{ "ai_id = 123", "ai_id = 123\nmap_contact = /a",
	  "unknown key here: it belongs in [maax]" },
	{ "state_dir = /var/lib/maaxd\n", "", ":1: [maaxd] state_dir: missing: add it" },
	{ "base_url = https://maax.example/v2/\n", "", ":7: [maax] base_url: missing" },
	{ "ai = sales\n", "", ":12: [source \"crm\"] ai: missing" },
	{ "ai_id = 123", "ai_id =", ":11: [ai \"sales\"] ai_id: no value: give one" },
	/* values */
	{ "[listener", "node_id = 1024\n[listener", "1024 is out of range: from 0 to 1023" },
	{ "[listener", "node_id = -1\n[listener", ":4: [maaxd] node_id: not a number from 0" },
	{ "[listener", "log_level = inof\n[listener", "\"inof\": did you mean \"info\"?" },
	{ "[listener", "disk_reserve = 1X\n[listener", "is not a size from 0 to 1024G" },
	{ "[listener", "alert_silence = 0s\n[listener", "0s is out of range: from 1s to 7d" },
	{ "[listener", "alert_destinations = dsk\n[listener",
	  "[maaxd] alert_destinations: there is no [destination \"dsk\"]: did you mean \"desk\"?" },
	{ "[listener", "alert_destinations = desk desk\n[listener", "\"desk\" is named twice" },
	{ "[ai ", "submit_timeout = 15\n[ai ", "write it with its unit (ms s m h d), as in 15s" },
	{ "[ai ", "submit_timeout = 1d\n[ai ", "1d is out of range: from 10ms to 5m" },
	{ "[ai ", "submit_schedule = 0s 30d\n[ai ", "delay 2 is out of range: at most 7d" },
	{ "[ai ", "submit_schedule = soon\n[ai ", "not a list of delays" },
	{ "[ai ", "request_encoding = xml\n[ai ", "\"xml\": there is json, query" },
	{ "[ai ", "map_text = answer\n[ai ", "\"answer\" is not a JSON Pointer" },
	{ "[ai ", "map_text = \"/a\n[ai ", "not a list: " },
	{ "[ai ", "map_text =\n[ai ", "map_text: no value: give one or remove the line" },
	{ "[ai ", "ca_file = ca.pem\n[ai ", "not an absolute path" },
	{ "ai_id = 123", "ai_id = 0", ":11: [ai \"sales\"] ai_id: 0 is out of range: from 1" },
	{ "ai_id = 123", "ai_id = 1\noutput_format = md",
	  "\"md\": there is none, plain_text, html" },
	{ "ai_id = 123", "ai_id = 1\nservice_type = a b", "must be one word" },
	{ "kind = api", "kind = widget",
	  ":13: [source \"crm\"] kind: \"widget\" is not built yet" },
	{ "kind = api", "kind = api\nlimit_rate = 60", "\"60\" is not a rate: write 60/m" },
	{ "kind = api", "kind = api\nmax_text = 0", "is not a size from 1 to 64K" },
	{ "kind = api", "kind = api\nmax_text = 65537", "is not a size from 1 to 64K" },
	{ "kind = api", "kind = api\npause_on_emergency = yes", "pause_on_emergency" },
	{ "kind = api", "kind = api\nrelay_http = yes", "\"yes\": there is off, on" },
	{ "kind = api", "kind = api\nrelay_ports = 443 0",
	  ":14: [source \"crm\"] relay_ports: not a port from 1 to 65535: \"0\"" },
	{ "kind = api", "kind = api\nrelay_ports = 65536", "not a port from 1 to 65535" },
	{ "kind = api", "kind = api\nrelay_ports = https", "not a port from 1 to 65535" },
	{ "kind = api", "kind = api\nrelay_ports =", "relay_ports: no value" },
	{ "kind = api", "kind = api\nrelay_ports = 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
	  "more than 16 ports" },
	{ "kind = api", "kind = api\nrelay_allow = 10.1.0.0/33",
	  ":14: [source \"crm\"] relay_allow: \"10.1.0.0/33\": its prefix is too long" },
	{ "kind = api", "kind = api\nrelay_allow = 10.1.2.3/16", "bits behind its prefix" },
	{ "kind = api", "kind = api\nrelay_allow = desk.example", "not an address" },
	{ "kind = api", "kind = api\nrelay_schedule = 8d", "delay 1 is out of range" },
	{ "kind = api", "kind = api\nrelay_timeout = 6m", "6m is out of range" },
	{ "kind = api", "kind = api\nsecret_file = " EXAMPLE_DIR "none",
	  ":14: [source \"crm\"] secret_file: cannot read" },
	{ "kind = webhook", "kind = relay", "\"relay\": there is webhook" },
	{ "kind = webhook", "kind = elephant", "\"elephant\": there is webhook" },
	{ "kind = webhook", "kind = webhook\ncommand = /bin/true",
	  ":19: [destination \"desk\"] command: this kind of [destination] has no such key" },
	{ "kind = webhook\nurl = https://desk.example/maax\n", "kind = command\n",
	  ":17: [destination \"desk\"] command: missing: add it" },
	{ "kind = webhook\nurl = https://desk.example/maax\n", "kind = command\ncommand = true\n",
	  "\"true\" is not an absolute path" },
	{ "kind = webhook", "kind = webhook\nevents = anwser", "did you mean \"answer\"?" },
	{ "kind = webhook", "kind = webhook\nconcurrency = 65",
	  "65 is out of range: from 1 to 64" },
	{ "https://x.example/", "ftp://x.example/", ":3: [maaxd] public_url: not a usable URL" },
	{ "https://x.example/", "https://x.example/?a=1", "has a '?'" },
	{ "https://maax.example/v2/", "https://me:pw@maax.example/",
	  ":8: [maax] base_url: not a " },
	{ "https://desk.example/maax", "desk.example", ":19: [destination \"desk\"] url: not a " },
	/* listeners */
	{ "127.0.0.1:8080", "8080", "no port: write 127.0.0.1:8080" },
	{ "127.0.0.1:8080", "localhost:8080", "not a numeric address: write 127.0.0.1:8080" },
	{ "127.0.0.1:8080", "*:8080", "0.0.0.0:8080 and [::]:8080 for all" },
	{ "127.0.0.1:8080", "[::1:8080", "not a numeric address" },
	{ "127.0.0.1:8080", "127.0.0.1:", "the port must be from 0 to 65535" },
	{ "127.0.0.1:8080", "127.0.0.1:65536", "the port must be from 0 to 65535" },
	{ "127.0.0.1:8080", "unix:run/x.sock", "the path of a socket must be absolute" },
	{ "127.0.0.1:8080",
	  "unix:/1234567890123456789012345678901234567890123456789012345678901234"
	  "567890123456789012345678901234567890123456789012345678901234567890",
	  "the path of a socket has at most 107 bytes" },
	{ "callbacks api", "callbacks admin",
	  ":6: [listener \"public\"] serve: admin never shares" },
	{ "callbacks api", "admin", "admin outside a unix socket needs admin_token_file" },
	{ "callbacks api", "callback", "\"callback\": did you mean \"callbacks\"?" },
	{ "callbacks api", "api\nsocket_mode = 888", "not permissions in octal" },
	{ "callbacks api", "api\nadmin_group = root\nsocket_mode = 0666",
	  ":8: [listener \"public\"] socket_mode: it lets everybody connect" },
	{ "callbacks api", "api\nidle_timeout = 10ms", "10ms is out of range: from 1s to 1h" },
	{ "[maax]", "[listener \"b\"]\nlisten = 127.0.0.1:8080\nserve = api\n[maax]",
	  ":8: [listener \"b\"] listen: the address of [listener \"public\"]" },
	/* references */
	{ "ai = sales", "ai = sale",
	  ":14: [source \"crm\"] ai: there is no [ai \"sale\"]: did you" },
	{ "ai = sales", "ai = zzz", "there is no [ai \"zzz\"]: add that section" },
	{ "= desk\n", "= dsek\n", ":16: [source \"crm\"] destinations: there is no [destination" },
	{ "= desk\n", "= desk desk\n", "\"desk\" is named twice: keep one" },
	/* secrets */
	{ EXAMPLE_DIR "maax", EXAMPLE_DIR "none", ":9: [maax] api_key_file: cannot read" },
	{ EXAMPLE_DIR "maax", "secrets/maax", "not an absolute path" },
	{ EXAMPLE_DIR "maax", "maax-key", "add LoadCredential= to the unit" },
	{ EXAMPLE_DIR "maax", "..", "neither an absolute path nor a credential's name" },
	{ "api_key_file = " EXAMPLE_DIR "maax\n", "",
	  "[maax] api_key_file: missing: name a file with the API key" },
};

static void test_load__tells_what_is_wrong(void **state)
{
	struct options_fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++)
		assert_refused(f, options_load_changed(f, mistakes[i].from, mistakes[i].to),
			       mistakes[i].expected);
}

static void test_load__tells_everything_at_once(void **state)
{
	struct options_fixture *f = *state;

	assert_int_equal(
		options_load(f, "[maaxd]\nnode_id = x\nzzz = 1\n[source \"crm\"]\nai = none\n"),
		-EINVAL);
	for (size_t i = 0; i < option_count; i++) {
		const struct option *o = &options[i];
		CLEANUP(freep) char *missing = xasprintf(" %s: missing", o->key);

		if ((o->flags & OPT_REQUIRED) && !streq(o->key, "ai") &&
		    (o->section == SECTION_MAAXD || o->section == SECTION_MAAX ||
		     o->section == SECTION_SOURCE))
			assert_non_null(strstr(buf_text(&f->errors.text), missing));
	}
	assert_non_null(strstr(buf_text(&f->errors.text), ":2: [maaxd] node_id: not a number"));
	assert_non_null(strstr(buf_text(&f->errors.text), ":3: [maaxd] zzz: unknown key"));
	assert_non_null(strstr(buf_text(&f->errors.text), "there is no [listener \"NAME\"]"));
	assert_non_null(strstr(buf_text(&f->errors.text), "there is no [ai \"NAME\"]"));

	assert_int_equal(options_load(f, ""), -EINVAL);
	assert_int_equal(options_load(f, "[a\n"), -EINVAL);
}

static const struct {
	const char *from, *to, *expected; /* NULL: no warning */
} cautions[] = {
	{ "https://x.example/", "http://x.example/", ":3: [maaxd] public_url: http:" },
	{ "https://x.example/", "http://127.0.0.1:8080/", NULL },
	{ "https://x.example/", "http://localhost", NULL },
	{ "https://x.example/", "http://[::1]:8080", NULL },
	{ "https://maax.example", "http://maax.example", ":8: [maax] base_url: http:" },
	{ "https://maax.example", "https://app.maax.ai", NULL },
	{ "https://maax.example", "https://app.max.ai", "with two a's or one" },
	{ "callbacks api", "callbacks api\nmax_streams = 1001",
	  ":7: [listener \"public\"] max_str" },
	{ "callbacks api", "callbacks api\nmax_streams = 1000", NULL },
	{ "callbacks api", "callbacks hooks\nmax_streams = 1001", NULL },
	{ "callbacks api", "api", "no [listener] serves callbacks" },
	{ "callbacks api", "callbacks\nadmin_group = no-such-group", "no group \"no-such-group\"" },
	{ "= desk\n", "=\n", ":17: [destination \"desk\"]: no [source] names it" },
	{ "[maax]", "[listener \"b\"]\nlisten = 127.0.0.1:0\nserve = api\n[maax]", NULL },
	{ "127.0.0.1:8080", "[::1]:8080", NULL },
	{ "127.0.0.1:8080", "unix:/run/maaxd/x.sock", NULL },
};

static void test_load__warns_of_what_is_unwise(void **state)
{
	struct options_fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cautions); i++) {
		const char *text;

		assert_loads(f, options_load_changed(f, cautions[i].from, cautions[i].to));
		text = buf_text(&f->warnings.text);
		if (cautions[i].expected
			    ? f->warnings.count != 1 || !strstr(text, cautions[i].expected)
			    : f->warnings.count != 0)
			fail_msg("\"%s\": got \"%s\"", cautions[i].to, text);
	}
}

/* Print and reload. */

static void test_print__gives_the_configuration_back(void **state)
{
	struct options_fixture *f = *state;
	CLEANUP(buf_done) struct buf first = BUF_INIT(MIB);
	CLEANUP(buf_done) struct buf second = BUF_INIT(MIB);

	assert_loads(f,
		     options_load_changed(f, "[ai \"sales\"]\n",
					  "map_text = \"/a b\" #/Reply%20Text \"/back\\\\slash\"\n"
					  "map_contact =\n"
					  "submit_timeout = 1500ms\n"
					  "answer_deadline = 3m\n"
					  "submit_schedule = 0s 90s\n"
					  "[ai \"other\"]\n"
					  "ai_id = 9\n"
					  "output_format = none\n"
					  "[ai \"sales\"]\n"));
	assert_int_equal(config_print(f->config, &first), 0);
	assert_non_null(strstr(buf_text(&first), "\nsubmit_timeout = 1500ms\n"));
	assert_non_null(strstr(buf_text(&first), "\n# answer_deadline = 180s\n")); /* default */
	assert_non_null(strstr(buf_text(&first), "\nmap_contact =\n"));
	assert_non_null(strstr(buf_text(&first), "\noutput_format = none\n"));
	assert_non_null(strstr(buf_text(&first), "\n[listener \"public\"]\n"));
	assert_null(strstr(buf_text(&first), API_KEY));
	assert_null(strstr(buf_text(&first), CLEAR_KEY));
	assert_null(strstr(buf_text(&first), SECRET_BASE64));

	assert_loads(f, options_load(f, buf_text(&first)));
	assert_string_equal(f->config->maax.map_text.word[0], "/a b");
	assert_string_equal(f->config->maax.map_text.word[2], "/back\\slash");
	assert_int_equal(config_print(f->config, &second), 0);
	assert_string_equal(buf_text(&first), buf_text(&second));
}

static const struct {
	const char *from, *to, *expected; /* NULL: a reload takes it */
} reloads[] = {
	{ "kind = webhook", "kind = webhook\ntimeout = 1s", NULL },
	{ "https://x.example/", "https://y.example/", NULL },
	{ "[listener", "log_level = debug\n[listener", NULL },
	{ "[listener", "node_id = 0\n[listener", NULL },
	{ "[listener", "node_id = 1\n[listener", "[maaxd] node_id cannot change at a reload" },
	{ "/var/lib/maaxd", "/srv/maaxd", "[maaxd] state_dir cannot change" },
	{ "127.0.0.1:8080", "127.0.0.1:81", "[listener public] listen cannot change" },
	{ "callbacks api", "callbacks", "[listener public] serve cannot change" },
	{ "\"public\"", "\"outside\"", "[listener \"public\"] cannot go at a reload" },
	{ "[maax]", "[listener \"b\"]\nlisten = [::1]:81\nserve = api\n[maax]",
	  "[listener \"b\"] cannot come at a reload" },
};

static void test_reload__names_what_needs_a_restart(void **state)
{
	struct options_fixture *f = *state;
	struct config *old;

	assert_loads(f, options_load(f, options_good));
	old = TAKE(f->config);
	for (size_t i = 0; i < ARRAY_SIZE(reloads); i++) {
		int r;

		assert_loads(f, options_load_changed(f, reloads[i].from, reloads[i].to));
		r = config_check_reload(old, f->config, &f->errors);
		assert_int_equal(r, reloads[i].expected ? -EINVAL : 0);
		if (reloads[i].expected && !strstr(buf_text(&f->errors.text), reloads[i].expected))
			fail_msg("expected \"%s\", got \"%s\"", reloads[i].expected,
				 buf_text(&f->errors.text));
	}
	config_free(old);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, options_setup, options_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_table__rows_are_whole),
		TEST(test_table__defaults_and_samples_parse),
		TEST(test_example__passes_the_checks),
		TEST(test_example__file_is_what_is_printed),
		TEST(test_example__has_every_key),
		TEST(test_man__has_every_key_and_says_what_it_takes),
		TEST(test_example__passes_with_all_keys_set),
		TEST(test_load__fills_in_defaults),
		TEST(test_load__reads_values),
		TEST(test_load__resolves_references),
		TEST(test_load__makes_relays),
		TEST(test_events__have_names),
		TEST(test_load__tells_what_is_wrong),
		TEST(test_load__tells_everything_at_once),
		TEST(test_load__warns_of_what_is_unwise),
		TEST(test_print__gives_the_configuration_back),
		TEST(test_reload__names_what_needs_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
