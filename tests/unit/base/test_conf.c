/* base/conf: what is read from an INI file, and where its mistakes are said to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/conf.h"

struct fixture {
	char path[64];
	struct conf *conf;
	struct conf_errors errors;
};

static int setup(void **state)
{
	struct fixture *f = xnew(struct fixture);
	int fd;

	snprintf(f->path, sizeof(f->path), "/tmp/test_conf.XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	close(fd);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	conf_free(f->conf);
	conf_errors_done(&f->errors);
	unlink(f->path);
	free(f);
	return 0;
}

/* Reads `len` bytes as a configuration, in place of what was read before. */
static int read_bytes(struct fixture *f, const char *data, size_t len)
{
	FILE *file = fopen(f->path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	f->conf = conf_free(f->conf);
	conf_errors_done(&f->errors);
	return conf_read(f->path, &f->conf, &f->errors);
}

static int read_text(struct fixture *f, const char *text)
{
	return read_bytes(f, text, strlen(text));
}

static void assert_key(const struct conf_section *section, size_t index, const char *name,
		       const char *value, unsigned line)
{
	assert_true(index < section->count);
	assert_string_equal(section->keys[index].name, name);
	assert_string_equal(section->keys[index].value, value);
	assert_int_equal(section->keys[index].line, line);
}

static void test_read__gives_sections_keys_and_lines(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f, "# head\n"
				      "; head\n"
				      "\n"
				      "[maaxd]\n"
				      "state_dir  =  /var/lib/maaxd  \n"
				      "# between\n"
				      "\n"
				      "public_url=https://x\n"
				      "[listener \"public\"]\n"
				      "[ listener   \"admin\" ]  \n"
				      "serve = admin"),
			 0);
	assert_string_equal(f->conf->path, f->path);
	assert_int_equal(f->conf->count, 3);
	assert_string_equal(f->conf->sections[0].kind, "maaxd");
	assert_null(f->conf->sections[0].label);
	assert_int_equal(f->conf->sections[0].line, 4);
	assert_int_equal(f->conf->sections[0].count, 2);
	assert_key(&f->conf->sections[0], 0, "state_dir", "/var/lib/maaxd", 5);
	assert_key(&f->conf->sections[0], 1, "public_url", "https://x", 8);
	assert_string_equal(f->conf->sections[1].label, "public");
	assert_int_equal(f->conf->sections[1].line, 9);
	assert_int_equal(f->conf->sections[1].count, 0);
	assert_string_equal(f->conf->sections[2].kind, "listener");
	assert_string_equal(f->conf->sections[2].label, "admin");
	assert_key(&f->conf->sections[2], 0, "serve", "admin", 11);
}

static void test_read__keeps_values_whole(void **state)
{
	struct fixture *f = *state;
	CLEANUP(buf_done) struct buf text = BUF_INIT(MIB);

	assert_int_equal(read_text(f, "[a]\n"
				      "command = sh -c \"echo a ; rm b\" # kept = too\n"
				      "pointer = #/Reply%20Text /text\n"
				      "name = Grüße\n"
				      "empty =\n"),
			 0);
	assert_key(&f->conf->sections[0], 0, "command", "sh -c \"echo a ; rm b\" # kept = too", 2);
	assert_key(&f->conf->sections[0], 1, "pointer", "#/Reply%20Text /text", 3);
	assert_key(&f->conf->sections[0], 2, "name", "Grüße", 4);
	assert_key(&f->conf->sections[0], 3, "empty", "", 5);

	assert_int_equal(buf_add_text(&text, "[a]\nlong = "), 0);
	for (int i = 0; i < 30000; i++)
		assert_int_equal(buf_add_text(&text, "x"), 0);
	assert_int_equal(read_bytes(f, text.data, text.len), 0);
	assert_int_equal(strlen(f->conf->sections[0].keys[0].value), 30000);
}

static void test_read__takes_bom_crlf_and_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f, "\xef\xbb\xbf[a \"b\"]\r\nx = 1\r\n\r\ny = 2\r\n"), 0);
	assert_string_equal(f->conf->sections[0].label, "b");
	assert_key(&f->conf->sections[0], 0, "x", "1", 2);
	assert_key(&f->conf->sections[0], 1, "y", "2", 4);
	assert_int_equal(read_text(f, ""), 0);
	assert_int_equal(f->conf->count, 0);
	assert_int_equal(read_text(f, "# only a comment"), 0);
	assert_int_equal(f->conf->count, 0);
}

