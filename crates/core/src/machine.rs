//! Which machine this is, and which start of it, as far as files of two machines or two starts must not be taken for each
//! other's: by its name on the network, and by the time at which it was started. Both cost next to nothing, and neither leaves
//! the machine.

#[cfg_attr(unix, path = "machine/unix.rs")]
#[cfg_attr(windows, path = "machine/windows.rs")]
mod system;

use aboveboard_types::checksum::crc32;
use aboveboard_types::clock;
use aboveboard_types::event::Seconds;

pub(crate) use self::system::uptime;

/// By how many seconds the time of one start may differ when it is computed twice: the clock may have been set meanwhile.
const MAX_DRIFT: Seconds = 120;

/// A start of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    /// When, in seconds since 1970 by the clock of the machine.
    pub(crate) at: Seconds,
    /// The checksum of its name: of containers and renamed clones, each has its own.
    pub(crate) node: u32,
}

impl Start {
    /// The start of this machine that goes on now.
    pub(crate) fn this() -> Self {
        Self::of(node())
    }

    /// The same, where the checksum of its name is known.
    pub(crate) fn of(node: u32) -> Self {
        Self { at: clock::now().saturating_sub(uptime()), node }
    }

    /// Whether another is the same.
    pub(crate) fn is(self, other: Self) -> bool {
        self.node == other.node && self.at.abs_diff(other.at) <= MAX_DRIFT
    }
}

/// The checksum of the name of this machine.
pub(crate) fn node() -> u32 {
    system::with_name(crc32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_the_same_for_a_while_of_drift_and_on_one_machine() {
        let start = Start::this();
        assert!(start.is(Start::this()) && start.at <= clock::now());
        for (other, is_same) in [
            (Start { at: start.at + MAX_DRIFT, ..start }, true),
            (Start { at: start.at - MAX_DRIFT, ..start }, true),
            (Start { at: start.at + MAX_DRIFT + 1, ..start }, false),
            (Start { at: 0, ..start }, false),
            (Start { node: !start.node, ..start }, false),
        ] {
            assert_eq!(start.is(other), is_same, "{other:?}");
        }
    }
}
