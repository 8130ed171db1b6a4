/*
 * Within base/html: makes any sequence of elements and text one that HTML5 parsers read back
 * exactly as it is, and hands it to a writer.
 */
#ifndef MAAXD_BASE_HTML_SHAPE_H
#define MAAXD_BASE_HTML_SHAPE_H

#include "base/html.h"

/* What may be written, in the groups html_shape.c asks for. */
enum html_tag {
	HTML_B,
	HTML_STRONG,
	HTML_I,
	HTML_EM,
	HTML_U,
	HTML_S,
	HTML_CODE,
	HTML_A,
	HTML_BR,
	HTML_HR,
	HTML_P,
	HTML_BLOCKQUOTE,
	HTML_PRE,
	HTML_UL,
	HTML_OL,
	HTML_H3,
	HTML_H4,
	HTML_H5,
	HTML_H6,
	HTML_LI,
	HTML_TABLE,
	HTML_THEAD,
	HTML_TBODY,
	HTML_TR,
	HTML_TH,
	HTML_TD,
	HTML_TAGS,
};

const char *html_tag_name(enum html_tag tag);

/* Where the result goes. Each returns 0 or a negative errno, which ends the work. */
struct html_writer {
	/* `href` for HTML_A, else NULL; valid until its close. HTML_BR and HTML_HR have no close.
	 */
	int (*open)(enum html_tag tag, const char *href, void *context);
	int (*close)(enum html_tag tag, void *context);
	/* UTF-8 without control characters but tab and line feed; never empty. */
	int (*text)(const char *text, size_t len, void *context);
	void *context;
};

struct html_shape {
	const struct html_writer *writer;
	struct {
		enum html_tag tag;
		const void *owner;
	} open[HTML_MAX_DEPTH];
	unsigned depth;
	bool line_used;	  /* text stands on the present line */
	bool line_wanted; /* what comes next belongs on another one */
	int error;	  /* the writer's first */
	char href[HTML_MAX_URL + 1];
};

/*
 * One call for each node, in the order of the tree. `owner` is the node, by which its end finds
 * what its start opened, if anything; `parent` its parent. `href` may be NULL.
 */
void html_shape_start(struct html_shape *shape, enum html_tag tag, const char *href,
		      const void *owner, const void *parent);
void html_shape_end(struct html_shape *shape, enum html_tag tag, const void *owner);
void html_shape_text(struct html_shape *shape, const char *text, size_t len);
/* The start or the end of a block that has no tag of its own. */
void html_shape_line(struct html_shape *shape);
/* A table's caption starts: its text stands outside of the table. */
void html_shape_caption(struct html_shape *shape);
/* Closes what is open. 0, or the writer's first error. */
MUST_CHECK int html_shape_finish(struct html_shape *shape);

/*
 * The URL as browsers take it, blanks and control characters of no meaning removed, if it is an
 * absolute http, https, mailto or tel one of at most HTML_MAX_URL bytes. False if not.
 */
MUST_CHECK bool html_link(const char *value, char ret_url[static HTML_MAX_URL + 1]);

#endif
