/* The INI reader: a configuration or problems, never both or neither. */
#include "fuzz/fuzz.h"

#include "base/conf.h"
#include "base/json.h"

static void check_conf(const struct conf *conf)
{
	for (size_t i = 0; i < conf->count; i++) {
		const struct conf_section *section = &conf->sections[i];

		MUST(section->kind[0] != '\0' && section->line > 0);
		for (size_t k = 0; k < section->count; k++) {
			const struct conf_key *key = &section->keys[k];

			MUST(key->name[0] != '\0' && key->line > section->line);
			MUST(json_is_utf8(key->value, strlen(key->value)));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
	struct conf *conf = NULL;
	char path[FUZZ_PATH_SIZE];
	CLEANUP(closep) int fd = fuzz_file(data, size, path);
	int r = conf_read(path, &conf, &errors);

	(void)fd;
	MUST((r == 0) == (conf != NULL) && (r == 0) == (errors.count == 0));
	if (conf)
		check_conf(conf);
	conf_free(conf);
	return 0;
}
