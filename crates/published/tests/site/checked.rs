//! What a check says of sites as they are published.

use aboveboard_published::verify::{Outcome, Trust, newest, verify};
use aboveboard_testkit::published::MadeUpSite;
use aboveboard_types::clock::parse_day_stamp;

pub(super) const ADDRESS: &str = "https://quarry.example/figures";

pub(super) fn day(text: &str) -> u32 {
    parse_day_stamp(text).unwrap()
}

/// A day on which nothing is overdue.
pub(super) fn today() -> u32 {
    day("2027-02-01")
}

pub(super) fn site() -> MadeUpSite {
    MadeUpSite::of_three_quarters(ADDRESS)
}

pub(super) fn known(site: &MadeUpSite) -> Trust {
    Trust { keys: vec![site.key()], remembered: None }
}

#[test]
fn a_site_as_it_is_published_fits() {
    let site = site();
    let report = verify(&site, &known(&site), today());
    assert_eq!(
        report.findings.iter().collect::<Vec<_>>(),
        Vec::<&aboveboard_published::verify::Finding>::new()
    );
    assert_eq!(report.findings.outcome(), Outcome::Fits);
    assert_eq!(report.documents, site.documents);
    assert_eq!(report.withdrawn().collect::<Vec<_>>(), ["2026-q3"]);
    assert_eq!(report.files, 4 * 7);
    assert_eq!(report.head.unwrap().checkpoint().size, 5);
    let newest = newest(&site, &known(&site), today());
    assert_eq!(newest.findings.outcome(), Outcome::Fits);
    assert_eq!(newest.documents, site.documents[4..]);
    assert_eq!(newest.size, 5);
}

#[test]
fn an_empty_log_fits() {
    let site = MadeUpSite::empty(ADDRESS);
    assert_eq!(verify(&site, &known(&site), today()).findings.outcome(), Outcome::Fits);
    assert_eq!(newest(&site, &known(&site), today()).findings.outcome(), Outcome::Fits);
}

#[test]
fn a_withdrawal_of_the_newest_is_said() {
    let mut site = site();
    site.withdraw("2026-q4");
    let newest = newest(&site, &known(&site), today());
    assert_eq!(newest.documents, site.documents[4..]);
    assert_eq!(newest.documents.len(), 2);
}

#[test]
fn a_withdrawal_of_an_older_one_says_nothing_of_the_newest() {
    let mut site = MadeUpSite::empty(ADDRESS);
    site.publish("2026-q3", 1230);
    site.publish("2026-q4", 1240);
    site.withdraw("2026-q3");
    let newest = newest(&site, &known(&site), today());
    assert_eq!(newest.findings.outcome(), Outcome::Fits);
    assert_eq!(newest.documents, site.documents[1..2]);
    assert_eq!(newest.size, 3);
}

#[test]
fn a_key_is_believed_only_when_it_was_known_before() {
    let site = site();
    let unknown = verify(&site, &Trust::default(), today());
    assert_eq!(unknown.findings.outcome(), Outcome::UnknownKey);
    let other = Trust { keys: vec![site.signer(2).verifier().clone()], remembered: None };
    assert_eq!(verify(&site, &other, today()).findings.outcome(), Outcome::Signature);
    let remembered = Trust { keys: Vec::new(), remembered: unknown.head };
    assert_eq!(verify(&site, &remembered, today()).findings.outcome(), Outcome::Fits);
    let mut signed_by_another = site.clone();
    signed_by_another.sign(&site.signer(2));
    assert_eq!(verify(&signed_by_another, &remembered, today()).findings.outcome(), Outcome::Signature);
}

#[test]
fn a_new_key_is_believed_when_the_manifest_names_both() {
    let mut site = site();
    let remembered = verify(&site, &known(&site), today()).head;
    site.sign(&site.signer(2));
    let keys = vec![site.key(), site.signer(2).verifier().clone()];
    assert_eq!(verify(&site, &Trust { keys, remembered }, today()).findings.outcome(), Outcome::Fits);
}

#[test]
fn a_publication_is_overdue_from_the_day_after_it_was_due_on() {
    let site = site();
    let on = |text: &str| verify(&site, &known(&site), day(text)).findings;
    assert_eq!(on("2027-04-30").outcome(), Outcome::Fits);
    assert_eq!(on("2027-05-01").outcome(), Outcome::Overdue);
    let findings = on("2027-05-01");
    let finding = findings.iter().next().unwrap();
    assert_eq!(
        (finding.file.as_str(), finding.what.as_str()),
        ("2026-q4/publication.json", "the next publication was due on 2027-04-30")
    );
    assert!(verify(&site, &known(&site), day("2027-05-01")).head.is_some());
}
