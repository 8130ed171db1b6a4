/* Starts and ends child processes. See child.h. */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define READ_SIZE (16 * KIB)
#define READS_AT_ONCE 8 /* of one child, before others have their turn */

struct child {
	struct loop *loop;
	pid_t pid; /* and its process group */
	struct loop_source *source;
	struct loop_source *timer;
	int input_fd; /* -1 once all is written */
	struct loop_source *input_source;
	char *input;
	size_t input_len;
	size_t written;
	int output_fd; /* -1 once it has ended */
	struct loop_source *output_source;
	struct buf output;
	size_t printed;
	bool timed_out;
	bool was_killed;
	child_fn *on_ended;
	void *ctx;
};

/* ---- its end ---- */

static void close_input(struct child *child)
{
	child->input_source = loop_source_free(child->input_source);
	if (child->input_fd >= 0)
		close(child->input_fd);
	child->input_fd = -1;
}

static void close_output(struct child *child)
{
	child->output_source = loop_source_free(child->output_source);
	if (child->output_fd >= 0)
		close(child->output_fd);
	child->output_fd = -1;
}

static void child_free(struct child *child)
{
	close_input(child);
	close_output(child);
	loop_source_free(child->timer);
	loop_source_free(child->source);
	buf_done(&child->output);
	free(child->input);
	free(child);
}

static void signal_group(const struct child *child, int signo)
{
	kill(-child->pid, signo); /* its leader is there, or a zombie: the group is still its own */
}

void child_cancel(struct child *child)
{
	signal_group(child, SIGKILL);
	child_free(child);
}

static void on_timer(void *ctx)
{
	struct child *child = ctx;

	signal_group(child, child->timed_out ? SIGKILL : SIGTERM);
	child->timed_out = true;
	loop_set_timer(child->timer, clock_now() + CHILD_GRACE);
}

/* ---- what it reads and prints ---- */

static void on_input(int fd, uint32_t events, void *ctx)
{
	struct child *child = ctx;
	ssize_t n = write(fd, child->input + child->written, child->input_len - child->written);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		child->written += (size_t)n;
	if (n < 0 || child->written == child->input_len)
		close_input(child);
}

static void keep(struct child *child, const char *data, size_t len)
{
	size_t room = child->output.max - child->output.len;

	child->printed += len;
	/* an excerpt for people; it may be missing */
	IGNORE(buf_add(&child->output, data, len < room ? len : room));
	if (child->printed > CHILD_MAX_OUTPUT && !child->was_killed) {
		child->was_killed = true;
		signal_group(child, SIGKILL);
	}
}

static void on_output(int fd, uint32_t events, void *ctx)
{
	struct child *child = ctx;
	char data[READ_SIZE];

	(void)events;
	for (unsigned i = 0; i < READS_AT_ONCE; i++) {
		ssize_t n = read(fd, data, sizeof(data));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close_output(child);
			return;
		}
		keep(child, data, (size_t)n);
	}
}

/* What is in the pipe still counts; what others of the group would print later does not. */
static void on_exit_of_child(int status, int signo, void *ctx)
{
	struct child *child = ctx;
	struct child_result result = { .status = status, .signo = signo };

	signal_group(child, SIGKILL);
	if (child->output_fd >= 0)
		on_output(child->output_fd, EPOLLIN, child);
	result.timed_out = child->timed_out;
	result.printed_too_much = child->was_killed;
	result.output = buf_text(&child->output);
	result.output_len = child->output.len;
	child->on_ended(&result, child->ctx);
	child_free(child);
}

/* ---- its start ---- */

struct pipes {
	int input[2];
	int output[2];
};

static void pipes_done(struct pipes *pipes)
{
	for (size_t i = 0; i < 2; i++) {
		closep(&pipes->input[i]);
		closep(&pipes->output[i]);
	}
}

/* Our ends do not block; the child's do, as programs expect. */
static int open_pipes(struct pipes *pipes)
{
	if (pipe2(pipes->input, O_CLOEXEC) < 0 || pipe2(pipes->output, O_CLOEXEC) < 0)
		return -errno;
	if (fcntl(pipes->input[1], F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(pipes->output[0], F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

static int set_files(posix_spawn_file_actions_t *actions, const struct pipes *pipes)
{
	int error = posix_spawn_file_actions_adddup2(actions, pipes->input[0], STDIN_FILENO);

	if (error == 0)
		error = posix_spawn_file_actions_adddup2(actions, pipes->output[1], STDOUT_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(actions, pipes->output[1], STDERR_FILENO);
	/* whatever some library has opened without O_CLOEXEC */
	if (error == 0)
		error = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
	return error;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	error = posix_spawnattr_setflags(
		attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (error == 0)
		error = posix_spawnattr_setpgroup(attributes, 0);
	if (error == 0)
		error = posix_spawnattr_setsigmask(attributes, &none);
	if (error == 0)
		error = posix_spawnattr_setsigdefault(attributes, &all);
	return error;
}

/* 0 or negative errno; that of exec() in the child too. */
static int spawn(const struct child_request *request, const struct pipes *pipes, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int error = posix_spawn_file_actions_init(&actions);

	if (error != 0)
		return -error;
	error = posix_spawnattr_init(&attributes);
	if (error != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return -error;
	}
	error = set_files(&actions, pipes);
	if (error == 0)
		error = set_attributes(&attributes);
	if (error == 0)
		error = posix_spawn(ret_pid, request->argv[0], &actions, &attributes,
				    (char *const *)request->argv, (char *const *)request->env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -error;
}

static int watch(struct child *child, usec_t timeout)
{
	int r = loop_add_child(child->loop, child->pid, on_exit_of_child, child, &child->source);

	if (r == 0)
		r = loop_add_timer(child->loop, on_timer, child, &child->timer);
	if (r == 0)
		r = loop_add_io(child->loop, child->output_fd, EPOLLIN, on_output, child,
				&child->output_source);
	if (r == 0)
		r = loop_add_io(child->loop, child->input_fd, EPOLLOUT, on_input, child,
				&child->input_source);
	if (r == 0)
		loop_set_timer(child->timer, clock_now() + timeout);
	return r;
}

int child_start(struct loop *loop, const struct child_request *request, child_fn *on_ended,
		void *ctx, struct child **ret_child)
{
	CLEANUP(pipes_done) struct pipes pipes = { { -1, -1 }, { -1, -1 } };
	struct child *child;
	pid_t pid = 0;
	int r = open_pipes(&pipes);

	if (r == 0)
		r = spawn(request, &pipes, &pid);
	if (r < 0)
		return r;
	child = xnew(struct child);
	child->loop = loop;
	child->pid = pid;
	child->on_ended = on_ended;
	child->ctx = ctx;
	child->input = xcalloc(request->input_len + 1, 1);
	child->input_len = request->input_len;
	if (request->input_len > 0)
		memcpy(child->input, request->input, request->input_len);
	child->output = BUF_INIT(request->keep_output);
	child->input_fd = pipes.input[1];
	child->output_fd = pipes.output[0];
	pipes.input[1] = pipes.output[0] = -1;
	r = watch(child, request->timeout);
	if (r < 0) {
		bool is_watched = child->source != NULL; /* then its source reaps it */

		child_cancel(child);
		if (!is_watched)
			waitpid(pid, NULL, 0);
		return r;
	}
	*ret_child = child;
	return 0;
}
