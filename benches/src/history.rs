//! Ninety made-up days: installations that are born, update, are used on some days and not on others, and go.
//!
//! Of 88,000 installations for ten million events, 85 of 100 are CLIs and the rest servers. 55 of 100 are there on the
//! first day, the others come evenly. 15 of 100 last one day, 35 up to five weeks, the rest stay. A CLI is used on
//! some working days (10 to 70 of 100 by habit, a third of that at weekends), 1 to 16 commands a day, of which 7 of 10
//! name the one server it works with; a server reports its counts once a day, and its console is used on every third.
//! Each component sends one batch a day in which it was used, as agents with an interval of a day do. Nothing is marked,
//! so that it counts in the headline figures.

use std::fmt::Write as _;

use aboveboard_store::entry::Arrival;
use aboveboard_types::id::Id;

use crate::chance::Chance;

/// How many days it has.
pub const DAYS: u16 = 90;

/// Installations for each ten million events.
pub const INSTALLATIONS: u64 = 88_000;

const DAY: i64 = 86_400;

const VERSIONS: [&str; 8] = ["1.3.2", "1.4.0", "1.4.1", "1.5.0", "1.5.1", "1.6.0", "1.6.1", "2.0.0"];
const PLATFORMS: [(&str, &str); 5] = [
    ("linux", "x86_64"),
    ("macos", "aarch64"),
    ("windows", "x86_64"),
    ("linux", "aarch64"),
    ("freebsd", "x86_64"),
];
const COMMANDS: [&str; 9] = [
    "metadata apply",
    "migrate apply",
    "init",
    "console",
    "migrate status",
    "metadata export",
    "migrate create",
    "version",
    "metadata clear",
];
const ROUTES: [&str; 7] = [
    "/",
    "/data",
    "/data/:source/schema/:schema",
    "/data/:source/schema/:schema/tables/:table",
    "/events",
    "/remote-schemas",
    "/settings",
];
const ACTIONS: [&str; 6] = [
    "table_tracked",
    "permission_added",
    "relationship_added",
    "trigger_created",
    "table_untracked",
    "metadata_exported",
];

/// One installation.
struct Installation {
    id: Id,
    server: bool,
    born: u16,
    dies: u16,
    /// Thousandths of working days.
    habit: u64,
    release: usize,
    platform: (&'static str, &'static str),
    /// The server a CLI works with.
    home: usize,
    size: u64,
    sequence: u64,
}

/// The history, a day of it in memory at a time.
pub struct History {
    chance: Chance,
    installations: Vec<Installation>,
    servers: Vec<Id>,
    /// The first day, in days since 1970.
    first: i64,
    /// Nothing is later; seconds since 1970.
    now: i64,
    /// Events so far.
    pub events: u64,
    /// Batches so far.
    pub batches: u64,
}

impl History {
    /// Of so many installations, ending now.
    #[must_use]
    pub fn new(count: u64, now: i64) -> Self {
        let mut chance = Chance(90);
        let mut installations: Vec<Installation> =
            (0..count).map(|_| Installation::new(&mut chance)).collect();
        let servers: Vec<Id> = installations
            .iter()
            .filter(|installation| installation.server)
            .map(|installation| installation.id)
            .collect();
        for installation in &mut installations {
            installation.home = usize::try_from(chance.below(servers.len() as u64)).unwrap_or(0);
        }
        let first = now.div_euclid(DAY) - i64::from(DAYS) + 1;
        Self { chance, installations, servers, first, now, events: 0, batches: 0 }
    }

    /// Seconds since 1970 at which a day of the history ends.
    #[must_use]
    pub fn end_of(&self, day: u16) -> i64 {
        ((self.first + i64::from(day) + 1) * DAY - 1).min(self.now)
    }

    /// What arrived on a day, in the order of arrival.
    pub fn day(&mut self, day: u16) -> Vec<Arrival> {
        let date = self.first + i64::from(day);
        let end = self.end_of(day);
        let mut arrivals = Vec::new();
        for installation in &mut self.installations {
            if !(installation.born..installation.dies).contains(&day) {
                continue;
            }
            // Updates spread over a fortnight; a release comes every eleven days.
            let newest = usize::from(day / 11).min(VERSIONS.len() - 1);
            if self.chance.happens(90) || day == installation.born {
                installation.release =
                    installation.release.max(newest.saturating_sub(usize::from(self.chance.happens(300))));
            }
            let mut sent = Vec::new();
            if installation.server {
                if self.chance.happens(970) {
                    sent.push(("server", vec![installation.report(date, &mut self.chance)]));
                }
                if self.chance.happens(330) {
                    sent.push(("console", installation.console(date, &mut self.chance)));
                }
            } else if day == installation.born || self.chance.happens(installation.rhythm(date)) {
                sent.push(("cli", installation.commands(date, &self.servers, &mut self.chance)));
            }
            for (component, events) in sent {
                self.events += events.len() as u64;
                self.batches += 1;
                let before = i64::try_from(self.chance.below(36_000)).unwrap_or(0);
                let body = installation.batch(component, date, &events, &mut self.chance);
                let received = (date * DAY + DAY - 1 - before).min(end);
                arrivals.push(Arrival { received, skew: 0, refused: 0, counted_value: None, body });
            }
        }
        arrivals.sort_by_key(|arrival| arrival.received);
        arrivals
    }
}

