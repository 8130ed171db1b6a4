/* Hands a mail to a mail server and judges the outcome. See email.h. */
#include "dest/email.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/fetch.h"
#include "base/loop.h"
#include "base/mail_draft.h"
#include "base/template.h"
#include "dest/email_text.h"

#define MAX_MAIL (4 * MIB)

struct email {
	struct sending sending;	 /* must be first */
	struct fetcher *fetcher; /* of its own, as fetch.h wants it for mails */
	struct loop_source *timer;
	struct verdict verdict; /* once the timer is set */
};

bool email_has_text(const struct config_destination *destination, enum event_type type,
		    const char *overdue_text)
{
	if (destination->body || !template_has_places(destination->to))
		return true;
	return type == EVENT_ANSWER || type == EVENT_FOLLOWUP ||
	       (type == EVENT_OVERDUE && overdue_text);
}

/* The server's last words, on one line. */
static char *last_words(const struct fetch_result *result)
{
	size_t len = result->body_len < 200 ? result->body_len : 200;
	char *text = xstrndup(result->body, len);

	for (char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7F)
			*p = ' ';
	len = strlen(text);
	while (len > 0 && text[len - 1] == ' ')
		text[--len] = '\0';
	return text;
}

static char *describe(const struct fetch_result *result)
{
	CLEANUP(freep) char *words = last_words(result);

	if (result->error == FETCH_DONE)
		return words[0] ? xasprintf("SMTP %s", words)
				: xasprintf("SMTP %d", result->status);
	return words[0] ? xasprintf("%s (the server's last words: %s)", result->detail, words)
			: xstrdup(result->detail);
}

void email_judge(const struct fetch_result *result, struct verdict *ret_verdict)
{
	int status = result->status;

	*ret_verdict = (struct verdict){
		.outcome = OUTCOME_TEMPFAIL,
		.is_slow = result->timed_out || status == 421 || (status >= 450 && status <= 452),
		.status = status,
		.detail = describe(result),
		.response = BUF_INIT(DESTINATION_MAX_RESPONSE),
	};
	/* an excerpt for people; it may be missing */
	IGNORE(buf_add(&ret_verdict->response, result->body, result->body_len));
	if (result->error != FETCH_DONE)
		return;
	if (status < 400)
		ret_verdict->outcome = OUTCOME_OK;
	else if (status >= 500)
		ret_verdict->outcome = OUTCOME_PERMFAIL;
}

static void email_free(struct email *email)
{
	fetcher_free(email->fetcher);
	loop_source_free(email->timer);
	verdict_done(&email->verdict);
	free(email);
}

/* In a turn of its own: a fetcher is not freed from inside its on_done. */
static void on_timer(void *ctx)
{
	struct email *email = ctx;
	struct sending sending = email->sending;
	struct verdict verdict = email->verdict;

	email->verdict = (struct verdict){ 0 };
	email_free(email);
	sending.on_sent(&verdict, sending.ctx);
}

static void on_done(const struct fetch_result *result, void *ctx)
{
	struct email *email = ctx;

	email_judge(result, &email->verdict);
	loop_set_timer(email->timer, clock_now());
}

/* What Maax knows us by; NULL: an address, which is no name. */
static char *own_name(const struct core *core)
{
	const char *host = strstr(core->config->maaxd.public_url, "://") + 3;
	size_t len = strcspn(host, ":/?");

	return host[0] == '[' || strspn(host, "0123456789.") >= len ? NULL : xstrndup(host, len);
}

/* A value that brings more addresses than one would make us write to strangers. */
static bool is_list_as_written(const struct config_destination *destination, const struct words *to)
{
	CLEANUP(freep) char *sample = template_sample(destination->to);
	size_t written = 1;

	for (const char *p = sample; *p; p++)
		written += *p == ',';
	return to->count <= written;
}

static int hand_over(const struct send_request *request, const struct email_text *text,
		     struct email *email, char **ret_why)
{
	const struct config_destination *destination = request->destination;
	CLEANUP(buf_done) struct buf message = BUF_INIT(MAX_MAIL);
	CLEANUP(words_done) struct words from = { 0 };
	CLEANUP(words_done) struct words to = { 0 };
	CLEANUP(freep) char *helo = own_name(request->core);
	const char *why = NULL;
	struct fetch_mail mail = {
		.helo = helo,
		.user = destination->user,
		.password = destination->password,
		.starttls = destination->tls == MAIL_TLS_STARTTLS ||
			    (destination->tls == MAIL_TLS_AUTO &&
			     strncmp(destination->server, "smtp:", 5) == 0),
	};
	struct fetch_request fetch = {
		.url = destination->server,
		.mail = &mail,
		.timeout = destination->timeout,
		.connect_timeout = destination->connect_timeout,
		.max_response = DESTINATION_MAX_RESPONSE,
		.ca_file = destination->ca_file,
	};
	struct fetch *running; /* ends with its fetcher */
	int r = mail_addresses(text->to, &to, &why);

	if (r == 0 && !is_list_as_written(destination, &to)) {
		why = "a value of `to` has more than one address";
		r = -EINVAL;
	}
	if (r == 0)
		r = mail_addresses(destination->from, &from, &why);
	if (r == 0)
		r = mail_draft_format(&text->draft, &message, &why);
	if (r == -E2BIG)
		why = "the mail becomes too long";
	if (r != 0) {
		*ret_why = xstrdup_null(why);
		return r;
	}
	mail.from = from.word[0];
	mail.to = (const char *const *)to.word;
	fetch.body = message.data;
	fetch.body_len = message.len;
	return fetch_start(email->fetcher, &fetch, on_done, email, &running);
}

static int send(const struct send_request *request, struct sending **ret_sending, char **ret_why)
{
	CLEANUP(email_text_done) struct email_text text = { 0 };
	struct email *email;
	int r = email_text_make(request->destination, request->parcel, &text, ret_why);

	if (r == -ENOENT || r == -E2BIG)
		return -EINVAL;
	if (r < 0)
		return r;
	email = xnew(struct email);
	email->sending = (struct sending){ &email_ops, request->on_sent, request->ctx };
	r = fetcher_new(request->core->loop, 1, &email->fetcher);
	if (r == 0)
		r = loop_add_timer(request->core->loop, on_timer, email, &email->timer);
	if (r == 0)
		r = hand_over(request, &text, email, ret_why);
	if (r < 0) {
		email_free(email);
		return r == -E2BIG ? -EINVAL : r;
	}
	*ret_sending = &email->sending;
	return 0;
}

static void cancel(struct sending *sending)
{
	email_free((struct email *)sending);
}

const struct destination_ops email_ops = { .send = send, .cancel = cancel };
