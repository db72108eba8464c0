//! One installation from its first day to its last.

use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::envelope::{Header, Mark, Marks};
use aboveboard_types::id::Id;
use aboveboard_types::value::{Channel, Version};

use super::random::{Random, scaled};
use super::requests::RequestSums;

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// Releases, by the share of the plan's days after which each is out.
const RELEASES: [(f64, Version); 5] = [
    (0.0, version(1, 3, 2, Channel::Stable)),
    (0.0, version(1, 4, 0, Channel::Stable)),
    (0.3, version(1, 5, 0, Channel::Stable)),
    (0.7, version(1, 5, 1, Channel::Stable)),
    (0.86, version(2, 0, 0, Channel::Rc)),
];

const PLATFORMS: [((&str, &str), u64); 5] = [
    (("linux", "x86_64"), 52),
    (("macos", "aarch64"), 26),
    (("windows", "x86_64"), 12),
    (("linux", "aarch64"), 8),
    (("freebsd", "x86_64"), 2),
];

const fn version(major: u16, minor: u16, patch: u16, channel: Channel) -> Version {
    Version { major, minor, patch, channel }
}

/// An installation.
#[derive(Clone, Debug)]
pub(super) struct Installation {
    pub(super) id: Id,
    pub(super) component: Component,
    born: u16,
    dies: u16,
    days: u16,
    /// How often it is used on a working day, 0 to 1.
    habit: f64,
    release: usize,
    marks: Marks,
    platform: (&'static str, &'static str),
    sequence: u64,
    /// Objects a server holds, as a factor on every count.
    pub(super) size: f64,
    /// The requests that a server answered since its start.
    pub(super) requests: RequestSums,
}

impl Installation {
    /// A new one; `None` where the product has no component that records by itself.
    pub(super) fn new(declaration: &Declaration, days: u16, random: &mut Random) -> Option<Self> {
        let component = random.weighted(&components(declaration))?;
        let born = if random.chance(0.62) { 0 } else { day(days, random.unit()) };
        let lasts = match random.unit() {
            // Tried once, kept for some days, kept.
            share if share < 0.22 && born > 0 => 1,
            share if share < 0.42 => 2 + day(days, random.unit() * 0.4),
            _ => u16::MAX,
        };
        let mut marks = Marks::default().with(Mark::Synthetic);
        if component == Component::Server && random.chance(0.6) {
            marks = marks.with(Mark::Container);
        }
        if component == Component::Cli && random.chance(0.06) {
            marks = marks.with(Mark::Ci);
        }
        Some(Self {
            id: Id::from_custom(random.bytes()),
            component,
            born,
            dies: born.saturating_add(lasts),
            days,
            habit: 0.12 + random.unit() * 0.8,
            release: usize::from(random.chance(0.7)),
            marks,
            platform: random.weighted(&PLATFORMS)?,
            sequence: 0,
            size: 0.2 + random.unit() * random.unit() * 6.0,
            requests: RequestSums::default(),
        })
    }

    /// Whether it does something on this day.
    pub(super) fn is_active(&self, day: u16, midnight: i64, random: &mut Random) -> bool {
        // 1970-01-01 was a Thursday.
        let weekday = (midnight / DAY + 3).rem_euclid(7);
        let rhythm = match (self.component, weekday) {
            (Component::Server, _) => 0.97,
            (_, 5 | 6) => self.habit * 0.3,
            _ => self.habit,
        };
        (self.born..self.dies).contains(&day) && (day == self.born || random.chance(rhythm))
    }

    /// What a day changes: updates spread, catalogs grow, requests are answered.
    pub(super) fn day(&mut self, declaration: &Declaration, day: u16, random: &mut Random) {
        let out = |release: &(f64, Version)| f64::from(day) >= release.0 * f64::from(self.days);
        let stable =
            RELEASES.iter().rposition(|release| out(release) && release.1.channel == Channel::Stable);
        let newest = RELEASES.iter().rposition(out);
        let pace = if self.component == Component::Server { 0.09 } else { 0.16 };
        if day == self.born && day > 0 {
            self.release = stable.unwrap_or(0);
        } else if random.chance(pace) {
            self.release = self.release.max(stable.unwrap_or(0));
        } else if random.chance(0.012) {
            self.release = self.release.max(newest.unwrap_or(0));
        }
        self.size *= 1.004;
        if self.component == Component::Server {
            self.requests.day(declaration, self.size, random);
        }
    }

    /// The release after which the made-up error appears.
    pub(super) fn runs_the_flawed_release(&self) -> bool {
        RELEASES[self.release].1.patch == 1
    }

    pub(super) fn version(&self) -> Version {
        RELEASES[self.release].1
    }

    /// The components that send a batch today: a server's console shares its installation.
    pub(super) fn components(&self, declaration: &Declaration, random: &mut Random) -> Vec<Component> {
        let mut components = vec![self.component];
        if self.component == Component::Server && !declaration.routes.is_empty() && random.chance(0.35) {
            components.push(Component::Console);
        }
        components
    }

    pub(super) fn header(&self, component: Component) -> Header {
        let (os, arch) = self.platform;
        Header { component, version: self.version(), os, arch, marks: self.marks }
    }

    pub(super) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence - 1
    }
}

/// The components that record by themselves, with how many installations are one.
fn components(declaration: &Declaration) -> Vec<(Component, u64)> {
    let mut components = Vec::new();
    if !declaration.counts.is_empty() {
        components.push((Component::Server, 35));
    }
    if !declaration.commands.is_empty() {
        components.push((Component::Cli, 65));
    }
    for component in [Component::Server, Component::Cli, Component::App] {
        let declares = declaration.events.iter().any(|event| event.component == component);
        if declares && !components.iter().any(|(known, _)| *known == component) {
            components.push((component, 40));
        }
    }
    components
}

fn day(days: u16, share: f64) -> u16 {
    u16::try_from(scaled(u64::from(days), share)).unwrap_or(days)
}
