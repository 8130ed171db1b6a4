/* Who may call what. Runs at a request's first call, before any body is read. */
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "base/ids.h"
#include "base/metrics.h"
#include "base/tokens.h"
#include "maax.h"
#include "store/keys.h"

static const char *bearer_key(const struct http_request *request)
{
	const char *header = http_header(request, "Authorization");

	if (!header || http_header_count(request, "Authorization") != 1 ||
	    strncasecmp(header, "Bearer ", 7) != 0)
		return NULL;
	return header + 7 + strspn(header + 7, " ");
}

static bool wants_maax_key(const struct http_request *request)
{
	return http_route(request)->auth == API_AUTH_MAAX;
}

/* The key in the header that the route's protocol has it in. */
static const char *source_key(const struct http_request *request)
{
	if (!wants_maax_key(request))
		return bearer_key(request);
	return http_header_count(request, MAAX_KEY_HEADER) == 1
		       ? http_header(request, MAAX_KEY_HEADER)
		       : NULL;
}

static void refuse_key(struct http_request *request)
{
	if (wants_maax_key(request)) {
		http_add_header(request, "WWW-Authenticate", MAAX_KEY_HEADER " realm=\"maaxd\"");
		http_reply_problem(request, 401, "unauthorized",
				   "send " MAAX_KEY_HEADER " with a key of a source of maaxd",
				   NULL);
		return;
	}
	http_add_header(request, "WWW-Authenticate", "Bearer realm=\"maaxd\"");
	http_reply_problem(request, 401, "unauthorized",
			   "send Authorization: Bearer with a key of this source", NULL);
}

/* The source of a key that an operator made: 1 found (NULL when its section is gone), 0 none,
 * errno. */
static int find_made_key(struct api *api, const char *bearer,
			 const struct config_source **ret_source)
{
	CLEANUP(key_done) struct key key = { 0 };
	uint8_t digest[KEY_DIGEST_SIZE];
	int r;

	sign_sha256(bearer, strlen(bearer), digest);
	r = keys_by_digest(api->core->db, digest, &key);
	if (r > 0)
		*ret_source = config_source(api->core->config, key.source);
	return r;
}

const struct config_source *api_source(struct api *api, struct http_request *request)
{
	const char *key = source_key(request);
	const struct config_source *source =
		key ? config_source_by_key(api->core->config, key) : NULL;
	int r = 0;

	if (key && !source)
		r = find_made_key(api, key, &source);
	if (r < 0)
		api_reply_store_error(request, r);
	else if (!source)
		refuse_key(request);
	return source;
}

/* One uniform answer for every wrong token: nothing can be learnt from it. */
static bool verify_token(struct api *api, struct http_request *request, const char *purpose)
{
	const struct http_param *token = http_param(request, 0);
	char subject[TOKENS_MAX_SUBJECT + 1];

	if (tokens_verify(api->core->tokens, purpose, token->value, token->len, subject) == 0)
		return true;
	metric_add(api->callbacks_refused, 1);
	http_reply_problem(request, 404, "not_found", "there is nothing here", NULL);
	return false;
}

const struct config_listener *api_listener(const struct api *api,
					   const struct http_request *request)
{
	const struct config *config = api->core->config;

	for (size_t i = 0; i < config->listener_count; i++)
		if (streq(config->listeners[i].name, http_listener_name(request)))
			return &config->listeners[i];
	return NULL;
}

/* In a user namespace of our own, as the unit has it, a group that is not in it looks like this. */
#define HIDDEN_GID 65534

bool api_is_for_group(const struct config_listener *listener, mode_t mode, gid_t gid)
{
	return listener->admin_gid != (gid_t)-1 && !(mode & S_IWOTH) &&
	       (gid == listener->admin_gid || gid == HIDDEN_GID);
}

/*
 * That the kernel let the peer connect makes it a member, if the socket's file is the group's and
 * nobody else's. Its own groups would tell more, but are hidden like the file's.
 */
static bool is_member(const struct config_listener *listener, const struct http_request *request)
{
	mode_t mode;
	gid_t gid;

	return http_peer_file(request, &mode, &gid) == 0 && api_is_for_group(listener, mode, gid);
}

/*
 * Root may always. Our own uid may not, whatever its groups are: a command that we run must not
 * command us.
 */
static bool is_admin(const struct config_listener *listener, const struct http_request *request)
{
	const char *key = bearer_key(request);
	uid_t uid = 0;
	gid_t gid;
	pid_t pid;

	if (http_peer_cred(request, &uid, &gid, &pid) == 0)
		return uid == 0 || (uid != geteuid() && is_member(listener, request));
	return listener->admin_token && key && strlen(key) == strlen(listener->admin_token) &&
	       sign_equal(key, listener->admin_token, strlen(key));
}

/* The peer of a unix socket, or the listener's admin token. */
static bool authorize_operator(struct api *api, struct http_request *request)
{
	const struct config_listener *listener = api_listener(api, request);

	if (listener && is_admin(listener, request))
		return true;
	http_reply_problem(
		request, 403, "forbidden",
		"only root, members of admin_group, or holders of the admin token may do this",
		NULL);
	return false;
}

/* A browser must not be able to use a forwarded socket: it sends Origin, and cannot send our header
 * unasked. */
static bool authorize_admin(struct api *api, struct http_request *request)
{
	const char *header = http_header(request, "X-Maaxd-Admin");

	if (http_header(request, "Origin") || !header || !streq(header, "1")) {
		http_reply_problem(request, 403, "forbidden",
				   "admin requests need the header X-Maaxd-Admin: 1 and no Origin",
				   NULL);
		return false;
	}
	return authorize_operator(api, request);
}

bool api_authorize(struct http_request *request, const struct http_route *route, void *ctx)
{
	struct api *api = ctx;

	switch ((enum api_auth)route->auth) {
	case API_AUTH_NONE:
		return true;
	case API_AUTH_BEARER:
	case API_AUTH_MAAX:
		return api_source(api, request) != NULL;
	case API_AUTH_ANSWER:
		return verify_token(api, request, MAAX_PURPOSE_ANSWER);
	case API_AUTH_FOLLOWUP:
		return verify_token(api, request, MAAX_PURPOSE_FOLLOWUP);
	case API_AUTH_EMERGENCY:
		return verify_token(api, request, MAAX_PURPOSE_EMERGENCY);
	case API_AUTH_METRICS:
		return authorize_operator(api, request);
	case API_AUTH_ADMIN:
		return authorize_admin(api, request);
	}
	return false;
}

bool api_token_message(struct http_request *request, int64_t *ret_message)
{
	const struct http_param *token = http_param(request, 0);
	const char *dot = memchr(token->value, '.', token->len);

	if (dot &&
	    ids_parse(ID_MESSAGE, token->value, (size_t)(dot - token->value), ret_message) == 0)
		return true;
	api_reply_not_found(request, "message");
	return false;
}
