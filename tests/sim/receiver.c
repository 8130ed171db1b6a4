/*
 * webhook-receiver: a destination for maaxd's deliveries. Verifies Standard Webhooks signatures,
 * records every delivery, and answers as it is told to.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "journal.h"
#include "program.h"
#include "server.h"

#include "base/clock.h"
#include "base/sign.h"

#define MAX_SECRETS 8
#define MAX_STEPS 64
#define TOLERANCE_SEC 300
#define EXIT_USAGE 2
#define OPEN_PREFIX "/open/"

/* How the next `times` deliveries are answered; after the last step with 200. */
struct step {
	int status;
	int64_t times;
	int64_t every; /* only each so-manieth delivery that fits; 0 or 1: all of them */
	int64_t seen;
	int64_t retry_after;
	bool retry_is_date;
	usec_t delay;
	bool reset;
	char *match; /* only deliveries whose body has this text; NULL: all */
	char *body;
};

struct late_reply {
	struct receiver *receiver;
	struct exchange *exchange;
	struct step step; /* the texts are owned */
	struct late_reply *next, *prev;
};

struct receiver {
	struct engine *engine;
	struct journal *journal;
	struct sign_secret secrets[MAX_SECRETS];
	size_t secret_count;
	struct step steps[MAX_STEPS];
	size_t step_count;
	struct late_reply *late;
	bool prints;
};

static const struct option long_options[] = {
	{ "listen", required_argument, NULL, 'l' }, { "secret", required_argument, NULL, 's' },
	{ "log", required_argument, NULL, 'o' },    { "print", no_argument, NULL, 'p' },
	{ "help", no_argument, NULL, 'h' },	    { NULL, 0, NULL, 0 },
};

static const char help[] =
	"Usage: webhook-receiver [OPTION]…\n"
	"Takes deliveries on any path and verifies their Standard Webhooks signature.\n"
	"\n"
	"  --listen ADDRESS:PORT  where to listen (127.0.0.1:0: any free port; it is printed)\n"
	"  --secret whsec_…       verify with this secret; may be repeated: any of them fits.\n"
	"                         What does not verify is answered with 401, but below /open/\n"
	"                         nothing is verified: somebody's API has its own logins\n"
	"  --print                one line for people on standard output for each delivery\n"
	"  --log FILE             append the journal to a file\n"
	"\n"
	"Control interface:\n"
	"  GET  /log?after=N&wait=SECONDS  deliveries as JSON lines, numbered above N\n"
	"  POST /script   how to answer the next deliveries: one object or an array of\n"
	"                 "
	"{\"status\",\"times\",\"every\",\"retry_after\",\"retry_date\",\"delay_ms\",\"body\","
	"\"reset\","
	"\"match\"};\n"
	"                 afterwards, and with an empty array: 200\n";

/* --- the script --- */

static void step_done(struct step *step)
{
	free(step->match);
	free(step->body);
}

static void clear_steps(struct receiver *receiver)
{
	for (size_t i = 0; i < receiver->step_count; i++)
		step_done(&receiver->steps[i]);
	receiver->step_count = 0;
}

static void add_step(struct receiver *receiver, struct json_object *object)
{
	struct step *step = &receiver->steps[receiver->step_count++];
	const int64_t delay_msec = json_get_int(object, "delay_ms", 0);

	*step = (struct step){
		.status = (int)json_get_int(object, "status", 200),
		.times = json_get_int(object, "times", 1),
		.every = json_get_int(object, "every", 1),
		.retry_after = json_get_int(object, "retry_after", 0),
		.retry_is_date = json_object_get_boolean(json_at(object, "/retry_date")),
		.delay = delay_msec > 0 ? (usec_t)delay_msec * USEC_PER_MSEC : 0,
		.reset = json_object_get_boolean(json_at(object, "/reset")),
		.match = xstrdup_null(json_get_string(object, "match")),
		.body = xstrdup_null(json_get_string(object, "body")),
	};
}

