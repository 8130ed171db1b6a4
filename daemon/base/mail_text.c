/* Takes the history and the signature off a mail's text. The rules are in mail_text.h. */
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mail_text.h"

#define MAX_LINES 20000 /* what is behind them is left as it is */
#define MAX_ATTRIBUTION 3
#define MAX_SIGNATURE 10
#define MAX_FOOTER 120 /* bytes of a line that a device puts under a mail */

/* A text as lines; the last of them holds all the rest when there are too many. */
struct lines {
	const char **start;
	size_t *len; /* without the line end, and blanks before it */
	size_t count;
	size_t tail; /* from here on there are quoted and blank lines only */
};

static void lines_done(struct lines *lines)
{
	free(lines->start);
	free(lines->len);
}

static size_t right_trim(const char *text, size_t len)
{
	while (len > 0 && strchr(" \t\r", text[len - 1]))
		len--;
	return len;
}

static void split(const char *text, struct lines *lines)
{
	size_t count = 1;

	for (const char *p = text; *p && count < MAX_LINES; p++)
		count += *p == '\n';
	lines->start = xcalloc(count, sizeof(*lines->start));
	lines->len = xcalloc(count, sizeof(*lines->len));
	while (lines->count < count) {
		size_t len = lines->count + 1 < count ? strcspn(text, "\n") : strlen(text);

		lines->start[lines->count] = text;
		lines->len[lines->count++] = right_trim(text, len);
		text += len + (text[len] == '\n');
	}
}

static bool is_blank(const struct lines *lines, size_t i)
{
	return lines->len[i] == 0;
}

static bool is_quoted(const struct lines *lines, size_t i)
{
	return lines->len[i] > 0 && lines->start[i][0] == '>';
}

static bool begins(const char *text, size_t len, const char *with)
{
	return len >= strlen(with) && strncasecmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, size_t len, const char *with)
{
	return len >= strlen(with) &&
	       strncasecmp(text + len - strlen(with), with, strlen(with)) == 0;
}

static bool holds(const char *text, size_t len, const char *what)
{
	return memmem(text, len, what, strlen(what)) != NULL;
}

/* Index of the next line that is not blank, from `i` on; the count when there is none. */
static size_t next_line(const struct lines *lines, size_t i)
{
	while (i < lines->count && is_blank(lines, i))
		i++;
	return i;
}

static void cut(struct lines *lines, size_t count)
{
	lines->count = count;
	lines->tail = count;
	while (lines->tail > 0 &&
	       (is_blank(lines, lines->tail - 1) || is_quoted(lines, lines->tail - 1)))
		lines->tail--;
}

/* Whether nothing but quoted and blank lines stands from `i` on. */
static bool is_all_quoted(const struct lines *lines, size_t i)
{
	return i >= lines->tail;
}

/* ---- where the history begins ---- */

/* "On … wrote:" or "Am … schrieb …:". The number of its lines, 0 when it is none. */
static size_t attribution(const struct lines *lines, size_t i)
{
	const char *text = lines->start[i];
	bool is_english = begins(text, lines->len[i], "On ");
	bool is_german = begins(text, lines->len[i], "Am ");

	for (size_t n = 1; (is_english || is_german) && n <= MAX_ATTRIBUTION; n++) {
		size_t last = i + n - 1;
		size_t len;

		if (last >= lines->count || is_blank(lines, last) || is_quoted(lines, last))
			return 0;
		len = (size_t)(lines->start[last] - text) + lines->len[last];
		if (is_english ? ends(text, len, "wrote:")
			       : ends(text, len, ":") && holds(text, len, "schrieb"))
			return n;
	}
	return 0;
}

static bool is_attributed_history(const struct lines *lines, size_t i)
{
	size_t n = attribution(lines, i);
	size_t next;

	if (n == 0)
		return false;
	next = next_line(lines, i + n);
	if (next == lines->count)
		return true;
	if (is_quoted(lines, next))
		return is_all_quoted(lines, next);
	return holds(lines->start[i],
		     (size_t)(lines->start[i + n - 1] - lines->start[i]) + lines->len[i + n - 1],
		     "@");
}

/* "-----Original Message-----", with any number of dashes from two on. */
static bool is_dashed(const char *text, size_t len, const char *title)
{
	size_t dashes = strspn(text, "-");
	size_t title_len = strlen(title);

	if (dashes < 2 || dashes >= len)
		return false;
	text += dashes;
	len -= dashes;
	while (len > 0 && *text == ' ') {
		text++;
		len--;
	}
	return begins(text, len, title) && len > title_len && ends(text, len, "--");
}

static bool is_forward(const struct lines *lines, size_t i)
{
	static const char *const titles[] = { "Forwarded message", "Weitergeleitete Nachricht" };

	for (size_t k = 0; k < ARRAY_SIZE(titles); k++)
		if (is_dashed(lines->start[i], lines->len[i], titles[k]))
			return true;
	return begins(lines->start[i], lines->len[i], "Begin forwarded message:") ||
	       begins(lines->start[i], lines->len[i], "Anfang der weitergeleiteten Nachricht:");
}

