/*
 * One test of a condition: a value, how it is compared, and with what. What is not understood is
 * told with what could be meant.
 */
#include <errno.h>
#include <string.h>

#include "base/condition.h"
#include "base/condition_term.h"
#include "base/json.h"
#include "base/words.h"

#define BLANKS " \t\n"
#define POINTER_STOPS "(),\"=!<>"
#define SYMBOL_CHARS "=!<>&|~"

struct comparison {
	const char *name;
	bool (*test)(const struct condition_value *left, const struct condition_value *right);
	bool is_order; /* between numbers only */
	bool has_list;
};

static bool test_differ(const struct condition_value *left, const struct condition_value *right)
{
	return !condition_equal(left, right);
}

static bool test_less(const struct condition_value *left, const struct condition_value *right)
{
	int order;

	return condition_order(left, right, &order) && order < 0;
}

static bool test_at_most(const struct condition_value *left, const struct condition_value *right)
{
	int order;

	return condition_order(left, right, &order) && order <= 0;
}

static bool test_greater(const struct condition_value *left, const struct condition_value *right)
{
	int order;

	return condition_order(left, right, &order) && order > 0;
}

static bool test_at_least(const struct condition_value *left, const struct condition_value *right)
{
	int order;

	return condition_order(left, right, &order) && order >= 0;
}

static const struct comparison comparisons[] = {
	{ "==", condition_equal, false, false },
	{ "!=", test_differ, false, false },
	{ "<", test_less, true, false },
	{ "<=", test_at_most, true, false },
	{ ">", test_greater, true, false },
	{ ">=", test_at_least, true, false },
	{ "contains", condition_contains, false, false },
	{ "starts_with", condition_starts_with, false, false },
	{ "ends_with", condition_ends_with, false, false },
	{ "in", condition_equal, false, true },
};

/* What people are used to from elsewhere. */
static const char *const habits[][2] = {
	{ "=", "==" },	 { "===", "==" },	{ "!==", "!=" },
	{ "<>", "!=" },	 { "=<", "<=" },	{ "=>", ">=" },
	{ "&&", "and" }, { "&", "and" },	{ "||", "or" },
	{ "|", "or" },	 { "!", "not" },	{ "eq", "==" },
	{ "ne", "!=" },	 { "is", "==" },	{ "lt", "<" },
	{ "gt", ">" },	 { "has", "contains" }, { "begins_with", "starts_with" },
};

void term_done(struct term *term)
{
	free(term->left.text);
	for (size_t i = 0; i < term->right_count; i++)
		free(term->right[i].text);
	free(term->right);
}

/* Tokens and errors. */

/* The length of the operator or word that is next, whatever it means; 0: neither. */
static size_t token_len(const struct scan *scan)
{
	size_t len = scan_word(scan);

	return len > 0 ? len : strspn(scan->at, SYMBOL_CHARS);
}

static bool is_next(const struct scan *scan, const char *token)
{
	size_t len = token_len(scan);

	return len == strlen(token) && memcmp(scan->at, token, len) == 0;
}

bool term_take_word(struct scan *scan, const char *word)
{
	return is_next(scan, word) && scan_take(scan, word);
}

/* What was meant by the word or symbol that is next, one of `names`, or NULL. */
static const char *meant(const struct scan *scan, const char *const *names, size_t count)
{
	CLEANUP(freep) char *word = xstrndup(scan->at, token_len(scan));

	for (char *p = word; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 'a' - 'A');
	for (size_t i = 0; i < ARRAY_SIZE(habits); i++)
		for (size_t k = 0; k < count && streq(word, habits[i][0]); k++)
			if (streq(names[k], habits[i][1]))
				return names[k];
	return word[0] ? words_closest(word, names, count) : NULL;
}

/* "expected …, not X": X is the end, or what is next. `names`: what could be meant by it. */
int term_refuse_next(const struct scan *scan, const char *expected, const char *const *names,
		     size_t count)
{
	const char *name = meant(scan, names, count);
	size_t len = token_len(scan);
	CLEANUP(freep) char *hint = name ? xasprintf(": did you mean \"%s\"?", name) : xstrdup("");

	if (*scan->at == '\0')
		return scan_refuse(scan, scan->at, "expected %s, not the end", expected);
	if (len == 0)
		len = strcspn(scan->at, BLANKS);
	return scan_refuse(scan, scan->at, "expected %s, not \"%.*s\"%s", expected,
			   scan_excerpt(scan->at, len), scan->at, hint);
}

/* Values. */

static int parse_number(struct scan *scan, struct operand *operand)
{
	size_t len = condition_number_len(scan->at, strlen(scan->at));
	size_t word_len = strcspn(scan->at, BLANKS POINTER_STOPS);

	if (len != word_len || len > CONDITION_MAX_NUMBER)
		return scan_refuse(scan, scan->at,
				   "\"%.*s\" is not a number: write 12, -3 or 0.5, and a text with "
				   "quotes",
				   scan_excerpt(scan->at, word_len), scan->at);
	operand->text = xstrndup(scan->at, len);
	operand->constant = (struct condition_value){ VALUE_NUMBER, operand->text, len, NULL };
	scan->at += len;
	return 0;
}

