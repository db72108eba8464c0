//! Which versions get a name of their own.
//!
//! A version is the one part of what is sent that has no closed list, so anybody can make up as many as fit into a number.
//! Each that is shown is a row of every table and a cell of every day. So a version must be admitted: by its turn, a few
//! a day, from an allowance of its own for installations that are known, so that strangers use up nothing of it; or
//! because a release line is named that it belongs to; or by the operator. Any other is counted as [`OTHER`], and nothing else
//! of what was sent with it changes. Rows keep it as it was sent.
//!
//! Everything here depends on the order of the log and on days of receipt alone, so that every store decides alike.

use std::collections::{BTreeMap, HashMap};

pub use aboveboard_manifest::{NoReleaseLine, ReleaseLine};
use aboveboard_types::value::{Channel, Version};

use super::calendar::Day;
use super::limits::{PATCHES_OF_A_LINE, VersionLimits};
use super::verification::Standing;

/// What stands for every version without a name of its own.
pub const OTHER: Version = Version { major: 0, minor: 0, patch: 0, channel: Channel::Other };

/// Why a version has a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdmittedBy {
    /// It was among the first of a day from installations that are not verified.
    Unverified,
    /// It was among the first of a day from verified installations.
    Verified,
    /// It belongs to a named release line.
    Line,
    /// The operator named it.
    Operator,
}

impl AdmittedBy {
    /// Every reason, in the order of their stored numbers.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Unverified, "installations not yet verified"),
        (Self::Verified, "verified installations"),
        (Self::Line, "release line"),
        (Self::Operator, "operator"),
    ];
}

/// A version with a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdmittedVersion {
    /// The day of receipt on which it was admitted.
    pub day: Day,
    /// Why.
    pub by: AdmittedBy,
}

/// Whether a line admits a version: all that differs are a small patch number and the channel.
#[must_use]
pub fn admits(line: ReleaseLine, version: Version) -> bool {
    (line.major, line.minor) == (version.major, version.minor) && version.patch < PATCHES_OF_A_LINE
}

/// What was decided of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It has a name already.
    Known,
    /// It gets a name now, or another reason for the one it has. The store keeps this.
    Admitted(AdmittedVersion),
    /// It is counted as [`OTHER`].
    Other,
}

/// The versions of one axis, the product's own or those of one field, that have names.
#[derive(Clone, Debug)]
pub struct VersionBook {
    limits: VersionLimits,
    known: HashMap<Version, AdmittedVersion>,
    /// How many were admitted on each day of receipt from installations that are not verified and from those that are.
    days: BTreeMap<Day, [u32; 2]>,
    /// The same on all days.
    live: [u32; 2],
}

impl VersionBook {
    /// A book with the versions that were admitted before.
    pub fn new(limits: VersionLimits, known: impl IntoIterator<Item = (Version, AdmittedVersion)>) -> Self {
        let mut book = Self { limits, known: HashMap::new(), days: BTreeMap::new(), live: [0; 2] };
        for (version, admitted) in known {
            book.admit(version, admitted);
        }
        book
    }

    /// Whether a version has a name.
    #[must_use]
    pub fn has(&self, version: Version) -> bool {
        version == OTHER || self.known.contains_key(&version)
    }

    /// Since when and why a version has a name; none where it has none.
    #[must_use]
    pub fn get(&self, version: Version) -> Option<AdmittedVersion> {
        self.known.get(&version).copied()
    }

    /// Every version that has a name, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (Version, AdmittedVersion)> {
        self.known.iter().map(|(version, admitted)| (*version, *admitted))
    }

    /// Gives a version a name.
    pub fn admit(&mut self, version: Version, admitted: AdmittedVersion) {
        let before = self.known.insert(version, admitted);
        self.give_back(before);
        if let Some(pool) = pool(admitted.by) {
            self.live[pool] += 1;
            self.days.entry(admitted.day).or_default()[pool] += 1;
        }
    }

    /// Takes the name of a version from it.
    pub fn forget(&mut self, version: Version) {
        let before = self.known.remove(&version);
        self.give_back(before);
        self.days.retain(|_, day| *day != [0; 2]);
    }

    /// Frees the place of what was admitted.
    fn give_back(&mut self, before: Option<AdmittedVersion>) {
        let Some(before) = before else { return };
        let Some(pool) = pool(before.by) else { return };
        self.live[pool] -= 1;
        if let Some(day) = self.days.get_mut(&before.day) {
            day[pool] -= 1;
        }
    }

    /// What becomes of a version that an installation sent on a day of receipt.
    pub fn decide(&mut self, version: Version, day: Day, standing: Standing, is_on_line: bool) -> Decision {
        let known = self.known.get(&version).map(|known| known.by);
        let is_settled =
            known.is_some_and(|by| by != AdmittedBy::Unverified || standing == Standing::Unverified);
        if version == OTHER || is_settled {
            return Decision::Known;
        }
        let by = match standing {
            _ if is_on_line => AdmittedBy::Line,
            Standing::Verified => AdmittedBy::Verified,
            Standing::Unverified => AdmittedBy::Unverified,
        };
        if !self.has_room(day, by) {
            return if known.is_some() { Decision::Known } else { Decision::Other };
        }
        let admitted = AdmittedVersion { day, by };
        self.admit(version, admitted);
        Decision::Admitted(admitted)
    }

    fn has_room(&self, day: Day, by: AdmittedBy) -> bool {
        let limits = &self.limits;
        let [unverified, verified] = self.live;
        let today = self.days.get(&day).copied().unwrap_or_default();
        let first = self.days.keys().next().copied().unwrap_or(day);
        let is_new = day.saturating_sub(first) < limits.first_days && unverified + verified < limits.first;
        match by {
            AdmittedBy::Unverified => {
                unverified < limits.live_unverified
                    && unverified + verified < limits.live
                    && (is_new || today[0] < limits.unverified)
            }
            // What strangers hold of the room is theirs at most: the rest is always left.
            AdmittedBy::Verified => {
                verified < limits.live - limits.live_unverified.min(unverified)
                    && (is_new || today[1] < limits.verified)
            }
            AdmittedBy::Line | AdmittedBy::Operator => true,
        }
    }
}