impl Installation {
    fn new(chance: &mut Chance) -> Self {
        let born =
            if chance.happens(550) { 0 } else { u16::try_from(chance.below(u64::from(DAYS))).unwrap_or(0) };
        let lasts = match chance.below(100) {
            0..15 => 1,
            15..50 => 2 + u16::try_from(chance.below(34)).unwrap_or(0),
            _ => u16::MAX,
        };
        Self {
            id: Id::from_custom(chance.bytes()),
            server: chance.happens(150),
            born,
            dies: born.saturating_add(lasts),
            habit: 100 + chance.below(600),
            release: 0,
            platform: *chance.pick(&PLATFORMS),
            home: 0,
            size: 1 + chance.below(60).min(chance.below(60)),
            sequence: 0,
        }
    }

    fn rhythm(&self, date: i64) -> u64 {
        // 1970-01-01 was a Thursday.
        if (date + 3).rem_euclid(7) >= 5 { self.habit / 3 } else { self.habit }
    }

    fn report(&self, date: i64, chance: &mut Chance) -> String {
        let time = moment(date, chance);
        let size = self.size;
        format!(
            "{{\"name\":\"report\",\"time\":{time},\"counts\":{{\"tables\":{},\"views\":{},\"relationships\":{{\"manual\":{},\
             \"automatic\":{}}},\"permissions\":{{\"select\":{},\"insert\":{},\"update\":{},\"delete\":{}}},\"roles\":{},\
             \"event-triggers\":{},\"remote-schemas\":{}}}}}",
            size * 7 + chance.below(3),
            size,
            size * 2,
            size * 3 + chance.below(2),
            size * 4,
            size * 2,
            size * 2,
            size,
            1 + size / 8,
            size / 6,
            size / 20,
        )
    }

    fn commands(&self, date: i64, servers: &[Id], chance: &mut Chance) -> Vec<String> {
        let count = 1 + chance.below(16).min(chance.below(24));
        let linked = chance.happens(700);
        let start = moment(date, chance);
        (0..count)
            .map(|at| {
                let mut event = format!(
                    "{{\"name\":\"command\",\"time\":{},\"command\":\"{}\",\"run\":\"{}\",",
                    start + i64::try_from(at * 40).unwrap_or(0),
                    chance.pick(&COMMANDS),
                    Id::from_random(chance.bytes())
                );
                event.push_str(match chance.below(1_000) {
                    0..40 => "\"error\":true",
                    40..48 => "\"unfinished\":true",
                    _ => "\"error\":false",
                });
                if linked && let Some(server) = servers.get(self.home) {
                    let _ = write!(
                        event,
                        ",\"server\":\"{server}\",\"server_version\":\"{}\"",
                        VERSIONS[self.release]
                    );
                }
                event.push('}');
                event
            })
            .collect()
    }

    fn console(&self, date: i64, chance: &mut Chance) -> Vec<String> {
        let session = Id::from_random(chance.bytes());
        let start = moment(date, chance);
        (0..2 + chance.below(22))
            .map(|at| {
                let time = start + i64::try_from(at * 12).unwrap_or(0);
                let mut event = format!("{{\"name\":\"console\",\"time\":{time},\"session\":\"{session}\",");
                if chance.happens(400) {
                    let _ = write!(event, "\"action\":\"{}\",", chance.pick(&ACTIONS));
                }
                let _ = write!(event, "\"route\":\"{}\",\"server\":\"{}\"}}", chance.pick(&ROUTES), self.id);
                event
            })
            .collect()
    }

    fn batch(&mut self, component: &str, date: i64, events: &[String], chance: &mut Chance) -> Vec<u8> {
        let mut id = chance.bytes();
        // Sixteen bits of day, the rest random, as agents make them.
        id[..2].copy_from_slice(&u16::try_from(date).unwrap_or(0).to_be_bytes());
        let (os, arch) = self.platform;
        self.sequence += 1;
        format!(
            "{{\"wire\":1,\"product\":\"quarry\",\"revision\":1,\"manifest\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"batch\":\"{}\",\
             \"installation\":\"{}\",\"component\":\"{component}\",\"version\":\"{}\",\"os\":\"{os}\",\"arch\":\"{arch}\",\
             \"marks\":[],\"sequence\":{},\"events\":[{}],\"outcomes\":{{}}}}",
            Id::from_custom(id),
            self.id,
            VERSIONS[self.release],
            self.sequence,
            events.join(",")
        )
        .into_bytes()
    }
}

/// A moment of the first half of a day, so that nothing of the day is later than its arrival.
fn moment(date: i64, chance: &mut Chance) -> i64 {
    date * DAY + i64::try_from(chance.below(43_200)).unwrap_or(0)
}
