//! Whatever bytes lie at a site, a check ends, and says that they do not fit.

use std::collections::BTreeMap;

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
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

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
    fn arbitrary_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let files: BTreeMap<&str, &[u8]> = BTreeMap::from([("checkpoint", &bytes[..])]);
        prop_assert_eq!(files.len(), 1);
        prop_assert!(canonical::read::<Ledger>(&bytes).is_err());
        prop_assert!(LogDocument::read(&bytes, true).is_err());
    }
}
