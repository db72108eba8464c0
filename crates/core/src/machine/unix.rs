//! A machine by the calls of Unix.

use aboveboard_types::event::Seconds;

/// The name of this machine on the network, as it is compared.
pub(super) fn with_name<T>(look: impl FnOnce(&[u8]) -> T) -> T {
    look(rustix::system::uname().nodename().to_bytes())
}

/// For how many seconds this machine has been on, sleep included. By a call of the kernel: to read the clock of that, rustix
/// looks into memory that emulators do not have, as valgrind, and that ends the host.
#[cfg(target_os = "linux")]
pub(crate) fn uptime() -> Seconds {
    u64::try_from(rustix::system::sysinfo().uptime).unwrap_or(0)
}

/// The same by the clock that goes on from the start of a machine.
#[cfg(not(target_os = "linux"))]
pub(crate) fn uptime() -> Seconds {
    u64::try_from(rustix::time::clock_gettime(rustix::time::ClockId::Monotonic).tv_sec).unwrap_or(0)
}