static int parse_word(struct scan *scan, struct operand *operand)
{
	static const char *const names[] = { "true", "false", "null", "exists", "not" };
	const char *start = scan->at;
	size_t len = scan_word(scan);

	if (term_take_word(scan, "null")) {
		operand->constant = (struct condition_value){ .kind = VALUE_NULL };
		return 0;
	}
	if (term_take_word(scan, "true") || term_take_word(scan, "false")) {
		operand->text = xstrndup(start, len);
		operand->constant =
			(struct condition_value){ VALUE_BOOL, operand->text, len, NULL };
		return 0;
	}
	if (len > 0 && !meant(scan, names, ARRAY_SIZE(names)))
		return scan_refuse(scan, start,
				   "\"%.*s\" is no value: write /%.*s for a field, or \"%.*s\" "
				   "with its quotes for a text",
				   scan_excerpt(start, len), start, scan_excerpt(start, len), start,
				   scan_excerpt(start, len), start);
	return term_refuse_next(scan, "a JSON Pointer, a \"text\", a number, true, false or null",
				names, ARRAY_SIZE(names));
}

static int parse_operand(struct scan *scan, struct operand *operand)
{
	int r;

	*operand = (struct operand){ 0 };
	if (*scan->at == '/' || *scan->at == '#') {
		operand->is_pointer = true;
		return scan_pointer(scan, POINTER_STOPS, &operand->text);
	}
	if (*scan->at == '-' || (*scan->at >= '0' && *scan->at <= '9'))
		return parse_number(scan, operand);
	if (*scan->at != '"')
		return parse_word(scan, operand);
	r = scan_quoted(scan, &operand->text);
	if (r == 0)
		operand->constant = (struct condition_value){ VALUE_TEXT, operand->text,
							      strlen(operand->text), NULL };
	return r;
}

/* Tests. */

static int check_order(const struct scan *scan, const char *at, const struct term *term,
		       const struct operand *operand)
{
	if (!term->comparison->is_order || operand->is_pointer ||
	    operand->constant.kind == VALUE_NUMBER)
		return 0;
	return scan_refuse(scan, at,
			   "\"%s\" is between numbers: write a number without quotes, or "
			   "a JSON Pointer",
			   term->comparison->name);
}

static int parse_right(struct scan *scan, struct term *term)
{
	const char *at = scan->at;
	int r;

	term->right = xrealloc(term->right, term->right_count + 1, sizeof(*term->right));
	r = parse_operand(scan, &term->right[term->right_count]);
	if (r < 0)
		return r;
	return check_order(scan, at, term, &term->right[term->right_count++]);
}

static int parse_list(struct scan *scan, struct term *term)
{
	const char *start = scan->at;
	int r;

	if (!scan_take(scan, "("))
		return scan_refuse(scan, start,
				   "expected a list after \"in\": write in (\"a\", "
				   "\"b\")");
	do {
		scan_blanks(scan);
		if (term->right_count == CONDITION_MAX_LIST)
			return scan_refuse(scan, scan->at, "more than %d values in a list",
					   CONDITION_MAX_LIST);
		r = parse_right(scan, term);
		scan_blanks(scan);
	} while (r == 0 && scan_take(scan, ","));
	if (r < 0 || scan_take(scan, ")"))
		return r;
	if (*scan->at == '\0')
		return scan_refuse(scan, start, "a list is not closed: add a ')'");
	return scan_refuse(scan, scan->at, "expected ',' or ')' in a list");
}

static int parse_comparison(struct scan *scan, const struct comparison **ret_comparison)
{
	const char *names[ARRAY_SIZE(comparisons)];

	for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++) {
		if (term_take_word(scan, comparisons[i].name)) {
			*ret_comparison = &comparisons[i];
			return 0;
		}
		names[i] = comparisons[i].name;
	}
	if (is_next(scan, "not"))
		return scan_refuse(scan, scan->at,
				   "put \"not\" before the whole test: not /type "
				   "in (\"a\", \"b\")");
	if (*scan->at == '\0' || *scan->at == ')' || is_next(scan, "and") || is_next(scan, "or"))
		return scan_refuse(scan, scan->at,
				   "a value alone is no test: write /a == true, or "
				   "exists /a");
	return term_refuse_next(
		scan, "== != < <= > >= contains starts_with ends_with or in after a value", names,
		ARRAY_SIZE(names));
}

static int parse_exists(struct scan *scan, struct term *term)
{
	scan_blanks(scan);
	if (*scan->at != '/' && *scan->at != '#')
		return scan_refuse(scan, scan->at,
				   "expected a JSON Pointer after \"exists\": write exists "
				   "/answer");
	return parse_operand(scan, &term->left);
}

int term_parse(struct scan *scan, struct term *term)
{
	const char *start = scan->at;
	int r;

	if (term_take_word(scan, "exists"))
		return parse_exists(scan, term);
	r = parse_operand(scan, &term->left);
	if (r < 0)
		return r;
	scan_blanks(scan);
	r = parse_comparison(scan, &term->comparison);
	if (r < 0)
		return r;
	r = check_order(scan, start, term, &term->left);
	if (r < 0)
		return r;
	scan_blanks(scan);
	return term->comparison->has_list ? parse_list(scan, term) : parse_right(scan, term);
}

static struct condition_value value_of(const struct operand *operand, struct json_object *object)
{
	return operand->is_pointer ? condition_value_of(json_at(object, operand->text))
				   : operand->constant;
}

bool term_holds(const struct term *term, struct json_object *object)
{
	struct condition_value left = value_of(&term->left, object);

	if (!term->comparison)
		return left.kind != VALUE_NULL;
	for (size_t i = 0; i < term->right_count; i++) {
		struct condition_value right = value_of(&term->right[i], object);

		if (term->comparison->test(&left, &right))
			return true;
	}
	return false;
}
