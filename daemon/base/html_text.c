/* Writes plain text from HTML, for SMS, notifications and clients that show no HTML. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/html_tree.h"

#define NO_LABEL SIZE_MAX

struct plain {
	struct buf out;
	unsigned newlines; /* to write before what comes next */
	bool space;	   /* so, one blank */
	char marker[16];   /* so, an item's */
	unsigned pre;	   /* how many of these are open */
	unsigned cells;
	unsigned row_cells;		/* that the present row has had */
	unsigned depth;			/* of lists */
	unsigned items[HTML_MAX_DEPTH]; /* the number of the next item; 0: dashes */
	const char *href;		/* of the open link */
	size_t label_at;		/* where its text starts */
};

/* Makes sure that what comes next is that many line breaks away. */
static void part(struct plain *plain, unsigned newlines)
{
	if (plain->marker[0])
		return;
	if (plain->cells > 0)
		plain->space = true;
	else if (plain->newlines < newlines)
		plain->newlines = newlines;
}

/* Blocks are parted by a blank line, but within a list. */
static void part_block(struct plain *plain)
{
	part(plain, plain->depth > 0 ? 1 : 2);
}

static int add_many(struct buf *out, char c, unsigned count)
{
	int r = 0;

	while (count-- > 0 && r == 0)
		r = buf_add(out, &c, 1);
	return r;
}

/* Writes what had to wait for the next visible character: at the end of all it is not wanted. */
static int begin(struct plain *plain)
{
	struct buf *out = &plain->out;
	unsigned indent = 2 * plain->depth - (plain->marker[0] ? 2 : 0);
	bool starts_line = plain->newlines > 0;
	int r = 0;

	if (out->len > 0 && starts_line)
		r = add_many(out, '\n', plain->newlines);
	else if (out->len > 0 && plain->space && out->data[out->len - 1] != ' ')
		r = add_many(out, ' ', 1);
	if (r == 0 && out->len > 0 && starts_line)
		r = add_many(out, ' ', indent);
	if (r == 0)
		r = buf_add_text(out, plain->marker);
	plain->newlines = 0;
	plain->space = false;
	plain->marker[0] = '\0';
	if (plain->href && plain->label_at == NO_LABEL)
		plain->label_at = out->len;
	return r;
}

static int add(struct plain *plain, const char *text)
{
	int r = begin(plain);

	return r < 0 ? r : buf_add_text(&plain->out, text);
}

/* The bytes of the blank at `text`, which may be one that does not break; 0 if it is none. */
static size_t blank_at(const char *text, size_t len)
{
	if (*text == ' ' || *text == '\t' || *text == '\n')
		return 1;
	return len > 1 && memcmp(text, "\xC2\xA0", 2) == 0 ? 2 : 0;
}

static int add_collapsed(struct plain *plain, const char *text, size_t len)
{
	int r = 0;

	while (len > 0 && r == 0) {
		size_t used = blank_at(text, len);

		if (used > 0) {
			plain->space = true;
		} else {
			while (used < len && blank_at(text + used, len - used) == 0)
				used++;
			r = begin(plain);
			if (r == 0)
				r = buf_add(&plain->out, text, used);
		}
		text += used;
		len -= used;
	}
	return r;
}

static int add_verbatim(struct plain *plain, const char *text, size_t len)
{
	int r = 0;

	while (len > 0 && r == 0) {
		const char *end = memchr(text, '\n', len);
		size_t used = end ? (size_t)(end - text) : len;

		if (used > 0) {
			r = begin(plain);
			if (r == 0)
				r = buf_add(&plain->out, text, used);
		} else {
			plain->newlines++;
			used = 1;
		}
		text += used;
		len -= used;
	}
	return r;
}

static int plain_text(const char *text, size_t len, void *context)
{
	struct plain *plain = context;

	if (plain->pre > 0 && plain->cells == 0)
		return add_verbatim(plain, text, len);
	return add_collapsed(plain, text, len);
}

static void start_item(struct plain *plain)
{
	unsigned *number;

	plain->marker[0] = '\0';
	part(plain, 1);
	if (plain->depth == 0)
		return;
	number = &plain->items[plain->depth - 1];
	if (*number == 0)
		snprintf(plain->marker, sizeof(plain->marker), "- ");
	else
		snprintf(plain->marker, sizeof(plain->marker), "%u. ", (*number)++);
}

static int start_cell(struct plain *plain)
{
	int r = 0;

	if (plain->row_cells++ > 0) {
		plain->space = true;
		r = add(plain, "| ");
	}
	plain->cells++;
	return r;
}

static int rule_off(struct plain *plain)
{
	int r;

	part_block(plain);
	r = add(plain, "---");
	part_block(plain);
	return r;
}

