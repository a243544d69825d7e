/* Preloaded into a process under test: records every change below one directory in the order in
 * which it happens, and lets a chosen one fail or kills the process before it. It must not know
 * what the files mean.
 *
 * BANSO_FAULT_DIR    the directory; BANSO_FAULT_TRACE the record; BANSO_FAULT_ACKS a file outside
 *                    of it whose writes are recorded as acknowledgements.
 * BANSO_FAULT_PLAN   KIND:NUMBER:WHAT. KIND read, write, sync, open or any (all but reads); NUMBER
 *                    from 1, with `+` for that one and all later ones; WHAT EIO, ENOSPC, EMFILE,
 *                    half (a write, then ENOSPC), short (half of a read or write, and no error),
 *                    pass (counted in the record, nothing else) or kill.
 *
 * A record: kind (1 byte), inode (8), number (8), length (4), that many bytes; little-endian. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { KNOWN = 1 << 16 };

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static int trace = -1;
static char root[PATH_MAX];
static size_t root_length;
static dev_t device;
static ino_t known[KNOWN], acks;
static char plan_kind[16], plan_what[16];
static long plan_number, plan_later, counted;

static void learn(ino_t inode) {
    size_t at = inode % KNOWN;
    while (known[at] != 0 && known[at] != inode) at = (at + 1) % KNOWN;
    known[at] = inode;
}

static int knows(ino_t inode) {
    size_t at = inode % KNOWN;
    while (known[at] != 0 && known[at] != inode) at = (at + 1) % KNOWN;
    return known[at] == inode;
}

static void put(char kind, uint64_t inode, uint64_t number, const void *bytes, size_t length) {
    char head[21];
    uint32_t size = (uint32_t)length;
    head[0] = kind;
    memcpy(head + 1, &inode, 8);
    memcpy(head + 9, &number, 8);
    memcpy(head + 17, &size, 4);
    struct iovec parts[2] = {{head, sizeof head}, {(void *)bytes, length}};
    if (syscall(SYS_writev, trace, parts, 2) != (long)(sizeof head + length)) abort();
}

__attribute__((constructor)) static void start(void) {
    const char *dir = getenv("BANSO_FAULT_DIR"), *to = getenv("BANSO_FAULT_TRACE");
    const char *plan = getenv("BANSO_FAULT_PLAN"), *ack = getenv("BANSO_FAULT_ACKS");
    struct stat found;
    if (!dir || !to || !realpath(dir, root)) return;
    root_length = strlen(root);
    trace = (int)syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (trace < 0 || stat(root, &found) != 0) abort();
    device = found.st_dev;
    learn(found.st_ino);
    put('X', found.st_ino, 0, NULL, 0);
    if (ack && stat(ack, &found) == 0) acks = found.st_ino;
    if (plan && sscanf(plan, "%15[a-z]:%ld", plan_kind, &plan_number) == 2) {
        plan_later = strchr(plan, '+') != NULL;
        snprintf(plan_what, sizeof plan_what, "%s", strrchr(plan, ':') + 1);
    }
}

enum { HALF = -1, SHORT = -2 };

/* 0 go on, an errno to fail with, HALF or SHORT. */
static int fate(const char *kind) {
    if (plan_number == 0) return 0;
    int any = strcmp(plan_kind, "any") == 0 && strcmp(kind, "read") != 0;
    if (!any && strcmp(plan_kind, kind) != 0) return 0;
    counted++;
    if (counted < plan_number || (counted > plan_number && !plan_later)) return 0;
    put('E', 0, (uint64_t)counted, kind, strlen(kind));
    if (strcmp(plan_what, "kill") == 0) kill(getpid(), SIGKILL);
    if (strcmp(plan_what, "half") == 0) return counted == plan_number ? HALF : ENOSPC;
    if (strcmp(plan_what, "short") == 0) return SHORT;
    if (strcmp(plan_what, "pass") == 0) return 0;
    if (strcmp(plan_what, "ENOSPC") == 0) return ENOSPC;
    if (strcmp(plan_what, "EMFILE") == 0) return EMFILE;
    return EIO;
}

/* The same for a call that cannot be half done. */
static int whole(const char *kind) {
    int failing = fate(kind);
    return failing == SHORT ? 0 : failing == HALF ? EIO : failing;
}

#define REAL(name, type) \
    static __typeof__(type) real; \
    if (!real) real = (__typeof__(type))dlsym(RTLD_NEXT, name)
