/*
 * The log: one line an event, `text key=value …`, to stderr with a <priority> prefix when stderr is
 * the journal or a service manager's pipe. Never a message text, a token or a key.
 */
#ifndef MAAXD_BASE_LOG_H
#define MAAXD_BASE_LOG_H

#include "base/base.h"

enum log_level {
	LOG_LEVEL_ERROR = 3,   /* someone must act */
	LOG_LEVEL_WARNING = 4, /* we carried on; the text says how */
	LOG_LEVEL_NOTICE = 5,  /* start, stop, reload, a destination held */
	LOG_LEVEL_INFO = 6,    /* one line a message and stage */
	LOG_LEVEL_DEBUG = 7,
};

/* `with_prefix`: print <N> before each line, for a journal. */
void log_open(enum log_level level, bool with_prefix);
void log_set_level(enum log_level level);
bool log_is_on(enum log_level level);
/*
 * Between the two, lines of level info and debug are gathered and leave by few writes; one that
 * matters more takes them along at once. log_release() and abort() write what there is.
 */
void log_gather(void);
void log_release(void);
int log_level_parse(const char *name); /* "error" … "debug"; -EINVAL */

/*
 * One line. Control characters in the finished text are printed as \xNN, and a line stops at 1,000
 * bytes, so nothing a stranger sent can forge or flood a line. The format names its values itself:
 * log_info("message accepted message=%s source=%s", …).
 */
void log_write(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_write(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
