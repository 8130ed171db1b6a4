/* base/html: whatever comes in, what goes out is safe, and stays as it is when it comes again. */
#include <stdint.h>
#include <stdio.h>

#include "base/html.h"
#include "base/json.h"
#include "lib/html_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void die(const char *what, const char *first, const char *second)
{
	fprintf(stderr, "%s:\n%s\n%s\n", what, first, second);
	abort();
}

static void check_safe(const char *safe)
{
	CLEANUP(freep) char *again = NULL;
	const char *wrong = html_check(safe);

	if (wrong || !json_is_utf8(safe, strlen(safe)))
		die("not safe", safe, wrong ? wrong : "");
	if (html_sanitize(safe, strlen(safe), &again) < 0 || !streq(safe, again))
		die("changes when sanitized again", safe, again ? again : "");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *html = xcalloc(size + 1, 1);
	CLEANUP(freep) char *safe = NULL;
	CLEANUP(freep) char *text = NULL;
	CLEANUP(freep) char *from_text = NULL;
	CLEANUP(freep) char *exact = xcalloc(size > 0 ? size : 1, 1);
	int r;

	if (size > 0) {
		memcpy(html, data, size);
		memcpy(exact, data, size);
	}
	/* Without the NUL, so that a look beyond the end is seen. */
	html_is_markup(exact, size);
	r = html_sanitize(exact, size, &safe);
	if (r < 0)
		return 0;
	check_safe(safe);
	if (html_to_text(exact, size, &text) < 0 || !json_is_utf8(text, strlen(text)))
		die("no text", html, text ? text : "");
	from_text = html_from_text(html);
	if (from_text)
		check_safe(from_text);
	return 0;
}
