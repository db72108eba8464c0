//! Tickets: erasures that wait until their collector can be reached, one line each.
//!
//! A ticket holds what the collector of its endpoint checks, derived for that host alone: whoever reads it can have that
//! collector erase, and nothing else.

use std::path::PathBuf;

use aboveboard_core::consent::TICKET;
use aboveboard_core::paths::Paths;
use aboveboard_delivery::By;
use aboveboard_files::Directory;
use aboveboard_types::id::Id;
use aboveboard_types::possession::Proof;
use rustix::io::Result;

/// The bytes of all tickets that are read: thousands of erasures, where a person asks for a handful.
const MAX_BYTES: usize = 1 << 20;

/// One erasure at one collector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    /// Where it is handed in, and nowhere else.
    pub(super) endpoint: String,
    /// How the collector came to have data.
    pub(super) by: By,
    /// The installation's id there.
    pub(super) installation: Id,
    /// The proof that its owner erases: the value for it, and the hashes of the two others.
    pub(super) proof: Proof,
}

impl Ticket {
    /// The ticket as a line of the file.
    fn line(&self) -> String {
        format!("{} {} {} {}\n", self.endpoint, self.by.name(), self.installation, self.proof)
    }

    /// Reads a line of the file; `None` for a line that an interrupted write cut short.
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let endpoint = words.next()?.to_owned();
        let by = By::parse(words.next()?)?;
        let installation = Id::parse(words.next()?)?;
        let proof = Proof::parse(words.next()?)?;
        words.next().is_none().then_some(Self { endpoint, by, installation, proof })
    }
}

/// The tickets that wait.
pub(super) fn waiting(paths: &Paths) -> Vec<Ticket> {
    let content = Directory::open(paths.state()).and_then(|state| state.content(TICKET, MAX_BYTES));
    let content = content.ok().and_then(|content| String::from_utf8(content).ok()).unwrap_or_default();
    content.lines().filter_map(Ticket::parse).collect()
}

/// Adds tickets to those that wait.
pub(super) fn add(paths: &Paths, tickets: &[Ticket]) -> Result<()> {
    let state = Directory::make(paths.state())?.0;
    let file = state.append_or_create(TICKET)?;
    file.write(lines(tickets).as_bytes(), file.checked_to_write()?.st_size.unsigned_abs())?;
    file.sync()
}

/// Keeps these tickets and no others.
pub(super) fn keep(paths: &Paths, tickets: &[Ticket]) -> Result<()> {
    let state = Directory::open(paths.state())?;
    if tickets.is_empty() {
        return state.unlink(TICKET);
    }
    state.replace(TICKET, lines(tickets).as_bytes(), true)
}

/// The file of the tickets, in the state directory.
pub(super) fn file(paths: &Paths) -> PathBuf {
    paths.state().join(TICKET)
}

fn lines(tickets: &[Ticket]) -> String {
    tickets.iter().map(Ticket::line).collect()
}
