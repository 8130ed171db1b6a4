/* base/html: plain text from HTML and back, and which of the two a text is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/html.h"
#include "lib/html_check.h"

struct row {
	const char *from;
	const char *to;
};

static void test_to_text__of_everything(void **state)
{
	static const struct row rows[] = {
		{ "", "" },
		{ " \n ", "" },
		{ "x", "x" },
		{ "  a\n\t b&nbsp; c  ", "a b c" },
		{ "<p>a</p>\n<p>b</p>", "a\n\nb" },
		{ "<p></p><p>a</p><p> </p><p>b</p><p></p>", "a\n\nb" },
		{ "a<br>b<br/>c", "a\nb\nc" },
		{ "a<br><br>b<br><br><br><br>c<br>", "a\n\nb\n\nc" },
		{ "<p>a<br></p><p>b</p>", "a\n\nb" },
		{ "<div>a</div> <div>b</div>", "a\nb" },
		{ "<h1>A</h1>b<h4>C</h4>d", "A\n\nb\n\nC\n\nd" },
		{ "a<hr>b", "a\n\n---\n\nb" },
		{ "<blockquote>q</blockquote>s", "q\n\ns" },
		{ "<b>a</b><i>b</i> <u>c </u> d", "ab c d" },
		{ "a<script>x</script><style>y</style>b", "ab" },
		{ "Fish &amp; chips &lt;b&gt; &euro;5 &#x41;", "Fish & chips <b> \xE2\x82\xAC"
							       "5 A" },
		{ "<img src=x alt='a cat'>", "a cat" },

		{ "a<ul><li>b</li><li>c</li></ul>d", "a\n\n- b\n- c\n\nd" },
		{ "<ol><li>a<li>b<ul><li>c</ul><li>d</ol>", "1. a\n2. b\n  - c\n3. d" },
		{ "<ul><li><p>a</p><p>b</p></li><li><p>c</p></li></ul>", "- a\n  b\n- c" },
		{ "<ul><li></li><li>a</li></ul>", "- a" },
		{ "<ul><li>a<br>b</ul>", "- a\n  b" },
		{ "<ul><li>a</li><ul><li>b</li></ul></ul>", "- a\n  - b" },
		{ "<ul><li><ul><li>a</ul></ul>b", "- a\n\nb" },
		{ "<li>a</li><li>b</li>", "a\nb" },

		{ "<table><tr><th>A<th>B<tr><td>c<td>d</table>e", "A | B\nc | d\n\ne" },
		{ "<table><tr><td>a<td><td>c</table>", "a | | c" },
		{ "<table><tr><td><td>b</table>", "| b" },
		{ "<table><tr><td><p>a</p><p>b</p><td>c<br>d</table>", "a b | c d" },
		{ "<table><tr><td><ul><li>a<li>b</ul><td><pre>x\ny</pre></table>",
		  "- a - b | x y" },
		{ "<table><caption>cap</caption><tr><td>a</table>", "cap\n\na" },

		{ "<pre>\n  a  b\n\n\n c</pre>d", "a  b\n\n\n c\n\nd" },
		{ "x<pre>  a\n</pre>", "x\n\n  a" },

		{ "<a href='https://e.example/x'>here</a>.", "here (https://e.example/x)." },
		{ "<a href='https://e.example/x'>https://e.example/x</a>", "https://e.example/x" },
		{ "<a href='https://e.example/'>e.example</a>", "https://e.example/" },
		{ "<a href='https://e.example'>HTTPS://E.example</a>", "https://e.example" },
		{ "<a href='https://e.example/x'> <b>e.example</b> </a>",
		  "e.example (https://e.example/x)" },
		{ "<a href='https://e.example/x'><img src=y></a>", "https://e.example/x" },
		{ "<a href='mailto:a@e.example'>a@e.example</a>", "a@e.example" },
		{ "<a href='mailto:a@e.example'>write</a>", "write (a@e.example)" },
		{ "<a href='tel:+4930123'>call</a> us", "call (+4930123) us" },
		{ "<a href='javascript:x'>here</a>", "here" },
		{ "a <a href='https://e.example'>b</a><a href='https://f.example'>c</a>",
		  "a b (https://e.example)c (https://f.example)" },
		{ "<a href='https://e.example/x'><p>a</p></a><p>b</p>",
		  "a (https://e.example/x)\n\nb" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(freep) char *text = NULL;

		assert_int_equal(html_to_text(rows[i].from, strlen(rows[i].from), &text), 0);
		if (!streq(text, rows[i].to))
			fail_msg("%s: became [%s]: wanted [%s]", rows[i].from, text, rows[i].to);
	}
}

static void test_to_text__is_the_same_from_safe_html(void **state)
{
	const char *html = "<div>a <b>b</b></div><h1>c</h1><ul><li>d<li>e</ul><table><tr><td>f<td>g"
			   "</table><p>h<br>i <a href=https://e.example>j</a><pre>\n\nk</pre>";
	CLEANUP(freep) char *safe = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;

	(void)state;
	assert_int_equal(html_sanitize(html, strlen(html), &safe), 0);
	assert_int_equal(html_to_text(html, strlen(html), &first), 0);
	assert_int_equal(html_to_text(safe, strlen(safe), &second), 0);
	assert_string_equal(first, second);
}

static void test_to_text__is_bounded(void **state)
{
	CLEANUP(freep) char *html = xcalloc(HTML_MAX + 2, 1);
	CLEANUP(freep) char *text = NULL;

	(void)state;
	memset(html, 'x', HTML_MAX + 1);
	assert_int_equal(html_to_text(html, HTML_MAX + 1, &text), -E2BIG);
	assert_null(text);
	assert_int_equal(html_to_text(html, HTML_MAX, &text), 0);
	assert_int_equal(strlen(text), HTML_MAX);
}

static void test_from_text__escapes_and_parts(void **state)
{
	static const struct row rows[] = {
		{ "", "" },
		{ "\n \n", "" },
		{ "Hello", "<p>Hello</p>" },
		{ "a\nb\r\nc\rd", "<p>a<br>b<br>c<br>d</p>" },
		{ "a\n\nb\r\n \t\r\n\r\nc\n", "<p>a</p><p>b</p><p>c</p>" },
		{ "<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>" },
		{ "a & b &amp; \"c\" 'd'", "<p>a &amp; b &amp;amp; \"c\" 'd'</p>" },
		{ "a\x01\x7F\xC2\x85z", "<p>az</p>" },
		{ "\xC3\xA4 \xF0\x9F\x98\x80", "<p>\xC3\xA4 \xF0\x9F\x98\x80</p>" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(freep) char *html = html_from_text(rows[i].from);
		CLEANUP(freep) char *safe = NULL;

		assert_non_null(html);
		if (!streq(html, rows[i].to))
			fail_msg("%s: became %s: wanted %s", rows[i].from, html, rows[i].to);
		assert_null(html_check(html));
		assert_int_equal(html_sanitize(html, strlen(html), &safe), 0);
		assert_string_equal(html, safe);
	}
}

static void test_from_text__fails_softly(void **state)
{
	CLEANUP(freep) char *text = xcalloc(HTML_MAX + 2, 1);
	CLEANUP(freep) char *html = NULL;

	(void)state;
	assert_null(html_from_text("\xFF"));
	memset(text, '&', HTML_MAX + 1);
	assert_null(html_from_text(text));
	text[HTML_MAX] = '\0';
	html = html_from_text(text);
	assert_non_null(html);
	assert_int_equal(strlen(html), 5 * HTML_MAX + strlen("<p></p>"));
}

static void test_is_markup__knows_html(void **state)
{
	static const char *const html[] = {
		"Hello<br>there",
		"<p>Hello",
		"Hello</p>",
		"<P CLASS=\"x\">Hello</P>",
		"a<br/>b",
		"a<br />b",
		"a<BR\n>b",
		"<b>bold</b> move",
		"<a href=\"x\">y</a>",
		"<A HREF='x'>y</A>",
		"<ul>\n<li>a",
		"<h2 id=x>y",
		"<div>x",
		"<img src=x>",
		"<script>x",
		"<!-- x --> y",
		"<!DOCTYPE html>x",
		"Fish &amp; chips",
		"5&nbsp;km",
		"it&#39;s",
		"it&#x27;s",
		"a < b <br> c",
		"use `x`<br>",
		"a ` b<br>c",
		"<td data-x = y>",
		"text <strong>x</strong>",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(html); i++) {
		if (!html_is_markup(html[i], strlen(html[i])))
			fail_msg("not markup: %s", html[i]);
	}
}

static void test_is_markup__knows_plain_text(void **state)
{
	static const char *const text[] = {
		"",
		"<",
		"&",
		"`",
		"<>",
		"</",
		"</>",
		"&#;",
		"&#x;",
		"&;",
		"<!--",
		"<!-- x",
		"a < b and c > d",
		"a <b and c> d",
		"if a<b then c>d",
		"x <y> z",
		"1 <2> 3",
		"List<String> x",
		"vector<a> b",
		"map<i>",
		"<b>never closed",
		"Fish & chips",
		"AT&T",
		"https://e.example/?a=1&lt=2&amp=3",
		"<https://e.example>",
		"<ann@e.example>",
		"use `<br>` here",
		"```\n<p>x</p>\n```",
		"``<p> ` <p>``",
		"<brx>",
		"<br",
		"<p",
		"<p x",
		"<p x=y",
		"<preface>",
		"<3",
		"-> <-",
		"<table of contents>",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(text); i++) {
		CLEANUP(freep) char *exact = xcalloc(strlen(text[i]) + 1, 1);

		/* Without the NUL, so that a look beyond the end is seen. */
		exact = xrealloc(exact, strlen(text[i]) + (text[i][0] == '\0'), 1);
		memcpy(exact, text[i], strlen(text[i]));
		if (html_is_markup(exact, strlen(text[i])))
			fail_msg("markup: %s", text[i]);
	}
}

static void test_is_markup__looks_at_the_start_only(void **state)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(64 * KIB);

	(void)state;
	while (text.len < 16 * KIB)
		assert_int_equal(buf_add_text(&text, "<b>``<!--<p "), 0);
	assert_int_equal(buf_add_text(&text, "<br>"), 0);
	assert_false(html_is_markup(text.data, text.len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_to_text__of_everything),
		cmocka_unit_test(test_to_text__is_the_same_from_safe_html),
		cmocka_unit_test(test_to_text__is_bounded),
		cmocka_unit_test(test_from_text__escapes_and_parts),
		cmocka_unit_test(test_from_text__fails_softly),
		cmocka_unit_test(test_is_markup__knows_html),
		cmocka_unit_test(test_is_markup__knows_plain_text),
		cmocka_unit_test(test_is_markup__looks_at_the_start_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
