/*
 * Ids in time order. The next one is of this millisecond, or follows the last one when the clock
 * has not moved on; so neither a clock set back nor a fast restart gives one twice.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/ids.h"

#define SEQUENCE_BITS 12
#define NODE_BITS 10
#define MSEC_SHIFT (SEQUENCE_BITS + NODE_BITS)
#define MSEC_MAX (INT64_MAX >> MSEC_SHIFT)
#define DIGITS 13

/* Crockford base32: no i, l, o, u. */
static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

static int64_t own_node;
static int64_t last_id;

static const char *const prefixes[ID_KIND_MAX] = {
	[ID_CONVERSATION] = "cnv_", [ID_MESSAGE] = "msg_",  [ID_ANSWER] = "ans_",
	[ID_CALLBACK] = "cb_",	    [ID_DELIVERY] = "dlv_", [ID_ATTEMPT] = "att_",
	[ID_KEY] = "key_",
};

static int64_t compose(int64_t msec, int64_t node)
{
	return (msec << MSEC_SHIFT) | (node << SEQUENCE_BITS);
}

static int64_t node_of(int64_t id)
{
	return (id >> SEQUENCE_BITS) & IDS_NODE_MAX;
}

/* Milliseconds since the epoch of the ids, held within what 41 bits can say. */
static int64_t msec_of(usec_t at)
{
	usec_t msec = at / USEC_PER_MSEC;

	if (msec < IDS_EPOCH_MSEC)
		return 0;
	msec -= IDS_EPOCH_MSEC;
	return msec < (usec_t)MSEC_MAX ? (int64_t)msec : MSEC_MAX;
}

/* The next id of our node after `last`, which may be another node's. */
static int64_t following(int64_t last)
{
	int64_t msec = last >> MSEC_SHIFT;

	if (last < INT64_MAX && node_of(last + 1) == own_node)
		return last + 1;
	if (compose(msec, own_node) > last)
		return compose(msec, own_node);
	/* In the last millisecond of all (2094) it stays: the primary key refuses the repeat. */
	return msec < MSEC_MAX ? compose(msec + 1, own_node) : last;
}

void ids_seed(unsigned node, int64_t last)
{
	own_node = node & IDS_NODE_MAX;
	last_id = last > 0 ? last : 0;
}

int64_t ids_next(void)
{
	int64_t id = compose(msec_of(clock_now()), own_node);

	if (id <= last_id)
		id = following(last_id);
	last_id = id;
	return id;
}

int64_t ids_floor(usec_t at)
{
	return compose(msec_of(at), 0);
}

usec_t ids_time(int64_t id)
{
	int64_t msec = id > 0 ? id >> MSEC_SHIFT : 0;

	return ((usec_t)msec + IDS_EPOCH_MSEC) * USEC_PER_MSEC;
}

const char *ids_format(enum id_kind kind, int64_t id, char out[static IDS_TEXT_SIZE])
{
	size_t prefix_len = strlen(prefixes[kind]);
	uint64_t rest = (uint64_t)id;

	memcpy(out, prefixes[kind], prefix_len);
	for (size_t i = DIGITS; i-- > 0; rest >>= 5)
		out[prefix_len + i] = digits[rest & 31];
	out[prefix_len + DIGITS] = '\0';
	return out;
}

/* Value of a digit in either case; O and I, L are misread 0 and 1. -1 if it is none. */
static int digit_value(char c)
{
	const char *found;

	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	if (c == 'o')
		c = '0';
	if (c == 'i' || c == 'l')
		c = '1';
	found = c != '\0' ? strchr(digits, c) : NULL;
	return found ? (int)(found - digits) : -1;
}

int ids_parse(enum id_kind kind, const char *text, size_t len, int64_t *ret_id)
{
	size_t prefix_len = strlen(prefixes[kind]);
	uint64_t id = 0;

	if (len != prefix_len + DIGITS || strncasecmp(text, prefixes[kind], prefix_len) != 0)
		return -EINVAL;
	for (size_t i = prefix_len; i < len; i++) {
		int value = digit_value(text[i]);

		if (value < 0)
			return -EINVAL;
		if (i == prefix_len && value > 7) /* 13 digits hold 65 bits, an id has 63 */
			return -EINVAL;
		id = id << 5 | (uint64_t)value;
	}
	*ret_id = (int64_t)id;
	return 0;
}
