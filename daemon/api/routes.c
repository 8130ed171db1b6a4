/* The route table. See routes.h; the columns are explained in http/match.h. */
#include "api/routes.h"

#include "api/api.h"

#define CALLBACK_BODY (2 * MIB)
#define MESSAGE_BODY (256 * KIB)
#define ACTION_BODY (16 * KIB)
#define HOOK_BODY (2 * MIB)
#define MAIL_BODY (8 * MIB)
#define JSON "application/json"

/* clang-format off */
const struct http_route api_routes[] = {
	{ "GET|HEAD|POST|PUT", "/cb/answer/{token}",    SERVE_CALLBACKS, API_AUTH_ANSWER,    CALLBACK_BODY, api_callback_answer,    NULL },
	{ "GET|HEAD|POST|PUT", "/cb/followup/{token}",  SERVE_CALLBACKS, API_AUTH_FOLLOWUP,  CALLBACK_BODY, api_callback_followup,  NULL },
	{ "GET|HEAD|POST|PUT", "/cb/emergency/{token}", SERVE_CALLBACKS, API_AUTH_EMERGENCY, CALLBACK_BODY, api_callback_emergency, NULL },

	{ "GET|HEAD|POST|PUT", "/in/{source}/{secret}", SERVE_HOOKS, API_AUTH_HOOK, HOOK_BODY, api_hook, NULL },

	{ "POST", "/v1/messages",                    SERVE_API, API_AUTH_BEARER, MESSAGE_BODY, api_messages_post,          JSON },
	{ "GET",  "/v1/messages",                    SERVE_API, API_AUTH_BEARER, 0,            api_messages_list,          NULL },
	{ "GET",  "/v1/messages/{id}",               SERVE_API, API_AUTH_BEARER, 0,            api_messages_get,           NULL },
	{ "GET",  "/v1/conversations",               SERVE_API, API_AUTH_BEARER, 0,            api_conversations_list,     NULL },
	{ "GET",  "/v1/conversations/{id}",          SERVE_API, API_AUTH_BEARER, 0,            api_conversations_get,      NULL },
	{ "GET",  "/v1/conversations/{id}/messages", SERVE_API, API_AUTH_BEARER, 0,            api_conversations_messages, NULL },
	{ "POST", "/v1/conversations/{id}/answers",  SERVE_API, API_AUTH_BEARER, MESSAGE_BODY, api_conversations_answer,   JSON },
	{ "POST", "/v1/conversations/{id}/pause",    SERVE_API, API_AUTH_BEARER, ACTION_BODY,  api_conversations_pause,    JSON },
	{ "POST", "/v1/conversations/{id}/unpause",  SERVE_API, API_AUTH_BEARER, ACTION_BODY,  api_conversations_unpause,  JSON },
	{ "GET",  "/v1/events",                      SERVE_API, API_AUTH_BEARER, 0,            api_events_get,             NULL },

	{ "POST", "/api/v2/outgoing-messages",       SERVE_API, API_AUTH_MAAX,   MESSAGE_BODY, api_dropin_message,         NULL },
	{ "POST", "/api/v2/conversations/{id}",      SERVE_API, API_AUTH_MAAX,   MESSAGE_BODY, api_dropin_history,         NULL },

	{ "GET",  "/admin/v1/status",                          SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_status,                 NULL },
	{ "GET",  "/admin/v1/urls",                            SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_urls,                   NULL },
	{ "GET",  "/admin/v1/config",                          SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_config,                 NULL },
	{ "GET",  "/admin/v1/holds",                           SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_holds,                  NULL },
	{ "GET",  "/admin/v1/alerts",                          SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_alerts,                 NULL },

	{ "GET",  "/admin/v1/messages",                        SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_messages,               NULL },
	{ "POST", "/admin/v1/messages",                        SERVE_ADMIN, API_AUTH_ADMIN, MESSAGE_BODY, api_admin_messages_post,          JSON },
	{ "GET",  "/admin/v1/messages/{id}",                   SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_message,                NULL },
	{ "POST", "/admin/v1/messages/{id}/cancel",            SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_message_cancel,         JSON },
	{ "POST", "/admin/v1/messages/{id}/retry",             SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_message_retry,          JSON },
	{ "POST", "/admin/v1/messages/{id}/replay",            SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_message_replay,         JSON },
	{ "POST", "/admin/v1/replay",                          SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_replay,                 JSON },
	{ "POST", "/admin/v1/retry",                           SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_retry,                  JSON },
	{ "POST", "/admin/v1/simulate",                        SERVE_ADMIN, API_AUTH_ADMIN, MESSAGE_BODY, api_admin_simulate,               JSON },

	{ "GET",  "/admin/v1/callbacks",                       SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_callbacks,              NULL },
	{ "GET",  "/admin/v1/callbacks/{id}",                  SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_callback,               NULL },
	{ "POST", "/admin/v1/callbacks/{id}/attach",           SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_callback_attach,        JSON },
	{ "POST", "/admin/v1/callbacks/{id}/drop",             SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_callback_drop,          JSON },
	{ "POST", "/admin/v1/callbacks/{id}/replay",           SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_callback_replay,        JSON },

	{ "GET",  "/admin/v1/deliveries",                      SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_deliveries,             NULL },
	{ "POST", "/admin/v1/deliveries/{id}/retry",           SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_delivery_retry,         JSON },
	{ "POST", "/admin/v1/deliveries/{id}/cancel",          SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_delivery_cancel,        JSON },
	{ "POST", "/admin/v1/deliveries/{id}/replay",          SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_delivery_replay,        JSON },
	{ "GET",  "/admin/v1/destinations",                    SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_destinations,           NULL },
	{ "POST", "/admin/v1/destinations/{name}/hold",        SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_hold,                   JSON },
	{ "POST", "/admin/v1/destinations/{name}/resume",      SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_resume,                 JSON },
	{ "POST", "/admin/v1/destinations/{name}/test",        SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_destination_test,       JSON },

	{ "GET",  "/admin/v1/conversations",                   SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_conversations,          NULL },
	{ "GET",  "/admin/v1/conversations/{id}",              SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_conversation,           NULL },
	{ "GET",  "/admin/v1/conversations/{id}/messages",     SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_conversation_messages,  NULL },
	{ "POST", "/admin/v1/conversations/{id}/pause",        SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_pause,                  JSON },
	{ "POST", "/admin/v1/conversations/{id}/unpause",      SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_unpause,                JSON },
	{ "POST", "/admin/v1/conversations/{id}/answers",      SERVE_ADMIN, API_AUTH_ADMIN, MESSAGE_BODY, api_admin_answer,                 JSON },
	{ "GET",  "/admin/v1/events",                          SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_events,                 NULL },
	{ "GET",  "/admin/v1/events/stream",                   SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_events_stream,          NULL },

	{ "GET",  "/admin/v1/keys",                            SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_keys_list,              NULL },
	{ "POST", "/admin/v1/keys",                            SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_keys_post,              JSON },
	{ "POST", "/admin/v1/keys/{id}/revoke",                SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_keys_revoke,            JSON },

	{ "POST", "/admin/v1/erase",                           SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_erase,                  JSON },
	{ "GET",  "/admin/v1/export",                          SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_export,                 NULL },

	{ "GET",  "/admin/v1/db",                              SERVE_ADMIN, API_AUTH_ADMIN, 0,            api_admin_db,                     NULL },
	{ "POST", "/admin/v1/db/prune",                        SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_db_prune,               JSON },
	{ "POST", "/admin/v1/db/check",                        SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_db_check,               JSON },
	{ "POST", "/admin/v1/db/backup",                       SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY,  api_admin_db_backup,              JSON },

	{ "GET",  "/admin/v1/inbound",               SERVE_ADMIN, API_AUTH_ADMIN, 0,         api_inbound_list,       NULL },
	{ "GET",  "/admin/v1/inbound/{id}",          SERVE_ADMIN, API_AUTH_ADMIN, 0,         api_inbound_get,        NULL },
	{ "POST", "/admin/v1/inbound/replay",        SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY, api_inbound_replay_all, NULL },
	{ "POST", "/admin/v1/inbound/{id}/replay",   SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY, api_inbound_replay,     NULL },
	{ "POST", "/admin/v1/inbound/{id}/drop",     SERVE_ADMIN, API_AUTH_ADMIN, ACTION_BODY, api_inbound_drop,       NULL },
	{ "POST", "/admin/v1/sources/{name}/ingest", SERVE_ADMIN, API_AUTH_ADMIN, MAIL_BODY, api_inbound_ingest,     NULL },

	{ "GET",  "/metrics", SERVE_METRICS, API_AUTH_METRICS, 0, api_metrics, NULL },
	{ "GET",  "/healthz", SERVE_ALWAYS,  API_AUTH_NONE, 0, api_healthz, NULL },
	{ "GET",  "/readyz",  SERVE_ALWAYS,  API_AUTH_NONE, 0, api_readyz,  NULL },
	{ "GET",  "/openapi.json", SERVE_ALWAYS, API_AUTH_NONE, 0, api_openapi, NULL },
};
/* clang-format on */

const size_t api_route_count = ARRAY_SIZE(api_routes);
