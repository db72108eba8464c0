//! Tickets: erasures that wait until the collector can be reached, one line each.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use aboveboard_core::consent::TICKET;
use aboveboard_core::paths::Paths;

/// One erasure: at which collector, and what.
pub(super) struct Ticket {
    pub(super) endpoint: String,
    pub(super) body: String,
}

impl Ticket {
    fn line(&self) -> String {
        format!("{} {}\n", self.endpoint, self.body)
    }

    fn parse(line: &str) -> Option<Self> {
        let (endpoint, body) = line.split_once(' ')?;
        Some(Self { endpoint: endpoint.to_owned(), body: body.to_owned() })
    }
}

/// The tickets that wait.
pub(super) fn waiting(paths: &Paths) -> Vec<Ticket> {
    let Ok(content) = fs::read_to_string(file(paths)) else { return Vec::new() };
    content.lines().filter_map(Ticket::parse).collect()
}

/// Adds tickets to those that wait.
pub(super) fn add(paths: &Paths, tickets: &[Ticket]) -> std::io::Result<()> {
    write(OpenOptions::new().append(true).create(true), &file(paths), tickets)
}

/// Keeps these tickets and no others.
pub(super) fn keep(paths: &Paths, tickets: &[Ticket]) -> std::io::Result<()> {
    let file = file(paths);
    if tickets.is_empty() {
        return fs::remove_file(file);
    }
    // The rest is complete under its own name before it replaces the whole, so that none is lost between the two.
    let passing = paths.state().join("ticket.tmp");
    write(OpenOptions::new().write(true).truncate(true).create(true), &passing, tickets)?;
    fs::rename(passing, file)
}

/// The file of the tickets, in the state directory.
pub(super) fn file(paths: &Paths) -> PathBuf {
    paths.state().join(TICKET)
}

fn write(options: &mut OpenOptions, path: &PathBuf, tickets: &[Ticket]) -> std::io::Result<()> {
    let flags = rustix::fs::OFlags::NOFOLLOW.bits() as i32;
    let lines: String = tickets.iter().map(Ticket::line).collect();
    let mut file = options.mode(0o600).custom_flags(flags).open(path)?;
    file.write_all(lines.as_bytes())?;
    file.sync_all()
}
