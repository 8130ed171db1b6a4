/* mail_text: what is left of mails as the usual programs write them, in English and German. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "base/mail_text.h"

struct mail_case {
	const char *what;
	const char *text;
	const char *left;
};

static const struct mail_case cases[] = {
	{ "plain", "Hello\n\nHow much is it?\n", "Hello\n\nHow much is it?" },
	{ "crlf", "Hello\r\nyou  \r\n", "Hello\nyou" },
	{ "empty", "", "" },
	{ "blank", " \n\n", "" },
	{ "gmail en",
	  "Yes, please.\n\nOn Mon, Nov 3, 2025 at 10:12 AM Desk <desk@example.org> wrote:\n\n"
	  "> Shall we?\n>\n> Desk\n",
	  "Yes, please." },
	{ "gmail en wrapped",
	  "Yes.\n\nOn Mon, Nov 3, 2025 at 10:12 AM A Very Long Name Of A Desk\n"
	  "<desk@example.org> wrote:\n\n> Shall we?\n",
	  "Yes." },
	{ "gmail de",
	  "Ja, gerne.\n\nAm Mo., 3. Nov. 2025 um 10:12 Uhr schrieb Desk <\n"
	  "desk@example.org>:\n\n> Sollen wir?\n",
	  "Ja, gerne." },
	{ "apple en",
	  "Sure!\n\nBest, Ann\n\n> On 3 Nov 2025, at 10:12, Desk <desk@example.org> wrote:\n> \n"
	  "> Shall we?\n",
	  "Sure!\n\nBest, Ann" },
	{ "apple de",
	  "Klar!\n\n> Am 03.11.2025 um 10:12 schrieb Desk <desk@example.org>:\n> \n> Ja?\n",
	  "Klar!" },
	{ "iphone de",
	  "Klar!\n\nVon meinem iPhone gesendet\n\n> Am 03.11.2025 um 10:12 schrieb Desk "
	  "<desk@example.org>:\n> \n> Ja?\n",
	  "Klar!" },
	{ "iphone en", "Sure\n\nSent from my iPhone\n", "Sure" },
	{ "thunderbird de", "Danke.\n\nAm 03.11.25 um 10:12 schrieb Desk:\n> Bitte.\n", "Danke." },
	{ "attribution without quote marks",
	  "Ok.\n\nOn Mon, 3 Nov 2025 at 10:12, Desk <d@example.org> wrote:\n\nShall we?\n", "Ok." },
	{ "attribution at the end", "Ok.\n\nOn Monday Desk wrote:\n", "Ok." },
	{ "outlook en",
	  "Fine with me.\n\n-----Original Message-----\nFrom: Desk\nSent: Monday\nTo: Ann\n"
	  "Subject: Hi\n\nShall we?\n",
	  "Fine with me." },
	{ "outlook de",
	  "Passt.\n\n-----Ursprüngliche Nachricht-----\nVon: Desk\nGesendet: Montag\nAn: Ann\n"
	  "Betreff: Hi\n\nJa?\n",
	  "Passt." },
	{ "outlook underscores",
	  "Fine.\n\n________________________________\nFrom: Desk <d@example.org>\n"
	  "Sent: Monday, November 3, 2025 10:12 AM\nTo: Ann <a@example.org>\nSubject: Hi\n\nText\n",
	  "Fine." },
	{ "outlook block only",
	  "Fine.\n\nFrom: Desk <d@example.org>\nSent: Monday\nTo: Ann\nSubject: Hi\n\nText\n",
	  "Fine." },
	{ "outlook block de, emphasis",
	  "Gut.\n\n*Von:* Desk <d@example.org>\n*Gesendet:* Montag\n*An:* Ann\n*Betreff:* Hi\n\n"
	  "Text\n",
	  "Gut." },
	{ "outlook ios",
	  "Fine.\n\nGet Outlook for iOS\n________________________________\nFrom: Desk\n"
	  "Sent: Monday\nTo: Ann\nSubject: Hi\n\nText\n",
	  "Fine." },
	{ "signature", "Hello\n-- \nAnn Smith\nExample Ltd\n", "Hello" },
	{ "signature without its blank", "Hello\n--\nAnn Smith\n", "Hello" },
	{ "signature before the history",
	  "Hello\n-- \nAnn\n\nOn Monday, Desk <d@example.org> wrote:\n> Hi\n", "Hello" },
	{ "signature below the history", "Hello\n\nOn Monday, Desk wrote:\n> Hi\n\n-- \nAnn\n",
	  "Hello" },
	{ "k-9",
	  "Hallo\n-- \nDiese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.\n",
	  "Hallo" },
	{ "samsung", "Hallo\n\nVon meinem Samsung Galaxy Smartphone gesendet.\n", "Hallo" },
	{ "interleaved is left whole", "On Monday Desk wrote:\n> Red?\nYes.\n> Blue?\nNo.\n",
	  "On Monday Desk wrote:\n> Red?\nYes.\n> Blue?\nNo." },
	{ "answer below is left whole", "On Monday Desk wrote:\n> Red?\n\nYes.\n",
	  "On Monday Desk wrote:\n> Red?\n\nYes." },
	{ "quoted tail", "Yes.\n> Red?\n> Blue?\n", "Yes." },
	{ "nothing but history", "> Red?\n> Blue?\n", "> Red?\n> Blue?" },
	{ "nothing but a footer", "Sent from my iPhone", "Sent from my iPhone" },
	{ "nothing but a signature", "-- \nAnn", "--\nAnn" },
	{ "forwarded",
	  "See below.\n\n---------- Forwarded message ---------\nFrom: Bob\nDate: Monday\n"
	  "Subject: Hi\nTo: Ann\n\nText\n",
	  "See below.\n\n---------- Forwarded message ---------\nFrom: Bob\nDate: Monday\n"
	  "Subject: Hi\nTo: Ann\n\nText" },
	{ "forwarded de",
	  "Siehe unten.\n\n-------- Weitergeleitete Nachricht --------\nVon: Bob\nDatum: Montag\n"
	  "An: Ann\n\nText\n",
	  "Siehe unten.\n\n-------- Weitergeleitete Nachricht --------\nVon: Bob\nDatum: Montag\n"
	  "An: Ann\n\nText" },
	{ "words like an attribution", "On Tuesday I called.\nAm Abend schrieb ich nicht.\nBye",
	  "On Tuesday I called.\nAm Abend schrieb ich nicht.\nBye" },
	{ "one header word", "From: my point of view it is fine\nTo: me\n",
	  "From: my point of view it is fine\nTo: me" },
	{ "dashes in a text", "a\n---\nb\n", "a\n---\nb" },
	{ "footer in the middle", "Sent from my iPhone\nI mean it.",
	  "Sent from my iPhone\nI mean it." },
};

static void test_strip__as_programs_write(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(freep) char *left = mail_text_strip(cases[i].text);

		if (strcmp(left, cases[i].left) != 0)
			fail_msg("%s: \"%s\" instead of \"%s\"", cases[i].what, left,
				 cases[i].left);
	}
}

/* A long list that ends like a signature's dash: what is cut without its blank must be short. */
static void test_dash__does_not_cut_a_long_text(void **state)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(KIB);
	CLEANUP(freep) char *left = NULL;

	(void)state;
	assert_int_equal(buf_add_text(&text, "Hello\n--\n"), 0);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(buf_add_text(&text, "line\n"), 0);
	left = mail_text_strip(buf_text(&text));
	assert_int_equal(strlen(left), text.len - 1);
}

static void test_many_lines__take_no_time(void **state)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(8 * MIB);
	CLEANUP(freep) char *left = NULL;

	(void)state;
	for (unsigned i = 0; i < 500000; i++)
		assert_int_equal(buf_add_text(&text, "> On a\n"), 0);
	assert_int_equal(buf_add_text(&text, "end"), 0);
	left = mail_text_strip(buf_text(&text));
	assert_int_equal(strlen(left), text.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strip__as_programs_write),
		cmocka_unit_test(test_dash__does_not_cut_a_long_text),
		cmocka_unit_test(test_many_lines__take_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