static void break_line(struct plain *plain)
{
	if (plain->cells > 0)
		plain->space = true;
	else if (!plain->marker[0] && (plain->newlines < 2 || plain->pre > 0))
		plain->newlines++;
}

static int plain_open(enum html_tag tag, const char *href, void *context)
{
	struct plain *plain = context;

	switch (tag) {
	case HTML_A:
		plain->href = href;
		plain->label_at = NO_LABEL;
		return 0;
	case HTML_BR:
		break_line(plain);
		return 0;
	case HTML_HR:
		return rule_off(plain);
	case HTML_UL:
	case HTML_OL:
		part_block(plain);
		plain->items[plain->depth++] = tag == HTML_OL;
		return 0;
	case HTML_LI:
		start_item(plain);
		return 0;
	case HTML_TR:
		part(plain, 1);
		if (plain->cells == 0)
			plain->row_cells = 0;
		return 0;
	case HTML_TH:
	case HTML_TD:
		return start_cell(plain);
	case HTML_PRE:
		plain->pre++;
		part_block(plain);
		return 0;
	case HTML_P:
	case HTML_BLOCKQUOTE:
	case HTML_TABLE:
	case HTML_H3:
	case HTML_H4:
	case HTML_H5:
	case HTML_H6:
		part_block(plain);
		return 0;
	case HTML_B:
	case HTML_STRONG:
	case HTML_I:
	case HTML_EM:
	case HTML_U:
	case HTML_S:
	case HTML_CODE:
	case HTML_THEAD:
	case HTML_TBODY:
	case HTML_TAGS:
		break;
	}
	return 0;
}

/* Whether the label is the url, but for what people leave out of one. */
static bool says_the_same(const char *label, const char *url)
{
	const char *scheme = strstr(url, "://");
	size_t len = strlen(label);

	if (scheme && strncasecmp(label, url, (size_t)(scheme - url) + 3) != 0)
		url = scheme + 3;
	return strncasecmp(label, url, len) == 0 && (!url[len] || strcmp(url + len, "/") == 0);
}

static int end_link(struct plain *plain)
{
	const char *url = TAKE(plain->href);
	const char *address = strchr(url, ':') + 1;
	size_t label_at = plain->label_at;
	const char *label;

	/* An address is read without its scheme. */
	if (address[0] != '/')
		url = address;
	if (label_at == NO_LABEL)
		return add(plain, url);
	label = plain->out.data + label_at;
	if (says_the_same(label, url)) {
		plain->out.len = label_at;
		return buf_add_text(&plain->out, url);
	}
	return buf_add_format(&plain->out, " (%s)", url);
}

static int plain_close(enum html_tag tag, void *context)
{
	struct plain *plain = context;

	switch (tag) {
	case HTML_A:
		return end_link(plain);
	case HTML_UL:
	case HTML_OL:
		plain->depth--;
		plain->marker[0] = '\0';
		part_block(plain);
		return 0;
	case HTML_LI:
		plain->marker[0] = '\0';
		part(plain, 1);
		return 0;
	case HTML_TR:
		part(plain, 1);
		return 0;
	case HTML_TH:
	case HTML_TD:
		plain->cells--;
		return 0;
	case HTML_PRE:
		plain->pre--;
		part_block(plain);
		return 0;
	case HTML_P:
	case HTML_BLOCKQUOTE:
	case HTML_TABLE:
	case HTML_H3:
	case HTML_H4:
	case HTML_H5:
	case HTML_H6:
		part_block(plain);
		return 0;
	case HTML_B:
	case HTML_STRONG:
	case HTML_I:
	case HTML_EM:
	case HTML_U:
	case HTML_S:
	case HTML_CODE:
	case HTML_BR:
	case HTML_HR:
	case HTML_THEAD:
	case HTML_TBODY:
	case HTML_TAGS:
		break;
	}
	return 0;
}

/* Only a <pre> can have written blanks at either end. */
static void trim(struct buf *out)
{
	buf_drop(out, strspn(buf_text(out), " \t\n"));
	while (out->len > 0 && strchr(" \t\n", out->data[out->len - 1]))
		out->data[--out->len] = '\0';
}

int html_to_text(const char *html, size_t len, char **ret_text)
{
	struct plain plain = { .out = BUF_INIT(HTML_MAX), .label_at = NO_LABEL };
	const struct html_writer writer = { plain_open, plain_close, plain_text, &plain };
	int r = html_tree_write(html, len, &writer);

	if (r == 0) {
		trim(&plain.out);
		*ret_text = buf_take(&plain.out);
	}
	buf_done(&plain.out);
	return r;
}
