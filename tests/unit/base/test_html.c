/* base/html: what comes out is safe, whatever comes in, and stays as it is when it comes again. */
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

/* A string literal that may hold NUL, and its length. */
#define BYTES(literal) (literal), sizeof(literal) - 1
/* What stands behind the URL of each link. */
#define REL "\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">"

struct row {
	const char *html;
	size_t len;
	const char *safe;
};

static const struct row attacks[] = {
	{ BYTES("<p onclick=\"alert(1)\">x</p>"), "<p>x</p>" },
	{ BYTES("<img src=x onerror=alert(1) alt=\"a picture\">"), "a picture" },
	{ BYTES("<a href=\"javascript:alert(1)\">x</a>"), "x" },
	{ BYTES("<a href=\"JaVaScRiPt:alert(1)\">x</a>"), "x" },
	{ BYTES("<a href=\"java\tscript:alert(1)\">x</a>"), "x" },
	{ BYTES("<a href=\"&#106;avascript:alert(1)\">x</a>"), "x" },
	{ BYTES("<a href=\"&#x6A&#x61vascript:alert(1)\">x</a>"), "x" },
	{ BYTES("<a href=\" &#1; javascript:alert(1)\">x</a>"), "x" },
	{ BYTES("<a href=\"javascript&colon;alert(1)\">x</a>"), "x" },
	{ BYTES("<a href=\"java\0script:alert(1)\">x</a>"), "x" },
	{ BYTES("<a href=\"data:text/html,<script>alert(1)</script>\">x</a>"), "x" },
	{ BYTES("<a href=\"vbscript:x\">x</a>"), "x" },
	{ BYTES("<a href=\"//evil.example/x\">x</a>"), "x" },
	{ BYTES("<a href=\"/x\">x</a>"), "x" },
	{ BYTES("<a href=\"#x\">x</a>"), "x" },
	{ BYTES("<a href=\"?x\">x</a>"), "x" },
	{ BYTES("<a href=\"https:evil\">x</a>"), "x" },
	{ BYTES("<a href=\"https:\\\\\\\\evil.example\">x</a>"), "x" },
	{ BYTES("<a href=\"http:///evil.example\">x</a>"), "x" },
	{ BYTES("<a href=\"blob:https://x/y\">x</a><a href=\"file:///etc/passwd\">y</a><a "
		"href=\"view-source:http://x\">z</a>"),
	  "xyz" },
	{ BYTES("<a href=\"&#4294967402;avascript:alert(1)\">x</a>"), "x" },
	{ BYTES("<a href=\"HTTPS://Example.org/a b?c=1&d=2\" onclick=x title=y>x</a>"),
	  "<a href=\"https://Example.org/a%20b?c=1&amp;d=2" REL "x</a>" },
	{ BYTES("<a href=\"  ht\ntp://ex\tample.org/  \">x</a>"),
	  "<a href=\"http://example.org/" REL "x</a>" },
	{ BYTES("<a href='http://example.org/\"onclick=\"alert(1)'>x</a>"),
	  "<a href=\"http://example.org/&quot;onclick=&quot;alert(1)" REL "x</a>" },
	{ BYTES("<a href=\"mailto:ann@example.org\">ann@example.org</a> <a "
		"href=\"tel:+4930123\">call</a>"),
	  "<a href=\"mailto:ann@example.org" REL "ann@example.org</a> <a href=\"tel:+4930123" REL
	  "call</a>" },
	{ BYTES("<a href=\"http://e.example/\">1<a href=\"http://f.example/\">2</a></a>"),
	  "<a href=\"http://e.example/" REL "1</a><a href=\"http://f.example/" REL "2</a>" },
	{ BYTES("<a xlink:href=\"http://e.example/\">x</a>"), "x" },
	{ BYTES("<a href=\"http://e.example\" href=\"javascript:x\">x</a><a href=\"javascript:x\" "
		"href=\"http://e.example\">y</a>"),
	  "<a href=\"http://e.example" REL "x</a>y" },
	{ BYTES("<script>alert(1)</script>a<script src=//e></script>b"), "ab" },
	{ BYTES("<scr<script>ipt>alert(1)</script>"), "ipt&gt;alert(1)" },
	{ BYTES("<script>a</scrip></script >b"), "b" },
	{ BYTES("<script><!--<script></script>--></script>b"), "b" },
	{ BYTES("<style>@import 'x';</style>b<style><img src=x onerror=alert(1)></style>"), "b" },
	{ BYTES("<p style=\"background:url(javascript:x)\">b</p>"), "<p>b</p>" },
	{ BYTES("<iframe srcdoc=\"<script>alert(1)</script>\">in</iframe>x"), "x" },
	{ BYTES("<object data=x><p>in</object>x<embed src=x><applet code=x>in</applet>"), "x" },
	{ BYTES("<base href=\"javascript:/a/\"><link rel=stylesheet href=x><meta "
		"http-equiv=refresh content=\"0;url=javascript:x\">x"),
	  "x" },
	{ BYTES("<svg onload=alert(1)><script>alert(1)</script><text>in</text></svg>x"), "x" },
	{ BYTES("<svg><style><img src=x onerror=alert(1)></style></svg>x"), "x" },
	{ BYTES("<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">"), "" },
	{ BYTES("<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 "
		"onerror=alert(1)&gt;\">"),
	  "" },
	{ BYTES("<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>"),
	  "" },
	{ BYTES("<svg><foreignObject><p>in</p><iframe onload=x></foreignObject></svg>x"), "" },
	{ BYTES("<math><annotation-xml encoding=\"text/html\"><p>in<img src=x "
		"onerror=x></annotation-xml></math>x"),
	  "" },
	{ BYTES("<svg><p>out</p>"), "" },
	{ BYTES("<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">"), "" },
	{ BYTES("<template><img src=x onerror=alert(1)></template>x"), "x" },
	{ BYTES("<textarea></textarea><img src=x onerror=alert(1)>x<textarea><p>in"), "x" },
	{ BYTES("<title><img src=x onerror=alert(1)></title>x"), "x" },
	{ BYTES("<noembed><img src=x></noembed><noframes><p>in</noframes>x"), "x" },
	{ BYTES("<xmp><p>in</xmp>x"), "x" },
	{ BYTES("x<plaintext><b>in"), "x" },
	{ BYTES("<select><option>A<option>B<script>x</script></select>c"), "A<br>B<br>c" },
	{ BYTES("<form action=javascript:x><input onfocus=x autofocus><form><button "
		"formaction=javascript:x>Go</button></form></form>"),
	  "Go" },
	{ BYTES("<video><source onerror=x>in</video><audio src onerror=x>in</audio>x"), "x" },
	{ BYTES("<details open ontoggle=x><summary>a</summary>b</details>"), "a<br>b" },
	{ BYTES("<body onload=x><b>x</b></body>"), "<b>x</b>" },
	{ BYTES("<html><head><title>t</title></head><body><p>x</p></body></html>"), "<p>x</p>" },
	{ BYTES("<!DOCTYPE html><p>x"), "<p>x</p>" },
	{ BYTES("<!-- <img src=x onerror=x> -->x<!--><img src=y onerror=x>--><![CDATA[<b>]]>y<?php "
		"<b>?>z"),
	  "x--&gt;]]&gt;y?&gt;z" },
	{ BYTES("<p/onclick=alert(1)>x<p\nonclick=alert(1)>y"), "<p>x</p><p>y</p>" },
	{ BYTES("<<p>x"), "&lt;<p>x</p>" },
	{ BYTES("<b onmouseover=alert(1) x"), "" },
	{ BYTES("<a href=\"http://e.example/"), "" },
	{ BYTES("<img src=\"x` `<script>alert(1)</script>\"` `>"), "" },
	{ BYTES("x & y &amp; &lt;b&gt; &unknown; &ampx &copy2 \"q\" 'r'"),
	  "x &amp; y &amp; &lt;b&gt; &amp;unknown; &amp;x ©2 \"q\" 'r'" },
	{ BYTES("&lt;script&gt;alert(1)&lt;/script&gt;"), "&lt;script&gt;alert(1)&lt;/script&gt;" },
	{ BYTES("&#60;img src=x onerror=x&#62; &#x3c;b&#X3E;"),
	  "&lt;img src=x onerror=x&gt; &lt;b&gt;" },
	{ BYTES("a\0b<b\0>c</b>"), "abc" },
	{ BYTES("&#0;&#13;&#10;&#128;&#xD800;&#x110000;&#4294967295;&#4294967000;."),
	  "�\n\n€��&amp;#4294967000;." },
	{ BYTES("<isindex prompt=\"x\" action=javascript:x>y"), "<hr>x<hr>y" },
	{ BYTES("<marquee onstart=x>m</marquee><blink>n</blink><font "
		"color=red>o</font><center>p</center>"),
	  "mno<br>p" },
	{ BYTES("<img src=x alt=\"<script>alert(1)</script>\">"),
	  "&lt;script&gt;alert(1)&lt;/script&gt;" },
	{ BYTES("<a href=javascript:alert(1)//http://e.example>x</a>"), "x" },
	{ BYTES("<a href=\"http://e.example\" target=_self rel=opener download "
		"ping=//f.example>x</a>"),
	  "<a href=\"http://e.example" REL "x</a>" },
	{ BYTES("<p id=x name=y class=z dir=rtl lang=de data-x=1 slot=s is=i>x</p>"), "<p>x</p>" },
	{ BYTES("<x-widget onclick=x>in</x-widget>"), "in" },
	{ BYTES("<svg><a xlink:href=\"javascript:x\"><text>in</text></a></svg>x"), "x" },
	{ BYTES("<math href=\"javascript:x\">in</math>x"), "x" },
	{ BYTES("<table background=\"javascript:x\"><td background=\"javascript:x\">in</table>"),
	  "<table><tbody><tr><td>in</td></tr></tbody></table>" },
	{ BYTES("<frameset onload=x><frame src=\"javascript:x\"></frameset>x"), "x" },
	{ BYTES("<keygen autofocus onfocus=x>x"), "x" },
	{ BYTES("<style/onload=x>in</style>x"), "x" },
	{ BYTES("<b/**/onclick=x>in</b>"), "<b>in</b>" },
	{ BYTES("<noscript><style></noscript><img src=x onerror=x></style>x"), "" },
	{ BYTES("<svg><![CDATA[<image xlink:href=\"]]><img src=x:x onerror=alert(2)//\"></svg>x"),
	  "x" },
	{ BYTES("<template><template>in</template>in</template>x"), "x" },
	{ BYTES("<math><mi//xlink:href=\"data:x,<script>alert(4)</script>\">x"), "" },
	{ BYTES("<svg><desc><b>in</b></desc><title><i>in</i></title></svg>x"), "x" },
	{ BYTES("<a href=\"https://e.example/\r\n&#10;&#9;x\">x</a>"),
	  "<a href=\"https://e.example/x" REL "x</a>" },
	{ BYTES("<a href=\"http://e.example/&#127;x\">x</a><a "
		"href=\"http://e.example/&#5;x\">y</a><a href=\"mailto:\">z</a><a "
		"href=\"\">w</a><a href>v</a>"),
	  "xyzwv" },
	{ BYTES("<select><svg><style><img src=x onerror=x></style></svg></select>x"), "x" },
	{ BYTES("<p>a</p onclick=x><p>b</p/>"), "<p>a</p><p>b</p>" },
};

static const struct row shapes[] = {
	{ BYTES("<h1>One</h1><h2>Two</h2><h3>Three</h3><h4>4</h4><h5>5</h5><h6>6</h6><h7>7</h7>"),
	  "<h3>One</h3><h3>Two</h3><h3>Three</h3><h4>4</h4><h5>5</h5><h6>6</h6>7" },
	{ BYTES("<div>a</div><div>b <span>c</span></div>d"), "a<br>b c<br>d" },
	{ BYTES("<p>a<p>b<ul><li>c<li>d<ul><li>e</ul></ul>f"),
	  "<p>a</p><p>b</p><ul><li>c</li><li>d<ul><li>e</li></ul></li></ul>f" },
	{ BYTES("<ul><li>a</li><ul><li>b</li></ul></ul>"),
	  "<ul><li>a</li><ul><li>b</li></ul></ul>" },
	{ BYTES("<ol><li>a<li><p>b</p><p>c</p><li>d</ol><li>stray</li>"),
	  "<ol><li>a</li><li><p>b</p><p>c</p></li><li>d</li></ol>stray" },
	{ BYTES("<table><tr><td>a<td>b<tr><th>c</table>"),
	  "<table><tbody><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></tbody></table>" },
	{ BYTES("<table "
		"border=1><caption>cap</caption><thead><tr><th>A<th>B</thead><tfoot><tr><td>t</"
		"tfoot></table>"),
	  "cap<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>t</td></tr></"
	  "tbody></table>" },
	{ BYTES("<table>text<tr>in<td>x</td>y</tr></table>"),
	  "textiny<table><tbody><tr><td>x</td></tr></tbody></table>" },
	{ BYTES("<table><tr><td>1<caption>late</caption><tr><td>2</table>"),
	  "<table><tbody><tr><td>1</td></tr></tbody></table>late<table><tbody><tr><td>2</td></tr></"
	  "tbody></table>" },
	{ BYTES("<td>lone</td><tr>row"), "lonerow" },
	{ BYTES("<b><i>x</b>y</i>z"), "<b><i>x</i></b><i>y</i>z" },
	{ BYTES("<p>a<b>b<p>c</b>d"), "<p>a<b>b</b></p><p><b>c</b>d</p>" },
	{ BYTES("<b><b><b><b><b>x</b></b></b></b></b>"), "<b>x</b>" },
	{ BYTES("<a href=http://e.example><table><tr><td><a "
		"href=http://f.example>x</a></table></a>"),
	  "<a href=\"http://e.example" REL
	  "<table><tbody><tr><td>x</td></tr></tbody></table></a>" },
	{ BYTES("<p><button><p>x</button>y"), "<p></p><p>x</p>y" },
	{ BYTES("<pre>\n\n a  b\n c</pre><pre>\nx</pre><pre><b>\ny</b></pre>"),
	  "<pre>\n\n a  b\n c</pre><pre>x</pre><pre><b>\ny</b></pre>" },
	{ BYTES("<blockquote>q<p>r</blockquote>s<hr>t<br>u<br/>v</br>w"),
	  "<blockquote>q<p>r</p></blockquote>s<hr>t<br>u<br>v<br>w" },
	{ BYTES("<del>old</del> <ins>new</ins> <kbd>k</kbd> H<sub>2</sub>O"),
	  "<s>old</s> new k H2O" },
	{ BYTES("<dl><dt>t<dd>d<dt>u<dd>e</dl>"), "t<br>d<br>u<br>e" },
	{ BYTES("<h3>a<h4>b</h4></h3>"), "<h3>a</h3><h4>b</h4>" },
	{ BYTES("<p>text<table><tr><td>x</table>more</p>"),
	  "<p>text</p><table><tbody><tr><td>x</td></tr></tbody></table>more<p></p>" },
	{ BYTES("<ul>text<li>a</ul>"), "<ul>text<li>a</li></ul>" },
	{ BYTES("<a href=\"https://e.example/\">https://e.example</a> <a "
		"href=\"https://e.example/x\">here</a> <a href=\"mailto:a@b.example\">write</a> <a "
		"href=http://e.example/y><img src=z></a>"),
	  "<a href=\"https://e.example/" REL
	  "https://e.example</a> <a href=\"https://e.example/x" REL
	  "here</a> <a href=\"mailto:a@b.example" REL "write</a> <a href=\"http://e.example/y" REL
	  "</a>" },
	{ BYTES("Hello<br>there"), "Hello<br>there" },
};

/* From memory of exactly that size, so that a look beyond the end is seen. */
static int sanitize(const char *html, size_t len, char **ret_safe)
{
	CLEANUP(freep) char *exact = xcalloc(len > 0 ? len : 1, 1);

	memcpy(exact, html, len);
	return html_sanitize(exact, len, ret_safe);
}

static void check_safe(const char *html, const char *safe)
{
	CLEANUP(freep) char *again = NULL;
	const char *wrong = html_check(safe);

	if (wrong)
		fail_msg("%s: became %s: at %s", html, safe, wrong);
	assert_int_equal(html_sanitize(safe, strlen(safe), &again), 0);
	assert_string_equal(again, safe);
}

static void check_row(const struct row *row)
{
	CLEANUP(freep) char *safe = NULL;
	CLEANUP(freep) char *text = NULL;

	assert_int_equal(sanitize(row->html, row->len, &safe), 0);
	if (!streq(safe, row->safe))
		fail_msg("%s: became %s: wanted %s", row->html, safe, row->safe);
	check_safe(row->html, safe);
	assert_int_equal(html_to_text(row->html, row->len, &text), 0);
}

static void test_sanitize__disarms(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(attacks); i++)
		check_row(&attacks[i]);
}

static void test_sanitize__keeps_what_is_allowed_in_shape(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		check_row(&shapes[i]);
}

static void test_sanitize__any_two_rows_together(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(attacks); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(shapes); j++) {
			CLEANUP(buf_done) struct buf both = BUF_INIT(64 * KIB);
			CLEANUP(freep) char *safe = NULL;

			assert_int_equal(buf_add(&both, shapes[j].html, shapes[j].len / 2), 0);
			assert_int_equal(buf_add(&both, attacks[i].html, attacks[i].len), 0);
			assert_int_equal(buf_add(&both, shapes[j].html, shapes[j].len), 0);
			assert_int_equal(html_sanitize(both.data, both.len, &safe), 0);
			check_safe(both.data, safe);
		}
	}
}

static void test_sanitize__cut_off_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(attacks); i++) {
		for (size_t len = 0; len <= attacks[i].len; len++) {
			CLEANUP(freep) char *safe = NULL;

			if (sanitize(attacks[i].html, len, &safe) == 0)
				check_safe(attacks[i].html, safe);
		}
	}
}

