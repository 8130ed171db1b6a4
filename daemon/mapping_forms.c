/* The three forms of an answer. See mapping.h. */
#include <string.h>

#include "base/html.h"
#include "mapping.h"

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

void mapping_forms(const char *mapped, const char *output_format, struct mapped_forms *ret_forms)
{
	size_t len = strlen(mapped);
	CLEANUP(freep) char *text = NULL;
	CLEANUP(freep) char *html = NULL;

	*ret_forms = (struct mapped_forms){ 0 };
	if ((output_format && streq(output_format, "plain_text")) || !html_is_markup(mapped, len)) {
		ret_forms->text = xstrdup(mapped);
		return;
	}
	if (html_to_text(mapped, len, &text) < 0 || is_blank(text) ||
	    html_sanitize(mapped, len, &html) < 0) {
		/* too much of it to read, or nothing but a picture: shown as it was written */
		ret_forms->text = xstrdup(mapped);
		ret_forms->html = html_from_text(mapped);
		return;
	}
	ret_forms->text = TAKE(text);
	ret_forms->html = TAKE(html);
}