static void serve_script(struct receiver *receiver, struct exchange *exchange)
{
	CLEANUP(json_putp) struct json_object *root = NULL;
	const char *why = "an object or an array is needed";
	size_t len, count;
	const char *body = exchange_body(exchange, &len);
	bool is_array;

	if (json_parse(body, len, &root, &why) < 0 ||
	    (!json_object_is_type(root, json_type_array) &&
	     !json_object_is_type(root, json_type_object))) {
		exchange_reply_error(exchange, 400, "%s", why);
		return;
	}
	is_array = json_object_is_type(root, json_type_array);
	count = is_array ? json_object_array_length(root) : 1;
	if (count > MAX_STEPS) {
		exchange_reply_error(exchange, 400, "more than %d steps", MAX_STEPS);
		return;
	}
	clear_steps(receiver);
	for (size_t i = 0; i < count; i++)
		add_step(receiver, is_array ? json_object_array_get_idx(root, i) : root);
	exchange_reply_json(exchange, 200, json_object_new_object());
}

/* The step for a delivery, counted down; a plain 200 when none fits. */
static struct step next_step(struct receiver *receiver, const char *body)
{
	for (size_t i = 0; i < receiver->step_count; i++) {
		struct step *step = &receiver->steps[i];

		if (step->times <= 0 || (step->match && !strstr(body, step->match)))
			continue;
		if (step->every > 1 && ++step->seen % step->every != 0)
			continue;
		step->times--;
		return *step;
	}
	return (struct step){ .status = 200 };
}

/* --- deliveries --- */

static const char *verify(const struct receiver *receiver, struct exchange *exchange)
{
	const char *timestamp = exchange_header(exchange, "webhook-timestamp");
	struct sign_webhook_received received = {
		.webhook_id = exchange_header(exchange, "webhook-id"),
		.timestamp_sec = timestamp ? strtoll(timestamp, NULL, 10) : 0,
		.signature = exchange_header(exchange, "webhook-signature"),
	};
	const int64_t now = (int64_t)(clock_wall() / USEC_PER_SEC);
	const char *verdict = "no secret fits";

	received.body = exchange_body(exchange, &received.len);
	if (receiver->secret_count == 0 ||
	    strncmp(exchange_path(exchange), OPEN_PREFIX, strlen(OPEN_PREFIX)) == 0)
		return NULL;
	if (!received.webhook_id || !timestamp || !received.signature)
		return "not signed";
	for (size_t i = 0; i < receiver->secret_count; i++) {
		int r = sign_webhook_verify(&receiver->secrets[i], &received, now, TOLERANCE_SEC);

		if (r == 0)
			return NULL;
		if (r == -ETIME)
			verdict = "too old or too new";
	}
	return verdict;
}

static void print_line(struct json_object *payload, const char *problem, int status)
{
	struct json_object *text = json_at(payload, "/data/answer/text");
	struct json_object *type = json_at(payload, "/type");

	printf("%s  %s  %s → %d\n", problem ? problem : "signature good",
	       type ? json_object_get_string(type) : "(no type)",
	       text ? json_object_to_json_string(text) : "(no text)", status);
	fflush(stdout);
}

static void record(struct receiver *receiver, struct exchange *exchange, const char *problem,
		   const struct step *step)
{
	struct json_object *entry = json_object_new_object();
	struct json_object *payload = NULL;
	const char *why;
	size_t len;
	const char *body = exchange_body(exchange, &len);

	json_put_string(entry, "method", exchange_method(exchange));
	json_put_string(entry, "path", exchange_path(exchange));
	json_put_string(entry, "query", exchange_query(exchange));
	json_put(entry, "headers", exchange_headers(exchange, NULL));
	json_put_string(entry, "webhook_id", exchange_header(exchange, "webhook-id"));
	json_put_bool(entry, "verified", problem == NULL);
	json_put_string(entry, "problem", problem);
	json_put_int(entry, "status", step->reset ? 0 : step->status);
	journal_put_digest(entry, body, len);
	if (json_parse(body, len, &payload, &why) < 0)
		json_put_string(entry, "raw", json_is_utf8(body, len) ? body : "(not UTF-8)");
	if (receiver->prints)
		print_line(payload, problem, step->reset ? 0 : step->status);
	json_put(entry, "body", payload);
	journal_add(receiver->journal, "delivery", entry);
}

static void reply(struct exchange *exchange, const struct step *step)
{
	static const char fine[] = "{\"status\":\"received\"}";
	const struct server_reply reply = {
		.status = step->status,
		.body = step->body ? step->body : fine,
		.len = step->body ? strlen(step->body) : sizeof(fine) - 1,
		.retry_after = step->retry_after,
		.retry_is_date = step->retry_is_date,
		.reset = step->reset,
	};

	exchange_reply(exchange, &reply);
}

