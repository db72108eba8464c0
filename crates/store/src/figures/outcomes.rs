//! How commands ended for the installations of each version.

use std::collections::BTreeMap;

use aboveboard_manifest::ReleaseLine;
use aboveboard_types::event::Ending;
use aboveboard_types::value::{Channel, Version};

use super::super::installation_set::InstallationSet;
use super::interval::Share;
use crate::calendar::Day;

/// How runs ended for some installations.
#[derive(Clone, Debug, Default)]
pub(super) struct EndedSets {
    /// Who ran anything.
    pub(super) ran: InstallationSet,
    /// For whom a run failed.
    pub(super) failed: InstallationSet,
    /// For whom a run was left unfinished.
    pub(super) unfinished: InstallationSet,
}

/// How many they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Installations that ran it.
    pub ran: u64,
    /// Installations for which a run failed.
    pub failed: u64,
    /// Installations for which a run was left unfinished.
    pub unfinished: u64,
}

impl EndedSets {
    pub(super) fn add(&mut self, ending: Ending, set: &InstallationSet) {
        self.ran.unite(set);
        match ending {
            Ending::Success => {}
            Ending::Error => self.failed.unite(set),
            Ending::Unfinished => self.unfinished.unite(set),
        }
    }

    pub(super) fn unite(&mut self, other: &Self) {
        self.ran.unite(&other.ran);
        self.failed.unite(&other.failed);
        self.unfinished.unite(&other.unfinished);
    }

    pub(super) fn count(&self) -> Ended {
        Ended { ran: self.ran.len(), failed: self.failed.len(), unfinished: self.unfinished.len() }
    }

    /// Lets who ran anything on a later day stand for that day.
    fn replace(&mut self, later: &Self) {
        self.failed.subtract(&later.ran);
        self.unfinished.subtract(&later.ran);
        self.unite(later);
    }
}

impl Ended {
    /// Those for whom a run ended so, of those that ran it.
    #[must_use]
    pub fn share(self, ending: Ending) -> Share {
        let hits = match ending {
            Ending::Success => self.ran,
            Ending::Error => self.failed,
            Ending::Unfinished => self.unfinished,
        };
        Share { hits, of: self.ran }
    }
}

/// How commands ended with each version. An installation counts once for each version that it ran, by the last day on which it
/// ran any command with it: so one that has long had a version, and has had more days on which something can fail, counts no
/// more than one that has it since yesterday.
#[derive(Debug, Default)]
pub(super) struct VersionOutcomes {
    versions: BTreeMap<Version, EndedSets>,
    day: Day,
    open: BTreeMap<Version, EndedSets>,
}

impl VersionOutcomes {
    /// Days ascend.
    pub(super) fn add(&mut self, day: Day, version: Version, ending: Ending, set: &InstallationSet) {
        if self.day != day {
            self.close_day();
            self.day = day;
        }
        self.open.entry(version).or_default().add(ending, set);
    }

    /// Puts the last day in, too.
    pub(super) fn close_day(&mut self) {
        for (version, sets) in std::mem::take(&mut self.open) {
            self.versions.entry(version).or_default().replace(&sets);
        }
    }

    /// With one version.
    pub(super) fn of(&self, version: Version) -> Ended {
        self.versions.get(&version).map(EndedSets::count).unwrap_or_default()
    }
}

/// The newest release that at least so many installations run, and the one before it that as many do; releases that are meant
/// to be tried only are left out. Where the manifest names release lines and a version of one is among them, the newest is of one.
pub(super) fn newest_two(
    installations: &BTreeMap<Version, u64>,
    enough: u64,
    lines: &[ReleaseLine],
) -> Option<(Version, Option<Version>)> {
    let releases: Vec<Version> = installations
        .iter()
        .rev()
        .filter(|(version, n)| version.channel == Channel::Stable && **n >= enough)
        .map(|(version, _)| *version)
        .collect();
    let newest = releases.iter().position(|version| is_of(lines, *version)).unwrap_or(0);
    Some((*releases.get(newest)?, releases.get(newest + 1).copied()))
}

/// Whether a version is of one of some release lines.
pub(super) fn is_of(lines: &[ReleaseLine], version: Version) -> bool {
    lines.iter().any(|line| (line.major, line.minor) == (version.major, version.minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_release_is_of_a_line_that_the_manifest_names_where_one_is_there() {
        let [old, new, made_up] = ["1.4.9", "1.5.0", "99.0.0"].map(|text| Version::parse(text).unwrap());
        let installations = BTreeMap::from([(old, 30), (new, 20), (made_up, 40)]);
        let line = |minor| ReleaseLine { major: 1, minor };
        assert_eq!(newest_two(&installations, 20, &[]), Some((made_up, Some(new))));
        assert_eq!(newest_two(&installations, 20, &[line(5)]), Some((new, Some(old))));
        assert_eq!(newest_two(&installations, 20, &[line(6)]), Some((made_up, Some(new))));
        assert_eq!(newest_two(&installations, 21, &[line(5)]), Some((made_up, Some(old))));
    }
}