/* Whether a line is one of Outlook's header lines; emphasis (*From:*) is looked through. */
static bool is_header_line(const struct lines *lines, size_t i, const char *const *names)
{
	const char *text = lines->start[i];
	size_t len = lines->len[i];

	while (len > 0 && (*text == '*' || *text == ' ')) {
		text++;
		len--;
	}
	for (; *names; names++)
		if (begins(text, len, *names))
			return true;
	return false;
}

static bool is_header_block(const struct lines *lines, size_t i)
{
	static const char *const first[] = { "From:", "Von:", NULL };
	static const char *const further[] = { "Sent:",	    "Date:",  "To:", "Cc:",	 "Subject:",
					       "Gesendet:", "Datum:", "An:", "Betreff:", NULL };
	unsigned count = 1;

	if (!is_header_line(lines, i, first))
		return false;
	for (size_t k = i + 1; k < lines->count && k < i + 6 && !is_blank(lines, k); k++)
		count += is_header_line(lines, k, further);
	return count >= 3;
}

static bool is_outlook_history(const struct lines *lines, size_t i)
{
	const char *text = lines->start[i];
	size_t len = lines->len[i];
	size_t next;

	if (is_dashed(text, len, "Original Message") ||
	    is_dashed(text, len, "Ursprüngliche Nachricht") || is_header_block(lines, i))
		return true;
	if (len < 20 || strspn(text, "_") < len)
		return false;
	next = next_line(lines, i + 1);
	return next < lines->count && is_header_block(lines, next);
}

/* The number of lines before the history. */
static size_t find_history(const struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		if (is_forward(lines, i))
			return lines->count;
		if (is_outlook_history(lines, i) || is_attributed_history(lines, i) ||
		    (is_quoted(lines, i) && is_all_quoted(lines, i)))
			return i;
	}
	return lines->count;
}

/* ---- signatures ---- */

/* "-- " begins it; without its blank, which many programs lose, it must be a short one. */
static size_t find_signature(const struct lines *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (lines->len[i] != 2 || strncmp(lines->start[i], "--", 2) != 0)
			continue;
		if (lines->start[i][2] == ' ' || count - i <= MAX_SIGNATURE)
			return i;
	}
	return count;
}

/* What devices and apps write under a mail. */
static bool is_footer(const char *text, size_t len)
{
	static const struct {
		const char *start, *end;
	} footers[] = {
		{ "Sent from my ", "" },
		{ "Sent from Outlook", "" },
		{ "Sent from Mail for ", "" },
		{ "Sent from Yahoo", "" },
		{ "Sent via ", "" },
		{ "Get Outlook for ", "" },
		{ "Von meinem ", "gesendet" },
		{ "Von meinem ", "gesendet." },
		{ "Von meiner ", "gesendet" },
		{ "Gesendet von ", "" },
		{ "Gesendet mit ", "" },
		{ "Holen Sie sich Outlook", "" },
		{ "Diese Nachricht wurde von meinem ", "gesendet." },
	};

	for (size_t i = 0; len <= MAX_FOOTER && i < ARRAY_SIZE(footers); i++)
		if (begins(text, len, footers[i].start) && ends(text, len, footers[i].end))
			return true;
	return false;
}

static size_t without_footer(const struct lines *lines, size_t count)
{
	while (count > 0 && is_blank(lines, count - 1))
		count--;
	if (count > 0 && is_footer(lines->start[count - 1], lines->len[count - 1]))
		count--;
	return count;
}

/* The first `count` lines without blank ones at both ends. */
static char *join(const struct lines *lines, size_t count)
{
	size_t first = 0;
	char *text = xstrdup("");
	struct buf out;

	while (first < count && is_blank(lines, first))
		first++;
	while (count > first && is_blank(lines, count - 1))
		count--;
	if (first == count)
		return text;
	out = BUF_INIT(strlen(lines->start[first]) + 1);
	for (size_t i = first; i < count; i++)
		if (buf_add(&out, lines->start[i], lines->len[i]) < 0 ||
		    (i + 1 < count && buf_add_text(&out, "\n") < 0))
			abort();
	free(text);
	return buf_take(&out);
}

char *mail_text_strip(const char *text)
{
	CLEANUP(lines_done) struct lines lines = { 0 };
	char *stripped;
	size_t count, all;

	split(text, &lines);
	all = lines.count;
	cut(&lines, all);
	count = find_history(&lines);
	if (count == lines.count) { /* a signature below the quoted lines hides what they are */
		cut(&lines, find_signature(&lines, count));
		count = find_history(&lines);
	}
	count = find_signature(&lines, count);
	count = without_footer(&lines, count);
	stripped = join(&lines, count);
	if (stripped[0])
		return stripped;
	free(stripped);
	return join(&lines, all);
}
