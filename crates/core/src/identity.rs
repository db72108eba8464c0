//! Ids: of a run, of a page session, and of the installation.

use std::io;

use aboveboard_files::{Directory, Errno, random, stat};
use aboveboard_types::hex;
use aboveboard_types::id::Id;
use aboveboard_types::possession::{Possession, Proof, Purpose};
use aboveboard_types::read::SegmentOrigin;

use crate::consent::{Permit, purge, still_permitted};
use crate::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::own_files::{SECRET, SPOOL};
use crate::paths::Paths;
use crate::spool::SEQUENCE_START;

/// A random id for one run. `None` where the system has no randomness now.
#[must_use]
pub fn run_id() -> Option<Id> {
    random().map(Id::from_random)
}

/// A random id for one session of a page or a token of like strength. `None` where the system has no randomness
/// now.
#[must_use]
pub fn session() -> Option<Id> {
    random().map(Id::from_random)
}

/// The local secret of a product. It never leaves the machine: what is shown to a collector is derived from it for that
/// collector's host, and is worth nothing at another.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// What this installation of `product` is at the collector of `endpoint`: its id there and its proofs.
    #[must_use]
    pub fn at(&self, product: &str, endpoint: &Endpoint) -> Possession {
        Possession::of(&self.0, product, &endpoint.identity_host())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// One product's installation as the host knows it that its permit allows to send to.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Installation {
    /// What goes on the wire to that host, and to no other.
    pub id: Id,
    possession: Possession,
    secret: Secret,
}

impl Installation {
    fn of(permit: &Permit, secret: [u8; 32]) -> Self {
        // What stays here has an id of its own, which no collector ever sees.
        let host = permit.endpoint().map(Endpoint::identity_host).unwrap_or_default();
        let possession = Possession::of(&secret, permit.product(), &host);
        Self { id: possession.id(), possession, secret: Secret(secret) }
    }

    /// The proof that a request to its host comes from this installation.
    #[must_use]
    pub fn proof(&self, purpose: Purpose) -> Proof {
        self.possession.proof(purpose)
    }

    /// The id of the batch that a segment becomes.
    pub(crate) fn batch(&self, segment: SegmentOrigin<'_>) -> Id {
        Id::of_batch(&self.secret.0, segment.day, segment.name)
    }
}

impl std::fmt::Debug for Installation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Installation").field("id", &self.id).finish_non_exhaustive()
    }
}

/// This installation, made now if there is none. Of many processes that ask at once, all get the same.
///
/// `None` where the secret cannot be read or written: no id is better than one that others share. `None` also
/// where the secret is kept elsewhere and was not [adopted](adopt) yet.
#[must_use]
pub fn installation(permit: &Permit, places: &Paths) -> Option<Installation> {
    if places.is_kept_elsewhere() {
        let secret = read(&Directory::open(places.state()).ok()?).ok()?;
        return Some(Installation::of(permit, secret));
    }
    let state = places.make_state().ok()?;
    let secret = match read(&state) {
        Err(Errno::NOENT) => make(&state, Durability::Forced).ok().filter(|_| still_permitted(places))?,
        found => found.ok()?,
    };
    Some(Installation::of(permit, secret))
}

/// Makes the secret where there is none, before the first segment appears: what a segment becomes depends on the secret, so a
/// copy of both, as in the image of a machine, becomes the same batch. No disk is waited for; [`settle`] does that.
///
/// Where it cannot be made, the event is recorded all the same, and the sealer makes it.
pub(crate) fn prepare(places: &Paths) {
    if places.is_kept_elsewhere() || stat(&places.state().join(SECRET)).is_ok() {
        return;
    }
    let made = Directory::open(places.state()).and_then(|state| make(&state, Durability::Left));
    if made.is_ok() {
        still_permitted(places);
    }
}

/// Forces the secret to the disk. To be called before the first batch is made of it, by the one process that seals.
///
/// A power cut may have left of it an empty file. No batch was made of that one, so another one takes its place.
///
/// # Errors
/// Those of the system.
pub(crate) fn settle(state: &Directory) -> aboveboard_files::Result<()> {
    // Only what can be written to is forced to the disk on every system.
    let file = match state.append(SECRET) {
        Err(Errno::NOENT) => return Ok(()),
        found => found?,
    };
    if file.checked_stat()?.size() == 0 {
        return state.unlink(SECRET);
    }
    file.sync_all().and_then(|()| state.sync())
}

