/* Percent-encoding (RFC 3986, section 2.1), as URLs and forms have it. */
#ifndef MAAXD_BASE_PERCENT_H
#define MAAXD_BASE_PERCENT_H

#include "base/base.h"

/* The byte that the "%XX" at the start of the text stands for, or -1. */
int percent_byte(const char *text, size_t len);

/*
 * Decodes in place, and '+' as a blank where forms are read; what is no valid escape stays as it
 * is. The new length; text[length] becomes NUL, so there must be room for it.
 */
size_t percent_decode(char *text, size_t len, bool plus_is_blank);

#endif