static void late_free(struct late_reply *late)
{
	if (late->prev)
		late->prev->next = late->next;
	else
		late->receiver->late = late->next;
	if (late->next)
		late->next->prev = late->prev;
	step_done(&late->step);
	free(late);
}

static void on_late_reply(void *ctx)
{
	struct late_reply *late = ctx;

	reply(late->exchange, &late->step);
	late_free(late);
}

static void reply_later(struct receiver *receiver, struct exchange *exchange,
			const struct step *step)
{
	struct late_reply *late = xnew(struct late_reply);

	late->receiver = receiver;
	late->exchange = exchange;
	late->step = *step;
	late->step.match = NULL;
	late->step.body = xstrdup_null(step->body);
	late->next = receiver->late;
	if (receiver->late)
		receiver->late->prev = late;
	receiver->late = late;
	engine_after(receiver->engine, step->delay, on_late_reply, late);
}

static void serve_delivery(struct receiver *receiver, struct exchange *exchange)
{
	const char *problem = verify(receiver, exchange);
	size_t len;
	struct step step = { .status = 401 };

	if (!problem)
		step = next_step(receiver, exchange_body(exchange, &len));
	record(receiver, exchange, problem, &step);
	if (step.delay > 0)
		reply_later(receiver, exchange, &step);
	else
		reply(exchange, &step);
}

static void on_request(struct exchange *exchange, void *ctx)
{
	struct receiver *receiver = ctx;
	const char *path = exchange_path(exchange);

	if (streq(path, "/log"))
		journal_serve(receiver->journal, exchange);
	else if (streq(path, "/script"))
		serve_script(receiver, exchange);
	else
		serve_delivery(receiver, exchange);
}

/* --- start and end --- */

struct arguments {
	const char *listen;
	const char *log_path;
};

static int add_secret(struct receiver *receiver, const char *text)
{
	if (receiver->secret_count == MAX_SECRETS ||
	    sign_secret_parse(text, &receiver->secrets[receiver->secret_count]) < 0) {
		fprintf(stderr, "webhook-receiver: that is no secret, or one too many\n");
		return -EINVAL;
	}
	receiver->secret_count++;
	return 0;
}

/* Below 0: go on; else the exit status. */
static int parse_arguments(int argc, char **argv, struct receiver *receiver,
			   struct arguments *arguments)
{
	int option;

	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		switch (option) {
		case 'l':
			arguments->listen = optarg;
			break;
		case 's':
			if (add_secret(receiver, optarg) < 0)
				return EXIT_USAGE;
			break;
		case 'o':
			arguments->log_path = optarg;
			break;
		case 'p':
			receiver->prints = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	}
	return -1;
}

static int run(struct receiver *receiver, const struct arguments *arguments)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	const struct server_options options = {
		.listen = arguments->listen,
		.lock = &lock,
		.on_request = on_request,
		.ctx = receiver,
	};
	struct server *server = NULL;
	int r;

	receiver->engine = engine_start(&lock);
	r = journal_open(arguments->log_path, receiver->engine, &receiver->journal);
	if (r < 0)
		fprintf(stderr, "webhook-receiver: %s: %s\n", arguments->log_path, strerror(-r));
	else if ((r = server_start(&options, &server)) < 0)
		fprintf(stderr, "webhook-receiver: %s: %s\n", arguments->listen, strerror(-r));
	if (server) {
		printf("webhook-receiver listening on http://%s\n", server_address(server));
		fflush(stdout);
		program_wait();
	}
	/* The engine first: it may answer exchanges that the server is about to reset. */
	engine_stop(receiver->engine);
	if (server)
		server_stop(server);
	engine_free(receiver->engine);
	while (receiver->late)
		late_free(receiver->late);
	if (receiver->journal)
		journal_close(receiver->journal);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct receiver receiver = { 0 };
	struct arguments arguments = { .listen = "127.0.0.1:0" };
	int status = parse_arguments(argc, argv, &receiver, &arguments);

	if (status >= 0)
		return status;
	program_prepare();
	status = run(&receiver, &arguments);
	clear_steps(&receiver);
	return status;
}
