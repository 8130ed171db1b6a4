/*
 * Templates: compiled to pieces, each a text and the place behind it. See template.h for the
 * language.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/scan.h"
#include "base/template.h"
#include "base/template_filters.h"
#include "base/words.h"

#define MAX_WHY_POINTERS 300

struct source {
	char *text; /* a pointer, or a constant */
	bool is_constant;
};

/* One place, after the text that stands before it. The last piece has no place. */
struct piece {
	char *before;
	size_t before_len;
	struct source sources[TEMPLATE_MAX_VALUES];
	size_t source_count; /* 0: no place */
	struct template_filter filters[TEMPLATE_MAX_FILTERS];
	size_t filter_count;
};

struct template
{
	char *text;
	struct piece *pieces;
	size_t count;
};

struct template *template_free(struct template *template)
{
	if (!template)
		return NULL;
	for (size_t i = 0; i < template->count; i++) {
		struct piece *piece = &template->pieces[i];

		free(piece->before);
		for (size_t k = 0; k < piece->source_count; k++)
			free(piece->sources[k].text);
		for (size_t k = 0; k < piece->filter_count; k++)
			free(piece->filters[k].text);
	}
	free(template->pieces);
	free(template->text);
	free(template);
	return NULL;
}

const char *template_text(const struct template *template)
{
	return template->text;
}

/* Parsing. */

static int refuse_filter(const struct scan *scan, size_t len)
{
	CLEANUP(freep) char *word = xstrndup(scan->at, len);
	CLEANUP(buf_done) struct buf list = BUF_INIT(KIB);
	const char *names[16];
	const char *closest;

	assert(template_filter_type_count <= ARRAY_SIZE(names));
	for (size_t i = 0; i < template_filter_type_count; i++) {
		names[i] = template_filter_types[i].name;
		IGNORE(buf_add_format(&list, " %s", names[i])); /* a handful: they fit */
	}
	closest = words_closest(word, names, template_filter_type_count);
	if (len == 0)
		return scan_refuse(scan, scan->at, "a filter must follow the '|': there is%s",
				   buf_text(&list));
	if (closest)
		return scan_refuse(scan, scan->at, "unknown filter \"%.*s\": did you mean \"%s\"?",
				   scan_excerpt(word, len), word, closest);
	return scan_refuse(scan, scan->at, "unknown filter \"%.*s\": there is%s",
			   scan_excerpt(word, len), word, buf_text(&list));
}

static int parse_number(struct scan *scan, size_t *ret_number)
{
	size_t len = strspn(scan->at, "0123456789");
	unsigned long number = len > 0 && len <= 7 ? strtoul(scan->at, NULL, 10) : 0;

	if (number < 1 || number > TEMPLATE_MAX_TRUNCATE || scan_word(scan) != len)
		return scan_refuse(scan, scan->at, "expected a number of characters from 1 to %d",
				   TEMPLATE_MAX_TRUNCATE);
	*ret_number = number;
	scan->at += len;
	return 0;
}

static int parse_argument(struct scan *scan, struct template_filter *filter)
{
	const char *name = filter->type->name;
	bool has_one = scan_take(scan, ":");
	size_t len;

	if (filter->type->argument == ARGUMENT_NONE)
		return has_one ? scan_refuse(scan, scan->at - 1,
					     "\"%s\" takes nothing after it: leave the ':' out",
					     name)
			       : 0;
	if (!has_one)
		return scan_refuse(scan, scan->at, "\"%s\" without its value: write %s:%s", name,
				   name,
				   filter->type->argument == ARGUMENT_NUMBER ? "160" : "\"…\"");
	scan_blanks(scan);
	if (filter->type->argument == ARGUMENT_NUMBER)
		return parse_number(scan, &filter->number);
	if (*scan->at == '"')
		return scan_quoted(scan, &filter->text);
	len = strcspn(scan->at, " \t\n|}\"");
	if (len == 0)
		return scan_refuse(scan, scan->at, "expected a word or a \"text\" after \"%s:\"",
				   name);
	filter->text = xstrndup(scan->at, len);
	scan->at += len;
	return 0;
}

