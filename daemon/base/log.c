/*
 * The log. Each line is made safe and leaves whole, so that lines of ours and of child processes on
 * the same pipe never mix: a pipe takes PIPE_BUF bytes at once.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define LINE_MAX_BYTES 1000 /* of text: the prefix and the newline come on top */
#define PREFIX_SIZE 3	    /* "<6>" */

static const char cut_mark[] = "…";
#define CUT_MARK_LEN (sizeof(cut_mark) - 1)

static enum log_level threshold = LOG_LEVEL_INFO;
static bool has_prefix;
static bool is_gathering;
static char gathered[PIPE_BUF];
static size_t gathered_len;

struct line {
	char text[PREFIX_SIZE + LINE_MAX_BYTES + 1];
	size_t len;
	size_t fit; /* length up to which a cut mark still has room */
	size_t end; /* ceiling of len */
};
_Static_assert(sizeof(((struct line *)0)->text) <= PIPE_BUF, "a line goes in one piece");

static void write_gathered(void)
{
	ssize_t written;

	if (gathered_len == 0)
		return;
	/* A log that cannot be written must not stop the daemon: what fails is dropped. */
	do
		written = write(STDERR_FILENO, gathered, gathered_len);
	while (written < 0 && errno == EINTR);
	gathered_len = 0;
}

static void on_abort(int signo)
{
	(void)signo;
	write_gathered();
}

void log_open(enum log_level level, bool with_prefix)
{
	/* abort() goes on when the handler returns. */
	const struct sigaction action = { .sa_handler = on_abort, .sa_flags = SA_RESETHAND };

	threshold = level;
	has_prefix = with_prefix;
	sigaction(SIGABRT, &action, NULL);
}

void log_gather(void)
{
	is_gathering = true;
}

void log_release(void)
{
	is_gathering = false;
	write_gathered();
}

void log_set_level(enum log_level level)
{
	threshold = level;
}

bool log_is_on(enum log_level level)
{
	return level <= threshold;
}

int log_level_parse(const char *name)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = {
		{ "error", LOG_LEVEL_ERROR },	{ "warning", LOG_LEVEL_WARNING },
		{ "notice", LOG_LEVEL_NOTICE }, { "info", LOG_LEVEL_INFO },
		{ "debug", LOG_LEVEL_DEBUG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (streq(name, levels[i].name))
			return (int)levels[i].level;
	return -EINVAL;
}

/* Length of the well-formed UTF-8 character at `p`, 0 if there is none or it is a C1 control. */
static size_t character(const unsigned char *p)
{
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;

	if (p[0] > 0xF4)
		return 0;
	/* C1 controls, overlong forms, surrogates, and what is past U+10FFFF. */
	if ((p[0] == 0xC2 && p[1] < 0xA0) || (p[0] == 0xE0 && p[1] < 0xA0) ||
	    (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF0 && p[1] < 0x90) ||
	    (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	return len;
}

/* Appends one printed character whole, or cuts the line before it. False when the line is full. */
static bool add(struct line *line, const char *printed, size_t len)
{
	if (len > line->end - line->len) {
		memcpy(line->text + line->fit, cut_mark, CUT_MARK_LEN);
		line->len = line->fit + CUT_MARK_LEN;
		return false;
	}
	memcpy(line->text + line->len, printed, len);
	line->len += len;
	if (line->len + CUT_MARK_LEN <= line->end)
		line->fit = line->len;
	return true;
}

/* A terminal and a journal obey controls, and a journal hides a line that is not UTF-8: escaped. */
static void add_escaped(struct line *line, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	char escape[sizeof("\\xNN")];

	while (*p != '\0') {
		size_t len = character(p);
		bool is_control = *p < 0x20 || *p == 0x7F;

		if (len > 0 && !is_control) {
			if (!add(line, (const char *)p, len))
				return;
			p += len;
			continue;
		}
		snprintf(escape, sizeof(escape), "\\x%02X", *p);
		if (!add(line, escape, sizeof(escape) - 1))
			return;
		p++;
	}
}

static void put_line(enum log_level level, const char *text, size_t len)
{
	if (len > sizeof(gathered) - gathered_len)
		write_gathered();
	memcpy(gathered + gathered_len, text, len);
	gathered_len += len;
	if (!is_gathering || level < LOG_LEVEL_INFO)
		write_gathered();
}

void log_write(enum log_level level, const char *format, ...)
{
	struct line line = { .end = LINE_MAX_BYTES };
	char text[LINE_MAX_BYTES + 2]; /* one byte over, so that add() sees what is too long */
	int saved_errno = errno;
	va_list args;

	if (!log_is_on(level))
		return;
	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	va_end(args);

	if (has_prefix) {
		line.len = line.fit = PREFIX_SIZE;
		line.end += PREFIX_SIZE;
		memcpy(line.text, (char[]){ '<', (char)('0' + level), '>' }, PREFIX_SIZE);
	}
	add_escaped(&line, text);
	line.text[line.len++] = '\n';
	put_line(level, line.text, line.len);
	errno = saved_errno;
}
