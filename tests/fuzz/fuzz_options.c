/* The whole configuration: it loads and can be printed, or its problems are told. */
#include "fuzz/fuzz.h"

#include <fcntl.h>

#include "options.h"

static char directory[] = "/tmp/maaxd-fuzz.XXXXXX";

/* Credentials that a configuration may name: the only files it can reach. */
static const struct {
	const char *name, *text;
} credentials[] = {
	{ "api", "maax-key-0123456789\n" },
	{ "keys", "clear-key-0123456789\n" },
	{ "secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n" },
};

static void clean_up(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(credentials); i++) {
		CLEANUP(freep) char *path = xasprintf("%s/%s", directory, credentials[i].name);

		unlink(path);
	}
	rmdir(directory);
}

static void init(void)
{
	static bool is_done;

	if (is_done)
		return;
	is_done = true;
	MUST(mkdtemp(directory));
	for (size_t i = 0; i < ARRAY_SIZE(credentials); i++) {
		CLEANUP(freep) char *path = xasprintf("%s/%s", directory, credentials[i].name);
		CLEANUP(closep) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		size_t len = strlen(credentials[i].text);

		MUST(fd >= 0 && write(fd, credentials[i].text, len) == (ssize_t)len);
	}
	setenv("CREDENTIALS_DIRECTORY", directory, 1);
	atexit(clean_up);
}

/* A key that names a file by path: files of the machine are none of ours. */
static bool names_a_path(const uint8_t *data, size_t size)
{
	const char *end = (const char *)data + size;

	for (const char *at = (const char *)data; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline ? newline : end) - at);

		if (memmem(at, len, "_file", 5) && memchr(at, '/', len))
			return true;
		at += len + 1;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
	CLEANUP(conf_errors_done) struct conf_errors warnings = { 0 };
	CLEANUP(buf_done) struct buf printed = BUF_INIT(4 * MIB);
	struct config *config = NULL;
	char path[FUZZ_PATH_SIZE];
	CLEANUP(closep) int fd = -1;

	init();
	if (size == 0 || names_a_path(data, size))
		return 0;
	fd = fuzz_file(data, size, path);
	if (config_load(path, &config, &errors, &warnings) == 0)
		MUST(config_print(config, &printed) == 0);
	else
		MUST(errors.count > 0 && !config);
	config_free(config);
	return 0;
}
