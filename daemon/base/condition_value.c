/*
 * Values of conditions. Numbers are compared by their text, as the peer wrote it: json-c cuts
 * integers beyond 64 bits short, and a double does not hold all ids of 64.
 */
#include <string.h>

#include "base/condition_value.h"

struct number {
	bool is_integer;
	bool is_negative;   /* of an integer */
	uint64_t magnitude; /* of an integer */
	double real;	    /* of any */
};

struct condition_value condition_value_of(struct json_object *object)
{
	struct condition_value value = { .kind = VALUE_OTHER, .object = object };

	switch (json_object_get_type(object)) {
	case json_type_null:
		value.kind = VALUE_NULL;
		break;
	case json_type_string:
		value.kind = VALUE_TEXT;
		value.text = json_object_get_string(object);
		value.len = (size_t)json_object_get_string_len(object);
		break;
	case json_type_boolean:
		value.kind = VALUE_BOOL;
		value.text = json_object_get_boolean(object) ? "true" : "false";
		value.len = strlen(value.text);
		break;
	case json_type_int:
	case json_type_double:
		value.kind = VALUE_NUMBER;
		value.text = json_object_to_json_string_length(object, JSON_C_TO_STRING_PLAIN,
							       &value.len);
		if (!value.text)
			abort();
		break;
	case json_type_object:
	case json_type_array:
	default:
		break;
	}
	return value;
}

static size_t digits_len(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[n] >= '0' && text[n] <= '9')
		n++;
	return n;
}

/* The length of an exponent, 0 without one. */
static size_t exponent_len(const char *text, size_t len)
{
	size_t n = 1, digits;

	if (len == 0 || (text[0] != 'e' && text[0] != 'E'))
		return 0;
	if (n < len && (text[n] == '+' || text[n] == '-'))
		n++;
	digits = digits_len(text + n, len - n);
	return digits > 0 ? n + digits : 0;
}

size_t condition_number_len(const char *text, size_t len)
{
	size_t n = len > 0 && text[0] == '-', digits = digits_len(text + n, len - n);

	if (digits == 0 || (digits > 1 && text[n] == '0'))
		return 0;
	n += digits;
	if (n < len && text[n] == '.') {
		digits = digits_len(text + n + 1, len - n - 1);
		if (digits > 0)
			n += digits + 1;
	}
	return n + exponent_len(text + n, len - n);
}

/* Reads all of a value as a number. */
static bool read_number(const struct condition_value *value, struct number *ret_number)
{
	struct number number = { .is_integer = true };
	char text[CONDITION_MAX_NUMBER + 1];

	if ((value->kind != VALUE_NUMBER && value->kind != VALUE_TEXT) || value->len == 0 ||
	    value->len > CONDITION_MAX_NUMBER ||
	    condition_number_len(value->text, value->len) != value->len)
		return false;
	memcpy(text, value->text, value->len);
	text[value->len] = '\0';
	number.real = strtod(text, NULL); /* too large: infinite, which compares well */
	number.is_negative = text[0] == '-';
	for (const char *p = text + number.is_negative; *p && number.is_integer; p++)
		number.is_integer =
			*p >= '0' && *p <= '9' &&
			!__builtin_mul_overflow(number.magnitude, 10, &number.magnitude) &&
			!__builtin_add_overflow(number.magnitude, (uint64_t)(*p - '0'),
						&number.magnitude);
	*ret_number = number;
	return true;
}

static int compare_integers(const struct number *a, const struct number *b)
{
	int order = (a->magnitude > b->magnitude) - (a->magnitude < b->magnitude);

	if (a->magnitude == 0 && b->magnitude == 0) /* -0 */
		return 0;
	if (a->is_negative != b->is_negative)
		return a->is_negative ? -1 : 1;
	return a->is_negative ? -order : order;
}

bool condition_order(const struct condition_value *a, const struct condition_value *b,
		     int *ret_order)
{
	struct number left, right;

	if (!read_number(a, &left) || !read_number(b, &right))
		return false;
	*ret_order = left.is_integer && right.is_integer
			     ? compare_integers(&left, &right)
			     : (left.real > right.real) - (left.real < right.real);
	return true;
}

bool condition_equal(const struct condition_value *a, const struct condition_value *b)
{
	int order;

	if (a->kind == VALUE_NULL || b->kind == VALUE_NULL)
		return a->kind == b->kind;
	if (a->kind == VALUE_OTHER || b->kind == VALUE_OTHER)
		return false;
	if (a->kind == VALUE_NUMBER || b->kind == VALUE_NUMBER)
		return condition_order(a, b, &order) && order == 0;
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* Whether one text can be part of the other. */
static bool can_hold(const struct condition_value *whole, const struct condition_value *part)
{
	return whole->text && part->text && part->len > 0 && part->len <= whole->len;
}

static bool array_contains(struct json_object *array, const struct condition_value *part)
{
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		struct condition_value element =
			condition_value_of(json_object_array_get_idx(array, i));

		if (condition_equal(&element, part))
			return true;
	}
	return false;
}

bool condition_contains(const struct condition_value *whole, const struct condition_value *part)
{
	if (json_object_is_type(whole->object, json_type_array))
		return array_contains(whole->object, part);
	return can_hold(whole, part) && memmem(whole->text, whole->len, part->text, part->len);
}

bool condition_starts_with(const struct condition_value *whole, const struct condition_value *part)
{
	return can_hold(whole, part) && memcmp(whole->text, part->text, part->len) == 0;
}

bool condition_ends_with(const struct condition_value *whole, const struct condition_value *part)
{
	return can_hold(whole, part) &&
	       memcmp(whole->text + whole->len - part->len, part->text, part->len) == 0;
}