/* What is escaped may only be escaped again: cut, or in capitals, it would not be whole. */
static int check_order(const struct scan *scan, const struct piece *piece,
		       const struct template_filter_type *type)
{
	for (size_t i = 0; i < piece->filter_count; i++) {
		const struct template_filter_type *before = piece->filters[i].type;

		if (before->is_escaping && !type->is_escaping && type->apply)
			return scan_refuse(scan, scan->at,
					   "\"%s\" would spoil what \"%s\" has escaped: put it "
					   "before",
					   type->name, before->name);
	}
	return 0;
}

static int parse_filter(struct scan *scan, struct piece *piece)
{
	size_t len = scan_word(scan);
	const struct template_filter_type *type = template_filter_find(scan->at, len);
	struct template_filter *filter;
	int r;

	if (!type)
		return refuse_filter(scan, len);
	if (piece->filter_count == TEMPLATE_MAX_FILTERS)
		return scan_refuse(scan, scan->at, "more than %d filters on a place",
				   TEMPLATE_MAX_FILTERS);
	r = check_order(scan, piece, type);
	if (r < 0)
		return r;
	scan->at += len;
	filter = &piece->filters[piece->filter_count++];
	filter->type = type;
	return parse_argument(scan, filter);
}

static int parse_source(struct scan *scan, struct piece *piece)
{
	struct source *source;
	int r;

	if (piece->source_count == TEMPLATE_MAX_VALUES)
		return scan_refuse(scan, scan->at, "more than %d values in a place",
				   TEMPLATE_MAX_VALUES);
	if (piece->source_count > 0 && piece->sources[piece->source_count - 1].is_constant)
		return scan_refuse(scan, scan->at,
				   "never used, since a constant stands before it: put the "
				   "constant last");
	source = &piece->sources[piece->source_count];
	source->is_constant = *scan->at == '"';
	r = source->is_constant ? scan_quoted(scan, &source->text)
				: scan_pointer(scan, "|}\"", &source->text);
	if (r < 0)
		return r;
	piece->source_count++;
	if (!strchr(" \t\n|}", *scan->at))
		return scan_refuse(scan, scan->at, "expected a blank, '|' or '}' after a value");
	return 0;
}

/* What follows the "${" that is at `start`, to the '}'. */
static int parse_place(struct scan *scan, const char *start, struct piece *piece)
{
	int r = 0;

	for (scan_blanks(scan); *scan->at != '\0' && !strchr("|}", *scan->at) && r == 0;
	     scan_blanks(scan))
		r = parse_source(scan, piece);
	if (r == 0 && piece->source_count == 0 && *scan->at != '\0')
		return scan_refuse(scan, scan->at,
				   "expected a JSON Pointer or a \"text\": write ${/answer}");
	while (r == 0 && scan_take(scan, "|")) {
		scan_blanks(scan);
		r = parse_filter(scan, piece);
		scan_blanks(scan);
	}
	if (r < 0 || scan_take(scan, "}"))
		return r;
	if (*scan->at == '\0')
		return scan_refuse(scan, start,
				   "a place is not closed: add a '}', or write $${ "
				   "for the text ${");
	return scan_refuse(scan, scan->at, "expected '|' or '}' after a filter");
}

/* The text up to the next place or to the end. */
static int parse_before(struct scan *scan, struct piece *piece)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(TEMPLATE_MAX_TEXT);
	int r = 0;

	while (r == 0 && *scan->at != '\0' && strncmp(scan->at, "${", 2) != 0) {
		size_t len = strcspn(scan->at + 1, "$") + 1;

		if (scan_take(scan, "$${")) {
			r = buf_add_text(&text, "${");
			continue;
		}
		r = buf_add(&text, scan->at, len);
		scan->at += len;
	}
	piece->before_len = text.len;
	piece->before = buf_take(&text);
	return r;
}

