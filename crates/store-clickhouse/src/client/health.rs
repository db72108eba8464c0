//! Whether a replica has what the others have.

use std::fmt;
use std::time::Duration;

use aboveboard_store::StoreError;

use super::lost::LOST;
use super::rows::Rows;
use crate::problem::Problem;

/// A replica that is this many seconds behind is not read.
const MAX_DELAY_SECONDS: u64 = 60;

/// No replica is this far behind. One that was just started says that it is behind since 1970.
const MAX_REAL_DELAY_SECONDS: u64 = 20 * 365 * 86_400;

/// How many entries of the log of changes a replica may not have looked at yet. A replica that was just started knows of the log, and
/// answers with old data.
const MAX_UNREAD: i64 = 1;

/// The same of one that could be used and has run on since: where much is inserted, or the machine is slow, some always are to be looked at.
const MAX_UNREAD_OF_A_WELL_ONE: i64 = 32;

fn max_unread(was_usable: bool) -> i64 {
    if was_usable { MAX_UNREAD_OF_A_WELL_ONE } else { MAX_UNREAD }
}

/// How a server stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It can be read and written.
    Usable,
    /// It takes rows, but does not have what the others have yet.
    Behind(Problem),
    /// It cannot be used.
    Unusable(Problem),
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usable => f.write_str("it can be used"),
            Self::Behind(problem) | Self::Unusable(problem) => problem.fmt(f),
        }
    }
}

/// What a server says of its replicas of tables, the worst of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Health {
    /// How many tables are replicated.
    pub(super) replicated: u64,
    is_readonly: bool,
    /// By how many seconds the furthest is behind the other replica.
    pub(super) delay: u64,
    unread: i64,
    /// Parts that it knows of and has not fetched.
    unfetched: u64,
    /// How long it runs, in seconds.
    pub(super) uptime: u32,
}

impl Health {
    /// The question.
    pub(super) fn question(database: &str) -> String {
        format!(
            "SELECT count(), max(greatest(is_readonly, is_session_expired)), toUInt64(max(absolute_delay)), toInt64(max(log_max_index - log_pointer)), \
             toUInt64(max(inserts_in_queue)), toUInt32(uptime()) FROM system.replicas WHERE database = '{database}' AND NOT startsWith(table, '{LOST}')"
        )
    }

    /// Its answer.
    pub(super) fn read(mut rows: Rows) -> Result<Self, StoreError> {
        Ok(Self {
            replicated: rows.u64()?,
            is_readonly: rows.u8()? != 0,
            delay: rows.u64()?,
            unread: rows.i64()?,
            unfetched: rows.u64()?,
            uptime: rows.u32()?,
        })
    }

    /// Whether it only lacks parts, which may be lost: it knows of all changes.
    pub(super) fn only_awaits(&self, expected: u64, was_usable: bool) -> bool {
        let knows_all =
            self.replicated >= expected && !self.is_readonly && self.unread <= max_unread(was_usable);
        knows_all && self.unfetched > 0 && self.delay < MAX_REAL_DELAY_SECONDS
    }

    /// The same with some of the parts alone that it waits for: `seconds` says for how long it has waited for each of them.
    pub(super) fn awaiting(self, seconds: &[u64]) -> Self {
        let delay = seconds.iter().max().copied().unwrap_or_default();
        Self { delay: self.delay.min(delay), unfetched: seconds.len() as u64, ..self }
    }

    /// Whether it was started since a time that is so long ago, as far as can be told.
    pub(super) fn was_started_within(&self, time: Duration) -> bool {
        u64::from(self.uptime) <= time.as_secs() + 1
    }

    /// How a server stands that has so many replicated tables. One that could not be used must have everything first, but for what came
    /// since it is back (see [`awaiting`](Self::awaiting)): what it is far behind with may all be new.
    pub(super) fn standing(&self, expected: u64, was_usable: bool) -> Standing {
        let behind = |why: String| Standing::Behind(Problem::Behind(why));
        if self.replicated < expected {
            Standing::Unusable(Problem::Behind("some of its tables are not there".to_owned()))
        } else if self.is_readonly {
            let why = "its tables can only be read: it has no ZooKeeper, or must be repaired";
            Standing::Unusable(Problem::Behind(why.to_owned()))
        } else if self.delay >= MAX_DELAY_SECONDS {
            behind(format!("it is {} s behind the other replica", self.delay))
        } else if self.unread > max_unread(was_usable) {
            behind(format!("it has not looked at {} changes yet", self.unread))
        } else if !was_usable && self.unfetched > 0 {
            behind(format!("it must still fetch {} parts from the other replica", self.unfetched))
        } else {
            Standing::Usable
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WELL: Health =
        Health { replicated: 3, is_readonly: false, delay: 0, unread: 1, unfetched: 0, uptime: 9 };

    #[test]
    fn a_server_that_was_started_since_is_told_from_one_that_went_on() {
        assert!(WELL.was_started_within(Duration::from_secs(8)));
        assert!(!WELL.was_started_within(Duration::from_secs(7)));
    }

    #[test]
    fn parts_that_are_lost_make_no_replica_late() {
        let stuck = Health { delay: 92, unfetched: 2, ..WELL };
        assert!(stuck.only_awaits(3, false) && matches!(stuck.standing(3, true), Standing::Behind(_)));
        assert_eq!(stuck.awaiting(&[]).standing(3, false), Standing::Usable);
        assert!(matches!(stuck.awaiting(&[61]).standing(3, true), Standing::Behind(_)));
        assert!(matches!(stuck.awaiting(&[1]).standing(3, false), Standing::Behind(_)));
        assert_eq!(stuck.awaiting(&[1]).standing(3, true), Standing::Usable);
        // One that was just started does not know yet what it lacks.
        assert!(!Health { delay: 1_700_000_000, ..stuck }.only_awaits(3, false));
        assert!(!Health { unread: 2, ..stuck }.only_awaits(3, false));
        assert!(Health { unread: 2, ..stuck }.only_awaits(3, true));
    }

    #[test]
    fn a_replica_is_used_while_it_has_what_the_others_have() {
        assert_eq!(WELL.standing(3, false), Standing::Usable);
        // Parts of the last second are on their way to one that is well.
        assert_eq!(Health { unfetched: 4, ..WELL }.standing(3, true), Standing::Usable);
        // So are changes that it has not looked at, up to some.
        assert_eq!(Health { unread: 20, ..WELL }.standing(3, true), Standing::Usable);
        assert!(matches!(Health { unread: 200, ..WELL }.standing(3, true), Standing::Behind(_)));
        for behind in [
            Health { delay: 1_700_000_000, ..WELL },
            Health { unread: 2, ..WELL },
            Health { unfetched: 4, ..WELL },
        ] {
            assert!(matches!(behind.standing(3, false), Standing::Behind(_)), "{behind:?}");
        }
        for unusable in [Health { replicated: 2, ..WELL }, Health { is_readonly: true, ..WELL }] {
            assert!(matches!(unusable.standing(3, true), Standing::Unusable(_)), "{unusable:?}");
        }
    }
}
