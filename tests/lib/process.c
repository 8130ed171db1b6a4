/* Child processes of a test: their surroundings are prepared before the fork, all else is exec. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/process.h"
#include "lib/wait.h"

#include "base/buf.h"

#define FIRST_FD 3
#define SAFE_FD 100 /* above all that are handed over */
#define MAX_LINE 4096
#define LISTEN_PID "LISTEN_PID="

/* All that the child needs, made before the fork. */
struct plan {
	const struct process_options *options;
	char **env;
	char listen_pid[sizeof(LISTEN_PID) + 12];
	char listen_fds[sizeof("LISTEN_FDS=") + 20];
	int log;
	int output; /* writing end; -1: goes to the log */
	pid_t parent;
};

const char *process_program(const char *variable, const char *fallback)
{
	const char *value = getenv(variable);

	return value && *value ? value : fallback;
}

static void make_env(struct plan *plan)
{
	const char *const *extra = plan->options->env;
	size_t own = 0, more = 0, n = 0;

	while (environ[own])
		own++;
	while (extra && extra[more])
		more++;
	plan->env = xcalloc(own + more + 3, sizeof(*plan->env));
	/* Ours first: of a name that comes twice, getenv() takes the first. */
	for (size_t i = 0; i < more; i++)
		plan->env[n++] = (char *)(uintptr_t)extra[i];
	if (plan->options->fd_count > 0) {
		snprintf(plan->listen_fds, sizeof(plan->listen_fds), "LISTEN_FDS=%zu",
			 plan->options->fd_count);
		plan->env[n++] = plan->listen_fds;
		plan->env[n++] = plan->listen_pid;
	}
	for (size_t i = 0; i < own; i++)
		plan->env[n++] = environ[i];
}

/* Moves the descriptors out of the way first: the target of one may be the place of another. */
static int place_fds(const struct plan *plan)
{
	const size_t count = plan->options->fd_count;
	int moved[PROCESS_MAX_FDS];

	for (size_t i = 0; i < count; i++) {
		moved[i] = fcntl(plan->options->fds[i], F_DUPFD_CLOEXEC, SAFE_FD);
		if (moved[i] < 0)
			return -errno;
	}
	for (size_t i = 0; i < count; i++) {
		if (dup2(moved[i], FIRST_FD + (int)i) < 0)
			return -errno;
	}
	return 0;
}

/* Becoming somebody else takes back that the child dies with its parent. */
static int change_user(const struct plan *plan)
{
	const uid_t uid = plan->options->uid;

	if (uid != 0 && (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
			 setresuid(uid, uid, uid) < 0))
		return -errno;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return getppid() == plan->parent ? 0 : -ESRCH;
}

__attribute__((noreturn)) static void run_child(struct plan *plan)
{
	char *const *argv = (char *const *)(uintptr_t)plan->options->argv;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	snprintf(plan->listen_pid, sizeof(plan->listen_pid), LISTEN_PID "%d", (int)getpid());
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(plan->log, STDERR_FILENO) < 0 ||
	    dup2(plan->output >= 0 ? plan->output : plan->log, STDOUT_FILENO) < 0 ||
	    place_fds(plan) < 0 || change_user(plan) < 0)
		_exit(126);
	execve(argv[0], argv, plan->env);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

void process_start(struct process *process, const struct process_options *options)
{
	struct plan plan = { .options = options, .output = -1, .parent = getpid() };
	int pipe_fds[2] = { -1, -1 };

	assert_true(options->fd_count <= PROCESS_MAX_FDS);
	if (access(options->argv[0], X_OK) < 0)
		fail_msg("%s: %s", options->argv[0], strerror(errno));
	plan.log = open(options->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (plan.log < 0)
		fail_msg("%s: %s", options->log_path, strerror(errno));
	if (options->takes_output && pipe2(pipe_fds, O_CLOEXEC) < 0)
		fail_msg("pipe: %s", strerror(errno));
	plan.output = pipe_fds[1];
	make_env(&plan);
	process->output = pipe_fds[0];
	process->pid = fork();
	if (process->pid == 0)
		run_child(&plan);
	if (process->pid < 0)
		fail_msg("fork: %s", strerror(errno));
	close(plan.log);
	if (plan.output >= 0)
		close(plan.output);
	free(plan.env);
}

char *process_read_line(struct process *process)
{
	CLEANUP(buf_done) struct buf line = BUF_INIT(MAX_LINE);
	char byte;

	for (;;) {
		ssize_t len = read(process->output, &byte, 1);

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			fail_msg("process %d ended before it was ready", (int)process->pid);
		if (byte == '\n')
			return buf_take(&line);
		assert_int_equal(buf_add(&line, &byte, 1), 0);
	}
}

void process_signal(const struct process *process, int signal_number)
{
	assert_true(process->pid > 0);
	kill(process->pid, signal_number);
}

static void forget(struct process *process)
{
	process->pid = 0;
	if (process->output >= 0)
		close(process->output);
	process->output = -1;
}

bool process_has_ended(struct process *process, int *ret_status)
{
	pid_t pid = waitpid(process->pid, ret_status, WNOHANG);

	if (pid == 0 || (pid < 0 && errno == EINTR))
		return false;
	if (pid < 0)
		fail_msg("waitpid: %s", strerror(errno));
	forget(process);
	return true;
}

int process_wait(struct process *process)
{
	const int pid = (int)process->pid;
	int status = 0;

	assert_true(pid > 0);
	WAIT_FOR(process_has_ended(process, &status));
	return status;
}

void process_stop(struct process *process)
{
	int status;

	process_signal(process, SIGTERM);
	status = process_wait(process);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("after SIGTERM: %s %d", WIFEXITED(status) ? "exit status" : "signal",
			 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

void process_kill(struct process *process)
{
	int status;

	if (process->pid <= 0)
		return;
	kill(process->pid, SIGKILL);
	while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
		;
	forget(process);
}
