//! The signed head and the leaves under it.

use aboveboard_types::hex;

use super::bounds::{MAX_KEYS_BYTES, MAX_LEAVES_BYTES};
use super::finding::{COMPARE, Findings, Outcome};
use super::site::SiteFiles;
use super::trust::{RememberedHead, Trust};
use crate::key::Verifier;
use crate::log::MAX_DOCUMENTS;
use crate::note::{Checkpoint, MAX_NOTE_BYTES, NoteProblem};
use crate::paths;
use crate::tree::{Digest, root};

/// A log whose leaves are those that were signed.
pub(super) struct SignedLog {
    pub(super) checkpoint: Checkpoint,
    pub(super) leaves: Vec<Digest>,
    pub(super) head: RememberedHead,
}

/// Reads the head and the leaves. None where what was signed is not known; then nothing else can be checked.
pub(super) fn signed_log(site: &dyn SiteFiles, trust: &Trust, findings: &mut Findings) -> Option<SignedLog> {
    let note = findings.read(site, paths::CHECKPOINT, MAX_NOTE_BYTES)?;
    let own = own_keys(site, findings)?;
    let head = opened(&note, &own, trust, findings)?;
    let checkpoint = head.checkpoint().clone();
    let leaves = leaves(site, findings)?;
    if checkpoint.size != leaves.len() as u64 || checkpoint.root != root(&leaves) {
        let what = format!("not the {} leaves that were signed", checkpoint.size);
        findings.add(Outcome::Log, paths::LEAVES, what, COMPARE);
        return None;
    }
    if let Some(remembered) = &trust.remembered {
        continues(remembered.checkpoint(), &checkpoint, &leaves, findings);
    }
    Some(SignedLog { checkpoint, leaves, head })
}

/// The head, signed by a key that was known before, or where none was by one that the site itself names.
fn opened(note: &[u8], own: &[Verifier], trust: &Trust, findings: &mut Findings) -> Option<RememberedHead> {
    let known = trust.keys();
    let keys = if known.is_empty() { own } else { known };
    let opened = std::str::from_utf8(note).map_err(|_| NoteProblem::Form);
    match opened.and_then(|note| RememberedHead::new(keys.to_vec(), note)) {
        Ok(head) => {
            if known.is_empty() {
                let what = "signed, but by a key that only the site itself names";
                findings.add(Outcome::UnknownKey, paths::CHECKPOINT, what, GIVE_A_KEY);
            }
            let is_named = own.iter().any(|key| Checkpoint::open(note, std::slice::from_ref(key)).is_ok());
            if !is_named {
                let what = "does not name the key that signed the head";
                findings.add(Outcome::Signature, paths::KEYS, what, COMPARE);
            }
            Some(head)
        }
        Err(problem) => {
            let remedy = if problem == NoteProblem::UnknownKey { OTHER_KEY } else { COMPARE };
            findings.add(Outcome::Signature, paths::CHECKPOINT, problem.to_string(), remedy);
            None
        }
    }
}

const GIVE_A_KEY: &str =
    "give the key that the product's manifest names: by --key, or the manifest by --manifest";
const OTHER_KEY: &str =
    "take the key from the newest manifest of the product; if it is the same, somebody else signed";

/// The keys that the site names. They prove nothing; a site that names none is not whole.
fn own_keys(site: &dyn SiteFiles, findings: &mut Findings) -> Option<Vec<Verifier>> {
    let bytes = findings.read(site, paths::KEYS, MAX_KEYS_BYTES)?;
    let text = String::from_utf8(bytes).ok();
    let lines = text.as_deref().and_then(|text| text.strip_suffix('\n'));
    let keys = lines.and_then(|lines| lines.split('\n').map(Verifier::parse).collect::<Option<Vec<_>>>());
    if keys.is_none() {
        findings.add(Outcome::Signature, paths::KEYS, "not a list of verifier keys", COMPARE);
    }
    keys
}

/// The leaves, one a line.
fn leaves(site: &dyn SiteFiles, findings: &mut Findings) -> Option<Vec<Digest>> {
    let bytes = findings.read(site, paths::LEAVES, MAX_LEAVES_BYTES)?;
    let leaves = parsed_leaves(&bytes);
    if leaves.is_none() {
        let what = "not a list of hashes, 64 lower-case hexadecimal digits a line";
        findings.add(Outcome::Log, paths::LEAVES, what, COMPARE);
    }
    leaves
}

fn parsed_leaves(bytes: &[u8]) -> Option<Vec<Digest>> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    let lines = bytes.strip_suffix(b"\n")?.split(|byte| *byte == b'\n');
    let leaf = |line: &[u8]| hex::decode(line).filter(|leaf: &Digest| hex::encode(leaf).as_bytes() == line);
    lines
        .take(MAX_DOCUMENTS + 1)
        .map(leaf)
        .collect::<Option<Vec<_>>>()
        .filter(|leaves| leaves.len() <= MAX_DOCUMENTS)
}

/// Whether the log is the remembered one or a longer one that begins with it.
fn continues(remembered: &Checkpoint, now: &Checkpoint, leaves: &[Digest], findings: &mut Findings) {
    if remembered.origin != now.origin {
        let what = format!("the log of {}, and {} is remembered", now.origin, remembered.origin);
        findings.add(Outcome::Log, paths::CHECKPOINT, what, "remember each site in a file of its own");
        return;
    }
    let before = usize::try_from(remembered.size).ok().and_then(|size| leaves.get(..size));
    match before {
        None => {
            let what = format!(
                "{} documents, and {} are remembered: some were taken out",
                now.size, remembered.size
            );
            findings.add(Outcome::Log, paths::LEAVES, what, REWRITTEN);
        }
        Some(before) if root(before) != remembered.root => {
            let what = format!(
                "not the log that is remembered: something in its first {} documents was changed",
                remembered.size
            );
            findings.add(Outcome::Log, paths::LEAVES, what, REWRITTEN);
        }
        Some(_) => {}
    }
}

const REWRITTEN: &str = "keep the remembered head, which is signed: it shows that the log was rewritten. Ask who publishes it, in public";