/// Which allowance a reason takes from.
fn pool(by: AdmittedBy) -> Option<usize> {
    match by {
        AdmittedBy::Unverified => Some(0),
        AdmittedBy::Verified => Some(1),
        AdmittedBy::Line | AdmittedBy::Operator => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{FIELD_VERSIONS, PRODUCT_VERSIONS};

    fn version(number: u32) -> Version {
        let major = u16::try_from(number / 1_000 + 10).unwrap();
        Version { major, minor: u16::try_from(number % 1_000).unwrap(), patch: 7, channel: Channel::Stable }
    }

    /// How many of so many new versions a day are admitted.
    fn admitted(
        book: &mut VersionBook,
        numbers: std::ops::Range<u32>,
        day: Day,
        standing: Standing,
    ) -> usize {
        numbers
            .filter(|number| book.decide(version(*number), day, standing, false) != Decision::Other)
            .count()
    }

    #[test]
    fn what_strangers_make_up_takes_nothing_from_verified_installations() {
        let mut book = VersionBook::new(PRODUCT_VERSIONS, []);
        for day in 0..60 {
            let made_up = 1_000 + u32::try_from(day).unwrap() * 500;
            let shown = admitted(&mut book, made_up..made_up + 500, day, Standing::Unverified);
            let expected = match day {
                0 => 100,
                1..16 => 10,
                _ => 0,
            };
            assert_eq!(shown, expected, "day {day}");
        }
        for day in 60..70 {
            let released = u32::try_from(day).unwrap();
            assert_eq!(admitted(&mut book, released..released + 1, day, Standing::Verified), 1, "day {day}");
        }
        assert_eq!(admitted(&mut book, 500..600, 71, Standing::Verified), 20);
    }

    #[test]
    fn live_versions_end_at_their_number_and_a_named_one_needs_no_room() {
        let mut book = VersionBook::new(PRODUCT_VERSIONS, []);
        let mut all = 0;
        for day in 0..100 {
            let from = 20 * u32::try_from(day).unwrap();
            all += admitted(&mut book, from..from + 20, day, Standing::Verified);
        }
        assert_eq!(all, 500);
        let next = version(5_000);
        assert_eq!(book.decide(next, 200, Standing::Verified, false), Decision::Other);
        let by_line = AdmittedVersion { day: 200, by: AdmittedBy::Line };
        assert_eq!(book.decide(next, 200, Standing::Unverified, true), Decision::Admitted(by_line));
        assert_eq!(book.decide(next, 200, Standing::Unverified, false), Decision::Known);
        assert!(book.has(OTHER), "what stands for the others is never one of them");
    }

    #[test]
    fn a_new_field_takes_five_hundred_and_then_some_a_day() {
        let mut book = VersionBook::new(FIELD_VERSIONS, []);
        assert_eq!(admitted(&mut book, 0..900, 0, Standing::Unverified), 500);
        assert_eq!(admitted(&mut book, 1_000..1_900, 13, Standing::Unverified), 20);
        assert_eq!(admitted(&mut book, 2_000..2_900, 14, Standing::Unverified), 20);
        assert_eq!(admitted(&mut book, 3_000..3_900, 14, Standing::Verified), 50);
    }

    #[test]
    fn a_version_of_strangers_that_verified_installations_use_gives_its_place_free() {
        let mut book = VersionBook::new(PRODUCT_VERSIONS, []);
        assert_eq!(admitted(&mut book, 0..1, 0, Standing::Unverified), 1);
        assert_eq!(admitted(&mut book, 1..20, 9, Standing::Unverified), 10);
        let verified = AdmittedVersion { day: 9, by: AdmittedBy::Verified };
        assert_eq!(book.decide(version(3), 9, Standing::Verified, false), Decision::Admitted(verified));
        assert_eq!(admitted(&mut book, 20..30, 9, Standing::Unverified), 1);
    }

    #[test]
    fn a_line_admits_its_first_patches_on_every_channel() {
        let line: ReleaseLine = "2.1".parse().unwrap();
        for (channel, _) in Channel::ALL {
            let of = |minor, patch| Version { major: 2, minor, patch, channel };
            assert!(admits(line, of(1, 0)) && admits(line, of(1, 63)));
            assert!(!admits(line, of(1, 64)) && !admits(line, of(2, 0)));
        }
    }
}