static int parse_pieces(struct scan *scan, struct template *template)
{
	struct piece *piece;
	const char *start;
	int r;

	do {
		template->pieces = xrealloc(template->pieces, template->count + 1, sizeof(*piece));
		piece = &template->pieces[template->count++];
		*piece = (struct piece){ 0 };
		r = parse_before(scan, piece);
		start = scan->at;
		if (r < 0 || !scan_take(scan, "${"))
			return r;
		if (template->count > TEMPLATE_MAX_PLACES)
			return scan_refuse(scan, start, "more than %d places in a text",
					   TEMPLATE_MAX_PLACES);
		r = parse_place(scan, start, piece);
	} while (r == 0);
	return r;
}

int template_parse(const char *text, struct template **ret_template, char **ret_why)
{
	struct scan scan = { .text = text, .at = text, .ret_why = ret_why };
	CLEANUP(template_freep) struct template *template = NULL;
	int r = scan_check(&scan, TEMPLATE_MAX_TEXT);

	if (r < 0)
		return r;
	template = xnew(struct template);
	template->text = xstrdup(text);
	r = parse_pieces(&scan, template);
	if (r < 0)
		return r;
	*ret_template = TAKE(template);
	return 0;
}

/* Rendering. */

/* What fills a place. It stays as it was found until a filter wants a text: json takes it so. */
struct filling {
	bool is_missing;
	struct json_object *found; /* borrowed; NULL: it is in text */
	struct buf text;
};

static void filling_done(struct filling *filling)
{
	buf_done(&filling->text);
}

static bool is_string(struct json_object *value)
{
	return json_object_is_type(value, json_type_string);
}

/* Appends a value as text. */
static int add_text(struct buf *out, struct json_object *value)
{
	if (!is_string(value))
		return template_add_json(out, value);
	return json_add_clean(out, json_object_get_string(value),
			      (size_t)json_object_get_string_len(value));
}

static bool is_blank(const struct filling *filling)
{
	if (!filling->found)
		return template_is_blank(buf_text(&filling->text), filling->text.len);
	return is_string(filling->found) &&
	       template_is_blank(json_object_get_string(filling->found),
				 (size_t)json_object_get_string_len(filling->found));
}

static int set_text(struct filling *filling, const char *text)
{
	filling->is_missing = false;
	filling->found = NULL;
	buf_clear(&filling->text);
	return buf_add_text(&filling->text, text);
}

static int find(const struct piece *piece, struct json_object *object, struct filling *filling)
{
	struct json_object *blank = NULL;

	filling->is_missing = false;
	for (size_t i = 0; i < piece->source_count; i++) {
		const struct source *source = &piece->sources[i];

		if (source->is_constant)
			return set_text(filling, source->text);
		filling->found = json_at(object, source->text);
		if (filling->found && !is_blank(filling))
			return 0;
		blank = blank ? blank : filling->found;
	}
	filling->found = blank;
	filling->is_missing = !blank;
	return 0;
}

static int filter_json(struct filling *filling)
{
	int r = template_add_json(&filling->text, filling->found);

	filling->found = NULL;
	return r;
}

static int apply(const struct template_filter *filter, struct filling *filling)
{
	CLEANUP(buf_done) struct buf next = BUF_INIT(TEMPLATE_MAX_FILLING);
	struct buf before;
	int r = 0;

	if (!filter->type->apply)
		return filling->is_missing || is_blank(filling) ? set_text(filling, filter->text)
								: 0;
	if (filling->is_missing)
		return 0;
	if (filling->found && template_filter_is_json(filter->type))
		return filter_json(filling);
	if (filling->found)
		r = add_text(&filling->text, filling->found);
	filling->found = NULL;
	if (r == 0)
		r = filter->type->apply(filter, buf_text(&filling->text), filling->text.len, &next);
	before = filling->text;
	filling->text = next;
	next = before;
	return r;
}

