/*
 * Conditions: compiled to tests and the steps that combine them, operators after what they work on
 * ("a b or c not and"), so that neither reading nor testing recurses. See condition.h for the
 * language.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/condition.h"
#include "base/condition_term.h"
#include "base/scan.h"

#define MAX_PENDING (4 * (CONDITION_MAX_DEPTH + 1)) /* or, and, not, '(' at each depth */

/* In the order in which they bind. An open parenthesis is only met while parsing. */
enum step { STEP_OPEN, STEP_OR, STEP_AND, STEP_NOT, STEP_TEST };

struct condition {
	char *text;
	struct term *tests; /* in the order of their steps */
	size_t test_count;
	enum step *steps;
	size_t step_count;
};

struct pending {
	enum step step;
	const char *at;
};

struct parser {
	struct scan scan;
	struct condition *condition;
	struct pending pending[MAX_PENDING]; /* operators whose right side is not complete */
	size_t pending_count;
	size_t depth;
};

struct condition *condition_free(struct condition *condition)
{
	if (!condition)
		return NULL;
	for (size_t i = 0; i < condition->test_count; i++)
		term_done(&condition->tests[i]);
	free(condition->tests);
	free(condition->steps);
	free(condition->text);
	free(condition);
	return NULL;
}

const char *condition_text(const struct condition *condition)
{
	return condition->text;
}

/* Operators wait until what binds tighter on their right is complete. */

static void emit(struct condition *condition, enum step step)
{
	condition->steps = xrealloc(condition->steps, condition->step_count + 1, sizeof(step));
	condition->steps[condition->step_count++] = step;
}

static void push(struct parser *parser, enum step step, const char *at)
{
	assert(parser->pending_count < MAX_PENDING);
	parser->pending[parser->pending_count++] = (struct pending){ step, at };
}

static bool is_pending(const struct parser *parser, enum step least)
{
	return parser->pending_count > 0 &&
	       parser->pending[parser->pending_count - 1].step >= least;
}

/* Completes what is pending and binds at least as tight as `least`. */
static void complete(struct parser *parser, enum step least)
{
	while (is_pending(parser, least))
		emit(parser->condition, parser->pending[--parser->pending_count].step);
}

static int add_test(struct parser *parser)
{
	struct condition *condition = parser->condition;
	struct term *term;

	if (condition->test_count == CONDITION_MAX_TESTS)
		return scan_refuse(&parser->scan, parser->scan.at, "more than %d tests",
				   CONDITION_MAX_TESTS);
	condition->tests =
		xrealloc(condition->tests, condition->test_count + 1, sizeof(*condition->tests));
	term = &condition->tests[condition->test_count++];
	*term = (struct term){ 0 };
	emit(condition, STEP_TEST);
	return term_parse(&parser->scan, term);
}

/* What stands before a test, and the test. */
static int parse_one(struct parser *parser)
{
	struct scan *scan = &parser->scan;
	int r;

	for (;; scan_blanks(scan)) {
		const char *at = scan->at;

		if (term_take_word(scan, "not")) {
			if (is_pending(parser, STEP_NOT))
				return scan_refuse(scan, at, "a second \"not\": remove both");
			push(parser, STEP_NOT, at);
		} else if (scan_take(scan, "(")) {
			if (parser->depth++ == CONDITION_MAX_DEPTH)
				return scan_refuse(scan, at, "more than %d parentheses deep",
						   CONDITION_MAX_DEPTH);
			push(parser, STEP_OPEN, at);
		} else {
			break;
		}
	}
	r = add_test(parser);
	if (r == 0)
		complete(parser, STEP_NOT);
	return r;
}

static int close_parenthesis(struct parser *parser)
{
	if (parser->depth == 0)
		return scan_refuse(&parser->scan, parser->scan.at - 1,
				   "a ')' without a '(': remove it");
	complete(parser, STEP_OR);
	parser->pending_count--;
	parser->depth--;
	complete(parser, STEP_NOT);
	return 0;
}

static int refuse_open(const struct parser *parser)
{
	size_t i = parser->pending_count;

	while (i > 0 && parser->pending[i - 1].step != STEP_OPEN)
		i--;
	assert(i > 0);
	return scan_refuse(&parser->scan, parser->pending[i - 1].at,
			   "a '(' is not closed: add a ')'");
}

/* What stands behind a test: 1 when another one follows, 0 at the end, or -EINVAL. */
static int parse_after(struct parser *parser)
{
	static const char *const names[] = { "and", "or" };
	struct scan *scan = &parser->scan;
	const char *at;
	enum step step;
	int r = 0;

	for (scan_blanks(scan); r == 0 && scan_take(scan, ")"); scan_blanks(scan))
		r = close_parenthesis(parser);
	if (r < 0)
		return r;
	at = scan->at;
	if (*at == '\0')
		return parser->depth > 0 ? refuse_open(parser) : 0;
	if (term_take_word(scan, "and"))
		step = STEP_AND;
	else if (term_take_word(scan, "or"))
		step = STEP_OR;
	else
		return term_refuse_next(scan, "\"and\", \"or\" or the end after a test", names,
					ARRAY_SIZE(names));
	complete(parser, step);
	push(parser, step, at);
	return 1;
}

int condition_parse(const char *text, struct condition **ret_condition, char **ret_why)
{
	CLEANUP(condition_freep) struct condition *condition = NULL;
	struct parser parser = { .scan = { .text = text, .at = text, .ret_why = ret_why } };
	int r = scan_check(&parser.scan, CONDITION_MAX_TEXT);

	if (r < 0)
		return r;
	parser.condition = condition = xnew(struct condition);
	condition->text = xstrdup(text);
	do {
		scan_blanks(&parser.scan);
		r = parse_one(&parser);
		if (r == 0)
			r = parse_after(&parser);
	} while (r > 0);
	if (r < 0)
		return r;
	complete(&parser, STEP_OR);
	*ret_condition = TAKE(condition);
	return 0;
}

/* Testing. */

_Static_assert(CONDITION_MAX_TESTS <= 64, "results wait in the bits of a number");

bool condition_test(const struct condition *condition, struct json_object *object)
{
	uint64_t results = 0; /* a stack of bits, the latest is the lowest */
	size_t tested = 0;

	for (size_t i = 0; i < condition->step_count; i++) {
		uint64_t latest = results & 1;

		switch (condition->steps[i]) {
		case STEP_TEST:
			results = results << 1 | term_holds(&condition->tests[tested++], object);
			break;
		case STEP_NOT:
			results ^= 1;
			break;
		case STEP_AND:
			results = results >> 1 & (~UINT64_C(1) | latest);
			break;
		case STEP_OR:
			results = results >> 1 | latest;
			break;
		case STEP_OPEN:
		default:
			break;
		}
	}
	return results & 1;
}
