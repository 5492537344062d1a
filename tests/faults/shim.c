/* Lets the n-th call of the system on files below a folder fail; loaded by LD_PRELOAD.
 *
 * FAULT_CALL   read, write, sync, name (rename, link)
 * FAULT_NTH    which of these calls, from 1 on
 * FAULT_KIND   EIO, ENOSPC, EINTR, or SHORT: half of what was asked for is done
 * FAULT_UNDER  the folder; other files, as those of Python, are left alone
 * FAULT_ALWAYS every call from the n-th on, not this one alone
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int calls;

static int below(const char *path) {
    const char *under = getenv("FAULT_UNDER");
    return under && !strncmp(path, under, strlen(under));
}

static int opened_below(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return below(path);
}

/* 0: the call is made; 1: it fails; 2: half of it is done. */
static int fault(const char *call) {
    const char *wanted = getenv("FAULT_CALL"), *kind = getenv("FAULT_KIND");
    if (!wanted || !kind || strcmp(wanted, call))
        return 0;
    int now = atomic_fetch_add(&calls, 1) + 1, nth = atoi(getenv("FAULT_NTH"));
    if (now != nth && !(getenv("FAULT_ALWAYS") && now > nth))
        return 0;
    if (!strcmp(kind, "SHORT"))
        return 2;
    errno = !strcmp(kind, "EIO") ? EIO : !strcmp(kind, "ENOSPC") ? ENOSPC : EINTR;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define HALF(n) ((n) > 1 ? (n) / 2 : (n))

#define TRANSFER(kind, result, name, head, args, half_args)                                        \
    result name head {                                                                             \
        int what = opened_below(file) ? fault(kind) : 0;                                           \
        if (what == 1)                                                                             \
            return -1;                                                                             \
        return what ? REAL(name) half_args : REAL(name) args;                                      \
    }

TRANSFER("read", ssize_t, read, (int file, void *to, size_t n), (file, to, n), (file, to, HALF(n)))
TRANSFER("read", ssize_t, pread64, (int file, void *to, size_t n, off64_t at), (file, to, n, at),
         (file, to, HALF(n), at))
TRANSFER("write", ssize_t, write, (int file, const void *from, size_t n), (file, from, n),
         (file, from, HALF(n)))
TRANSFER("write", ssize_t, pwrite64, (int file, const void *from, size_t n, off64_t at),
         (file, from, n, at), (file, from, HALF(n), at))
TRANSFER("sync", int, fsync, (int file), (file), (file))

ssize_t preadv64(int file, const struct iovec *to, int count, off64_t at) {
    int what = opened_below(file) ? fault("read") : 0;
    if (what == 1)
        return -1;
    if (what == 2) {
        struct iovec half = {to->iov_base, HALF(to->iov_len)};
        return REAL(preadv64)(file, &half, 1, at);
    }
    return REAL(preadv64)(file, to, count, at);
}

ssize_t preadv64v2(int file, const struct iovec *to, int count, off64_t at, int flags) {
    int what = opened_below(file) ? fault("read") : 0;
    if (what == 1)
        return -1;
    if (what == 2) {
        struct iovec half = {to->iov_base, HALF(to->iov_len)};
        return REAL(preadv64v2)(file, &half, 1, at, flags);
    }
    return REAL(preadv64v2)(file, to, count, at, flags);
}

int rename(const char *from, const char *to) {
    return fault("name") ? -1 : REAL(rename)(from, to);
}

int renameat(int a, const char *from, int b, const char *to) {
    return fault("name") ? -1 : REAL(renameat)(a, from, b, to);
}

int linkat(int a, const char *from, int b, const char *to, int flags) {
    return fault("name") ? -1 : REAL(linkat)(a, from, b, to, flags);
}
