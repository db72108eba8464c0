//! Attack A13: whoever has the site in their hands changes something of the past. The check names the file.

use std::collections::BTreeSet;

use aboveboard_published::paths;
use aboveboard_published::verify::{Outcome, RememberedHead, Trust, newest, verify};
use aboveboard_testkit::published::MadeUpSite;

use crate::checked::{ADDRESS, known, site, today};

/// The files that a change of `file` is found in: itself, or where what it changes is compared.
fn found_in(site: &MadeUpSite, trust: &Trust) -> BTreeSet<String> {
    let report = verify(site, trust, today());
    assert!(report.findings.outcome() < Outcome::Overdue, "{:?}", report.findings);
    assert_eq!(report.head, None);
    report.findings.iter().map(|finding| finding.file.clone()).collect()
}

/// Every file of the site in turn, at a dozen places of it, each time another bit.
#[test]
fn a_flipped_bit_is_found_in_its_file() {
    let site = site();
    let trust = known(&site);
    for (path, bytes) in &site.files {
        for at in (0..bytes.len()).step_by(bytes.len().div_ceil(12)) {
            let mut changed = site.clone();
            changed.files.get_mut(path).unwrap()[at] ^= 1 << (at % 8);
            let found = found_in(&changed, &trust);
            assert!(found.contains(path), "byte {at} of {path}: {found:?}");
        }
    }
}

#[test]
fn a_dropped_a_truncated_and_a_swapped_file_are_found() {
    let site = site();
    let trust = known(&site);
    for (path, bytes) in &site.files {
        let mut dropped = site.clone();
        dropped.files.remove(path);
        assert!(found_in(&dropped, &trust).contains(path), "{path} dropped");
        let mut truncated = site.clone();
        truncated.files.get_mut(path).unwrap().truncate(bytes.len() / 2);
        assert!(found_in(&truncated, &trust).contains(path), "{path} truncated");
        // With the one of the same name of another publication, where there is one, else with whatever comes first.
        let is_other = |other: &&String| *other != path && site.files[*other] != *bytes;
        let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
        let same = site.files.keys().filter(is_other).find(|other| name(other) == name(path));
        let other = same.or_else(|| site.files.keys().find(is_other)).unwrap();
        let mut swapped = site.clone();
        swapped.files.insert(path.clone(), site.files[other].clone());
        swapped.files.insert(other.clone(), bytes.clone());
        assert!(found_in(&swapped, &trust).contains(path), "{path} swapped with {other}");
    }
}

/// Who has the key can sign another past. Everything of it fits but for those who remember the head, or kept the note.
#[test]
fn a_log_that_is_rewritten_and_signed_again_is_found_by_who_remembers_it() {
    let site = site();
    let remembered = verify(&site, &known(&site), today()).head.unwrap();
    let knowing = Trust { keys: vec![site.key()], remembered: Some(remembered) };

    let mut changed = MadeUpSite::empty(ADDRESS);
    changed.publish("2026-q2", 1181);
    changed.publish("2026-q3", 2460);
    changed.withdraw("2026-q3");
    changed.publish("2026-q3.2", 1230);
    changed.publish("2026-q4", 1240);
    changed.publish("2027-q1", 1300);
    let mut shortened = MadeUpSite::empty(ADDRESS);
    shortened.publish("2026-q2", 1180);
    shortened.publish("2026-q3", 1230);
    shortened.publish("2026-q4", 1240);
    let mut other_order = MadeUpSite::empty(ADDRESS);
    other_order.publish("2026-q2", 1180);
    other_order.publish("2026-q4", 1240);
    other_order.publish("2026-q3", 2460);
    other_order.withdraw("2026-q3");
    other_order.publish("2026-q3.2", 1230);
    for rewritten in [changed, shortened, other_order, MadeUpSite::empty(ADDRESS)] {
        assert_eq!(verify(&rewritten, &known(&site), today()).findings.outcome(), Outcome::Fits);
        for findings in
            [verify(&rewritten, &knowing, today()).findings, newest(&rewritten, &knowing, today()).findings]
        {
            assert_eq!(findings.outcome(), Outcome::Log);
            assert!(findings.iter().any(|finding| finding.file == paths::LEAVES), "{findings:?}");
        }
    }
}

#[test]
fn a_log_that_goes_on_is_no_rewritten_one() {
    let mut site = site();
    let remembered = verify(&site, &known(&site), today()).head.unwrap();
    let text = remembered.text();
    site.publish("2027-q1", 1300);
    let trust = Trust { keys: Vec::new(), remembered: RememberedHead::parse(&text) };
    assert!(trust.remembered.is_some());
    assert_eq!(verify(&site, &trust, today()).findings.outcome(), Outcome::Fits);
}

/// Without the key an old publication cannot be exchanged together with its leaf.
#[test]
fn an_old_publication_that_another_key_signs_again_is_found() {
    let site = site();
    let mut exchanged = MadeUpSite::empty(ADDRESS);
    exchanged.publish("2026-q2", 900);
    exchanged.sign(&site.signer(2));
    assert_eq!(verify(&exchanged, &known(&site), today()).findings.outcome(), Outcome::Signature);
    // Nor by the old head over new files, or a new head over the old ones.
    let mut mixed = site.clone();
    mixed.files.insert(paths::CHECKPOINT.into(), exchanged.files[paths::CHECKPOINT].clone());
    assert_eq!(verify(&mixed, &known(&site), today()).findings.outcome(), Outcome::Signature);
    let mut mixed = exchanged.clone();
    for path in [paths::CHECKPOINT, paths::KEYS] {
        mixed.files.insert(path.into(), site.files[path].clone());
    }
    assert_eq!(verify(&mixed, &known(&site), today()).findings.outcome(), Outcome::Log);
}

#[test]
fn the_head_of_another_log_is_not_this_one() {
    let site = site();
    let other = MadeUpSite::of_three_quarters("https://query.example/figures");
    let remembered = verify(&other, &known(&other), today()).head;
    let trust = Trust { keys: vec![site.key()], remembered };
    assert_eq!(verify(&site, &trust, today()).findings.outcome(), Outcome::Log);
}
