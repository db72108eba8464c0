//! Any bytes at a site of published figures: a check of it ends, says of everything that does not fit what it is, and takes
//! nothing for what was signed that was not.
//!
//! An input that begins with `s` is signed here as the only document of a log, or no fuzzer would ever get past the hash of
//! it; of any other the first byte says in place of which file of a made-up site the rest lies.

use aboveboard_published::paths;
use aboveboard_published::publication::LogDocument;
use aboveboard_published::verify::{Findings, Outcome, Trust, newest, verify};

use crate::published::MadeUpSite;

/// A day on which nothing of the site is overdue.
const TODAY: u32 = 20_700;

/// Runs one input; true if it was a document that was signed.
pub fn run(data: &[u8]) -> bool {
    let Some((first, bytes)) = data.split_first() else { return false };
    if *first == b's' { as_document(bytes) } else { in_place_of_a_file(*first, bytes) }
}

/// The bytes as the document of the log.
fn as_document(bytes: &[u8]) -> bool {
    let Ok(document) = LogDocument::read(bytes, false) else { return false };
    assert_eq!(document.bytes().expect("what was read is written"), bytes);
    let mut site = MadeUpSite::empty("https://quarry.example/figures");
    if document.parsed_id().is_none() {
        return false;
    }
    site.add(document);
    for findings in checked(&site) {
        assert!(findings.iter().all(|finding| finding.outcome != Outcome::Signature), "{findings:?}");
    }
    true
}

/// The bytes in place of one of the files that are signed.
fn in_place_of_a_file(which: u8, bytes: &[u8]) -> bool {
    let mut site = MadeUpSite::of_three_quarters("https://quarry.example/figures");
    let all: Vec<String> = site.files.keys().cloned().collect();
    let path = &all[usize::from(which) % all.len()];
    let before = site.files.insert(path.clone(), bytes.to_vec());
    let [whole, _] = checked(&site);
    let fits = whole.outcome() == Outcome::Fits;
    let is_same = before.as_deref() == Some(bytes);
    // Other keys may be named besides, and others may sign besides.
    let is_open = [paths::KEYS, paths::CHECKPOINT].contains(&path.as_str());
    assert!(fits == is_same || fits && is_open, "{path}: {whole:?}");
    false
}

/// What is said of a site as a whole, and of what is newest.
fn checked(site: &MadeUpSite) -> [Findings; 2] {
    let trust = Trust { keys: vec![site.key()], remembered: None };
    let findings = [verify(site, &trust, TODAY).findings, newest(site, &trust, TODAY).findings];
    for finding in findings.iter().flat_map(Findings::iter) {
        assert!(!finding.file.is_empty() && !finding.what.is_empty() && !finding.remedy.is_empty());
        assert!(!finding.what.contains('\u{1b}') && !finding.file.contains('\u{1b}'));
    }
    findings
}
