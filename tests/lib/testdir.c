/* A directory of its own for each test. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/testdir.h"

#include "base/buf.h"

#define MAX_FILE (16 * MIB)

char *testdir_new(void)
{
	const char *parent = getenv("TMPDIR");
	char *dir = xasprintf("%s/maaxd-XXXXXX", parent && strlen(parent) < 40 ? parent : "/tmp");

	if (!mkdtemp(dir))
		fail_msg("%s: %s", dir, strerror(errno));
	return dir;
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)stat, (void)type, (void)ftw;
	return remove(path);
}

void testdir_remove(char *dir)
{
	if (!getenv("TEST_KEEP"))
		nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	else
		print_message("kept: %s\n", dir);
	free(dir);
}

char *testdir_path(const char *dir, const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

char *testdir_write(const char *dir, const char *name, const char *text)
{
	char *path = testdir_path(dir, name);
	const size_t len = strlen(text);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		fail_msg("%s: %s", path, strerror(errno));
	close(fd);
	return path;
}

char *testdir_read(const char *dir, const char *name)
{
	CLEANUP(freep) char *path = testdir_path(dir, name);
	CLEANUP(buf_done) struct buf content = BUF_INIT(MAX_FILE);
	char piece[16 * KIB];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return xstrdup("");
	while ((len = read(fd, piece, sizeof(piece))) > 0)
		assert_int_equal(buf_add(&content, piece, (size_t)len), 0);
	close(fd);
	return buf_take(&content);
}
