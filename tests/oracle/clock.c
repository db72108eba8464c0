/* A wall clock that stands where the file CLOCK says, in seconds since 1970: eight bytes, which another process sets. For
   LD_PRELOAD. Other clocks run on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const volatile long long *now(void) {
    static const volatile long long *known;
    if (known)
        return known;
    int opened = open(getenv("CLOCK"), O_RDONLY | O_CLOEXEC);
    void *mapped = mmap(NULL, sizeof *known, PROT_READ, MAP_SHARED, opened, 0);
    if (mapped == MAP_FAILED)
        abort();
    close(opened);
    return known = mapped;
}

int clock_gettime(clockid_t id, struct timespec *t) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = dlsym(RTLD_NEXT, "clock_gettime");
    if (id != CLOCK_REALTIME)
        return real(id, t);
    t->tv_sec = *now();
    t->tv_nsec = 0;
    return 0;
}