static const struct {
	const char *text;
	const char *expected; /* after the path */
} mistakes[] = {
	{ "[a]\nx = 1\n[b]\n[a]\ny = 2\n", ":4: section [a] is there twice, first in line 1" },
	{ "[a \"b\"]\nx = 1\n[a   \"b\"]\n", ":3: section [a   \"b\"] is there twice" },
	{ "[a]\n[A]\n", ":2: section [A] is there twice" },
	{ "[a]\nx = 1\ny = 2\nx = 3\n[b]\n", ":4: key \"x\" is there twice, first in line 2" },
	{ "[a]\nx = 1\nx = 2", ":3: key \"x\" is there twice, first in line 2" },
	{ "[a]\nx = 1\nX = 2\n", "key \"X\" is there twice, first in line 2" },
	{ "[a]\n\nnonsense\n", ":3: no '=' in this line" },
	{ "[a]\n= 1\n", ":2: nothing before '='" },
	{ "[a]\nx = 1\n  and more\n", ":3: the line begins with a blank" },
	{ "[a]\nx = 1\n\ty = 2\n", ":3: the line begins with a tab" },
	{ "[a]\nx = 1\n  [b]\n", ":3: the line begins with a blank" },
	{ "x = 1\n[a]\n", ":1: key \"x\" stands before the first section" },
	{ "[a\nx = 1\n", ":1: the heading does not end with its bracket" },
	{ "[a] # comment\nx = 1\n", ":1: the heading does not end with its bracket" },
	{ "[]\nx = 1\n", ":1: the heading is empty" },
	{ "[a b]\nx = 1\n", ":1: heading [a b] is not understood" },
	{ "[a \"b]\nx = 1\n", ":1: heading [a \"b] is not understood" },
	{ "[a \"\"]\nx = 1\n", ":1: heading [a \"\"] is not understood" },
	{ "[a \"b\" c]\nx = 1\n", ":1: heading [a \"b\" c] is not understood" },
	{ "[a!]\nx = 1\n", ":1: heading [a!] is not understood" },
	{ "[a]\nx!y = 1\n", ":2: key \"x!y\" has a character that no key has" },
	{ "[a]\nk\xc3\xa4se = 1\n", ":2: key \"k\xc3\xa4se\" has a character" },
	{ "[a]\nx = \xff\xfe\n", ":2: not UTF-8" },
	{ "[a]\nx = \xc0\xaf\n", ":2: not UTF-8" },
	{ "[a]\n# \xff in a comment\n", ":2: not UTF-8" },
	{ "[a]\nx = a\x1b[31m\n", ":2: holds a NUL or another control character" },
	{ "[a]\nx = a\rb\n", ":2: holds a NUL or another control character" },
};

static void test_read__names_file_and_line_of_a_mistake(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		const char *text;

		if (read_text(f, mistakes[i].text) != -EINVAL)
			fail_msg("\"%s\" was taken", mistakes[i].text);
		assert_null(f->conf);
		assert_true(f->errors.count >= 1);
		text = buf_text(&f->errors.text);
		if (strncmp(text, f->path, strlen(f->path)) != 0 ||
		    !strstr(text, mistakes[i].expected))
			fail_msg("expected \"%s\", got \"%s\"", mistakes[i].expected, text);
	}
}

static void test_read__refuses_nul(void **state)
{
	struct fixture *f = *state;
	static const char text[] = "[a]\nx = a\0b\n";

	assert_int_equal(read_bytes(f, text, sizeof(text) - 1), -EINVAL);
	assert_non_null(strstr(buf_text(&f->errors.text), ":2: holds a NUL"));
}

static void test_read__tells_all_mistakes_in_order(void **state)
{
	struct fixture *f = *state;
	const char *text, *position;
	static const char *const order[] = { ":2:", ":4:", ":5:", ":6:", ":8:" };

	assert_int_equal(read_text(f, "[a]\n"
				      "nonsense\n"
				      "x = 1\n"
				      "x\x01 = 2\n"
				      " y = 3\n"
				      "[b c]\n"
				      "[d]\n"
				      "[a]\n"),
			 -EINVAL);
	text = position = buf_text(&f->errors.text);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		position = strstr(position, order[i]);
		if (!position)
			fail_msg("no %s in its place in \"%s\"", order[i], text);
	}
}

static void test_read__tells_what_cannot_be_read(void **state)
{
	struct fixture *f = *state;
	CLEANUP(freep) char *large = xcalloc(MIB + 1, 1);

	memset(large, '#', MIB + 1);
	assert_int_equal(read_bytes(f, large, MIB + 1), -EINVAL);
	assert_non_null(strstr(buf_text(&f->errors.text), "larger than 1 MiB"));
	assert_null(f->conf);

	conf_errors_done(&f->errors);
	assert_int_equal(conf_read("/nonexistent/maaxd.ini", &f->conf, &f->errors), -EINVAL);
	assert_string_equal(buf_text(&f->errors.text),
			    "/nonexistent/maaxd.ini: cannot be read: No such file or directory\n");
	conf_errors_done(&f->errors);
	assert_int_equal(conf_read("/", &f->conf, &f->errors), -EINVAL);
	assert_non_null(strstr(buf_text(&f->errors.text), "Is a directory"));
	conf_errors_done(&f->errors);
	assert_int_equal(conf_read("/dev/null", &f->conf, &f->errors), -EINVAL);
	assert_int_equal(f->errors.count, 1);
}

static void test_error__counts_on_when_the_text_is_full(void **state)
{
	struct conf_errors errors = { .text = BUF_INIT(100) };

	(void)state;
	for (unsigned i = 1; i <= 20; i++)
		conf_error(&errors, "file", i, "what: %s", "to do");
	assert_int_equal(errors.count, 20);
	assert_true(errors.text.len > 0 && errors.text.len <= 100);
	assert_memory_equal(buf_text(&errors.text), "file:1: what: to do\n", 20);
	conf_errors_done(&errors);
	assert_int_equal(errors.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_read__gives_sections_keys_and_lines, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_read__keeps_values_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read__takes_bom_crlf_and_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_read__names_file_and_line_of_a_mistake, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_read__refuses_nul, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read__tells_all_mistakes_in_order, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_read__tells_what_cannot_be_read, setup,
						teardown),
		cmocka_unit_test(test_error__counts_on_when_the_text_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
