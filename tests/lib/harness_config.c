/* The configuration of the harness: short times, no limits, and what the test wants otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/harness.h"

#include "base/buf.h"

#define MAX_CONFIG MIB

/* %D directory, %P public URL, %H its host and port, %S sim, %R receiver */
struct line {
	const char *key;
	const char *value;
};

static const struct line maaxd_lines[] = {
	{ "state_dir", "%D/state" }, { "public_url", "%P" },	   { "log_level", "debug" },
	{ "disk_reserve", "1M" },    { "shutdown_timeout", "5s" },
};

static const struct line public_lines[] = {
	{ "listen", "%H" },
	{ "serve", "callbacks api" },
};

static const struct line admin_lines[] = {
	{ "listen", "unix:%D/admin.sock" },
	{ "serve", "admin metrics" },
	{ "admin_token_file", "%D/admin-token" },
};

static const struct line maax_lines[] = {
	{ "base_url", "%S/api/v2" },  { "api_key_file", "%D/maax-api-key" },
	{ "submit_timeout", "5s" },   { "submit_schedule", "0s 50ms 100ms 200ms" },
	{ "answer_deadline", "60s" }, { "uncertain_wait", "300ms" },
	{ "hold_probe", "200ms" },
};

static const struct line ai_lines[] = {
	{ "ai_id", "123" },
};

static const struct line source_lines[] = {
	{ "kind", "api" },
	{ "ai", "sales" },
	{ "key_file", "%D/crm-keys" },
	{ "destinations", "desk" },
	{ "limit_conversation", "off" },
	{ "limit_rate", "off" },
	{ "limit_day", "off" },
};

static const struct line destination_lines[] = {
	{ "kind", "webhook" },
	{ "url", "%R/maax" },
	{ "secret_file", "%D/desk-secret" },
	{ "timeout", "5s" },
	{ "retry_schedule", "0s 50ms 100ms 200ms 500ms 1s 2s" },
};

static void add(struct buf *out, const char *text)
{
	assert_int_equal(buf_add_text(out, text), 0);
}

static void add_expanded(struct buf *out, const struct harness *h, const char *value)
{
	for (; *value; value++) {
		const char single[] = { *value, '\0' };

		if (*value != '%') {
			add(out, single);
			continue;
		}
		switch (*++value) {
		case 'D':
			add(out, h->dir);
			break;
		case 'P':
			add(out, h->public_url);
			break;
		case 'H':
			add(out, h->public_url + strlen("http://"));
			break;
		case 'S':
			add(out, h->sim.url);
			break;
		case 'R':
			add(out, h->receiver.url);
			break;
		default:
			fail_msg("no such word: %%%c", *value);
		}
	}
}

/* True when one of the lines sets that key. */
static bool sets(const char *lines, const char *key)
{
	const size_t len = strlen(key);

	for (const char *line = lines; line && *line; line = strchr(line, '\n')) {
		line += strspn(line, " \t\n");
		if (strncmp(line, key, len) == 0 && strchr(" \t=", line[len]))
			return true;
	}
	return false;
}

static void add_section(struct buf *out, const struct harness *h, const char *heading,
			const char *changed, const struct line *lines, size_t count)
{
	add(out, heading);
	add(out, "\n");
	for (size_t i = 0; i < count; i++) {
		if (sets(changed, lines[i].key))
			continue;
		add(out, lines[i].key);
		add(out, " = ");
		add_expanded(out, h, lines[i].value);
		add(out, "\n");
	}
	if (changed)
		add(out, changed);
	add(out, "\n\n");
}

char *harness_config(const struct harness *h, const struct harness_options *options)
{
	static const struct harness_options none;
	const struct harness_options *o = options ? options : &none;
	const struct {
		const char *heading, *changed;
		const struct line *lines;
		size_t count;
	} sections[] = {
		{ "[maaxd]", o->maaxd, maaxd_lines, ARRAY_SIZE(maaxd_lines) },
		{ "[listener \"public\"]", o->public, public_lines, ARRAY_SIZE(public_lines) },
		{ "[listener \"admin\"]", o->admin, admin_lines, ARRAY_SIZE(admin_lines) },
		{ "[maax]", o->maax, maax_lines, ARRAY_SIZE(maax_lines) },
		{ "[ai \"sales\"]", o->ai, ai_lines, ARRAY_SIZE(ai_lines) },
		{ "[source \"crm\"]", o->source, source_lines, ARRAY_SIZE(source_lines) },
		{ "[destination \"desk\"]", o->destination, destination_lines,
		  ARRAY_SIZE(destination_lines) },
	};
	CLEANUP(buf_done) struct buf out = BUF_INIT(MAX_CONFIG);

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		add_section(&out, h, sections[i].heading, sections[i].changed, sections[i].lines,
			    sections[i].count);
	if (o->more)
		add(&out, o->more);
	return buf_take(&out);
}

void harness_configure(struct harness *h, const struct harness_options *options)
{
	CLEANUP(freep) char *text = harness_config(h, options);

	daemon_write_config(&h->daemon, text);
}