static char *missing_text(const struct piece *piece)
{
	CLEANUP(buf_done) struct buf why = BUF_INIT(MAX_WHY_POINTERS);
	int r = buf_add_text(&why, "no value at");

	for (size_t i = 0; r == 0 && i < piece->source_count; i++)
		r = buf_add_format(&why, " %s", piece->sources[i].text);
	if (r < 0) /* too many to name; the first ones tell enough */
		IGNORE(buf_add_text(&why, " …"));
	return buf_take(&why);
}

static int fill(const struct piece *piece, struct json_object *object, struct buf *out)
{
	CLEANUP(filling_done)
	struct filling filling = { .text = BUF_INIT(TEMPLATE_MAX_FILLING) };
	int r = find(piece, object, &filling);

	for (size_t i = 0; r == 0 && i < piece->filter_count; i++)
		r = apply(&piece->filters[i], &filling);
	if (r < 0)
		return r;
	if (filling.is_missing)
		return -ENOENT;
	return filling.found ? add_text(out, filling.found)
			     : buf_add(out, buf_text(&filling.text), filling.text.len);
}

int template_render(const struct template *template, struct json_object *object, size_t max,
		    char **ret_text, char **ret_why)
{
	CLEANUP(buf_done) struct buf out = BUF_INIT(max);
	int r = 0;

	for (size_t i = 0; r == 0 && i < template->count; i++) {
		const struct piece *piece = &template->pieces[i];

		r = buf_add(&out, piece->before, piece->before_len);
		if (r == 0 && piece->source_count > 0)
			r = fill(piece, object, &out);
		if (r == -ENOENT)
			*ret_why = missing_text(piece);
	}
	if (r == -E2BIG)
		*ret_why = xasprintf("the text becomes longer than %zu bytes",
				     max < TEMPLATE_MAX_FILLING ? max : TEMPLATE_MAX_FILLING);
	if (r < 0)
		return r;
	*ret_text = buf_take(&out);
	return 0;
}

int template_render_line(const struct template *template, struct json_object *object, size_t max,
			 char **ret_text, char **ret_why)
{
	const struct template_filter line = { .type = template_filter_find("line", 4) };
	CLEANUP(buf_done) struct buf out = BUF_INIT(max);
	CLEANUP(freep) char *text = NULL;
	int r = template_render(template, object, max, &text, ret_why);

	if (r < 0)
		return r;
	r = line.type->apply(&line, text, strlen(text), &out); /* it never becomes longer */
	if (r < 0)
		return r;
	*ret_text = buf_take(&out);
	return 0;
}

/* What is known beforehand. */

static bool takes_value(const struct piece *piece)
{
	for (size_t i = 0; i < piece->source_count; i++)
		if (!piece->sources[i].is_constant)
			return true;
	return false;
}

bool template_has_places(const struct template *template)
{
	for (size_t i = 0; i < template->count; i++)
		if (takes_value(&template->pieces[i]))
			return true;
	return false;
}

/* The name of the last filter that escapes; "" when none does. */
static const char *escaping(const struct piece *piece)
{
	const char *name = "";

	for (size_t i = 0; i < piece->filter_count; i++)
		if (piece->filters[i].type->is_escaping)
			name = piece->filters[i].type->name;
	return name;
}

bool template_is_escaped(const struct template *template, const char *filter, const char *other)
{
	for (size_t i = 0; i < template->count; i++) {
		const char *name = escaping(&template->pieces[i]);

		if (takes_value(&template->pieces[i]) && !streq(name, filter) &&
		    !(other && streq(name, other)))
			return false;
	}
	return true;
}

char *template_sample(const struct template *template)
{
	CLEANUP(buf_done) struct buf out = BUF_INIT(2 * TEMPLATE_MAX_TEXT);
	int r = 0;

	for (size_t i = 0; r == 0 && i < template->count; i++) {
		const struct piece *piece = &template->pieces[i];

		r = buf_add(&out, piece->before, piece->before_len);
		if (r == 0 && piece->source_count > 0)
			r = buf_add_text(&out, "0");
	}
	return buf_take(&out); /* shorter than its template, which has a bound */
}
