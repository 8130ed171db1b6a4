/* Child processes of a test; they die with it. */
#ifndef MAAXD_TESTS_LIB_PROCESS_H
#define MAAXD_TESTS_LIB_PROCESS_H

#include <sys/types.h>

#include "base/base.h"

#define PROCESS_MAX_FDS 8

struct process {
	pid_t pid;  /* 0: not running */
	int output; /* reading end of its standard output; -1: not taken */
};

struct process_options {
	const char *const *argv; /* argv[0] is the path of the program */
	const char *const *env;	 /* "NAME=value" beside our own environment; may be NULL */
	const char *log_path;	 /* its standard error, and output if not taken; appended to */
	const int *fds;		 /* become 3, 4 … there, with LISTEN_PID and LISTEN_FDS set */
	size_t fd_count;	 /* at most PROCESS_MAX_FDS */
	bool takes_output;
	uid_t uid; /* runs with this user and group, and no other group; 0: as the test does */
};

/* The value of an environment variable, else the fallback. */
const char *process_program(const char *variable, const char *fallback);

void process_start(struct process *process, const struct process_options *options);
/* Reads one line, without its end, from the output that was taken. The caller's. */
char *process_read_line(struct process *process);
void process_signal(const struct process *process, int signal_number);
/* True, with the wait status, if it has ended. */
bool process_has_ended(struct process *process, int *ret_status);
/* Waits for the end; the wait status. Fails the test, after SIGKILL, if it does not end in time. */
int process_wait(struct process *process);
/* SIGTERM, and an exit status of 0 is expected. */
void process_stop(struct process *process);
/* SIGKILL and wait; nothing if it is not running. For clean-up, too. */
void process_kill(struct process *process);

#endif
