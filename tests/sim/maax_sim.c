/*
 * maax-sim: a scriptable stand-in for Maax, for tests, benchmarks and the demo.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "program.h"
#include "sim.h"

#define SUBMIT_PATH "/api/v2/outgoing-messages/"
#define HISTORY_PREFIX "/api/v2/conversations/"
#define CONTROL_PREFIX "/sim/"
#define EXIT_USAGE 2

struct arguments {
	const char *listen;
	const char *cert_path; /* with the key in it; NULL: no TLS */
	const char *script_path;
	const char *defaults;
	const char *log_path;
	const char *emergency_url;
	char **keys;
	size_t key_count;
};

static const struct option long_options[] = {
	{ "listen", required_argument, NULL, 'l' },
	{ "tls-cert", required_argument, NULL, 't' },
	{ "script", required_argument, NULL, 's' },
	{ "default", required_argument, NULL, 'd' },
	{ "log", required_argument, NULL, 'o' },
	{ "key", required_argument, NULL, 'k' },
	{ "emergency-url", required_argument, NULL, 'e' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help_head[] =
	"Usage: maax-sim [OPTION]…\n"
	"A scriptable stand-in for Maax V2: takes messages and sends answers to their URLs.\n"
	"\n"
	"All payload shapes are ASSUMPTIONS: Maax documents the parameters of a submit, but "
	"neither\n"
	"the body of its reply nor the method, encoding and field names of callbacks. That a test\n"
	"passes against this program says nothing about what Maax really sends.\n"
	"\n"
	"  --listen ADDRESS:PORT  where to listen (127.0.0.1:0: any free port; it is printed)\n"
	"  --tls-cert FILE        listen on a port for TLS as well, which is printed too: a PEM\n"
	"                         file with certificates and key\n"
	"  --key KEY              accept only this value of 2hd-api-key; may be repeated\n"
	"  --default DIRECTIVES   for every message, unless overridden\n"
	"  --script FILE          rules, one a line: SUBSTRING DIRECTIVE…; \"*\" fits any "
	"message,\n"
	"                         double quotes hold blanks, the first rule that fits counts\n"
	"  --emergency-url URL    where emergencies go\n"
	"  --log FILE             append the journal to a file\n"
	"\n"
	"A message can direct its own treatment, and then overrides the script:\n"
	"  Hello [sim delay=2s shape=form followup=5s]\n"
	"\n"
	"A rule that fits the path of a history (/api/v2/conversations/) tells how that is replied "
	"to.\n"
	"\n"
	"Directives:\n";

static const char help_tail[] =
	"\n"
	"Control interface:\n"
	"  GET  /sim/log?after=N&event=NAME&wait=SECONDS  journal as JSON lines, numbered above "
	"N;\n"
	"       events: submit, reply, callback, history; with wait, waits for the first such "
	"line\n"
	"  GET  /sim/stats          counts, and whether anything is still to come\n"
	"  POST /sim/script         replace the rules (text, as in a script file)\n"
	"  POST /sim/default        replace the default directives\n"
	"  POST /sim/emergency-url  name the URL for emergencies\n"
	"  POST /sim/emergency      send one now: {\"url\", \"body\", \"method\", "
	"\"content_type\"}\n"
	"  POST /sim/callback       send anything to a URL: the same members; both reply with "
	"what\n"
	"                           came back: {\"status\", \"body\", \"error\"}\n";

static void on_request(struct exchange *exchange, void *ctx)
{
	struct sim *sim = ctx;
	const char *path = exchange_path(exchange);

	if (streq(path, SUBMIT_PATH))
		submit_serve(sim, exchange);
	else if (strncmp(path, HISTORY_PREFIX, strlen(HISTORY_PREFIX)) == 0)
		history_serve(sim, exchange);
	else if (strncmp(path, CONTROL_PREFIX, strlen(CONTROL_PREFIX)) == 0)
		control_serve(sim, exchange);
	else
		exchange_reply_error(exchange, 404, "no such path; note the trailing slash");
}

/* Below 0: go on; else the exit status. */
static int parse_arguments(int argc, char **argv, struct arguments *arguments)
{
	int option;

	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		switch (option) {
		case 'l':
			arguments->listen = optarg;
			break;
		case 't':
			arguments->cert_path = optarg;
			break;
		case 's':
			arguments->script_path = optarg;
			break;
		case 'd':
			arguments->defaults = optarg;
			break;
		case 'o':
			arguments->log_path = optarg;
			break;
		case 'k':
			arguments->keys[arguments->key_count++] = optarg;
			break;
		case 'e':
			arguments->emergency_url = optarg;
			break;
		case 'h':
			fputs(help_head, stdout);
			behaviour_print_help(stdout);
			fputs(help_tail, stdout);
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "maax-sim: unexpected argument %s\n", argv[optind]);
		return EXIT_USAGE;
	}
	return -1;
}

static int load_script(struct script *script, const struct arguments *arguments)
{
	CLEANUP(freep) char *text = NULL;
	char error[BEHAVIOUR_MAX_ERROR];
	int r;

	if (arguments->defaults && script_set_default(script, arguments->defaults, error) < 0) {
		fprintf(stderr, "maax-sim: --default: %s\n", error);
		return -EINVAL;
	}
	if (!arguments->script_path)
		return 0;
	r = program_read_file(arguments->script_path, &text);
	if (r < 0) {
		fprintf(stderr, "maax-sim: %s: %s\n", arguments->script_path, strerror(-r));
		return r;
	}
	r = script_set_rules(script, text, error);
	if (r < 0)
		fprintf(stderr, "maax-sim: %s: %s\n", arguments->script_path, error);
	return r;
}

/* What listens: HTTP, which the control interface is used by, and TLS when it is asked for. */
struct listeners {
	struct server *plain;
	struct server *tls;
	char *pem; /* libmicrohttpd borrows it */
};

static int listen_tls(struct server_options options, const char *path, struct listeners *listeners)
{
	int r = program_read_file(path, &listeners->pem);

	if (r < 0)
		return r;
	options.listen = "127.0.0.1:0";
	options.pem = listeners->pem;
	return server_start(&options, &listeners->tls);
}

static int listen_all(struct sim *sim, pthread_mutex_t *lock, const struct arguments *arguments,
		      struct listeners *listeners)
{
	const struct server_options options = {
		.listen = arguments->listen,
		.lock = lock,
		.on_request = on_request,
		.ctx = sim,
	};
	int r = server_start(&options, &listeners->plain);

	if (r < 0) {
		fprintf(stderr, "maax-sim: %s: %s\n", arguments->listen, strerror(-r));
		return r;
	}
	if (!arguments->cert_path)
		return 0;
	r = listen_tls(options, arguments->cert_path, listeners);
	if (r < 0)
		fprintf(stderr, "maax-sim: %s: %s\n", arguments->cert_path, strerror(-r));
	return r;
}

static void announce(const struct listeners *listeners)
{
	printf("maax-sim listening on http://%s", server_address(listeners->plain));
	if (listeners->tls)
		printf(" https://%s", server_address(listeners->tls));
	printf("\n");
	fflush(stdout);
}

static int run(struct sim *sim, const struct arguments *arguments)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct listeners listeners = { 0 };
	int r;

	sim->engine = engine_start(&lock);
	r = journal_open(arguments->log_path, sim->engine, &sim->journal);
	if (r < 0)
		fprintf(stderr, "maax-sim: %s: %s\n", arguments->log_path, strerror(-r));
	else
		r = listen_all(sim, &lock, arguments, &listeners);
	if (r == 0) {
		announce(&listeners);
		program_wait();
	}
	/* The engine first: it may answer exchanges that the server is about to reset. */
	engine_stop(sim->engine);
	if (listeners.plain)
		server_stop(listeners.plain);
	if (listeners.tls)
		server_stop(listeners.tls);
	free(listeners.pem);
	engine_free(sim->engine);
	answers_free(sim);
	control_free(sim);
	if (sim->journal)
		journal_close(sim->journal);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	CLEANUP(freep) char **keys = xcalloc((size_t)argc + 1, sizeof(*keys));
	struct arguments arguments = { .listen = "127.0.0.1:0", .keys = keys };
	struct sim sim = { 0 };
	int status = parse_arguments(argc, argv, &arguments);

	if (status >= 0)
		return status;
	program_prepare();
	sim.keys = (struct words){ .word = keys, .count = arguments.key_count };
	sim.emergency_url = xstrdup_null(arguments.emergency_url);
	sim.script = script_new();
	sim.world = world_new();
	status = load_script(sim.script, &arguments) < 0 ? EXIT_USAGE : run(&sim, &arguments);
	script_free(sim.script);
	world_free(sim.world);
	free(sim.emergency_url);
	return status;
}
