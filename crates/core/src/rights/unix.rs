//! Rights by the ids of a process, and on Linux by what the kernel passed to it.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod start;

#[cfg(target_os = "linux")]
pub(crate) use self::start::are_borrowed;

/// Whether this program has other rights than the user who started it, by setuid or setgid.
pub(crate) fn has_other_ids() -> bool {
    use rustix::process::{getegid, geteuid, getgid, getuid};
    getuid() != geteuid() || getgid() != getegid()
}

/// Whether this program must not trust the user who started it, by what the system says of its start: here it says nothing.
#[cfg(not(target_os = "linux"))]
pub(crate) fn are_borrowed() -> bool {
    false
}
