/* Functions that truncate, overrun or hide errors become compile errors; the comment names what to
 * use. */
#ifndef MAAXD_BASE_BANNED_H
#define MAAXD_BASE_BANNED_H

/* Declared first, so that the poison below meets only our own uses of the names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* strdup and friends of our own: base/base.h; growing text: base/buf.h; numbers: strtoll and a
 * check */
/* With clang, _FORTIFY_SOURCE makes macros of these two, and a macro cannot be poisoned. */
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strncpy strcat strncat stpcpy sprintf vsprintf strtok
#pragma GCC poison gmtime localtime ctime asctime gets
#pragma GCC poison atoi atol atoll atof

#endif
