/* Writes safe HTML, from a tree or from plain text. */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/html_tree.h"
#include "base/json.h"

struct safe {
	struct buf out;
	bool pre_starts; /* nothing is in the <pre> yet */
};

/* `special` of the characters & < > " are written as references. */
static int add_escaped(struct buf *out, const char *text, size_t len, const char *special)
{
	int r = 0;

	while (len > 0 && r == 0) {
		size_t run = 0;

		while (run < len && !strchr(special, text[run]))
			run++;
		r = buf_add(out, text, run);
		text += run;
		len -= run;
		if (len == 0 || r < 0)
			break;
		r = buf_add_text(out, *text == '&'   ? "&amp;"
				      : *text == '<' ? "&lt;"
				      : *text == '>' ? "&gt;"
						     : "&quot;");
		text++;
		len--;
	}
	return r;
}

static int safe_open(enum html_tag tag, const char *href, void *context)
{
	struct safe *safe = context;
	int r = 0;

	safe->pre_starts = tag == HTML_PRE;
	if (!href)
		return buf_add_format(&safe->out, "<%s>", html_tag_name(tag));
	r = buf_add_text(&safe->out, "<a href=\"");
	if (r == 0)
		r = add_escaped(&safe->out, href, strlen(href), "&<>\"");
	if (r == 0)
		r = buf_add_text(&safe->out,
				 "\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">");
	return r;
}

static int safe_close(enum html_tag tag, void *context)
{
	struct safe *safe = context;

	safe->pre_starts = false;
	return buf_add_format(&safe->out, "</%s>", html_tag_name(tag));
}

static int safe_text(const char *text, size_t len, void *context)
{
	struct safe *safe = context;
	int r = 0;

	/* Parsers leave out the first line break of a <pre>. */
	if (safe->pre_starts && text[0] == '\n')
		r = buf_add_text(&safe->out, "\n");
	safe->pre_starts = false;
	return r < 0 ? r : add_escaped(&safe->out, text, len, "&<>");
}

int html_sanitize(const char *html, size_t len, char **ret_safe)
{
	struct safe safe = { .out = BUF_INIT(HTML_MAX) };
	const struct html_writer writer = { safe_open, safe_close, safe_text, &safe };
	int r = html_tree_write(html, len, &writer);

	if (r == 0)
		*ret_safe = buf_take(&safe.out);
	buf_done(&safe.out);
	return r;
}

/* The length of the line at `text` without its end, and in *ret_next where the next one starts. */
static size_t line_at(const char *text, size_t *ret_next)
{
	size_t len = strcspn(text, "\r\n");

	*ret_next = len + (text[len] == '\r' && text[len + 1] == '\n' ? 2 : text[len] != '\0');
	return len;
}

static void shape_paragraphs(struct html_shape *shape, const char *text)
{
	bool is_open = false;
	size_t next = 0;

	for (; *text; text += next) {
		size_t len = line_at(text, &next);

		if (strspn(text, " \t") >= len) {
			html_shape_end(shape, HTML_P, shape);
			is_open = false;
			continue;
		}
		html_shape_start(shape, is_open ? HTML_BR : HTML_P, NULL, shape, NULL);
		html_shape_text(shape, text, len);
		is_open = true;
	}
}

char *html_from_text(const char *text)
{
	/* A byte becomes at most "&amp;", and a paragraph's tags stand for two or three bytes. */
	struct safe safe = { .out = BUF_INIT(6 * HTML_MAX) };
	const struct html_writer writer = { safe_open, safe_close, safe_text, &safe };
	struct html_shape shape = { .writer = &writer };
	size_t len = strlen(text);
	char *html = NULL;

	if (len > HTML_MAX || !json_is_utf8(text, len))
		return NULL;
	shape_paragraphs(&shape, text);
	if (html_shape_finish(&shape) == 0)
		html = buf_take(&safe.out);
	buf_done(&safe.out);
	return html;
}
