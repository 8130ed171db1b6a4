/* The route table. See routes.h; the columns are explained in http/match.h. */
#include "api/routes.h"

#include "api/api.h"

#define CALLBACK_BODY (2 * MIB)
#define MESSAGE_BODY (256 * KIB)
#define TEST_BODY (16 * KIB)
#define JSON "application/json"

/* clang-format off */
const struct http_route api_routes[] = {
	{ "GET|HEAD|POST|PUT", "/cb/answer/{token}",    SERVE_CALLBACKS, API_AUTH_ANSWER,    CALLBACK_BODY, api_callback_answer,    NULL },
	{ "GET|HEAD|POST|PUT", "/cb/followup/{token}",  SERVE_CALLBACKS, API_AUTH_FOLLOWUP,  CALLBACK_BODY, api_callback_followup,  NULL },
	{ "GET|HEAD|POST|PUT", "/cb/emergency/{token}", SERVE_CALLBACKS, API_AUTH_EMERGENCY, CALLBACK_BODY, api_callback_emergency, NULL },

	{ "POST", "/v1/messages",                    SERVE_API, API_AUTH_BEARER, MESSAGE_BODY, api_messages_post,          JSON },
	{ "GET",  "/v1/messages",                    SERVE_API, API_AUTH_BEARER, 0,            api_messages_list,          NULL },
	{ "GET",  "/v1/messages/{id}",               SERVE_API, API_AUTH_BEARER, 0,            api_messages_get,           NULL },
	{ "GET",  "/v1/conversations",               SERVE_API, API_AUTH_BEARER, 0,            api_conversations_list,     NULL },
	{ "GET",  "/v1/conversations/{id}",          SERVE_API, API_AUTH_BEARER, 0,            api_conversations_get,      NULL },
	{ "GET",  "/v1/conversations/{id}/messages", SERVE_API, API_AUTH_BEARER, 0,            api_conversations_messages, NULL },
	{ "GET",  "/v1/events",                      SERVE_API, API_AUTH_BEARER, 0,            api_events_get,             NULL },

	{ "POST", "/api/v2/outgoing-messages",       SERVE_API, API_AUTH_MAAX,   MESSAGE_BODY, api_dropin_message,         NULL },
	{ "POST", "/api/v2/conversations/{id}",      SERVE_API, API_AUTH_MAAX,   MESSAGE_BODY, api_dropin_history,         NULL },

	{ "GET",  "/admin/v1/urls",                       SERVE_ADMIN, API_AUTH_ADMIN, 0, api_admin_urls,      NULL },
	{ "GET",  "/admin/v1/callbacks",                  SERVE_ADMIN, API_AUTH_ADMIN, 0, api_admin_callbacks, NULL },
	{ "GET",  "/admin/v1/config",                     SERVE_ADMIN, API_AUTH_ADMIN, 0, api_admin_config,    NULL },
	{ "GET",  "/admin/v1/holds",                      SERVE_ADMIN, API_AUTH_ADMIN, 0, api_admin_holds,     NULL },
	{ "POST", "/admin/v1/destinations/{name}/resume", SERVE_ADMIN, API_AUTH_ADMIN, 0, api_admin_resume,    NULL },
	{ "POST", "/admin/v1/destinations/{name}/test",   SERVE_ADMIN, API_AUTH_ADMIN, TEST_BODY, api_admin_destination_test, JSON },

	{ "GET",  "/metrics", SERVE_METRICS, API_AUTH_METRICS, 0, api_metrics, NULL },
	{ "GET",  "/healthz", SERVE_ALWAYS,  API_AUTH_NONE, 0, api_healthz, NULL },
	{ "GET",  "/readyz",  SERVE_ALWAYS,  API_AUTH_NONE, 0, api_readyz,  NULL },
};
/* clang-format on */

const size_t api_route_count = ARRAY_SIZE(api_routes);
