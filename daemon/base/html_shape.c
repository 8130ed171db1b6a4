/*
 * Nesting that survives a parser. HTML5 repairs what it reads: a block closes an open p, an a
 * closes an open a, text in a table moves in front of it. Here all that is done before it is
 * written.
 */
#include <string.h>

#include "base/html_shape.h"
#include "base/json_check.h"

static const char *const names[HTML_TAGS] = {
	[HTML_B] = "b",		[HTML_STRONG] = "strong", [HTML_I] = "i",
	[HTML_EM] = "em",	[HTML_U] = "u",		  [HTML_S] = "s",
	[HTML_CODE] = "code",	[HTML_A] = "a",		  [HTML_BR] = "br",
	[HTML_HR] = "hr",	[HTML_P] = "p",		  [HTML_BLOCKQUOTE] = "blockquote",
	[HTML_PRE] = "pre",	[HTML_UL] = "ul",	  [HTML_OL] = "ol",
	[HTML_H3] = "h3",	[HTML_H4] = "h4",	  [HTML_H5] = "h5",
	[HTML_H6] = "h6",	[HTML_LI] = "li",	  [HTML_TABLE] = "table",
	[HTML_THEAD] = "thead", [HTML_TBODY] = "tbody",	  [HTML_TR] = "tr",
	[HTML_TH] = "th",	[HTML_TD] = "td",
};

const char *html_tag_name(enum html_tag tag)
{
	return names[tag];
}

static bool is_inline(enum html_tag tag)
{
	return tag <= HTML_A;
}

static bool is_heading(enum html_tag tag)
{
	return tag >= HTML_H3 && tag <= HTML_H6;
}

/* Has cells or rows in it, and nothing else. */
static bool is_frame(enum html_tag tag)
{
	return tag >= HTML_TABLE && tag <= HTML_TR;
}

static bool top_is(const struct html_shape *shape, enum html_tag tag)
{
	return shape->depth > 0 && shape->open[shape->depth - 1].tag == tag;
}

static void note(struct html_shape *shape, int r)
{
	if (r < 0 && shape->error == 0)
		shape->error = r;
}

/* A block starts or ends: so does a line. */
static void new_line(struct html_shape *shape, enum html_tag tag)
{
	if (is_inline(tag))
		return;
	shape->line_used = false;
	shape->line_wanted = false;
}

static void push(struct html_shape *shape, enum html_tag tag, const void *owner)
{
	const char *href = tag == HTML_A ? shape->href : NULL;

	note(shape, shape->writer->open(tag, href, shape->writer->context));
	shape->open[shape->depth].tag = tag;
	shape->open[shape->depth].owner = owner;
	shape->depth++;
	new_line(shape, tag);
}

static void pop_to(struct html_shape *shape, unsigned depth)
{
	while (shape->depth > depth) {
		enum html_tag tag = shape->open[--shape->depth].tag;

		note(shape, shape->writer->close(tag, shape->writer->context));
		new_line(shape, tag);
	}
}

static void put_void(struct html_shape *shape, enum html_tag tag)
{
	note(shape, shape->writer->open(tag, NULL, shape->writer->context));
	new_line(shape, tag);
}

static void start_wanted_line(struct html_shape *shape)
{
	if (shape->line_wanted)
		put_void(shape, HTML_BR);
}

/* Ends a table that is between two cells, where nothing but a cell or a row may come. */
static void leave_frame(struct html_shape *shape)
{
	while (shape->depth > 0 && is_frame(shape->open[shape->depth - 1].tag))
		pop_to(shape, shape->depth - 1);
}

/* Ends the paragraph that a block would end in a parser. One outside of the present cell stays. */
static void close_paragraph(struct html_shape *shape)
{
	for (unsigned i = shape->depth; i > 0; i--) {
		enum html_tag tag = shape->open[i - 1].tag;

		if (tag == HTML_TD || tag == HTML_TH)
			return;
		if (tag == HTML_P)
			pop_to(shape, i - 1);
	}
}

static bool is_open(const struct html_shape *shape, enum html_tag tag)
{
	for (unsigned i = 0; i < shape->depth; i++) {
		if (shape->open[i].tag == tag)
			return true;
	}
	return false;
}

static bool is_in_list(const struct html_shape *shape)
{
	unsigned i = shape->depth;

	while (i > 0 && is_inline(shape->open[i - 1].tag))
		i--;
	return i > 0 && (shape->open[i - 1].tag == HTML_UL || shape->open[i - 1].tag == HTML_OL);
}

/* True if it was opened. Twice the same says nothing more, and a link in a link ends the outer. */
static bool start_inline(struct html_shape *shape, enum html_tag tag, const char *href,
			 const void *owner)
{
	leave_frame(shape);
	if (is_open(shape, tag) || shape->depth == HTML_MAX_DEPTH)
		return false;
	if (tag == HTML_A && (!href || !html_link(href, shape->href)))
		return false;
	start_wanted_line(shape);
	push(shape, tag, owner);
	return true;
}

static bool start_block(struct html_shape *shape, enum html_tag tag, const void *owner)
{
	/* Whoever opens a table can open its cells. */
	unsigned room = tag == HTML_TABLE ? 4 : 1;

	leave_frame(shape);
	close_paragraph(shape);
	if (is_heading(tag) && shape->depth > 0 && is_heading(shape->open[shape->depth - 1].tag))
		pop_to(shape, shape->depth - 1);
	if (shape->depth + room > HTML_MAX_DEPTH)
		return false;
	push(shape, tag, owner);
	return true;
}

