//! Tickets: erasures that wait until the collector can be reached, one line each.

use std::path::PathBuf;

use aboveboard_core::consent::TICKET;
use aboveboard_core::paths::Paths;
use aboveboard_files::Directory;
use rustix::io::Result;

/// The bytes of all tickets that are read: thousands of erasures, where a person asks for a handful.
const MAX_BYTES: usize = 1 << 20;

/// One erasure: at which collector, and what.
pub(super) struct Ticket {
    pub(super) endpoint: String,
    pub(super) body: String,
}

impl Ticket {
    /// The ticket as a line of the file.
    fn line(&self) -> String {
        format!("{} {}\n", self.endpoint, self.body)
    }

    /// Reads a line of the file; `None` for a line that an interrupted write cut short.
    fn parse(line: &str) -> Option<Self> {
        let (endpoint, body) = line.split_once(' ')?;
        Some(Self { endpoint: endpoint.to_owned(), body: body.to_owned() })
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
    let state = Directory::open(paths.state())?;
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
