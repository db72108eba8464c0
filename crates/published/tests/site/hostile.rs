//! Whatever bytes lie at a site, a check ends, and says that they do not fit.

use aboveboard_published::canonical;
use aboveboard_published::ledger::Ledger;
use aboveboard_published::publication::{FileHash, LogDocument};
use aboveboard_published::verify::{Fetched, Outcome, SiteFiles, Trust, newest, verify};
use aboveboard_testkit::published::MadeUpSite;
use proptest::prelude::*;

use crate::checked::{ADDRESS, known, site, today};

/// Gives more than is asked for.
struct Endless;

impl SiteFiles for Endless {
    fn read(&self, _: &str, max: usize) -> Result<Fetched, String> {
        Ok(Fetched::Found(vec![b'\n'; max + 1]))
    }
}

struct Broken;

impl SiteFiles for Broken {
    fn read(&self, _: &str, _: usize) -> Result<Fetched, String> {
        Err("\u{1b}[31mthe wire was cut".to_owned())
    }
}

#[test]
fn what_cannot_be_read_is_said_and_nothing_of_it_steers_a_terminal() {
    for site in [&Endless as &dyn SiteFiles, &Broken] {
        let findings = verify(site, &Trust::default(), today()).findings;
        assert_eq!(findings.outcome(), Outcome::Unreadable);
        assert_eq!(findings.iter().next().unwrap().file, "checkpoint");
        assert!(findings.iter().all(|finding| !finding.what.contains('\u{1b}')));
    }
}

#[test]
fn no_file_outside_the_site_is_asked_for() {
    for name in ["../../etc/passwd", "/etc/passwd", "a\u{1b}[2J", "publication.json"] {
        let mut site = MadeUpSite::empty(ADDRESS);
        site.publish_as("2026-q4", 1240, |it| {
            it.files.push(FileHash { name: name.into(), sha256: String::new() })
        });
        let findings = verify(&site, &known(&site), today()).findings;
        assert_eq!(findings.outcome(), Outcome::Figures);
        let whats: Vec<_> = findings.iter().map(|finding| finding.what.as_str()).collect();
        assert_eq!(whats.len(), 1, "{whats:?}");
        assert!(whats[0].starts_with("names a file ") && !whats[0].contains('\u{1b}'), "{whats:?}");
    }
}

proptest! {
    // A check of a whole site takes milliseconds.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn arbitrary_bytes_in_place_of_a_file_do_not_fit(index: prop::sample::Index, bytes: Vec<u8>) {
        let mut site = site();
        let paths: Vec<String> = site.files.keys().cloned().collect();
        let path = &paths[index.index(paths.len())];
        if site.files[path] != bytes {
            site.files.insert(path.clone(), bytes);
            prop_assert!(verify(&site, &known(&site), today()).findings.outcome() < Outcome::Overdue);
            let _ = newest(&site, &known(&site), today());
        }
    }

    /// Numbers at their ends, in documents that are signed.
    #[test]
    fn no_number_of_a_signed_document_makes_a_check_fail(
        value: i64, low: i64, high: i64, variance: u64, at_most: u32, cells: u32, threshold: u32, sd in "[0-9]{0,21}\\.?[0-9]{0,3}",
        rho in "[0-9]{1,20}(/[0-9]{1,20})?",
    ) {
        let mut site = MadeUpSite::empty(ADDRESS);
        site.publish_as("2026-q4", 1240, |it| {
            it.parameters.threshold = threshold;
            it.parameters.rho.clone_from(&rho);
            for group in &mut it.groups {
                group.variance = variance;
                group.at_most = at_most;
                for cell in group.tables.iter_mut().flat_map(|table| &mut table.cells) {
                    cell.state = aboveboard_published::publication::CellState::Rest(cells);
                    if let Some(figure) = &mut cell.figure {
                        (figure.value, figure.low, figure.high) = (value, low, high);
                        figure.sd.clone_from(&sd);
                    }
                }
            }
        });
        prop_assert!(verify(&site, &known(&site), today()).findings.outcome() < Outcome::Overdue);
    }

    #[test]
    fn arbitrary_bytes_are_no_document(bytes: Vec<u8>) {
        prop_assert!(canonical::read::<Ledger>(&bytes).is_err());
        prop_assert!(LogDocument::read(&bytes, true).is_err());
        prop_assert!(!aboveboard_testkit::fuzz::published::run(&[b"s", &bytes[..]].concat()));
    }

    /// A digit, a letter or a sign of a document that is signed is another.
    #[test]
    fn an_edited_document_is_checked_to_the_end(input: prop::sample::Index, edits: [(prop::sample::Index, u8); 2]) {
        let corpus = corpus();
        let mut bytes = corpus[input.index(corpus.len())].clone();
        for (place, byte) in edits {
            let place = 1 + place.index(bytes.len() - 1);
            bytes[place] = if bytes[place].is_ascii_digit() { b'0' + byte % 10 } else { byte };
            aboveboard_testkit::fuzz::published::run(&bytes);
        }
    }
}

/// The committed inputs of the fuzz target.
fn corpus() -> Vec<Vec<u8>> {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/corpus/published");
    let mut files: Vec<_> = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| std::fs::read(file).unwrap()).collect()
}

#[test]
fn every_committed_input_is_checked_to_the_end() {
    let signed = corpus().iter().filter(|input| aboveboard_testkit::fuzz::published::run(input)).count();
    assert!(signed >= 5, "{signed}: the corpus is stale");
}