/* True if it was opened, which is where the rows, the table and its cells fit together. */
static bool start_row_or_cell(struct html_shape *shape, enum html_tag tag, const void *owner,
			      const void *parent)
{
	bool fits;

	if (tag == HTML_THEAD || tag == HTML_TBODY)
		fits = top_is(shape, HTML_TABLE) || start_block(shape, HTML_TABLE, parent);
	else if (tag == HTML_TR)
		fits = top_is(shape, HTML_THEAD) || top_is(shape, HTML_TBODY);
	else
		fits = top_is(shape, HTML_TR);
	if (fits)
		push(shape, tag, owner);
	return fits;
}

static bool start_item(struct html_shape *shape, const void *owner)
{
	if (!is_in_list(shape) || shape->depth == HTML_MAX_DEPTH)
		return false;
	push(shape, HTML_LI, owner);
	return true;
}

void html_shape_start(struct html_shape *shape, enum html_tag tag, const char *href,
		      const void *owner, const void *parent)
{
	bool opened;

	if (is_inline(tag)) {
		start_inline(shape, tag, href, owner);
		return;
	}
	if (tag == HTML_BR || tag == HTML_HR) {
		leave_frame(shape);
		if (tag == HTML_HR)
			close_paragraph(shape);
		else
			start_wanted_line(shape);
		put_void(shape, tag);
		return;
	}
	if (tag == HTML_LI)
		opened = start_item(shape, owner);
	else if (tag == HTML_TABLE)
		opened = false; /* with its first row, so that a caption comes before it */
	else if (tag > HTML_TABLE)
		opened = start_row_or_cell(shape, tag, owner, parent);
	else
		opened = start_block(shape, tag, owner);
	if (!opened)
		html_shape_line(shape);
}

void html_shape_end(struct html_shape *shape, enum html_tag tag, const void *owner)
{
	for (unsigned i = shape->depth; i > 0; i--) {
		if (shape->open[i - 1].owner == owner) {
			pop_to(shape, i - 1);
			return;
		}
	}
	if (!is_inline(tag) && tag != HTML_BR && tag != HTML_HR)
		html_shape_line(shape);
}

void html_shape_line(struct html_shape *shape)
{
	shape->line_wanted = shape->line_used;
}

void html_shape_caption(struct html_shape *shape)
{
	leave_frame(shape);
	html_shape_line(shape);
}

/* Controls and noncharacters, which parsers leave out or replace, and the byte order mark. */
static bool is_unwanted(const uint8_t *at, size_t size)
{
	if (size == 1)
		return (at[0] < 0x20 && at[0] != '\t' && at[0] != '\n') || at[0] == 0x7F;
	if (size == 2)
		return at[0] == 0xC2 && at[1] < 0xA0;
	/* U+FFFE and U+FFFF of each plane */
	if ((at[size - 3] & 0x0F) == 0x0F && at[size - 2] == 0xBF && at[size - 1] >= 0xBE)
		return true;
	if (size == 4)
		return false;
	return memcmp(at, "\xEF\xBB\xBF", 3) == 0 ||
	       (at[0] == 0xEF && at[1] == 0xB7 && at[2] >= 0x90 && at[2] <= 0xAF);
}

/* The length of the character at `text` if it may be written; else 0. Either way *ret_skip. */
static size_t plain_char(const char *text, size_t len, size_t *ret_skip)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t size = json_check_utf8(at, len);

	*ret_skip = size > 0 ? size : 1;
	return size == 0 || is_unwanted(at, size) ? 0 : size;
}

static bool is_blank(const char *text, size_t len)
{
	size_t skip = 0;

	for (size_t i = 0; i < len; i += skip) {
		if (plain_char(text + i, len - i, &skip) > 0 && !strchr(" \t\n", text[i]))
			return false;
	}
	return true;
}

/* In runs that are as long as nothing must be left out or replaced. */
static void put_text(struct html_shape *shape, const char *text, size_t len)
{
	size_t start = 0, skip = 0;

	for (size_t i = 0; i <= len; i += skip) {
		if (i < len && plain_char(text + i, len - i, &skip) > 0)
			continue;
		if (i > start)
			note(shape,
			     shape->writer->text(text + start, i - start, shape->writer->context));
		if (i == len)
			return;
		if (text[i] == '\r' || text[i] == '\f')
			note(shape, shape->writer->text(text[i] == '\r' ? "\n" : " ", 1,
							shape->writer->context));
		start = i + skip;
	}
}

/* Blanks between cells or before a line that has yet to start; a parser or a reader drops them. */
static bool blanks_count(const struct html_shape *shape)
{
	if (shape->depth > 0 && is_frame(shape->open[shape->depth - 1].tag))
		return false;
	return !shape->line_wanted || is_open(shape, HTML_PRE);
}

void html_shape_text(struct html_shape *shape, const char *text, size_t len)
{
	if (!is_blank(text, len)) {
		leave_frame(shape);
		start_wanted_line(shape);
		shape->line_used = true;
	} else if (!blanks_count(shape)) {
		return;
	}
	put_text(shape, text, len);
}

int html_shape_finish(struct html_shape *shape)
{
	pop_to(shape, 0);
	return shape->error;
}
