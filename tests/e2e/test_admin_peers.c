/* Who may use admin on a unix socket: root, and the members of admin_group; never the daemon's own
 * user, nor anybody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/harness.h"

#define GROUP "adm"	/* is on every Debian */
#define DAEMON_ID 54321 /* users and groups that nobody is */
#define STRANGER_ID 54322
#define NO_CONNECTION 0

struct peer_case {
	const char *who;
	uid_t uid;
	gid_t gid;
	gid_t other_gid; /* 0: none */
	int status;
};

static gid_t group_id(void)
{
	const struct group *group = getgrnam(GROUP);

	assert_non_null(group);
	return group->gr_gid;
}

/* As another user, in a process of its own: the status of a request, or NO_CONNECTION. */
static int status_as(const struct peer_case *peer, const char *socket, const char *path)
{
	static const char *const headers[] = { "X-Maaxd-Admin: 1", NULL };
	CLEANUP(freep) char *url = xasprintf("http://localhost%s", path);
	const struct http_call call = { .url = url, .unix_socket = socket, .headers = headers };
	const size_t groups = peer->other_gid ? 1 : 0;
	struct http_answer answer;
	int status = -1;
	int pipe_fds[2];
	pid_t pid;

	assert_int_equal(pipe(pipe_fds), 0);
	pid = fork();
	if (pid == 0) {
		if (setgroups(groups, &peer->other_gid) < 0 ||
		    setresgid(peer->gid, peer->gid, peer->gid) < 0 ||
		    setresuid(peer->uid, peer->uid, peer->uid) < 0)
			_exit(1);
		http_do(&call, &answer);
		_exit(write(pipe_fds[1], &answer.status, sizeof(answer.status)) < 0);
	}
	close(pipe_fds[1]);
	if (read(pipe_fds[0], &status, sizeof(status)) != sizeof(status))
		status = -1;
	close(pipe_fds[0]);
	waitpid(pid, NULL, 0);
	return status;
}

static void check_peers(const char *socket, const struct peer_case *cases, size_t count)
{
	static const char *const paths[] = { "/admin/v1/holds", "/metrics" };

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < ARRAY_SIZE(paths); k++) {
			int status = status_as(&cases[i], socket, paths[k]);

			if (status != cases[i].status)
				fail_msg("%s: %s: %d, expected %d", cases[i].who, paths[k], status,
					 cases[i].status);
		}
}

static int give_to_daemon(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info, (void)type, (void)ftw;
	return lchown(path, DAEMON_ID, DAEMON_ID);
}

static int listen_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0 && strlen(path) < sizeof(address.sun_path));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

/* The file of the socket, as SocketGroup= and SocketMode= would have it. */
static void set_file(const char *path, gid_t gid, mode_t mode)
{
	assert_int_equal(chown(path, 0, gid), 0);
	assert_int_equal(chmod(path, mode), 0);
}

struct passed {
	struct harness harness;
	struct daemon_sockets sockets;
	int fds[2];
	char *path; /* of the admin's socket */
};

static void start_passed(struct passed *p, const char *admin)
{
	/* The sanitizer's look at another user's memory at the end needs rights that it has not. */
	static const char *const env[] = { "ASAN_OPTIONS=detect_leaks=0", NULL };
	const struct harness_options options = { .admin = admin, .env = env };
	struct harness *h = &p->harness;

	harness_prepare(h, &options);
	p->path = testdir_path(h->dir, "passed.sock");
	p->fds[0] = h->daemon.public_fd;
	p->fds[1] = listen_unix(p->path);
	p->sockets = (struct daemon_sockets){ "public:admin", p->fds, 2 };
	h->daemon.sockets = &p->sockets;
	h->daemon.uid = DAEMON_ID;
	assert_int_equal(nftw(h->dir, give_to_daemon, 16, FTW_PHYS), 0);
	assert_int_equal(chmod(h->dir, 0755), 0);
	set_file(p->path, group_id(), 0660);
	daemon_start(&h->daemon);
}

static void stop_passed(struct passed *p)
{
	harness_stop(&p->harness);
	close(p->fds[1]);
	free(p->path);
}

