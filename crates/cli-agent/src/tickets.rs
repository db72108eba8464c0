//! Tickets: erasures that wait until their collector can be reached, a file each.
//!
//! A ticket holds what the collector of its endpoint checks, derived for that host alone: whoever reads it can have that
//! collector erase, and nothing else. Each is a file of its own, there whole or not at all, so that of many processes
//! none removes what another has stored, and a damaged one takes no other with it.

use std::path::PathBuf;

use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::identity::Secret;
use aboveboard_core::own_files::TICKET;
use aboveboard_core::paths::Paths;
use aboveboard_delivery::{By, Collector};
use aboveboard_files::{Directory, Errno, Result, random, remove_empty};
use aboveboard_types::hex;
use aboveboard_types::id::Id;
use aboveboard_types::possession::{Proof, Purpose};

/// The bytes of a ticket that are read: an endpoint has 256 at most, and the rest about as many.
const MAX_BYTES: usize = 1024;

/// How often a ticket is stored again whose directory another process removed meanwhile.
const ROUNDS: u32 = 8;

/// What the name of a file ends with that is being made.
const PASSING: &str = ".tmp";

/// One erasure at one collector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// Its file.
    name: String,
    /// Where it is handed in, and nowhere else.
    pub(crate) endpoint: String,
    /// How the collector came to have data.
    pub(crate) by: By,
    /// The installation's id there.
    pub(crate) installation: Id,
    /// The proof that its owner erases: the value for it, and the hashes of the two others.
    pub(crate) proof: Proof,
}

/// What lies in the directory of the tickets.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// The tickets that wait.
    pub(crate) tickets: Vec<Ticket>,
    /// What lies there and is no ticket that can be read.
    pub(crate) unreadable: Vec<PathBuf>,
}

impl Waiting {
    pub(crate) fn is_empty(&self) -> bool {
        self.tickets.is_empty() && self.unreadable.is_empty()
    }
}

impl Ticket {
    /// The ticket with which the owner of `secret` has this collector erase.
    pub(crate) fn of(product: &str, secret: &Secret, collector: &Collector) -> Option<Self> {
        // Data went there, so it was allowed; whether it still is, is decided when the ticket is handed in.
        let endpoint = Endpoint::parse(&collector.endpoint, true).ok()?;
        let possession = secret.at(product, &endpoint);
        Some(Self {
            name: format!("{}.{}", possession.id(), endpoint.tag()),
            endpoint: collector.endpoint.clone(),
            by: collector.by,
            installation: possession.id(),
            proof: possession.proof(Purpose::Forget),
        })
    }

    /// Whether it is one of the installation that has this secret.
    pub(crate) fn is_of(&self, product: &str, secret: &Secret) -> bool {
        let endpoint = Endpoint::parse(&self.endpoint, true);
        endpoint.is_ok_and(|endpoint| secret.at(product, &endpoint).id() == self.installation)
    }

    /// The content of its file.
    fn line(&self) -> String {
        format!("{} {} {} {}\n", self.endpoint, self.by.name(), self.installation, self.proof)
    }

    /// Reads the content of a file; `None` for anything but one whole line.
    fn parse(name: &str, content: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(content).ok()?.strip_suffix('\n')?;
        let mut words = line.split(' ');
        let endpoint = words.next()?.to_owned();
        let by = By::parse(words.next()?)?;
        let installation = Id::parse(words.next()?)?;
        let proof = Proof::parse(words.next()?)?;
        let name = name.to_owned();
        words.next().is_none().then_some(Self { name, endpoint, by, installation, proof })
    }
}

/// The tickets that wait, and what cannot be read as one.
pub(crate) fn waiting(paths: &Paths) -> Waiting {
    let mut waiting = Waiting::default();
    let Ok(state) = paths.open_state() else { return waiting };
    let found = state.directory(TICKET).and_then(|directory| Ok((directory.list()?, directory)));
    let (names, directory) = match found {
        Ok(found) => found,
        Err(Errno::NOENT) => return waiting,
        Err(_) => {
            waiting.unreadable.push(place(paths));
            return waiting;
        }
    };
    for name in names.iter().filter(|name| !name.ends_with(PASSING)) {
        match directory.content(name, MAX_BYTES) {
            // Another process has handed it in.
            Err(Errno::NOENT) => {}
            content => match content.ok().and_then(|content| Ticket::parse(name, &content)) {
                Some(ticket) => waiting.tickets.push(ticket),
                None => waiting.unreadable.push(place(paths).join(name)),
            },
        }
    }
    waiting
}

/// Stores tickets, so that they survive a power cut.
///
/// # Errors
/// Where one could not be stored.
pub(crate) fn add(paths: &Paths, tickets: &[Ticket]) -> Result<()> {
    tickets.iter().try_for_each(|ticket| {
        for _ in 1..ROUNDS {
            match store(paths, ticket) {
                // Another process has removed the empty directory.
                Err(Errno::NOENT) => {}
                done => return done,
            }
        }
        store(paths, ticket)
    })
}

fn store(paths: &Paths, ticket: &Ticket) -> Result<()> {
    let directory = paths.make_state()?.make_directory(TICKET)?;
    let passing = format!("{}{PASSING}", hex::encode(&random::<8>().ok_or(Errno::AGAIN)?));
    let file = directory.create(&passing)?;
    let done = file.write(ticket.line().as_bytes(), 0).and_then(|()| file.sync());
    if let Err(error) = done.and_then(|()| directory.rename(&passing, &ticket.name)) {
        let _ = directory.unlink(&passing);
        return Err(error);
    }
    directory.sync()
}

/// Removes a ticket that was handed in.
///
/// # Errors
/// If it is still there.
pub(crate) fn remove(paths: &Paths, ticket: &Ticket) -> Result<()> {
    let directory = Directory::open(paths.state())?.directory(TICKET)?;
    directory.remove(&ticket.name)
}

/// Removes the directory if no ticket is left in it, and the state directory with it if nothing else is there.
pub(crate) fn remove_if_empty(paths: &Paths) {
    let _ = remove_empty(&place(paths));
    let _ = remove_empty(paths.state());
}

/// The directory of the tickets.
pub(crate) fn place(paths: &Paths) -> PathBuf {
    paths.state().join(TICKET)
}