/// The secret that is here; `None` where there is none. Unlike [`installation`] it needs no permit, because people may
/// also erase, and fetch what a collector has, after they opted out.
///
/// # Errors
/// Where there is a secret, or may be one, that cannot be read or must not be trusted: another user's directory or
/// file, one that others may write to, damaged content.
pub fn stored_secret(places: &Paths) -> Result<Option<Secret>> {
    match places.open_state().and_then(|state| read(&state)) {
        Ok(secret) => Ok(Some(Secret(secret))),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
        Err(error) => Err(Error::new("read the secret in", places.state(), why_not(places, error))),
    }
}

/// What is wrong with the directory, if that is why the system refuses.
fn why_not(places: &Paths, error: Errno) -> io::Error {
    if let Some(exposed) = places.exposed_state() {
        return exposed.as_error();
    }
    match stat(places.state()).ok().and_then(|found| found.fault_of_directory()) {
        Some(fault) => io::Error::new(io::ErrorKind::PermissionDenied, format!("the directory {fault}")),
        None => error.into(),
    }
}

/// A secret for an installation that is [kept elsewhere](Paths::kept_elsewhere): 64 lower-case hexadecimal
/// digits. `None` where the system has no randomness now.
#[must_use]
pub fn new_secret() -> Option<String> {
    random::<32>().map(|secret| hex::encode(&secret))
}

/// Takes a secret that is kept elsewhere for this installation's own. What was recorded here under another one
/// is deleted: it belongs to an installation that is no more.
///
/// Several replicas may adopt the same secret, each with a spool of its own, so each numbers its batches from a
/// random place on: the collector would take equal numbers for clones of a disk.
///
/// `None` where the text is no secret, what is here cannot be read, or nothing can be written.
#[must_use]
pub fn adopt(permit: &Permit, places: &Paths, secret: &str) -> Option<Installation> {
    let line = format!("{secret}\n");
    let secret = parse(line.as_bytes())?;
    match Directory::open(places.state()).and_then(|state| read(&state)) {
        Ok(known) if known == secret => return Some(Installation::of(permit, secret)),
        Ok(_) => purge(places).ok()?,
        Err(Errno::NOENT) => {}
        // What cannot be read may be this very secret, and what was recorded under it waits.
        Err(_) => return None,
    }
    let state = places.make_state().ok()?;
    let spool = state.make_directory(SPOOL).ok()?;
    spool.replace(SEQUENCE_START, hex::encode(&random::<8>()?).as_bytes(), false).ok()?;
    // Of several processes that share the directory, each adopts the same.
    let kept = place(&state, &secret, Durability::Forced)
        .ok()
        .filter(|kept| *kept == secret && still_permitted(places))?;
    Some(Installation::of(permit, kept))
}

fn read(state: &Directory) -> aboveboard_files::Result<[u8; 32]> {
    parse(&state.content(SECRET, 65)?).ok_or(Errno::ILSEQ)
}

/// Whether a file is on the disk when it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Durability {
    /// It is.
    Forced,
    /// The system writes it when it likes.
    Left,
}

fn make(state: &Directory, durability: Durability) -> aboveboard_files::Result<[u8; 32]> {
    place(state, &random().ok_or(Errno::AGAIN)?, durability)
}

/// Stores the secret, or returns the one that another process stored first.
fn place(state: &Directory, secret: &[u8; 32], durability: Durability) -> aboveboard_files::Result<[u8; 32]> {
    let passing = format!("{SECRET}-{}.tmp", hex::encode(&random::<8>().ok_or(Errno::AGAIN)?));
    let file = state.create(&passing)?;
    let line = format!("{}\n", hex::encode(secret));
    let done = file.write(line.as_bytes(), 0).and_then(|()| match durability {
        Durability::Forced => file.sync(),
        Durability::Left => Ok(()),
    });
    match done.and_then(|()| state.rename_to_new(&passing, SECRET)) {
        Ok(()) => Ok(*secret),
        Err(error) => {
            let _ = state.unlink(&passing);
            // Another process was first, and its secret is ours.
            if error == Errno::EXIST { read(state) } else { Err(error) }
        }
    }
}

fn parse(line: &[u8]) -> Option<[u8; 32]> {
    hex::decode(line.strip_suffix(b"\n")?)
}