/* True when the daemon's user can run the program: a tree below /root is not for others. */
static bool others_may_run(void)
{
	const char *program = process_program("MAAXD_BIN", "build/check/maaxd");
	bool may;

	assert_int_equal(setegid(DAEMON_ID), 0);
	assert_int_equal(seteuid(DAEMON_ID), 0);
	may = faccessat(AT_FDCWD, program, X_OK, AT_EACCESS) == 0;
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
	return may;
}

static bool can_change_users(const char *test)
{
	if (geteuid() != 0) {
		printf("skipped: %s: to be somebody else needs root\n", test);
		return false;
	}
	if (!others_may_run()) {
		printf("skipped: %s: maaxd is where only root can run it\n", test);
		return false;
	}
	return true;
}

static void test_group__is_admitted_and_nobody_else(void **state)
{
	const gid_t group = group_id();
	const struct peer_case exclusive[] = {
		{ "root", 0, 0, 0, 200 },
		{ "member", STRANGER_ID, group, 0, 200 },
		{ "member by another group", STRANGER_ID, STRANGER_ID, group, 200 },
		{ "stranger", STRANGER_ID, STRANGER_ID, 0, NO_CONNECTION },
		{ "the daemon", DAEMON_ID, DAEMON_ID, 0, NO_CONNECTION },
		{ "the daemon as a member", DAEMON_ID, DAEMON_ID, group, 403 },
	};
	/* Everybody can connect: nobody can be told from anybody. */
	const struct peer_case open_to_all[] = {
		{ "root", 0, 0, 0, 200 },
		{ "member", STRANGER_ID, group, 0, 403 },
		{ "stranger", STRANGER_ID, STRANGER_ID, 0, 403 },
		{ "the daemon", DAEMON_ID, DAEMON_ID, 0, 403 },
	};
	const struct peer_case of_strangers[] = {
		{ "root", 0, 0, 0, 200 },
		{ "member", STRANGER_ID, group, 0, NO_CONNECTION },
		{ "stranger", STRANGER_ID, STRANGER_ID, 0, 403 },
	};
	struct passed p;

	(void)state;
	if (!can_change_users("test_group"))
		skip();
	start_passed(&p, "admin_group = " GROUP "\n");
	check_peers(p.path, exclusive, ARRAY_SIZE(exclusive));
	set_file(p.path, group, 0666);
	check_peers(p.path, open_to_all, ARRAY_SIZE(open_to_all));
	set_file(p.path, STRANGER_ID, 0660);
	check_peers(p.path, of_strangers, ARRAY_SIZE(of_strangers));
	stop_passed(&p);
}

static void test_without_a_group__only_root_is_admitted(void **state)
{
	const gid_t group = group_id();
	const struct peer_case cases[] = {
		{ "root", 0, 0, 0, 200 },
		{ "root with a group", 0, group, 0, 200 },
		{ "member", STRANGER_ID, group, 0, 403 },
		{ "stranger", STRANGER_ID, STRANGER_ID, 0, NO_CONNECTION },
		{ "the daemon as a member", DAEMON_ID, DAEMON_ID, group, 403 },
	};
	struct passed p;

	(void)state;
	if (!can_change_users("test_without_a_group"))
		skip();
	start_passed(&p, NULL);
	check_peers(p.path, cases, ARRAY_SIZE(cases));
	stop_passed(&p);
}

/* A socket of the daemon's own making is given to the group. */
static void test_own_socket__is_the_group_s(void **state)
{
	static const struct harness_options options = { .admin = "admin_group = " GROUP "\n" };
	const gid_t group = group_id();
	const struct peer_case cases[] = {
		{ "root", 0, 0, 0, 200 },
		{ "member", STRANGER_ID, group, 0, 200 },
		{ "stranger", STRANGER_ID, STRANGER_ID, 0, NO_CONNECTION },
	};
	struct stat info;
	struct harness h;

	(void)state;
	if (!can_change_users("test_own_socket"))
		skip();
	harness_start(&h, &options);
	assert_int_equal(chmod(h.dir, 0755), 0);
	assert_int_equal(stat(h.admin_socket, &info), 0);
	assert_int_equal(info.st_gid, group);
	assert_int_equal(info.st_mode & 0777, 0660);
	check_peers(h.admin_socket, cases, ARRAY_SIZE(cases));
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_group__is_admitted_and_nobody_else),
		cmocka_unit_test(test_without_a_group__only_root_is_admitted),
		cmocka_unit_test(test_own_socket__is_the_group_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
