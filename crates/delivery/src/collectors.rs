//! Where batches went: an erasure is sent to every collector that may hold data of this installation, and to no other.

use std::path::PathBuf;

use aboveboard_core::consent::{Permit, still_permitted};
use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::own_files::COLLECTORS as FILE;
use aboveboard_core::paths::Paths;
use aboveboard_files::{Directory, Errno};

/// How many endpoints are remembered of each kind, so that no number of variables takes the place of an answer's. No
/// person has so many collectors; beyond it nothing is sent, since it could not be taken back.
const MAX_COLLECTORS: usize = 16;

/// How many bytes of the file are read.
const MAX_FILE_BYTES: usize = 64 * 1024;

/// A collector that may have data of this installation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collector {
    /// Its endpoint.
    pub endpoint: String,
    /// How it came to be one.
    pub by: By,
}

impl Collector {
    /// The collector of this endpoint.
    #[must_use]
    pub fn new(endpoint: &str, by: By) -> Self {
        Self { endpoint: endpoint.to_owned(), by }
    }
}

aboveboard_types::spelled! {
    /// How a collector came to get data.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum By {
        /// The stored answer that allowed it names it.
        Answer = "answer",
        /// A flag, a variable or a configuration key of some process said yes or named it. Whoever sets these is not
        /// always the person: nothing is shown to it while it is not the endpoint in use.
        Process = "process",
    }
}

/// Every endpoint that a batch was sent to under the present secret, the first one first; none where there is no file. A
/// batch counts from its first attempt: a reply that is lost does not mean that nothing arrived.
///
/// # Errors
/// Where the file cannot be read whole, as it is written: who has data is not known then.
pub fn collectors(places: &Paths) -> Result<Vec<Collector>, Errno> {
    match Directory::open(places.state()).and_then(|state| state.content(FILE, MAX_FILE_BYTES)) {
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(Vec::new()),
        content => read(&content?).ok_or(Errno::ILSEQ),
    }
}

/// The file, for people.
#[must_use]
pub fn collectors_file(places: &Paths) -> PathBuf {
    places.state().join(FILE)
}

fn read(content: &[u8]) -> Option<Vec<Collector>> {
    let collector = |line: &str| {
        let (endpoint, by) = line.split_once(' ')?;
        // Whether it may still be dialled is decided when it is.
        Endpoint::parse(endpoint, true).ok()?;
        Some(Collector::new(endpoint, By::parse(by)?))
    };
    std::str::from_utf8(content).ok()?.strip_suffix('\n')?.split('\n').map(collector).collect()
}

/// Remembers that a batch goes to `endpoint`. `false` where the list cannot be read or written, or has no room for one
/// more: nothing may be sent there then, since it could not be taken back.
#[must_use]
pub fn remember(permit: &Permit, places: &Paths, endpoint: &Endpoint) -> bool {
    let by = if permit.is_answered_for() { By::Answer } else { By::Process };
    let Ok(mut known) = collectors(places) else { return false };
    match known.iter_mut().find(|known| known.endpoint == endpoint.as_str()) {
        Some(known) if known.by == By::Answer || known.by == by => return true,
        Some(known) => known.by = by,
        None => known.push(Collector::new(endpoint.as_str(), by)),
    }
    if known.iter().filter(|known| known.by == by).count() > MAX_COLLECTORS {
        return false;
    }
    let line = |known: &Collector| format!("{} {}\n", known.endpoint, known.by.name());
    let text: String = known.iter().map(line).collect();
    let stored = Directory::open(places.state()).and_then(|state| state.replace(FILE, text.as_bytes(), true));
    stored.is_ok() && still_permitted(places)
}
