//! A clock that a test sets, for programs that are started by it.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// A library for `LD_PRELOAD`. It adds the two numbers in the file `CLOCK`, in seconds, to the date and to the time for
/// which the machine has run. The kernel, which is asked to wake a thread at a time, knows only its own.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static const long long none[2];
static const long long *ahead(void) {
    static const long long *known;
    if (known)
        return known;
    const char *file = getenv("CLOCK");
    int opened = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    void *mapped = opened < 0 ? MAP_FAILED : mmap(NULL, sizeof none, PROT_READ, MAP_SHARED, opened, 0);
    if (opened >= 0)
        close(opened);
    return known = mapped == MAP_FAILED ? none : mapped;
}
int clock_gettime(clockid_t id, struct timespec *t) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(id, t);
    t->tv_sec += id == CLOCK_REALTIME ? ahead()[0] : id == CLOCK_MONOTONIC ? ahead()[1] : 0;
    return result;
}
long syscall(long number, ...) {
    static long (*real)(long, ...);
    if (!real)
        real = dlsym(RTLD_NEXT, "syscall");
    long words[6];
    va_list rest;
    va_start(rest, number);
    for (int word = 0; word < 6; word++)
        words[word] = va_arg(rest, long);
    va_end(rest);
    struct timespec until;
    if (number == SYS_futex && (words[1] & ~FUTEX_PRIVATE_FLAG) == FUTEX_WAIT_BITSET && words[3]) {
        until = *(const struct timespec *)words[3];
        until.tv_sec -= ahead()[1];
        words[3] = (long)&until;
    }
    return real(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
"#;

/// The clock. It agrees with the machine's until it is set.
pub struct Clock {
    folder: TempDir,
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock {
    /// A clock that is right.
    ///
    /// # Panics
    /// If the C compiler, which the build needs too, cannot compile it.
    #[must_use]
    pub fn new() -> Self {
        let clock =
            Self { folder: TempDir::with_prefix("aboveboard-clock-").expect("a temporary directory") };
        let source = clock.file("clock.c");
        std::fs::write(&source, SHIM).expect("a source");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-o"]).arg(clock.file("clock.so")).arg(&source).arg("-ldl");
        assert!(compiler.status().expect("a C compiler").success());
        clock.set(0, 0);
        clock
    }

    /// Sets the date so many seconds ahead, and the time for which the machine has run, also for programs that run.
    ///
    /// # Panics
    /// If the file of the clock cannot be written.
    pub fn set(&self, date: i64, running: i64) {
        let file = File::options().write(true).create(true).truncate(false).open(self.file("time"));
        let ahead = [date.to_ne_bytes(), running.to_ne_bytes()].concat();
        file.and_then(|file| file.write_all_at(&ahead, 0)).expect("the new time");
    }

    /// The variables by which a program goes by this clock, and all that it starts.
    #[must_use]
    pub fn variables(&self) -> [(&'static str, PathBuf); 2] {
        [("LD_PRELOAD", self.file("clock.so")), ("CLOCK", self.file("time"))]
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
