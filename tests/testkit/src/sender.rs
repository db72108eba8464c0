//! Installations whose secret is known, for batches that a test writes by hand: a collector takes none without a proof.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use aboveboard_types::headers;
use aboveboard_types::id::Id;
use aboveboard_types::possession::{Possession, Proof, Purpose};

/// What was made so far. A test makes an id where it writes a batch, and the proof where it sends it.
static KNOWN: LazyLock<Mutex<HashMap<Id, Possession>>> = LazyLock::new(Mutex::default);

/// The installation of a product with this number.
#[must_use]
pub fn installation(product: &str, number: u64) -> Id {
    let mut secret = [0x5a; 32];
    secret[..8].copy_from_slice(&number.to_be_bytes());
    let possession = Possession::of(&secret, product, "localhost");
    let id = possession.id();
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner).insert(id, possession);
    id
}

/// The proof for one purpose of an installation that was made here.
#[must_use]
pub fn proof(id: Id, purpose: Purpose) -> Option<Proof> {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.get(&id).map(|possession| possession.proof(purpose))
}

/// The header line of the proof for a batch, with its line end; empty where the body names no installation that was made
/// here.
#[must_use]
pub fn proof_line(body: &[u8]) -> String {
    let proof = named(body).and_then(|id| proof(id, Purpose::Send));
    proof.map_or_else(String::new, |proof| format!("{}: {proof}\r\n", headers::PROOF))
}

fn named(body: &[u8]) -> Option<Id> {
    const KEY: &[u8] = b"\"installation\":\"";
    let at = body.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    Id::parse(std::str::from_utf8(body.get(at..at + 36)?).ok()?)
}
