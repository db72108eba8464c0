//! Where batches went: an erasure is sent to every collector that may hold data of this installation, and to no other.

use aboveboard_core::consent::Permit;
use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::paths::Paths;
use aboveboard_files::Directory;

/// The file, in the state directory: one endpoint on each line, the latest last.
const FILE: &str = "collectors";

/// How many endpoints are remembered. Beyond it, the oldest is forgotten.
const MAX_COLLECTORS: usize = 16;

/// How many bytes of the file are read.
const MAX_FILE_BYTES: usize = 64 * 1024;

/// Every endpoint that a batch was sent to under the present id, the first one first. A batch counts from its first
/// attempt: a reply that is lost does not mean that nothing arrived.
#[must_use]
pub fn collectors(places: &Paths) -> Vec<String> {
    let content = Directory::open(places.state()).and_then(|state| state.content(FILE, MAX_FILE_BYTES));
    let text = content.ok().and_then(|content| String::from_utf8(content).ok()).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Remembers that a batch goes to `endpoint`. Where that cannot be written, nothing may go there: it could not be
/// taken back.
#[must_use]
pub fn remember(_permit: &Permit, places: &Paths, endpoint: &Endpoint) -> bool {
    let mut known = collectors(places);
    if known.iter().any(|known| known == endpoint.as_str()) {
        return true;
    }
    known.push(endpoint.as_str().to_owned());
    let last = known.len().saturating_sub(MAX_COLLECTORS);
    let text = known[last..].join("\n") + "\n";
    Directory::open(places.state()).and_then(|state| state.replace(FILE, text.as_bytes(), true)).is_ok()
}
