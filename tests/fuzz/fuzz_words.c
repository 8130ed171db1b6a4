/* Values of the configuration: words, lengths, sizes, rates, schedules, pointers, URLs. */
#include "fuzz/fuzz.h"

#include "base/fetch.h"
#include "base/json.h"
#include "base/retry.h"
#include "base/sign.h"

static void check_split(const char *text)
{
	CLEANUP(words_done) struct words words = { 0 };
	const char *why = NULL;
	size_t len = 0;

	if (words_split(text, &words, &why) < 0) {
		MUST(why != NULL);
		return;
	}
	for (size_t i = 0; i < words.count; i++) {
		len += strlen(words.word[i]);
		MUST(words_has(&words, words.word[i]));
	}
	MUST(len <= strlen(text) && (words.count == 0 || words.word[words.count] == NULL));
}

static void check_numbers(const char *text)
{
	struct retry_schedule schedule = { 0 };
	const char *why = NULL;
	uint64_t number = 0;
	usec_t length = 0;

	if (words_duration(text, &length) == 0)
		MUST(length <= 100 * 365 * USEC_PER_DAY);
	if (words_rate(text, &number, &length) == 0)
		MUST((number == 0) == (length == 0));
	if (words_size(text, &number) == 0)
		MUST(text[0] >= '0' && text[0] <= '9');
	if (retry_parse(text, &schedule, &why) == 0) {
		MUST(schedule.count > 0 && schedule.count <= RETRY_MAX_STEPS);
		MUST(retry_delay(&schedule, schedule.count, false) == USEC_NEVER);
		MUST(retry_delay(&schedule, schedule.count, true) != USEC_NEVER);
	}
}

static void check_texts(const char *text)
{
	static const char *const names[] = { "listen", "serve", "base_url", "answer_deadline" };
	CLEANUP(json_putp) struct json_object *root = json_object_new_array();
	struct sign_secret secret;
	const char *why = NULL;

	words_closest(text, names, ARRAY_SIZE(names));
	if (!json_pointer_is_valid(text))
		MUST(json_at(root, text) == NULL);
	MUST((fetch_check_url(text, &why) == 0) == (why == NULL));
	if (sign_secret_parse(text, &secret) == 0)
		MUST(secret.len >= SIGN_SECRET_MIN && secret.len <= SIGN_SECRET_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *text = xstrndup((const char *)data, size);

	check_split(text);
	check_numbers(text);
	check_texts(text);
	return 0;
}
