/*
 * The configuration as the program uses it, and the table that says which keys there are. A loaded
 * configuration never changes; a reload loads another one and swaps whole, or keeps the old.
 */
#ifndef MAAXD_OPTIONS_H
#define MAAXD_OPTIONS_H

#include <sys/types.h>

#include "base/base.h"
#include "base/buf.h"
#include "base/conf.h"
#include "base/retry.h"
#include "base/sign.h"
#include "base/words.h"

struct condition;
struct guard;
struct template;

/* What a listener serves; a route names one of them. */
enum serve {
	SERVE_CALLBACKS = 1 << 0,
	SERVE_API = 1 << 1,
	SERVE_HOOKS = 1 << 2,
	SERVE_WIDGET = 1 << 3,
	SERVE_ADMIN = 1 << 4,
	SERVE_METRICS = 1 << 5,
	SERVE_ALWAYS = 1 << 6, /* health, and what there is: on every listener */
};

/* What a destination can be told, in the words of Standard Webhooks' "type". */
enum event_type {
	EVENT_ANSWER,	 /* answer.received */
	EVENT_FOLLOWUP,	 /* followup.received */
	EVENT_EMERGENCY, /* emergency.received */
	EVENT_OVERDUE,	 /* answer.overdue */
	EVENT_FAILED,	 /* message.failed */
	EVENT_TYPE_MAX
};

const char *event_type_name(enum event_type type); /* "answer.received" … */
int event_type_parse(const char *name);		   /* of the full name; -EINVAL */

enum source_kind { SOURCE_API, SOURCE_WIDGET, SOURCE_HOOK, SOURCE_MAIL };
/* RELAY is none of a section's: the URLs that callers of the drop-in API name (CONFIG_CALLER). */
enum destination_kind {
	DESTINATION_WEBHOOK,
	DESTINATION_COMMAND,
	DESTINATION_RELAY,
	DESTINATION_EMAIL,
};
enum mail_tls {
	MAIL_TLS_AUTO,
	MAIL_TLS_STARTTLS,
	MAIL_TLS_WHOLE,
	MAIL_TLS_NONE,
	MAIL_TLS_INSECURE
};
enum request_encoding { ENCODING_JSON, ENCODING_QUERY };

/* How requests at an inbound hook are signed; hook_sign.h. */
enum signature_scheme {
	SIGNATURE_NONE,
	SIGNATURE_HMAC_SHA256,
	SIGNATURE_TWILIO,
	SIGNATURE_STANDARD_WEBHOOKS,
	SIGNATURE_BASIC,
};
enum signature_encoding { SIGNATURE_HEX, SIGNATURE_BASE64 };

/* What a request or mail is mapped to; hook_map.h. */
enum map_field {
	MAP_TEXT,
	MAP_PLATFORM,
	MAP_FIRST_NAME,
	MAP_LAST_NAME,
	MAP_EMAIL,
	MAP_PHONE,
	MAP_FACEBOOK,
	MAP_INSTAGRAM,
	MAP_INTERCOM,
	MAP_CONVERSATION_KEY,
	MAP_DEDUPE,
	MAP_FIELD_MAX
};

struct rate_limit {
	uint64_t count; /* 0: no limit */
	usec_t window;
};

struct config_destination;

struct config_maaxd {
	char *state_dir;
	char *public_url; /* without a trailing slash */
	uint64_t node_id;
	int log_level; /* enum log_level */
	uint64_t disk_reserve;
	usec_t shutdown_timeout;
	usec_t alert_silence; /* no answer for so long, with overdue messages: alert */
	struct words alert_names;
	const struct config_destination *
		*alert_destinations; /* resolved; alert_names.count of them */
};