static void test_sanitize__wants_utf8(void **state)
{
	static const char *const wrong[] = { "\xFF",	     "<p>\xC3</p>",	 "\xC0\xBCscript>",
					     "\xED\xA0\x80", "\xF5\x80\x80\x80", "a\x80" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		char *untouched = NULL;

		assert_int_equal(sanitize(wrong[i], strlen(wrong[i]), &untouched), -EINVAL);
		assert_int_equal(html_to_text(wrong[i], strlen(wrong[i]), &untouched), -EINVAL);
		assert_null(untouched);
	}
}

static void test_sanitize__leaves_out_what_parsers_change(void **state)
{
	CLEANUP(freep) char *safe = NULL;
	const char *html = "a\x01\x7F\xC2\x85\xEF\xBB\xBF&#xFFFE;&#xFDD0;&#x1FFFF;\xEF\xBF\xBD"
			   "\xF0\x9F\x98\x80\xC2\xA0z";

	(void)state;
	assert_int_equal(sanitize(html, strlen(html), &safe), 0);
	check_safe(html, safe);
	assert_null(strstr(safe, "\xEF\xBB\xBF"));
	assert_non_null(strstr(safe, "\xF0\x9F\x98\x80\xC2\xA0z"));
}

/* `first` so many times, then `second`. */
static int sanitize_many(const char *first, size_t count, const char *second, size_t second_count,
			 char **ret_safe)
{
	CLEANUP(buf_done) struct buf html = BUF_INIT(8 * MIB);

	while (count-- > 0)
		assert_int_equal(buf_add_text(&html, first), 0);
	while (second_count-- > 0)
		assert_int_equal(buf_add_text(&html, second), 0);
	return html_sanitize(html.data, html.len, ret_safe);
}

