/* The files and assertions that the tests of the configuration share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "lib/options_fixture.h"

/* A configuration that is right; the line numbers are what the tests expect in errors. */
const char options_good[] = "[maaxd]\n"				    /* 1 */
			    "state_dir = /var/lib/maaxd\n"	    /* 2 */
			    "public_url = https://x.example/\n"	    /* 3 */
			    "[listener \"public\"]\n"		    /* 4 */
			    "listen = 127.0.0.1:8080\n"		    /* 5 */
			    "serve = callbacks api\n"		    /* 6 */
			    "[maax]\n"				    /* 7 */
			    "base_url = https://maax.example/v2/\n" /* 8 */
			    "api_key_file = " EXAMPLE_DIR "maax\n"  /* 9 */
			    "[ai \"sales\"]\n"			    /* 10 */
			    "ai_id = 123\n"			    /* 11 */
			    "[source \"crm\"]\n"		    /* 12 */
			    "kind = api\n"			    /* 13 */
			    "ai = sales\n"			    /* 14 */
			    "key_file = " EXAMPLE_DIR "crm\n"	    /* 15 */
			    "destinations = desk\n"		    /* 16 */
			    "[destination \"desk\"]\n"		    /* 17 */
			    "kind = webhook\n"			    /* 18 */
			    "url = https://desk.example/maax\n"	    /* 19 */
			    "secret_file = " EXAMPLE_DIR "desk\n";  /* 20 */

void options_write(const struct options_fixture *f, const char *name, const char *text, mode_t mode)
{
	CLEANUP(freep) char *path = xasprintf("%s/%s", f->dir, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

int options_setup(void **state)
{
	struct options_fixture *f = xnew(struct options_fixture);

	snprintf(f->dir, sizeof(f->dir), "/tmp/test_options.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	unsetenv("CREDENTIALS_DIRECTORY");
	options_write(f, "maax", "  " API_KEY " \r\n", 0600);
	options_write(f, "crm", "# ours\n" CLEAR_KEY "\n\n", 0600);
	options_write(f, "desk", "whsec_" SECRET_BASE64 "\n", 0600);
	options_write(f, "admin", ADMIN_TOKEN "\n", 0600);
	*state = f;
	return 0;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void forget(struct options_fixture *f)
{
	f->config = config_free(f->config);
	conf_errors_done(&f->errors);
	conf_errors_done(&f->warnings);
}

int options_teardown(void **state)
{
	struct options_fixture *f = *state;

	forget(f);
	nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

char *options_replace(const char *text, const char *from, const char *to)
{
	CLEANUP(buf_done) struct buf out = BUF_INIT(MIB);
	const char *found;

	assert_non_null(strstr(text, from));
	while ((found = strstr(text, from))) {
		assert_int_equal(buf_add(&out, text, (size_t)(found - text)), 0);
		assert_int_equal(buf_add_text(&out, to), 0);
		text = found + strlen(from);
	}
	assert_int_equal(buf_add_text(&out, text), 0);
	return buf_take(&out);
}

int options_load(struct options_fixture *f, const char *text)
{
	CLEANUP(freep) char *dir = xasprintf("%s/", f->dir);
	CLEANUP(freep) char *path = xasprintf("%s/maaxd.ini", f->dir);
	CLEANUP(freep)
	char *moved =
		strstr(text, EXAMPLE_DIR) ? options_replace(text, EXAMPLE_DIR, dir) : xstrdup(text);

	options_write(f, "maaxd.ini", moved, 0644);
	forget(f);
	return config_load(path, &f->config, &f->errors, &f->warnings);
}

int options_load_changed(struct options_fixture *f, const char *from, const char *to)
{
	CLEANUP(freep) char *text = options_replace(options_good, from, to);

	return options_load(f, text);
}

void assert_loads(struct options_fixture *f, int r)
{
	if (r < 0)
		fail_msg("refused: %s", buf_text(&f->errors.text));
	assert_non_null(f->config);
	assert_int_equal(f->errors.count, 0);
}

void assert_refused(struct options_fixture *f, int r, const char *expected)
{
	if (r != -EINVAL || f->config || !strstr(buf_text(&f->errors.text), expected))
		fail_msg("expected \"%s\", got %d \"%s\"", expected, r, buf_text(&f->errors.text));
}
