/*
 * Every key of the configuration, in one table: it drives parsing, defaults, error messages, the
 * example, `maaxctl config` and what a reload may change. A new key is one row here and one field
 * in options.h.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "options_table.h"

#define LABELLED(type, array, count) \
	true, offsetof(struct config, array), offsetof(struct config, count), sizeof(type)
#define EMBEDDED(type, field) false, offsetof(struct config, field), 0, sizeof(type)

const struct section_type section_types[SECTION_MAX] = {
	[SECTION_MAAXD] = { "maaxd", EMBEDDED(struct config_maaxd, maaxd), NULL, "The daemon." },
	[SECTION_LISTENER] = { "listener",
			       LABELLED(struct config_listener, listeners, listener_count),
			       "public",
			       "Where maaxd listens. One section for each address; admin stands on "
			       "a "
			       "listener of its own." },
	[SECTION_MAAX] = { "maax", EMBEDDED(struct config_maax, maax), NULL,
			   "Maax, and what to expect of it." },
	[SECTION_AI] = { "ai", LABELLED(struct config_ai, ais, ai_count), "sales",
			 "An AI at Maax. One section for each." },
	[SECTION_SOURCE] = { "source", LABELLED(struct config_source, sources, source_count), "crm",
			     "Where messages come from. One section for each." },
	[SECTION_DESTINATION] = { "destination",
				  LABELLED(struct config_destination, destinations,
					   destination_count),
				  "desk", "Where answers go. One section for each." },
	[SECTION_RETENTION] = { "retention", EMBEDDED(struct config_retention, retention), NULL,
				"How long things are kept. What Maax has or is to get, and what is "
				"still to be\ndelivered, stays at any age." },
};

static const struct option_choice log_levels[] = {
	{ "error", LOG_LEVEL_ERROR, false },   { "warning", LOG_LEVEL_WARNING, false },
	{ "notice", LOG_LEVEL_NOTICE, false }, { "info", LOG_LEVEL_INFO, false },
	{ "debug", LOG_LEVEL_DEBUG, false },   { NULL, 0, false },
};

static const struct option_choice serves[] = {
	{ "callbacks", SERVE_CALLBACKS, false },
	{ "api", SERVE_API, false },
	{ "hooks", SERVE_HOOKS, false },
	{ "widget", SERVE_WIDGET, false },
	{ "admin", SERVE_ADMIN, false },
	{ "metrics", SERVE_METRICS, false },
	{ NULL, 0, false },
};

static const struct option_choice encodings[] = {
	{ "json", ENCODING_JSON, false },
	{ "query", ENCODING_QUERY, false },
	{ NULL, 0, false },
};

static const struct option_choice output_formats[] = {
	{ "none", 0, false },
	{ "plain_text", 1, false },
	{ "html", 2, false },
	{ NULL, 0, false },
};

static const struct option_choice switches[] = {
	{ "off", 0, false },
	{ "on", 1, false },
	{ NULL, 0, false },
};

static const struct option_choice source_kinds[] = {
	{ "api", SOURCE_API, false },
	{ "widget", SOURCE_WIDGET, true },
	{ "hook", SOURCE_HOOK, false },
	{ "mail", SOURCE_MAIL, false },
	{ NULL, 0, false },
};

static const struct option_choice signatures[] = {
	{ "none", SIGNATURE_NONE, false },
	{ "hmac-sha256", SIGNATURE_HMAC_SHA256, false },
	{ "twilio", SIGNATURE_TWILIO, false },
	{ "standard-webhooks", SIGNATURE_STANDARD_WEBHOOKS, false },
	{ "basic", SIGNATURE_BASIC, false },
	{ NULL, 0, false },
};

static const struct option_choice signature_encodings[] = {
	{ "hex", SIGNATURE_HEX, false },
	{ "base64", SIGNATURE_BASE64, false },
	{ NULL, 0, false },
};

static const struct option_choice destination_kinds[] = {
	{ "webhook", DESTINATION_WEBHOOK, false },
	{ "command", DESTINATION_COMMAND, false },
	{ "email", DESTINATION_EMAIL, false },
	{ NULL, 0, false },
};

static const struct option_choice methods[] = {
	{ "POST", 0, false },
	{ "PUT", 0, false },
	{ "PATCH", 0, false },
	{ NULL, 0, false },
};

static const struct option_choice mail_tls[] = {
	{ "auto", MAIL_TLS_AUTO, false },	  { "starttls", MAIL_TLS_STARTTLS, false },
	{ "tls", MAIL_TLS_WHOLE, false },	  { "none", MAIL_TLS_NONE, false },
	{ "insecure", MAIL_TLS_INSECURE, false }, { NULL, 0, false },
};

static const struct option_choice events[] = {
	{ "answer", 1U << EVENT_ANSWER, false },       { "followup", 1U << EVENT_FOLLOWUP, false },
	{ "emergency", 1U << EVENT_EMERGENCY, false }, { "overdue", 1U << EVENT_OVERDUE, false },
	{ "failed", 1U << EVENT_FAILED, false },       { NULL, 0, false },
};

/* Section, key and place of a row; the key is the field's name unless the row says another. */
#define ROW(section, type, key, field) SECTION_##section, key, offsetof(struct config_##type, field)
#define MAAXD(field) ROW(MAAXD, maaxd, #field, field)
#define LISTENER(field) ROW(LISTENER, listener, #field, field)
#define MAAX(field) ROW(MAAX, maax, #field, field)
#define AI(field) ROW(AI, ai, #field, field)
#define SOURCE(field) ROW(SOURCE, source, #field, field)
#define SOURCE_AS(key, field) ROW(SOURCE, source, key, field)
/* What comes in is mapped; the first is for hooks alone. */
#define HOOK_ONLY (OPT_RELOAD | OPT_KIND(SOURCE_HOOK))
#define HOOK_MAIL (OPT_RELOAD | OPT_KIND(SOURCE_HOOK) | OPT_KIND(SOURCE_MAIL))
#define MAP(key, field, fallback, sample, help) \
	{ \
		SOURCE_AS(key, map[field]), OPT_TEMPLATE, HOOK_MAIL, 0, 0, fallback, sample, NULL, \
			help \
	}