#define ENTER pthread_mutex_lock(&one_at_a_time)
#define LEAVE_WITH(result) \
    do { \
        int kept = errno; \
        pthread_mutex_unlock(&one_at_a_time); \
        errno = kept; \
        return result; \
    } while (0)
#define FAIL_WITH(number) do { errno = (number); LEAVE_WITH(-1); } while (0)

static int below(const char *path, char *full) {
    if (trace < 0) return 0;
    if (path[0] == '/') snprintf(full, PATH_MAX, "%s", path);
    else if (!getcwd(full, PATH_MAX / 2)) return 0;
    else strncat(strcat(full, "/"), path, PATH_MAX / 2 - 2);
    return strncmp(full, root, root_length) == 0 && full[root_length] == '/';
}

static int recorded(int fd, struct stat *found) {
    return trace >= 0 && fstat(fd, found) == 0 && found->st_dev == device && knows(found->st_ino);
}

static int opened(int at, const char *path, int flags, mode_t mode) {
    REAL("openat64", int (*)(int, const char *, int, ...));
    char full[PATH_MAX];
    if (!below(path, full)) return real(at, path, flags, mode);
    ENTER;
    int failing = whole("open");
    if (failing) FAIL_WITH(failing);
    struct stat found;
    int there = stat(full, &found) == 0;
    int fd = real(at, path, flags, mode);
    if (fd >= 0 && fstat(fd, &found) == 0) {
        learn(found.st_ino);
        if (!there) put('C', found.st_ino, 0, full + root_length + 1, strlen(full + root_length + 1));
        else if (flags & O_TRUNC) put('T', found.st_ino, 0, NULL, 0);
    }
    LEAVE_WITH(fd);
}

