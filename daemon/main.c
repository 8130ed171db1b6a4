/* The command line. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "base/fetch.h"
#include "base/log.h"
#include "options.h"
#include "store/db.h"
#include "store/db_check.h"

#define DEFAULT_CONFIG "/etc/maaxd/maaxd.ini"
#define MAX_EXAMPLE (1 * MIB)

enum { OPTION_ACCEPT_LOST_KEYS = 256, OPTION_CHECK, OPTION_EXAMPLE, OPTION_MAN };

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "test", no_argument, NULL, 't' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ "accept-lost-keys", no_argument, NULL, OPTION_ACCEPT_LOST_KEYS },
	{ "check-database", required_argument, NULL, OPTION_CHECK },
	{ "example-config", no_argument, NULL, OPTION_EXAMPLE },
	{ "print-man", no_argument, NULL, OPTION_MAN },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
	"usage: maaxd [-c FILE] [-t]\n"
	"\n"
	"Submits customers' messages to Maax, hosts the URLs it calls back on, and hands the "
	"answers on.\n"
	"\n"
	"  -c, --config FILE      configuration to use (" DEFAULT_CONFIG ")\n"
	"  -t, --test             check the configuration and exit: 0, or 78 with what is wrong\n"
	"  -V, --version          print versions and exit\n"
	"  -h, --help             print this and exit\n"
	"      --check-database FILE\n"
	"                         check a backup and exit: 0, or 1 with what is wrong\n"
	"      --example-config   print an example configuration with every key and exit\n"
	"      --print-man        print maaxd.ini(5) and exit\n"
	"      --accept-lost-keys start although the key file of callback URLs is lost: answers "
	"to\n"
	"                         messages submitted before are then refused\n"
	"\n"
	"Signals: HUP reads the configuration again, TERM stops.\n";

static int print_version(void)
{
	printf("maaxd %s\n%s\nSQLite %s\n", MAAXD_VERSION, fetch_version(), db_version());
	return 0;
}

static int print_text(int (*print)(struct buf *out))
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(MAX_EXAMPLE);

	if (print(&text) < 0)
		return 1;
	return fputs(buf_text(&text), stdout) < 0 ? 1 : 0;
}

/* It reads all of a file that may be big: others go first. */
static int check_database(const char *path)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(MAX_EXAMPLE);
	int r;

	IGNORE(nice(10)); /* as it is, then */
	r = db_check_file(path, &text);
	fputs(r == 0 ? "ok\n" : buf_text(&text), stdout);
	return r == 0 ? 0 : 1;
}

/* stderr goes to a journal or a service manager's pipe: lines carry their priority. */
static bool is_under_journal(void)
{
	return getenv("JOURNAL_STREAM") != NULL;
}

static struct config *load(const char *path)
{
	CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
	CLEANUP(conf_errors_done) struct conf_errors warnings = { 0 };
	struct config *config = NULL;
	int r = config_load(path, &config, &errors, &warnings);

	if (warnings.count > 0)
		fprintf(stderr, "%s", buf_text(&warnings.text));
	if (r == 0)
		return config;
	fprintf(stderr, "%smaaxd: %s: %u problem%s\n", buf_text(&errors.text), path, errors.count,
		errors.count == 1 ? "" : "s");
	return NULL;
}

static int check_config(const char *path)
{
	struct config *config = load(path);

	if (!config)
		return APP_EXIT_CONFIG;
	printf("maaxd: %s: configuration is fine (listeners %zu, AIs %zu, sources %zu, "
	       "destinations %zu)\n",
	       path, config->listener_count, config->ai_count, config->source_count,
	       config->destination_count);
	config_free(config);
	return 0;
}

static int run(const char *path, bool accept_lost_keys)
{
	struct config *config;

	umask(0077);
	/* A core dump would hold keys and customers' texts. */
	prctl(PR_SET_DUMPABLE, 0);
	log_open(LOG_LEVEL_INFO, is_under_journal());
	config = load(path);
	if (!config)
		return APP_EXIT_CONFIG;
	log_set_level((enum log_level)config->maaxd.log_level);
	return app_run(config, accept_lost_keys);
}

int main(int argc, char **argv)
{
	const char *path = DEFAULT_CONFIG;
	bool accept_lost_keys = false;
	bool is_test = false;
	int option;

	while ((option = getopt_long(argc, argv, "c:tVh", long_options, NULL)) != -1) {
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case 't':
			is_test = true;
			break;
		case 'V':
			return print_version();
		case 'h':
			return fputs(help, stdout) < 0 ? 1 : 0;
		case OPTION_ACCEPT_LOST_KEYS:
			accept_lost_keys = true;
			break;
		case OPTION_CHECK:
			return check_database(optarg);
		case OPTION_EXAMPLE:
			return print_text(config_print_example);
		case OPTION_MAN:
			return print_text(config_print_man);
		default:
			fprintf(stderr, "maaxd: see maaxd --help\n");
			return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "maaxd: unexpected argument %s; see maaxd --help\n", argv[optind]);
		return 2;
	}
	return is_test ? check_config(path) : run(path, accept_lost_keys);
}