struct config_listener {
	char *name;
	unsigned line;
	char *listen;	/* "127.0.0.1:8080", "[::1]:8080", "unix:/path" */
	unsigned serve; /* of enum serve */
	uint64_t max_connections;
	uint64_t max_streams;
	usec_t idle_timeout;
	usec_t request_timeout;
	char *socket_mode; /* of a unix socket, octal */
	char *admin_group; /* group that may use the admin routes, beside root; NULL: root only */
	gid_t admin_gid;   /* its number; (gid_t)-1: none, or there is no such group here */
	char *admin_token_file;
	char *admin_token; /* loaded; NULL: unix socket peers only */
};

struct config_maax {
	char *base_url; /* without a trailing slash */
	char *api_key_file;
	char *api_key; /* loaded */
	char *ca_file;
	enum request_encoding request_encoding;
	usec_t submit_timeout;
	usec_t connect_timeout;
	struct retry_schedule submit_schedule;
	usec_t submit_max_age;
	usec_t answer_deadline;
	usec_t uncertain_wait;
	usec_t hold_probe;
	usec_t retry_after_max;
	uint64_t concurrency;
	struct words map_text;
	struct words map_conversation_id;
	struct words map_prospect_id;
	struct words map_incoming_message_id;
	struct words map_contact;
};

struct config_ai {
	char *name;
	unsigned line;
	uint64_t ai_id;
	char *service_type;
	char *output_format; /* NULL: by platform; "": ask Maax for none */
	char *api_key_file;
	char *api_key; /* loaded; NULL: that of [maax] */
};

/* One header of a webhook, from a line "Name: value". */
struct config_header {
	char *name;
	struct template *value;
};

struct config_destination {
	char *name;
	unsigned line;
	enum destination_kind kind;
	char *url;
	char *secret_file;
	struct sign_secret *secrets; /* loaded, newest first */
	size_t secret_count;
	unsigned events; /* bit 1 << enum event_type */
	char *ca_file;
	struct retry_schedule retry_schedule;
	usec_t timeout;
	usec_t connect_timeout;
	usec_t order_hold;
	usec_t retry_after_max;
	uint64_t concurrency;

	struct condition *only_if; /* NULL: everything is wanted */
	usec_t delay;		   /* of answers and follow-ups */

	/* kind = command */
	struct words command; /* argument vector; the first is an absolute path */

	/* kind = webhook */
	char *url_file;
	char *secret_url;	       /* loaded from url_file: stands for `url` */
	struct template *url_template; /* compiled from either; NULL: it has no places */
	char *method;
	char *content_type;
	struct words header_lines;
	struct config_header *headers; /* compiled from header_lines; header_lines.count of them */
	char *basic_file;
	char *bearer_file;
	char *bearer_header;
	char *auth_header; /* loaded: the whole header, "Authorization: Basic …" */

	/* kind = webhook, email */
	struct template *body; /* NULL: the payload; of a mail, the answer */

	/* kind = email */
	char *server; /* "smtp://host:587", "smtps://host:465" */
	enum mail_tls tls;
	char *user;
	char *password_file;
	char *password; /* loaded */
	char *from;
	struct template *to;
	struct template *subject; /* NULL: that of the mail it answers, or one of ours */
	char *reply_to;

	/* relay: made, not read */
	const struct guard *guard;
};

/*
 * Callers' URLs as destinations: their names are "@caller:SOURCE:HOST", a queue for each host, and
 * all of a source share its `relay`, whose name is the bare "@caller".
 */
#define CONFIG_CALLER "@caller"
#define CONFIG_CALLER_PREFIX CONFIG_CALLER ":"

struct config_source {
	char *name;
	unsigned line;
	enum source_kind kind;
	char *ai_name;
	const struct config_ai *ai; /* resolved */
	char *key_file;
	uint8_t (*keys)[SIGN_SHA256_SIZE]; /* SHA-256 of each accepted bearer key */
	size_t key_count;
	struct words destination_names;
	const struct config_destination *
		*destinations; /* resolved; destination_names.count of them */
	struct rate_limit limit_conversation;
	struct rate_limit limit_rate;
	struct rate_limit limit_day;
	uint64_t max_text;
	char *overdue_text; /* for customers, when no answer comes in time; NULL: none */

