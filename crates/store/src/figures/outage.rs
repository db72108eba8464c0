//! Times in which the collector did not run, which are nobody's silence.

pub(super) const HOUR: i64 = 3_600;

/// A time in which the collector did not run, in seconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Its begin.
    pub from: i64,
    /// Its end.
    pub to: i64,
}

/// The seconds from one hour to a later one, without those in which the collector did not run.
pub(super) fn gap(from: i64, to: i64, outages: &[Outage]) -> i64 {
    let whole = (to - from) * HOUR;
    (whole - overlap(outages, from * HOUR, to * HOUR)).max(0)
}

/// The seconds of outages that lie between two times.
pub(super) fn overlap(outages: &[Outage], from: i64, to: i64) -> i64 {
    outages.iter().map(|outage| (outage.to.min(to) - outage.from.max(from)).max(0)).sum()
}
