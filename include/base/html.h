/*
 * Answers as HTML: what a stranger's AI wrote becomes HTML that is safe in any page, or plain text.
 *
 * Safe HTML is built from an allow list, never filtered: tags that are ours, the one attribute
 * a[href], and escaped text. There is no foreign content and no raw text element in it, and it is
 * nested so that a parser has nothing to repair; so every browser makes the same tree of it.
 *
 * What is kept: p br b strong i em u s a ul ol li blockquote code pre h3-h6 hr table thead tbody tr
 * th td. h1 and h2 become h3, as the page has its own; del and strike become s, tfoot tbody. A link
 * keeps its href if it is http, https, mailto or tel. script, style, svg, forms' text areas and
 * the like go with what is in them, pictures leave their alt text. Of everything else the text
 * stays; where it was a block of its own (div, dt, option), a <br> parts it from its neighbours.
 */
#ifndef MAAXD_BASE_HTML_H
#define MAAXD_BASE_HTML_H

#include "base/base.h"

/* Input and output each: a callback's body is no longer, so neither is an answer. */
#define HTML_MAX (2 * MIB)
/* Elements open at once in what is written; deeper ones lose their tag and keep their text. */
#define HTML_MAX_DEPTH 64
/* A longer link loses its tag. */
#define HTML_MAX_URL 2000

/*
 * A fragment of HTML5, as in a <body>, becomes safe HTML: well-formed, UTF-8, and its own result
 * when sanitized again. 0 and a heap string; -ENOMEM; -EINVAL when the bytes are not UTF-8; -E2BIG
 * when they or the result are longer than HTML_MAX, or elements are so many that they would take
 * too much memory or time (a thousand rows of three cells, or 10,000 tags in 26 KiB, still pass).
 * The caller then shows the bytes as text: html_from_text().
 */
MUST_CHECK int html_sanitize(const char *html, size_t len, char **ret_safe);

/*
 * The same as plain text: blocks parted by blank lines, "- " and "1. " before list items, cells by
 * " | ", links as "label (url)", or the url alone if the label says the same; nothing at either
 * end to trim. Errors as above.
 */
MUST_CHECK int html_to_text(const char *html, size_t len, char **ret_text);

/*
 * Plain text as safe HTML: blank lines part paragraphs, line breaks become <br>. A heap string;
 * NULL when the text is not UTF-8 or longer than HTML_MAX, or memory is out.
 */
char *html_from_text(const char *text);

/*
 * True when the text is HTML rather than plain text. It is when it has one of
 *   - a start or end tag of a common element: "<br>", "</td>", "<p class=...>". What follows the
 *     name must look like a tag, so "a <b and c> d" is text; and <a> <b> <i> <q> <s> <u>, which
 *     mathematics and generics know too, need their end tag;
 *   - a comment or an HTML doctype;
 *   - a character reference with its semicolon, of the names escaping uses, or a number.
 * What stands between backticks, as in Markdown, does not count, nor what comes behind the first
 * 16 KiB.
 */
bool html_is_markup(const char *text, size_t len);

#endif
