/* Decodes percent-encoding. See percent.h. */
#include "base/percent.h"

#include "base/sign.h"

int percent_byte(const char *text, size_t len)
{
	uint8_t byte;

	if (len < 3 || text[0] != '%' || sign_hex_decode(text + 1, 2, &byte, sizeof(byte)) != 1)
		return -1;
	return byte;
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
