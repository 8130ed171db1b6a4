/* base/mail and base/mail_text: any mail is read within its bounds, and every text is UTF-8. */
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/mail.h"
#include "base/mail_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
	if (text && !json_is_utf8(text, strlen(text)))
		abort();
}

static void check_address(const struct mail_address *address)
{
	check_text(address->name);
	check_text(address->email);
}

/* What is left is no longer than what was there, and stripping it again takes no more. */
static void check_strip(const char *text)
{
	CLEANUP(freep) char *stripped = mail_text_strip(text);

	check_text(stripped);
	if (strlen(stripped) > strlen(text))
		abort();
	if (stripped[0] == '\0' && text[strspn(text, " \t\r\n")] != '\0')
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(mail_done) struct mail mail = { 0 };
	const char *why = NULL;

	if (mail_parse(data, size, &mail, &why) < 0) {
		if (!why)
			abort();
		return 0;
	}
	if (mail.reference_count > MAIL_MAX_REFERENCES ||
	    mail.attachment_count > MAIL_MAX_ATTACHMENTS)
		abort();
	check_text(mail.message_id);
	for (size_t i = 0; i < mail.reference_count; i++)
		check_text(mail.references[i]);
	check_address(&mail.from);
	check_address(&mail.reply_to);
	check_address(&mail.to);
	check_text(mail.subject);
	check_text(mail.html);
	for (size_t i = 0; i < mail.attachment_count; i++) {
		check_text(mail.attachments[i].name);
		check_text(mail.attachments[i].type);
	}
	check_text(mail.text);
	if (mail.text)
		check_strip(mail.text);
	return 0;
}