#define DESTINATION(field) ROW(DESTINATION, destination, #field, field)
#define DESTINATION_AS(key, field) ROW(DESTINATION, destination, key, field)

#define OF_WEBHOOK OPT_KIND(DESTINATION_WEBHOOK)
#define OF_EMAIL OPT_KIND(DESTINATION_EMAIL)

#define RETENTION(field) ROW(RETENTION, retention, #field, field)

#define MSEC USEC_PER_MSEC
#define SEC USEC_PER_SEC
#define MINUTE USEC_PER_MINUTE
#define HOUR USEC_PER_HOUR
#define DAY USEC_PER_DAY
#define GIB (1024 * MIB)

/* Section and key, type, flags, range, default, sample, choices, help. */
const struct option options[] = {
	{ MAAXD(state_dir), OPT_PATH, OPT_RESTART | OPT_REQUIRED, 0, 0, NULL, "/var/lib/maaxd",
	  NULL, "Directory of the database and the callback keys. Only maaxd writes there." },
	{ MAAXD(public_url), OPT_BASE_URL, OPT_RELOAD | OPT_REQUIRED, 0, 0, NULL,
	  "https://chat.example.org", NULL,
	  "What Maax can reach this daemon under; callback URLs start with it." },
	{ MAAXD(node_id), OPT_NUMBER, OPT_RESTART, 0, 1023, "0", NULL, NULL,
	  "Number of this daemon among several whose ids must never collide." },
	{ MAAXD(log_level), OPT_CHOICE, OPT_RELOAD, 0, 0, "info", NULL, log_levels,
	  "error, warning, notice, info or debug." },
	{ MAAXD(disk_reserve), OPT_SIZE, OPT_RELOAD, 0, 1024 * GIB, "64M", NULL, NULL,
	  "With less room on the disk, new messages are refused, so that callbacks still fit." },
	{ MAAXD(shutdown_timeout), OPT_DURATION, OPT_RELOAD, 0, 10 * MINUTE, "10s", NULL, NULL,
	  "How long a stop waits for requests under way. Nothing is lost when it ends." },
	{ MAAXD(alert_silence), OPT_DURATION, OPT_RELOAD, SEC, 7 * DAY, "15m", NULL, NULL,
	  "Alert when three messages or more are overdue and no answer came for this long." },
	{ ROW(MAAXD, maaxd, "alert_destinations", alert_names), OPT_WORDS, OPT_RELOAD | OPT_EMPTY,
	  0, 0, "", "desk", NULL,
	  "Destinations that are told of alerts, whatever their events are: a hold, dead\n"
	  "deliveries, silence, a full disk … begin or end. The log is told in any case." },

	{ LISTENER(listen), OPT_LISTEN, OPT_RESTART | OPT_REQUIRED, 0, 0, NULL, "127.0.0.1:8080",
	  NULL,
	  "Address and port (127.0.0.1:8080, [::1]:8080) or a socket (unix:/run/maaxd/x.sock)." },
	{ LISTENER(serve), OPT_FLAGS, OPT_RESTART | OPT_REQUIRED, 0, 0, NULL,
	  "callbacks api hooks widget", serves,
	  "What it serves, of: callbacks api hooks widget admin metrics.\n"
	  "admin never shares a listener with callbacks, api, hooks or widget." },
	{ LISTENER(max_connections), OPT_NUMBER, OPT_RESTART, 1, 100000, "4096", NULL, NULL,
	  "Connections at a time." },
	{ LISTENER(max_streams), OPT_NUMBER, OPT_RESTART, 0, 100000, "500", NULL, NULL,
	  "Event streams and waiting requests among them. Thousands of streams slow the\n"
	  "callbacks of the same listener down: give them a listener of their own." },
	{ LISTENER(idle_timeout), OPT_DURATION, OPT_RESTART, SEC, HOUR, "30s", NULL, NULL,
	  "A connection on which nothing happens is closed after this." },
	{ LISTENER(request_timeout), OPT_DURATION, OPT_RESTART, SEC, 10 * MINUTE, "30s", NULL, NULL,
	  "A request must have arrived whole within this." },
	{ LISTENER(socket_mode), OPT_MODE, OPT_RESTART, 0, 0, "0660", NULL, NULL,
	  "Permissions of a unix socket, in octal." },
	{ LISTENER(admin_group), OPT_TEXT, OPT_RESTART, 0, 0, NULL, "adm", NULL,
	  "Group whose members may use admin on a unix socket, beside root." },
	{ LISTENER(admin_token_file), OPT_FILE, OPT_RESTART, 0, 0, NULL, "/etc/maaxd/admin-token",
	  NULL,
	  "Token for admin, one line of 16 characters or more. Needed when admin is not on\n"
	  "a unix socket." },

	{ MAAX(base_url), OPT_BASE_URL, OPT_RELOAD | OPT_REQUIRED, 0, 0, NULL,
	  "https://app.maax.ai/api/v2", NULL,
	  "Where messages are submitted. The API key is sent there, and Maax's documents name\n"
	  "two hosts (app.maax.ai, app.max.ai): make sure which one is yours." },
	{ MAAX(api_key_file), OPT_FILE, OPT_RELOAD | OPT_SHOWN, 0, 0, NULL,
	  "/etc/maaxd/maax-api-key", NULL,
	  "File with the API key, one line. Not needed when every [ai] has one of its own." },
	{ MAAX(ca_file), OPT_PATH, OPT_RELOAD, 0, 0, NULL, "/etc/maaxd/maax-ca.pem", NULL,
	  "Trust these certificates instead of the system's." },
	{ MAAX(request_encoding), OPT_CHOICE, OPT_RELOAD, 0, 0, "json", NULL, encodings,
	  "json (a JSON body) or query (everything in the URL; an escape hatch)." },
	{ MAAX(submit_timeout), OPT_DURATION, OPT_RELOAD, 10 * MSEC, 5 * MINUTE, "15s", NULL, NULL,
	  "Time for one submit, all in all." },
	{ MAAX(connect_timeout), OPT_DURATION, OPT_RELOAD, 10 * MSEC, MINUTE, "5s", NULL, NULL,
	  "Time to find and reach Maax, within submit_timeout." },
	{ MAAX(submit_schedule), OPT_SCHEDULE, OPT_RELOAD, 0, 7 * DAY, "0s 2s 10s 1m 5m 10m", NULL,
	  NULL, "Delays before each try; the last one repeats until submit_max_age." },
	{ MAAX(submit_max_age), OPT_DURATION, OPT_RELOAD, 10 * MSEC, 30 * DAY, "24h", NULL, NULL,
	  "A message that Maax did not take within this has failed." },
	{ MAAX(answer_deadline), OPT_DURATION, OPT_RELOAD, 10 * MSEC, 7 * DAY, "180s", NULL, NULL,
	  "No answer within this: destinations are told that it is overdue. A late one counts." },
	{ MAAX(uncertain_wait), OPT_DURATION, OPT_RELOAD, 10 * MSEC, DAY, "2m", NULL, NULL,
	  "When a submit may or may not have arrived: wait this long for its callback, then\n"
	  "send it once more." },
	{ MAAX(hold_probe), OPT_DURATION, OPT_RELOAD, 10 * MSEC, DAY, "30s", NULL, NULL,
	  "While Maax refuses the key or the URL, one message is tried this often." },
	{ MAAX(retry_after_max), OPT_DURATION, OPT_RELOAD, 0, 7 * DAY, "1h", NULL, NULL,
	  "A longer Retry-After of Maax is cut to this." },
	{ MAAX(concurrency), OPT_NUMBER, OPT_RELOAD, 1, 256, "16", NULL, NULL,
	  "Submits at a time." },
	{ MAAX(map_text), OPT_POINTERS, OPT_RELOAD, 0, 0,
	  "/message_content /answer /response /message /content /text /reply "
	  "/data/message_content /data/answer /data/response /data/text",
	  NULL, NULL,
	  "Where the text is in a callback: JSON Pointers, the first that fits wins. Maax does\n"
	  "not document the fields of its callbacks: all map_ defaults are guesses. What fits\n"
	  "none is kept, and taken up by `maaxctl replay` once the list is mended." },
	{ MAAX(map_conversation_id), OPT_POINTERS, OPT_RELOAD | OPT_EMPTY, 0, 0,
	  "/conversation_id /conversation/id /data/conversation_id /data/conversation/id", NULL,
	  NULL, "Where Maax's conversation id is (a guess)." },
	{ MAAX(map_prospect_id), OPT_POINTERS, OPT_RELOAD | OPT_EMPTY, 0, 0,
	  "/prospect_id /prospect/id /prospect_info/id /data/prospect_id /data/prospect/id", NULL,
	  NULL, "Where Maax's prospect id is (a guess)." },
	{ MAAX(map_incoming_message_id), OPT_POINTERS, OPT_RELOAD | OPT_EMPTY, 0, 0,
	  "/incoming_message_id /incoming_message/id /data/incoming_message_id "
	  "/data/incoming_message/id",
	  NULL, NULL, "Where Maax's id of the customer's message is (a guess)." },
	{ MAAX(map_contact), OPT_POINTERS, OPT_RELOAD | OPT_EMPTY, 0, 0,
	  "/prospect_info/email /prospect_info/phone /prospect_info/facebook "
	  "/prospect_info/instagram /prospect_info/intercom /email /phone",
	  NULL, NULL, "Where the customer's address is (a guess)." },

	{ AI(ai_id), OPT_NUMBER, OPT_RELOAD | OPT_REQUIRED, 1, INT64_MAX, NULL, "123", NULL,
	  "Its number at Maax." },
	{ AI(service_type), OPT_TEXT, OPT_RELOAD | OPT_SHOWN, 0, 0, "sales_automation", NULL, NULL,
	  "Maax's service_type." },
	{ AI(output_format), OPT_NAME, OPT_RELOAD, 0, 0, NULL, "plain_text", output_formats,
	  "none, plain_text or html. Without it: plain_text for website and sms, else none." },
	{ AI(api_key_file), OPT_FILE, OPT_RELOAD, 0, 0, NULL, "/etc/maaxd/maax-api-key-sales", NULL,
	  "An API key of its own, instead of that of [maax]." },

	{ SOURCE(kind), OPT_CHOICE, OPT_RELOAD | OPT_REQUIRED, 0, 0, NULL, "api", source_kinds,
	  "api: your own servers, over HTTP. hook: other systems, at /in/NAME/SECRET.\n"
	  "mail: mails that `maaxctl ingest NAME` reads." },
	{ SOURCE_AS("ai", ai_name), OPT_TEXT, OPT_RELOAD | OPT_REQUIRED, 0, 0, NULL, "sales", NULL,
	  "The [ai] that answers." },
	{ SOURCE(key_file), OPT_FILE, OPT_RELOAD | OPT_REQUIRED | OPT_KIND(SOURCE_API), 0, 0, NULL,
	  "/etc/maaxd/crm-keys", NULL,
	  "Accepted bearer keys, one a line, clear (16 characters or more) or sha256:HEX." },
	{ SOURCE_AS("destinations", destination_names), OPT_WORDS,
	  OPT_RELOAD | OPT_SHOWN | OPT_EMPTY, 0, 0, "", "desk", NULL,
	  "Where its answers go; none when they are only fetched over the API." },
	{ SOURCE(limit_conversation), OPT_RATE, OPT_RELOAD, 1, 1000000, "20/h", NULL, NULL,
	  "Messages of one conversation; more are held. Every message costs money, and two\n"
	  "robots that answer each other never stop. off: no limit." },
	{ SOURCE(limit_rate), OPT_RATE, OPT_RELOAD, 1, 1000000, "60/m", NULL, NULL,
	  "Messages of the whole source; more are refused. off: no limit." },
	{ SOURCE(limit_day), OPT_RATE, OPT_RELOAD, 1, 100000000, "2000/d", NULL, NULL,
	  "The same over a longer time." },
	{ SOURCE(max_text), OPT_SIZE, OPT_RELOAD, 1, 64 * KIB, "16K", NULL, NULL,
	  "Longest text of a message." },
	{ SOURCE(overdue_text), OPT_STRING, OPT_RELOAD, 0, 0, NULL,
	  "Thank you! We will answer as soon as we can.", NULL,
	  "What customers may be told when no answer comes in time: destinations of the event\n"
	  "overdue find it as ${/data/overdue_text}." },
	{ SOURCE(secret_file), OPT_FILE, OPT_RELOAD | OPT_KIND(SOURCE_API), 0, 0, NULL,
	  "/etc/maaxd/crm-secret", NULL,
	  "The drop-in API relays callbacks to the URLs that callers name: signing secrets for\n"
	  "them, whsec_ and base64, one a line. Without: not signed." },
	{ SOURCE(relay_http), OPT_CHOICE, OPT_RELOAD | OPT_KIND(SOURCE_API), 0, 0, "off", NULL,
	  switches, "on: these URLs may be http, which sends answers in clear." },
	{ SOURCE(relay_ports), OPT_WORDS, OPT_RELOAD | OPT_KIND(SOURCE_API), 0, 0, "443 80", NULL,
	  NULL, "Ports that these URLs may have." },
	{ SOURCE(relay_allow), OPT_WORDS, OPT_RELOAD | OPT_EMPTY | OPT_KIND(SOURCE_API), 0, 0, "",
	  "10.1.0.0/16 fd12:3456::/32", NULL,
	  "Networks that these URLs may lead to beside public addresses: your own systems.\n"
	  "Whoever has a key of this source can make maaxd call there." },
	{ SOURCE(relay_schedule), OPT_SCHEDULE, OPT_RELOAD | OPT_KIND(SOURCE_API), 0, 7 * DAY,
	  "0s 2s 10s 1m 5m 30m 2h 5h 10h 14h 20h 24h", NULL, NULL,
	  "Delays before each try; after the last one the delivery is dead." },
	{ SOURCE(relay_timeout), OPT_DURATION, OPT_RELOAD | OPT_KIND(SOURCE_API), 10 * MSEC,
	  5 * MINUTE, "15s", NULL, NULL, "Time for one try, all in all." },
	{ SOURCE(url_secret_file), OPT_FILE, HOOK_ONLY | OPT_REQUIRED, 0, 0, NULL,
	  "/etc/maaxd/sms-secrets", NULL,
	  "Secrets of its URL, public_url/in/NAME/SECRET, one a line, of 16 characters or more;\n"
	  "all of them are taken." },
	{ SOURCE(limit_requests), OPT_RATE, HOOK_ONLY, 1, 1000000, "600/m", NULL, NULL,
	  "Requests, whatever becomes of them; more are refused. off: no limit." },
	{ SOURCE(signature), OPT_CHOICE, HOOK_ONLY, 0, 0, "none", NULL, signatures,
	  "How they are signed: none, hmac-sha256 (of the body, in a header), twilio,\n"
	  "standard-webhooks, or basic (user:password)." },
	{ SOURCE(signature_secret_file), OPT_FILE, HOOK_ONLY, 0, 0, NULL,
	  "/etc/maaxd/sms-signature", NULL,
	  "Secrets of the signature, one a line; any of them will do." },
	{ SOURCE(signature_header), OPT_TEXT, HOOK_ONLY, 0, 0, "X-Signature", NULL, NULL,
	  "Of hmac-sha256: the header it is in." },
	{ SOURCE(signature_prefix), OPT_TEXT, HOOK_ONLY, 0, 0, NULL, "sha256=", NULL,
	  "Of hmac-sha256: what stands before it in the header." },
	{ SOURCE(signature_encoding), OPT_CHOICE, HOOK_ONLY, 0, 0, "hex", NULL, signature_encodings,
	  "Of hmac-sha256: hex or base64." },
	{ SOURCE(reply_status), OPT_NUMBER, HOOK_ONLY, 200, 299, "200", NULL, NULL,
	  "Status of the reply to what was taken." },
	{ SOURCE(reply_content_type), OPT_STRING, HOOK_ONLY, 0, 0, "application/json", NULL, NULL,
	  "Content type of that reply." },
	{ SOURCE(reply_body), OPT_TEMPLATE, HOOK_ONLY, 0, 0,
	  "{\"status\":\"success\",\"id\":${/id | json}}", NULL, NULL,
	  "Its body: a text with places for /id, /state and /message (an id, if it became one)." },
	{ SOURCE(accept_if), OPT_CONDITION, HOOK_MAIL, 0, 0, NULL, "/type == \"message.created\"",
	  NULL, "A condition on what came; what does not meet it is dropped, kept and shown." },
	MAP("map_text", MAP_TEXT, "${/text /message /message_content /content /Body}", NULL,
	    "The customer's text. All map_ keys are texts with places: JSON Pointers into what\n"
	    "came (a form is a flat object), the first that is there, and filters, as in\n"
	    "${/Body | trim}. What has no text, name or contact is kept and can be replayed."),
	MAP("platform", MAP_PLATFORM, "${/platform}", NULL,
	    "website, email or sms, or where it stands. A mail is email."),
	MAP("map_first_name", MAP_FIRST_NAME, "${/first_name /name /from/first_name /ProfileName}",
	    NULL, "First name, which Maax requires; a constant will do: ${/name \"there\"}."),
	MAP("map_last_name", MAP_LAST_NAME, "${/last_name /from/last_name}", NULL, "Last name."),
	MAP("map_email", MAP_EMAIL, "${/email /reply_to/email /from/email | trim}", NULL,
	    "E-mail address. One contact at least must be found."),
	MAP("map_phone", MAP_PHONE, "${/phone /phone_number | digits}", NULL, "Telephone number."),
	MAP("map_facebook", MAP_FACEBOOK, "${/facebook}", NULL, "Name at Facebook."),
	MAP("map_instagram", MAP_INSTAGRAM, "${/instagram}", NULL, "Name at Instagram."),
	MAP("map_intercom", MAP_INTERCOM, "${/intercom}", NULL, "Name at Intercom."),
	MAP("map_conversation_key", MAP_CONVERSATION_KEY, "${/conversation_key}", NULL,
	    "What the messages of one thread have in common (a phone number, the id of a\n"
	    "thread). Without it each message is a conversation. A mail's is its thread."),
	MAP("map_dedupe", MAP_DEDUPE, NULL, "${/MessageSid}",
	    "An id of the request: one with the same within 24 hours is dropped. Without it,\n"
	    "the webhook-id of standard-webhooks, and a mail's Message-ID."),
	{ SOURCE(map_metadata), OPT_POINTERS, HOOK_MAIL | OPT_EMPTY, 0, 0, "",
	  "/order_id /form/name", NULL,
	  "JSON Pointers to what is kept as metadata, each under its last name, and given to\n"
	  "the destinations." },

	{ SOURCE(pause_on_emergency), OPT_CHOICE, OPT_RELOAD, 0, 0, "off", NULL, switches,
	  "on: an emergency pauses its conversation: nothing more of it is submitted until a\n"
	  "person unpauses it (`maaxctl unpause`)." },

	{ DESTINATION(kind), OPT_CHOICE, OPT_RELOAD | OPT_REQUIRED, 0, 0, NULL, "webhook",
	  destination_kinds,
	  "webhook: a signed POST (Standard Webhooks), or a call of somebody's API.\n"
	  "command: a program of yours. email: a mail to the customer." },
	{ DESTINATION(command), OPT_COMMAND,
	  OPT_RELOAD | OPT_REQUIRED | OPT_KIND(DESTINATION_COMMAND), 0, 0, NULL,
	  "/usr/local/bin/on-answer --quiet", NULL,
	  "Program and arguments; no shell. The payload comes as JSON on its standard input.\n"
	  "Exit 0: delivered; 75: to be tried again; anything else: failed for good." },
	{ DESTINATION(url), OPT_URL, OPT_RELOAD | OPT_SHOWN | OF_WEBHOOK, 0, 0, NULL,
	  "https://desk.example.org/maax", NULL,
	  "Where to. Behind the host it may have places, as body has: ${/data/message/id | url}." },
	{ DESTINATION(url_file), OPT_FILE, OPT_RELOAD | OF_WEBHOOK, 0, 0, NULL,
	  "/etc/maaxd/desk-url", NULL,
	  "File with the URL instead, one line, when the URL itself is a secret." },
	{ DESTINATION(secret_file), OPT_FILE, OPT_RELOAD | OPT_SHOWN | OF_WEBHOOK, 0, 0, NULL,
	  "/etc/maaxd/desk-secret", NULL,
	  "Signing secrets, whsec_ and base64, one a line, the newest first; all of them sign.\n"
	  "May be left out when there is a body, basic_file or bearer_file." },
	{ DESTINATION(method), OPT_NAME, OPT_RELOAD | OF_WEBHOOK, 0, 0, "POST", NULL, methods,
	  "POST, PUT or PATCH." },
	{ DESTINATION(body), OPT_TEMPLATE, OPT_RELOAD | OF_WEBHOOK | OF_EMAIL, 0, 0, NULL,
	  "{\"text\": ${/data/answer/text | json}}", NULL,
	  "Instead of the payload (of a mail: of the answer's text): a text with places that are\n"
	  "filled from it. In JSON each place ends in `json` or `json_inside`, in a form in "
	  "`url`.\n"
	  "A place that finds no value makes the delivery dead, unless it has `default:…`." },
	{ DESTINATION(content_type), OPT_STRING, OPT_RELOAD | OF_WEBHOOK, 0, 0, "application/json",
	  NULL, NULL, "Of the body; application/x-www-form-urlencoded for a form." },
	{ DESTINATION_AS("headers", header_lines), OPT_WORDS, OPT_RELOAD | OPT_EMPTY | OF_WEBHOOK,
	  0, 0, "", "\"Intercom-Version: 2.11\" \"X-Message: ${/data/message/id}\"", NULL,
	  "More headers, each \"Name: value\" in quotes; values may have places." },
	{ DESTINATION(basic_file), OPT_FILE, OPT_RELOAD | OF_WEBHOOK, 0, 0, NULL,
	  "/etc/maaxd/desk-login", NULL, "Basic authentication: a file with user:password." },
	{ DESTINATION(bearer_file), OPT_FILE, OPT_RELOAD | OF_WEBHOOK, 0, 0, NULL,
	  "/etc/maaxd/desk-token", NULL,
	  "A token, which goes out as Authorization: Bearer TOKEN." },
	{ DESTINATION(bearer_header), OPT_TEXT, OPT_RELOAD | OF_WEBHOOK, 0, 0, NULL,
	  "api_access_token", NULL, "Another header for that token, which it then fills alone." },
	{ DESTINATION(server), OPT_TEXT, OPT_RELOAD | OPT_REQUIRED | OF_EMAIL, 0, 0, NULL,
	  "smtp://smtp.example.org:587", NULL,
	  "Mail server that takes mail for everybody from us: smtp://host:587, smtps://host:465." },
	{ DESTINATION(tls), OPT_CHOICE, OPT_RELOAD | OF_EMAIL, 0, 0, "auto", NULL, mail_tls,
	  "starttls, tls, none (to this host only), insecure (none, to any host, without a\n"
	  "login). auto: starttls with smtp, tls with smtps." },
	{ DESTINATION(user), OPT_TEXT, OPT_RELOAD | OF_EMAIL, 0, 0, NULL, "support@example.org",
	  NULL, "Login at the server; none without." },
	{ DESTINATION(password_file), OPT_FILE, OPT_RELOAD | OF_EMAIL, 0, 0, NULL,
	  "/etc/maaxd/mail-password", NULL, "Its password (of Gmail: an app password)." },
	{ DESTINATION(from), OPT_STRING, OPT_RELOAD | OPT_REQUIRED | OF_EMAIL, 0, 0, NULL,
	  "Example Support <support@example.org>", NULL, "Sender." },
	{ DESTINATION(to), OPT_TEMPLATE, OPT_RELOAD | OF_EMAIL, 0, 0,
	  "${/data/message/prospect_info/email}", NULL, NULL,
	  "Who gets it: up to 5 addresses, parted by commas." },
	{ DESTINATION(subject), OPT_TEMPLATE, OPT_RELOAD | OF_EMAIL, 0, 0, NULL,
	  "Your question ${/data/message/id}", NULL,
	  "Without: \"Re: \" and the subject of the mail that it answers, or a plain one." },
	{ DESTINATION(reply_to), OPT_STRING, OPT_RELOAD | OF_EMAIL, 0, 0, NULL,
	  "answers@example.org", NULL, "Where answers to it go, when not to `from`." },
	{ DESTINATION(events), OPT_FLAGS, OPT_RELOAD | OPT_SHOWN, 0, 0,
	  "answer followup emergency overdue failed", NULL, events,
	  "What it is told, of: answer followup emergency overdue failed." },
	{ DESTINATION(only_if), OPT_CONDITION, OPT_RELOAD, 0, 0, NULL,
	  "/data/conversation/platform == \"sms\" and exists /data/answer/text", NULL,
	  "A condition on the payload, tested when the delivery is due; when it is false, the\n"
	  "delivery is cancelled, with that reason." },
	{ DESTINATION(delay), OPT_DURATION, OPT_RELOAD, 0, 7 * DAY, "0s", NULL, NULL,
	  "Answers and follow-ups wait this long first, where an instant reply looks odd.\n"
	  "They keep their order; emergencies, overdue and failed never wait." },
	{ DESTINATION(ca_file), OPT_PATH, OPT_RELOAD | OF_WEBHOOK | OF_EMAIL, 0, 0, NULL,
	  "/etc/maaxd/desk-ca.pem", NULL, "Trust these certificates instead of the system's." },
	{ DESTINATION(retry_schedule), OPT_SCHEDULE, OPT_RELOAD, 0, 7 * DAY,
	  "0s 2s 10s 1m 5m 30m 2h 5h 10h 14h 20h 24h", NULL, NULL,
	  "Delays before each try; after the last one the delivery is dead (see `maaxctl`)." },
	{ DESTINATION(timeout), OPT_DURATION, OPT_RELOAD, 10 * MSEC, 5 * MINUTE, "15s", NULL, NULL,
	  "Time for one try, all in all." },
	{ DESTINATION(connect_timeout), OPT_DURATION, OPT_RELOAD | OF_WEBHOOK | OF_EMAIL, 10 * MSEC,
	  MINUTE, "5s", NULL, NULL, "Time to find and reach the receiver, within timeout." },
	{ DESTINATION(order_hold), OPT_DURATION, OPT_RELOAD, 0, DAY, "2m", NULL, NULL,
	  "How long a stuck delivery holds the later ones of its conversation back." },
	{ DESTINATION(retry_after_max), OPT_DURATION, OPT_RELOAD | OPT_KIND(DESTINATION_WEBHOOK), 0,
	  7 * DAY, "24h", NULL, NULL, "A longer Retry-After of the receiver is cut to this." },
	{ DESTINATION(concurrency), OPT_NUMBER, OPT_RELOAD, 1, 64, "4", NULL, NULL,
	  "Deliveries at a time." },

	{ RETENTION(raw), OPT_DURATION, OPT_RELOAD, 0, 3650 * DAY, "30d", NULL, NULL,
	  "Raw callbacks, and the first bytes of others' replies, are purged at this age. Then a\n"
	  "callback can be mapped anew no more. 0s: never, in all keys of this section." },
	{ RETENTION(texts), OPT_DURATION, OPT_RELOAD, 0, 3650 * DAY, "0s", "90d", NULL,
	  "Texts and contacts of messages and answers are purged; what happened when stays." },
	{ RETENTION(details), OPT_DURATION, OPT_RELOAD, 0, 3650 * DAY, "90d", NULL, NULL,
	  "Lines of the timeline and attempts are deleted. Event streams resume no further back." },
	{ RETENTION(records), OPT_DURATION, OPT_RELOAD, 0, 3650 * DAY, "365d", NULL, NULL,
	  "Messages, answers, callbacks and conversations are deleted. A follow-up that comes\n"
	  "later is kept as unmatched." },
	{ RETENTION(max_size), OPT_SIZE, OPT_RELOAD, 0, 1024 * GIB, "0", "2G", NULL,
	  "A database larger than this loses its oldest records, whatever their age. 0: no "
	  "limit." },
};