static void test_sanitize__takes_long_answers(void **state)
{
	CLEANUP(freep) char *text = NULL;
	CLEANUP(freep) char *paragraphs = NULL;
	CLEANUP(freep) char *rows = NULL;

	(void)state;
	assert_int_equal(sanitize_many("0123456789abcdef", HTML_MAX / 16, "", 0, &text), 0);
	assert_int_equal(strlen(text), HTML_MAX);
	assert_int_equal(sanitize_many("<p>Hello <b>there</b></p>", 1500, "", 0, &paragraphs), 0);
	check_safe("paragraphs", paragraphs);
	assert_int_equal(
		sanitize_many("<table><tr><td>a<td>b<td>c", 1, "<tr><td>d<td>e<td>f", 700, &rows),
		0);
	check_safe("rows", rows);
}

static void test_sanitize__is_bounded(void **state)
{
	static const struct {
		const char *first;
		size_t count;
		const char *second;
		size_t second_count;
	} rows[] = {
		{ "x", HTML_MAX + 1, "", 0 }, /* input */
		{ "&", HTML_MAX / 2, "", 0 }, /* output */
		{ "<b>", 100000, "", 0 },     /* depth */
		{ "<div>", 100000, "</div>", 100000 },
		{ "<span>", 5000, "0123456789", 50000 },	/* depth times text */
		{ "<a", 1, " a=b", 100000 },			/* attributes */
		{ "<i a=1><i a=2><i a=3>", 300, "<p>", 20000 }, /* copies */
		{ "<table>", 20000, "", 0 },
		{ "<svg>", 50000, "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(freep) char *safe = NULL;
		int r = sanitize_many(rows[i].first, rows[i].count, rows[i].second,
				      rows[i].second_count, &safe);

		if (r != -E2BIG)
			fail_msg("%s: %d", rows[i].first, r);
		assert_null(safe);
	}
}

/* Each paragraph opens the <b> anew, with all of its attribute. */
static void test_sanitize__bounds_memory(void **state)
{
	CLEANUP(buf_done) struct buf html = BUF_INIT(MIB);
	char *safe = NULL;

	(void)state;
	assert_int_equal(buf_add_text(&html, "<p><b x="), 0);
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(buf_add_text(&html, "y"), 0);
	assert_int_equal(buf_add_text(&html, ">"), 0);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(buf_add_text(&html, "<p>z"), 0);
	assert_int_equal(html_sanitize(html.data, html.len, &safe), -E2BIG);
}

static void test_sanitize__unwraps_what_is_too_deep(void **state)
{
	CLEANUP(freep) char *quotes = NULL;
	size_t count = 0;

	(void)state;
	assert_int_equal(sanitize_many("<blockquote>", 1000, "x", 1, &quotes), 0);
	check_safe("quotes", quotes);
	for (const char *at = quotes; (at = strstr(at, "<blockquote>")); at++)
		count++;
	assert_int_equal(count, HTML_MAX_DEPTH);
	assert_non_null(strstr(quotes, ">x<"));
	/* A table that starts just above the bottom. */
	for (size_t depth = HTML_MAX_DEPTH - 6; depth <= HTML_MAX_DEPTH; depth++) {
		CLEANUP(freep) char *table = NULL;

		assert_int_equal(sanitize_many("<blockquote>", depth,
					       "<table><tr><td>y<td><ul><li>z</ul></table>x", 1,
					       &table),
				 0);
		check_safe("table", table);
	}
}

static void test_sanitize__bounds_links(void **state)
{
	CLEANUP(buf_done) struct buf html = BUF_INIT(8 * KIB);
	CLEANUP(freep) char *longest = NULL;
	CLEANUP(freep) char *longer = NULL;
	const char *start = "<a href='https://e.example/";

	(void)state;
	assert_int_equal(buf_add_text(&html, start), 0);
	for (size_t i = strlen("https://e.example/"); i < HTML_MAX_URL; i++)
		assert_int_equal(buf_add_text(&html, "x"), 0);
	assert_int_equal(buf_add_text(&html, "'>in</a>"), 0);
	assert_int_equal(sanitize(html.data, html.len, &longest), 0);
	assert_non_null(strstr(longest, "</a>"));
	html.data[strlen(start) - 1] = 'x';
	html.len -= strlen("'>in</a>");
	assert_int_equal(buf_add_text(&html, "x'>in</a>"), 0);
	assert_int_equal(sanitize(html.data, html.len, &longer), 0);
	assert_string_equal(longer, "in");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sanitize__disarms),
		cmocka_unit_test(test_sanitize__keeps_what_is_allowed_in_shape),
		cmocka_unit_test(test_sanitize__any_two_rows_together),
		cmocka_unit_test(test_sanitize__cut_off_anywhere),
		cmocka_unit_test(test_sanitize__wants_utf8),
		cmocka_unit_test(test_sanitize__leaves_out_what_parsers_change),
		cmocka_unit_test(test_sanitize__takes_long_answers),
		cmocka_unit_test(test_sanitize__is_bounded),
		cmocka_unit_test(test_sanitize__bounds_memory),
		cmocka_unit_test(test_sanitize__unwraps_what_is_too_deep),
		cmocka_unit_test(test_sanitize__bounds_links),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