	/* the drop-in API: callbacks go on to URLs that its callers name */
	char *secret_file;
	struct sign_secret *secrets; /* loaded, newest first */
	size_t secret_count;
	unsigned relay_http; /* 1: on */
	struct words relay_ports;
	struct words relay_allow;
	struct retry_schedule relay_schedule;
	usec_t relay_timeout;
	struct guard *guard; /* made of the keys above, as is `relay` */
	struct config_destination relay;

	unsigned pause_on_emergency; /* 1: on */

	/* kind hook */
	char *url_secret_file;
	uint8_t (*url_secrets)[SIGN_SHA256_SIZE]; /* SHA-256 of each accepted one */
	size_t url_secret_count;
	enum signature_scheme signature;
	char *signature_secret_file;
	struct words signature_secrets; /* loaded; wiped when freed */
	char *signature_header;
	char *signature_prefix; /* NULL: none */
	enum signature_encoding signature_encoding;
	uint64_t reply_status;
	char *reply_content_type;
	struct template *reply_body;
	struct rate_limit limit_requests;

	/* kinds hook and mail */
	struct condition *accept_if;
	struct template *map[MAP_FIELD_MAX]; /* NULL: not mapped */
	struct words map_metadata;
};

/* What the path of an inbound hook holds. */
struct config_secret {
	const char *name;
	size_t name_len;
	const char *secret;
	size_t secret_len;
};

struct config_retention {
	usec_t raw; /* all: 0 is never */
	usec_t texts;
	usec_t details;
	usec_t records;
	uint64_t max_size; /* bytes; 0: no limit */
};

struct config {
	char *path;
	struct config_maaxd maaxd;
	struct config_maax maax;
	struct config_retention retention;
	struct config_listener *listeners;
	size_t listener_count;
	struct config_ai *ais;
	size_t ai_count;
	struct config_source *sources;
	size_t source_count;
	struct config_destination *destinations;
	size_t destination_count;
	usec_t loaded_at;
};

/*
 * Loads and checks a file: keys, values, references between sections, secrets (a value of *_file
 * with a slash is a path, without one the name of a systemd credential in $CREDENTIALS_DIRECTORY).
 * 0, or -EINVAL with everything that is wrong in `errors`. `warnings` gets what is allowed but
 * unwise.
 */
MUST_CHECK int config_load(const char *path, struct config **ret_config, struct conf_errors *errors,
			   struct conf_errors *warnings);
struct config *config_free(struct config *config);

/*
 * Names, in `errors`, what differs between two configurations and cannot change without a restart
 * (listeners, state_dir, node_id). 0, or -EINVAL when anything was named.
 */
MUST_CHECK int config_check_reload(const struct config *old, const struct config *fresh,
				   struct conf_errors *errors);

/* What a content type says of a webhook's body. */
enum config_body { CONFIG_BODY_JSON, CONFIG_BODY_FORM, CONFIG_BODY_OTHER };
enum config_body config_body_kind(const char *content_type);

const struct config_ai *config_ai(const struct config *config, const char *name);
const struct config_source *config_source(const struct config *config, const char *name);
/* Also of callers' names, as long as their source is there. */
const struct config_destination *config_destination(const struct config *config, const char *name);
/* Whether a destination's name is one of a caller's URLs. */
bool config_is_caller(const char *destination);
const struct config_source *config_source_by_key(const struct config *config, const char *key);
/* The source of kind hook of that name and with that secret, or NULL; in constant time. */
const struct config_source *config_source_by_secret(const struct config *config,
						    const struct config_secret *given);

/* Prints config.example.ini from the option table: every key, its help and its default. */
MUST_CHECK int config_print_example(struct buf *out);
/* Prints maaxd.ini(5) from the option table. */
MUST_CHECK int config_print_man(struct buf *out);
/* Prints the configuration in force, secrets left out, defaults marked. */
MUST_CHECK int config_print(const struct config *config, struct buf *out);

#endif