const size_t option_count = ARRAY_SIZE(options);

#define ASSERT_HEAD(type) \
	_Static_assert(offsetof(type, name) == offsetof(struct section_head, name) && \
			       offsetof(type, line) == offsetof(struct section_head, line), \
		       "labelled sections begin with name and line")
ASSERT_HEAD(struct config_listener);
ASSERT_HEAD(struct config_ai);
ASSERT_HEAD(struct config_source);
ASSERT_HEAD(struct config_destination);

const struct option *option_find(enum section section, const char *key)
{
	for (size_t i = 0; i < option_count; i++)
		if (options[i].section == section && streq(options[i].key, key))
			return &options[i];
	return NULL;
}

int section_find(const char *name)
{
	for (int i = 0; i < SECTION_MAX; i++)
		if (streq(section_types[i].name, name))
			return i;
	return -ENOENT;
}

size_t section_count(const struct config *config, enum section section)
{
	const struct section_type *type = &section_types[section];
	size_t count = 1;

	if (type->has_label)
		memcpy(&count, (const char *)config + type->count_place, sizeof(count));
	return count;
}

void *section_at(const struct config *config, enum section section, size_t index)
{
	const struct section_type *type = &section_types[section];
	const char *place = (const char *)config + type->place;
	char *array;

	if (!type->has_label)
		return (char *)config + type->place;
	memcpy(&array, place, sizeof(array)); /* a pointer of some type to the first struct */
	return array ? array + index * type->size : NULL;
}

unsigned section_kinds(enum section section, const void *place)
{
	const struct option *option = option_find(section, "kind");
	unsigned kind;

	if (!option)
		return OPT_KINDS;
	memcpy(&kind, (const char *)place + option->place, sizeof(kind));
	return OPT_KIND(kind);
}

bool option_is_for(const struct option *option, unsigned kinds)
{
	unsigned own = option->flags & OPT_KINDS;

	return own == 0 || (own & kinds) != 0;
}

char *section_name(const struct config *config, enum section section, size_t index)
{
	const void *place = section_at(config, section, index);
	struct section_head head;

	if (!place || !section_types[section].has_label)
		return NULL;
	memcpy(&head, place, sizeof(head));
	return head.name;
}
