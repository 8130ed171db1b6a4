/* Decodes percent-encoding. See percent.h. */
#include "base/percent.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int percent_byte(const char *text, size_t len)
{
	int high, low;

	if (len < 3 || text[0] != '%')
		return -1;
	high = hex_value(text[1]);
	low = hex_value(text[2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

size_t percent_decode(char *text, size_t len, bool plus_is_blank)
{
	size_t out = 0;

	for (size_t in = 0; in < len; in++) {
		int byte = percent_byte(text + in, len - in);

		if (byte >= 0) {
			text[out++] = (char)byte;
			in += 2;
		} else {
			text[out++] = plus_is_blank && text[in] == '+' ? ' ' : text[in];
		}
	}
	text[out] = '\0';
	return out;
}
