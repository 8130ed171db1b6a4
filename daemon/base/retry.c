/* When to try again. Pure functions, but for the dice of the jitter. */
#include <errno.h>

#include "base/retry.h"
#include "base/sign.h"
#include "base/words.h"

#define JITTER_PARTS 5 /* one fifth: 20 % */

static int parse_words(const struct words *words, struct retry_schedule *ret_schedule,
		       const char **ret_why)
{
	struct retry_schedule schedule = { .count = (unsigned)words->count };

	for (unsigned i = 0; i < schedule.count; i++) {
		if (words_duration(words->word[i], &schedule.step[i]) < 0) {
			*ret_why = "a delay is a number and a unit: 500ms, 2s, 10m, 1h or 1d";
			return -EINVAL;
		}
	}
	*ret_schedule = schedule;
	return 0;
}

int retry_parse(const char *text, struct retry_schedule *ret_schedule, const char **ret_why)
{
	CLEANUP(words_done) struct words words = { 0 };
	int r = words_split(text, &words, ret_why);

	if (r < 0)
		return r;
	if (words.count == 0) {
		*ret_why = "at least one delay is needed";
		return -EINVAL;
	}
	if (words.count > RETRY_MAX_STEPS) {
		*ret_why = "more than 32 delays";
		return -EINVAL;
	}
	return parse_words(&words, ret_schedule, ret_why);
}

usec_t retry_delay(const struct retry_schedule *schedule, unsigned tries, bool repeat_last)
{
	if (tries < schedule->count)
		return retry_jitter(schedule->step[tries]);
	if (!repeat_last || schedule->count == 0)
		return USEC_NEVER;
	return retry_jitter(schedule->step[schedule->count - 1]);
}

usec_t retry_delay_least(const struct retry_schedule *schedule, unsigned tries, bool repeat_last,
			 usec_t least)
{
	unsigned step = tries;

	while (step + 1 < schedule->count && schedule->step[step] < least)
		step++;
	return retry_delay(schedule, step, repeat_last);
}

usec_t retry_jitter(usec_t delay)
{
	usec_t span = delay / JITTER_PARTS;
	uint64_t dice;
	usec_t spread;

	/* Nothing to spread, or so long that the sum would wrap (USEC_NEVER is one). */
	if (span == 0 || delay > USEC_NEVER - span)
		return delay;
	sign_random(&dice, sizeof(dice));
	spread = delay - span + dice % (2 * span + 1);
	return spread;
}

usec_t retry_after(usec_t delay, usec_t asked, usec_t max)
{
	return usec_max(delay, usec_min(asked, max));
}