static mode_t mode_of(int flags, va_list rest) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = mode_of(flags, rest); \
        va_end(rest); \
        return opened(AT_FDCWD, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

static ssize_t written(int fd, const void *bytes, size_t length, off_t offset, int positioned) {
    REAL("pwrite64", ssize_t (*)(int, const void *, size_t, off_t));
    static ssize_t (*plain)(int, const void *, size_t);
    if (!plain) plain = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    struct stat found;
    int acknowledgement = trace >= 0 && !positioned && acks != 0 && fstat(fd, &found) == 0 &&
                          found.st_ino == acks;
    if (!acknowledgement && !recorded(fd, &found))
        return positioned ? real(fd, bytes, length, offset) : plain(fd, bytes, length);
    ENTER;
    if (acknowledgement) {
        ssize_t done = plain(fd, bytes, length);
        if (done > 0) put('A', 0, 0, bytes, (size_t)done);
        LEAVE_WITH(done);
    }
    int failing = fate("write");
    if (failing > 0) FAIL_WITH(failing);
    if (!positioned) {
        int append = fcntl(fd, F_GETFL) & O_APPEND;
        fstat(fd, &found);
        offset = append ? found.st_size : lseek(fd, 0, SEEK_CUR);
    }
    if (failing == SHORT) length = (length + 1) / 2;
    /* A disk fills up between two blocks, never inside one. */
    if (failing == HALF) {
        off_t end = (offset + (off_t)length) / 512 * 512;
        if (end <= offset) FAIL_WITH(ENOSPC);
        length = (size_t)(end - offset);
    }
    ssize_t done = positioned ? real(fd, bytes, length, offset) : plain(fd, bytes, length);
    if (done > 0) put('W', found.st_ino, (uint64_t)offset, bytes, (size_t)done);
    LEAVE_WITH(done);
}

ssize_t write(int fd, const void *bytes, size_t length) { return written(fd, bytes, length, 0, 0); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return written(fd, bytes, length, at, 1); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) { return written(fd, bytes, length, at, 1); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    ssize_t done = 0;
    for (int part = 0; part < count; part++) {
        ssize_t one = write(fd, parts[part].iov_base, parts[part].iov_len);
        if (one < 0) return done > 0 ? done : one;
        done += one;
        if ((size_t)one < parts[part].iov_len) break;
    }
    return done;
}

static ssize_t obtained(int fd, void *bytes, size_t length, off_t offset, int positioned) {
    REAL("pread64", ssize_t (*)(int, void *, size_t, off_t));
    static ssize_t (*plain)(int, void *, size_t);
    if (!plain) plain = (ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
    struct stat found;
    if (!recorded(fd, &found))
        return positioned ? real(fd, bytes, length, offset) : plain(fd, bytes, length);
    ENTER;
    int failing = fate("read");
    if (failing > 0) FAIL_WITH(failing);
    if (failing == SHORT) length = (length + 1) / 2;
    ssize_t done = positioned ? real(fd, bytes, length, offset) : plain(fd, bytes, length);
    LEAVE_WITH(done);
}

ssize_t read(int fd, void *bytes, size_t length) { return obtained(fd, bytes, length, 0, 0); }
ssize_t pread(int fd, void *bytes, size_t length, off_t at) { return obtained(fd, bytes, length, at, 1); }
ssize_t pread64(int fd, void *bytes, size_t length, off_t at) { return obtained(fd, bytes, length, at, 1); }

static int synced(int fd, const char *name) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    struct stat found;
    if (!recorded(fd, &found)) return real(fd);
    ENTER;
    int failing = whole("sync");
    if (failing) FAIL_WITH(failing);
    int result = real(fd);
    if (result == 0) put('S', found.st_ino, 0, NULL, 0);
    LEAVE_WITH(result);
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }

/* Starts write-back only: neither metadata nor the drive's cache. So it makes nothing durable. */
int sync_file_range(int fd, off64_t from, off64_t length, unsigned flags) {
    REAL("sync_file_range", int (*)(int, off64_t, off64_t, unsigned));
    struct stat found;
    if (!recorded(fd, &found)) return real(fd, from, length, flags);
    ENTER;
    int failing = whole("sync");
    if (failing) FAIL_WITH(failing);
    int result = real(fd, from, length, flags);
    if (result == 0) put('R', found.st_ino, 0, NULL, 0);
    LEAVE_WITH(result);
}

/* A full disk still lets go of what is cut off. */
static int truncated(int fd, off_t size) {
    REAL("ftruncate64", int (*)(int, off_t));
    struct stat found;
    if (!recorded(fd, &found)) return real(fd, size);
    ENTER;
    int failing = fate("write");
    if (failing > 0 && failing != ENOSPC) FAIL_WITH(failing);
    int result = real(fd, size);
    if (result == 0) put('T', found.st_ino, (uint64_t)size, NULL, 0);
    LEAVE_WITH(result);
}

int ftruncate(int fd, off_t size) { return truncated(fd, size); }
int ftruncate64(int fd, off_t size) { return truncated(fd, size); }

/* Not modelled, so refused: callers fall back to writing. */
int fallocate(int fd, int mode, off_t from, off_t length) {
    (void)fd, (void)mode, (void)from, (void)length;
    errno = EOPNOTSUPP;
    return -1;
}
int fallocate64(int fd, int mode, off_t from, off_t length) { return fallocate(fd, mode, from, length); }

int rename(const char *from, const char *to) {
    REAL("rename", int (*)(const char *, const char *));
    char old[PATH_MAX], new[PATH_MAX], both[2 * PATH_MAX];
    if (!below(from, old) || !below(to, new)) return real(from, to);
    ENTER;
    int failing = whole("write");
    if (failing) FAIL_WITH(failing);
    int result = real(from, to);
    int length = snprintf(both, sizeof both, "%s\n%s", old + root_length + 1, new + root_length + 1);
    if (result == 0) put('N', 0, 0, both, (size_t)length);
    LEAVE_WITH(result);
}

int unlink(const char *path) {
    REAL("unlink", int (*)(const char *));
    char full[PATH_MAX];
    if (!below(path, full)) return real(path);
    ENTER;
    int failing = whole("write");
    if (failing) FAIL_WITH(failing);
    int result = real(path);
    if (result == 0) put('U', 0, 0, full + root_length + 1, strlen(full + root_length + 1));
    LEAVE_WITH(result);
}

int mkdir(const char *path, mode_t mode) {
    REAL("mkdir", int (*)(const char *, mode_t));
    char full[PATH_MAX];
    struct stat found;
    if (!below(path, full)) return real(path, mode);
    ENTER;
    int failing = whole("write");
    if (failing) FAIL_WITH(failing);
    int result = real(path, mode);
    if (result == 0 && stat(full, &found) == 0) {
        learn(found.st_ino);
        put('D', found.st_ino, 0, full + root_length + 1, strlen(full + root_length + 1));
    }
    LEAVE_WITH(result);
}
