/* What a destination of kind email needs beyond the types of its keys. */
#include <string.h>

#include "base/fetch.h"
#include "base/mail_draft.h"
#include "options_table.h"

static void check_address(struct load *load, const struct config_destination *destination,
			  const char *key, const char *text)
{
	CLEANUP(words_done) struct words addresses = { 0 };
	const char *why;

	if (!text)
		return;
	if (mail_addresses(text, &addresses, &why) < 0)
		load_error(load, option_site_of(destination, key), "%s", why);
	else if (addresses.count > 1)
		load_error(load, option_site_of(destination, key),
			   "more than one address: keep one");
}

/* Whether TLS fits the scheme, and nothing secret crosses a network in clear. */
static void check_tls(struct load *load, const struct config_destination *destination)
{
	const struct option_site site = option_site_of(destination, "tls");
	bool is_smtps = strncmp(destination->server, "smtps:", 6) == 0;
	CLEANUP(freep) char *host = option_url_host(destination->server);
	enum mail_tls tls = destination->tls;

	if (is_smtps && tls != MAIL_TLS_AUTO && tls != MAIL_TLS_WHOLE)
		load_error(load, site, "the server is smtps, which is TLS: write tls, or smtp://");
	else if (!is_smtps && tls == MAIL_TLS_WHOLE)
		load_error(load, site, "the server is smtp: write smtps://, or starttls");
	else if (tls == MAIL_TLS_NONE && !option_is_loopback(host))
		load_error(load, site,
			   "none is for a server on this host: write starttls, or insecure");
	else if (tls == MAIL_TLS_INSECURE && destination->user)
		load_error(load, site,
			   "the password would cross the network in clear: write "
			   "starttls, or take user away");
	else if (tls == MAIL_TLS_INSECURE)
		load_warning(load, site, "insecure: answers cross the network in clear");
}

static void check_login(struct load *load, const struct config_destination *destination)
{
	if (destination->user && !destination->password_file)
		load_error(load, option_site_of(destination, "password_file"),
			   "missing: name the file with the password of user");
	if (!destination->user && destination->password_file)
		load_error(load, option_site_of(destination, "user"),
			   "missing: whose password is it? Often it is the address");
}

void options_check_mails(struct load *load)
{
	for (size_t i = 0; i < load->config->destination_count; i++) {
		const struct config_destination *destination = &load->config->destinations[i];
		const char *why;

		if (destination->kind != DESTINATION_EMAIL)
			continue;
		check_address(load, destination, "from", destination->from);
		check_address(load, destination, "reply_to", destination->reply_to);
		check_login(load, destination);
		if (!destination->server)
			continue;
		if (fetch_check_server(destination->server, &why) < 0)
			load_error(load, option_site_of(destination, "server"), "%s", why);
		else
			check_tls(load, destination);
	}
}
