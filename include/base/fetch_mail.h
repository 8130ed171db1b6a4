/* A mail as a curl easy handle, and what the server said: the inside of fetch_easy.c, for it only.
 */
#ifndef MAAXD_BASE_FETCH_MAIL_H
#define MAAXD_BASE_FETCH_MAIL_H

#include "base/fetch_easy.h"

/* Takes envelope and message over. 0, -EINVAL (URL, addresses) or -ENOMEM. */
MUST_CHECK int fetch_mail_check(struct fetch_easy *easy, const struct fetch_request *request);

/* Everything that is SMTP's own. */
CURLcode fetch_mail_set(struct fetch_easy *easy, const struct fetch_request *request);

/* As fetch_easy_result(). */
struct fetch_result fetch_mail_result(const struct fetch_easy *easy, CURLcode code);

#endif
