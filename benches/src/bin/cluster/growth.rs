//! Whether a page reads more rows when ten times as many days are closed.

use aboveboard_benches::Outcome;
use aboveboard_benches::http::{date, get};

use crate::load::Load;
use crate::servers::{Read, between, rows};

/// Days that are closed at first.
const CLOSED: u16 = 9;

/// Days that the page is about.
const WINDOW: u16 = 7;

/// What was read for the page of the first days.
pub(crate) struct Growth {
    path: String,
    read: Both,
}

/// What was read from an empty cache, and from a full one.
struct Both {
    cold: Read,
    warm: Read,
}

/// Brings in some days, and asks for a page about them.
pub(crate) fn first(load: &mut Load<'_>) -> Outcome<Growth> {
    // One more is open.
    load.until(CLOSED + 1)?;
    let path = page(load, CLOSED - 1);
    let read = ask(load, &path)?;
    Ok(Growth { path, read })
}

impl Growth {
    /// Asks for the same page now, and for the one about the last days, and tells what was read.
    pub(crate) fn print(&self, load: &Load<'_>) -> Outcome<()> {
        let same = ask(load, &self.path)?;
        let last = ask(load, &page(load, aboveboard_benches::history::DAYS - 1))?;
        println!(
            "\n{:<40} {:>10} {:>10} {:>10} {:>10}",
            "rows read for a page of seven days", "cold", "warm", "questions", "warm"
        );
        for (what, read) in [
            ("the first days, 9 of 10 closed", &self.read),
            ("the same, 89 of 90 closed", &same),
            ("the last days, 89 of 90 closed", &last),
        ] {
            let asked = |read: &Read| read.values().map(|(asked, _)| asked).sum::<u64>();
            println!(
                "{what:<40} {:>10} {:>10} {:>10} {:>10}",
                rows(&read.cold),
                rows(&read.warm),
                asked(&read.cold),
                asked(&read.warm)
            );
        }
        println!(
            "\n{:<40} {:>12} {:>12} {:>12}",
            "of that, cold, by table", "9 of 10", "89 of 90", "the last"
        );
        for table in last.cold.keys() {
            let of = |read: &Both| read.cold.get(table).map_or(0, |(_, rows)| *rows);
            println!("{table:<40} {:>12} {:>12} {:>12}", of(&self.read), of(&same), of(&last));
        }
        Ok(())
    }
}

/// The page about the days up to one.
fn page(load: &Load<'_>, last: u16) -> String {
    format!("/?product=quarry&days={WINDOW}&until={}", date(load.end_of(last).div_euclid(86_400)))
}

/// What a collector that was started now has read for a page, and for the same once more.
fn ask(load: &Load<'_>, path: &str) -> Outcome<Both> {
    let collector = load.start_cluster()?;
    let started = load.servers.read()?;
    get(collector.address, path)?;
    let cold = load.servers.read()?;
    get(collector.address, path)?;
    let warm = load.servers.read()?;
    collector.stop()?;
    Ok(Both { cold: between(&started, &cold), warm: between(&cold, &warm) })
}
