/*
 * The filters of a template. Each goes through a text once and writes another, whose buffer has the
 * ceiling. Texts are UTF-8 without NUL (template.c sees to it).
 */
#include <errno.h>
#include <string.h>

#include "base/html.h"
#include "base/template_filters.h"

/* The length of the character at `text`, which is UTF-8. */
static size_t char_len(const char *text)
{
	unsigned char c = (unsigned char)*text;

	if (c < 0xC0)
		return 1;
	return c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

/* The length of the blank at `text`, or 0: ASCII's, and U+00A0, which HTML is full of. */
static size_t blank_len(const char *text, size_t len)
{
	if (len >= 2 && memcmp(text, "\xC2\xA0", 2) == 0)
		return 2;
	return len >= 1 && (*text == ' ' || (*text >= '\t' && *text <= '\r'));
}

bool template_is_blank(const char *text, size_t len)
{
	for (size_t n; len > 0; text += n, len -= n) {
		n = blank_len(text, len);
		if (n == 0)
			return false;
	}
	return true;
}

static int apply_trim(const struct template_filter *filter, const char *text, size_t len,
		      struct buf *out)
{
	size_t n;

	(void)filter;
	while ((n = blank_len(text, len)) > 0) {
		text += n;
		len -= n;
	}
	/* Backwards: 0xC2 always begins a character, so no half of another one is taken for it. */
	while (len > 0) {
		if (len >= 2 && blank_len(text + len - 2, 2) == 2)
			len -= 2;
		else if (blank_len(text + len - 1, 1) == 1)
			len--;
		else
			break;
	}
	return buf_add(out, text, len);
}

/* Copies, with the ASCII letters from `first` on for 26 in the other case. */
static int add_other_case(struct buf *out, const char *text, size_t len, char first)
{
	int r = buf_add(out, text, len);

	for (size_t i = 0; r == 0 && i < len; i++)
		if (out->data[i] >= first && out->data[i] < first + 26)
			out->data[i] ^= 'a' - 'A';
	return r;
}

static int apply_lower(const struct template_filter *filter, const char *text, size_t len,
		       struct buf *out)
{
	(void)filter;
	return add_other_case(out, text, len, 'A');
}

static int apply_upper(const struct template_filter *filter, const char *text, size_t len,
		       struct buf *out)
{
	(void)filter;
	return add_other_case(out, text, len, 'a');
}

static int apply_digits(const struct template_filter *filter, const char *text, size_t len,
			struct buf *out)
{
	bool has_plus = false;
	int r = 0;

	(void)filter;
	for (size_t i = 0; r == 0 && i < len; i++) {
		if (text[i] == '+')
			has_plus = true;
		if (text[i] < '0' || text[i] > '9')
			continue;
		if (has_plus && out->len == 0)
			r = buf_add_text(out, "+");
		if (r == 0)
			r = buf_add(out, text + i, 1);
	}
	return r;
}

/* Control characters of ASCII and of Latin-1 (U+0080 to U+009F), and Unicode's two line ends. */
static bool is_control(const char *text, size_t len)
{
	unsigned char c = (unsigned char)*text;

	if (len == 1)
		return c < 0x20 || c == 0x7F;
	if (len == 2)
		return c == 0xC2 && (unsigned char)text[1] < 0xA0;
	return len == 3 &&
	       (memcmp(text, "\xE2\x80\xA8", 3) == 0 || memcmp(text, "\xE2\x80\xA9", 3) == 0);
}

static int apply_line(const struct template_filter *filter, const char *text, size_t len,
		      struct buf *out)
{
	bool was_control = false;
	int r = 0;

	(void)filter;
	for (size_t i = 0, n; r == 0 && i < len; i += n) {
		bool control;

		n = char_len(text + i);
		control = is_control(text + i, n);
		if (!control)
			r = buf_add(out, text + i, n);
		else if (!was_control)
			r = buf_add_text(out, " ");
		was_control = control;
	}
	return r;
}

static int apply_truncate(const struct template_filter *filter, const char *text, size_t len,
			  struct buf *out)
{
	size_t end = 0;

	for (size_t n = 0; n < filter->number && end < len; n++)
		end += char_len(text + end);
	return buf_add(out, text, end);
}

static int apply_url(const struct template_filter *filter, const char *text, size_t len,
		     struct buf *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";
	int r = 0;

	(void)filter;
	for (size_t i = 0; r == 0 && i < len; i++)
		r = strchr(plain, text[i]) ? buf_add(out, text + i, 1)
					   : buf_add_format(out, "%%%02X", (unsigned char)text[i]);
	return r;
}

int template_add_json(struct buf *out, struct json_object *value)
{
	size_t len;
	const char *text = json_object_to_json_string_length(
		value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);

	return text ? buf_add(out, text, len) : -ENOMEM;
}

static int apply_json(const struct template_filter *filter, const char *text, size_t len,
		      struct buf *out)
{
	/* The ceiling of a value keeps the length within json-c's int. */
	struct json_object *value = json_object_new_string_len(text, (int)len);
	int r = value ? template_add_json(out, value) : -ENOMEM;

	(void)filter;
	json_object_put(value);
	return r;
}

static int apply_json_inside(const struct template_filter *filter, const char *text, size_t len,
			     struct buf *out)
{
	int r = apply_json(filter, text, len, out);

	if (r < 0)
		return r;
	buf_drop(out, 1);
	out->data[--out->len] = '\0';
	return 0;
}

/* HTML that is too long or too deep to be read stays as it is. */
static int apply_html_to_text(const struct template_filter *filter, const char *text, size_t len,
			      struct buf *out)
{
	CLEANUP(freep) char *plain = NULL;
	int r = html_to_text(text, len, &plain);

	(void)filter;
	if (r == -ENOMEM)
		return r;
	return r < 0 ? buf_add(out, text, len) : buf_add_text(out, plain);
}

static int apply_html_escape(const struct template_filter *filter, const char *text, size_t len,
			     struct buf *out)
{
	static const struct {
		char c;
		const char *entity;
	} entities[] = {
		{ '&', "&amp;" },  { '<', "&lt;" },   { '>', "&gt;" },
		{ '"', "&quot;" }, { '\'', "&#39;" },
	};
	int r = 0;

	(void)filter;
	for (size_t i = 0; r == 0 && i < len; i++) {
		const char *entity = NULL;

		for (size_t k = 0; k < ARRAY_SIZE(entities); k++)
			if (entities[k].c == text[i])
				entity = entities[k].entity;
		r = entity ? buf_add_text(out, entity) : buf_add(out, text + i, 1);
	}
	return r;
}

const struct template_filter_type template_filter_types[] = {
	{ "trim", ARGUMENT_NONE, false, apply_trim },
	{ "lower", ARGUMENT_NONE, false, apply_lower },
	{ "upper", ARGUMENT_NONE, false, apply_upper },
	{ "digits", ARGUMENT_NONE, false, apply_digits },
	{ "line", ARGUMENT_NONE, false, apply_line },
	{ "truncate", ARGUMENT_NUMBER, false, apply_truncate },
	{ "url", ARGUMENT_NONE, true, apply_url },
	{ "json", ARGUMENT_NONE, true, apply_json },
	{ "json_inside", ARGUMENT_NONE, true, apply_json_inside },
	{ "html_to_text", ARGUMENT_NONE, false, apply_html_to_text },
	{ "html_escape", ARGUMENT_NONE, true, apply_html_escape },
	{ "default", ARGUMENT_TEXT, false, NULL },
};

const size_t template_filter_type_count = ARRAY_SIZE(template_filter_types);

const struct template_filter_type *template_filter_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(template_filter_types); i++) {
		const struct template_filter_type *type = &template_filter_types[i];

		if (strlen(type->name) == len && memcmp(type->name, name, len) == 0)
			return type;
	}
	return NULL;
}

bool template_filter_is_json(const struct template_filter_type *type)
{
	return type->apply == apply_json;
}
