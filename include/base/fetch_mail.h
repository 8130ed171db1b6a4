/* A mail as a curl easy handle, and the talk with the server: the inside of fetch.c, for it and
 * fetch_easy.c only. */
#ifndef MAAXD_BASE_FETCH_MAIL_H
#define MAAXD_BASE_FETCH_MAIL_H

#include "base/fetch_easy.h"
#include "base/loop.h"

/* Takes envelope and message over. 0, -EINVAL (URL, addresses) or -ENOMEM. */
MUST_CHECK int fetch_mail_init(struct fetch_easy *easy, const struct fetch_request *request);
void fetch_mail_done(struct fetch_easy *easy);

/* Everything that is SMTP's own. */
CURLcode fetch_mail_set(struct fetch_easy *easy, const struct fetch_request *request);

/* The end of a talk, from the loop. It may free the talk. */
typedef void fetch_mail_fn(CURLcode code, void *ctx);

/* curl has connected, TLS and login included: hands the mail over. 0, or negative errno: nothing
 * was said, and on_end is not called. */
MUST_CHECK int fetch_mail_talk(struct fetch_easy *easy, struct loop *loop, fetch_mail_fn *on_end,
			       void *ctx);

/* Before curl closes the connection. Nothing when there is no talk. */
void fetch_mail_hang_up(struct fetch_easy *easy);

/* As fetch_easy_result(). */
struct fetch_result fetch_mail_result(const struct fetch_easy *easy, CURLcode code);

#endif
