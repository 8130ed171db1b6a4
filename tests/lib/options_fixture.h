/*
 * What the tests of options.c and options_secrets.c share: a configuration that is right, secret
 * files in a directory of the test's own, and ways to load a changed copy.
 */
#ifndef MAAXD_TESTS_OPTIONS_FIXTURE_H
#define MAAXD_TESTS_OPTIONS_FIXTURE_H

#include <sys/types.h>

#include "options.h"

#define API_KEY "maax-key-0123456789"
#define CLEAR_KEY "clear-key-0123456789"
#define OTHER_KEY "other-key-0123456789"
#define ADMIN_TOKEN "admin-token-0123456789"
#define SECRET_BASE64 "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

/* Where the configurations below have their secrets; becomes the test's directory. */
#define EXAMPLE_DIR "/etc/maaxd/"

struct options_fixture {
	char dir[64];
	struct config *config;
	struct conf_errors errors;
	struct conf_errors warnings;
};

/* A configuration that is right; tests replace a part of it. */
extern const char options_good[];

int options_setup(void **state); /* for cmocka */
int options_teardown(void **state);

void options_write(const struct options_fixture *f, const char *name, const char *text,
		   mode_t mode);
/* A copy of `text` with every `from`, which must be there, replaced. */
char *options_replace(const char *text, const char *from, const char *to);
/* Loads a text, or the good one with a part replaced, into f->config. */
int options_load(struct options_fixture *f, const char *text);
int options_load_changed(struct options_fixture *f, const char *from, const char *to);
void assert_loads(struct options_fixture *f, int r);
void assert_refused(struct options_fixture *f, int r, const char *expected);

#endif
