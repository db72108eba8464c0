//! A maker who signs figures that break the rules of published figures. Each rule is named.

use aboveboard_published::figures::{figure, share};
use aboveboard_published::publication::{CellState, Note, Publication};
use aboveboard_published::ratio::Ratio;
use aboveboard_published::verify::{Outcome, verify};
use aboveboard_testkit::published::MadeUpSite;

use crate::checked::{ADDRESS, known, today};

type Change = fn(&mut Publication);

/// What is said of a site with one publication that was changed before it was signed.
fn said_of(change: Change) -> String {
    let mut site = MadeUpSite::empty(ADDRESS);
    site.publish("2026-q3", 1230);
    site.publish_as("2026-q4", 1240, change);
    let report = verify(&site, &known(&site), today());
    assert_eq!(report.findings.outcome(), Outcome::Figures);
    assert_eq!(report.head, None);
    report.findings.iter().map(|finding| format!("{}: {}\n", finding.file, finding.what)).collect()
}

#[test]
fn each_broken_rule_of_a_publication_is_named() {
    let broken: [(Change, &str); 22] = [
        (|it| it.format = 2, "format 2"),
        (|it| it.is_made_up = true, "made up"),
        (|it| it.period.last = "2026-12-30".into(), "its days are not those of 2026-q4"),
        (|it| it.drawn = "2027-01-14".into(), "drawn on 2027-01-14, before 2027-01-15"),
        (|it| it.drawn = "soon".into(), "its day of drawing is no day"),
        (|it| it.next_due = "2027-06-30".into(), "due on 2027-04-30"),
        (|it| it.corrects = Some("2026-q3".into()), "does not name the publication that its id says"),
        (|it| it.is_small = true, "it is small, and says more"),
        (|it| it.groups[0].name = "head".into(), "no headline"),
        (|it| it.groups[1].tables[0].name = "active".into(), "table active has a name"),
        (|it| it.groups[0].at_most = 6, "more by group headline than 1/20"),
        (|it| it.groups[1].at_most = 11, "component cli loses more by it than 1/10"),
        (|it| it.groups[1].variance = 0, "loses more by it than 1/10"),
        (|it| it.parameters.rho = "0.1".into(), "no ratio"),
        (|it| it.parameters.rho = "1/5".into(), "its parameters are not those"),
        (|it| it.parameters.rho_headline = "1/10".into(), "its parameters are not those"),
        (|it| it.parameters.small = 50, "its parameters are not those"),
        (|it| it.parameters.threshold = 19, "its parameters are not those"),
        (|it| it.groups[0].variance = 51, "its headline is of variance 51"),
        (|it| it.product.id = "query".into(), "of another product"),
        (|it| it.product.site = "https://query.example".into(), "of another site"),
        (|it| it.previous_root = None, "names another log before it"),
    ];
    for (change, expected) in broken {
        let said = said_of_any(change);
        assert!(said.contains(expected), "{expected}: {said}");
        assert!(said.contains("2026-q4/publication.json") || said.contains("ledger.json"), "{said}");
    }
}

/// As [`said_of`], for a change that is found in the log.
fn said_of_any(change: Change) -> String {
    let mut site = MadeUpSite::empty(ADDRESS);
    site.publish("2026-q3", 1230);
    site.publish_as("2026-q4", 1240, change);
    let report = verify(&site, &known(&site), today());
    assert!(report.findings.outcome() < Outcome::Overdue);
    report.findings.iter().map(|finding| format!("{}: {}\n", finding.file, finding.what)).collect()
}

#[test]
fn each_broken_rule_of_a_table_is_named() {
    let broken: [(Change, &str); 14] = [
        (|it| shown(it, 1, 0, 0, 29), "build is shown, and is below 20 or three standard deviations"),
        (|it| it.groups[0].tables[1].cells[2].state = CellState::Rest(1), "rest row of fewer than two"),
        (
            |it| it.groups[1].tables[0].cells[2].share = it.groups[1].tables[0].cells[1].share.clone(),
            "something of it is shown",
        ),
        (|it| it.groups[1].tables[0].cells[0].figure = None, "build has no figure"),
        (|it| it.groups[1].tables[0].cells[0].share = None, "share of build does not follow"),
        (|it| cell_figure(it).low += 1, "interval of build is not that of its noise"),
        (|it| cell_figure(it).sd = "9.99".into(), "interval of build is not that of its noise"),
        (|it| shown(it, 0, 1, 0, 621), "its cells do not add up to its sum"),
        (|it| it.groups[0].tables[1].of = None, "shows cells, and not their sum"),
        (
            |it| it.groups[1].tables[0].of = it.groups[0].tables[1].of.clone(),
            "does not add up, and has a sum",
        ),
        (|it| it.groups[0].tables[0].cells.clear(), "is one number, and has not one cell"),
        (|it| it.groups[0].tables[1].cells[1].state = CellState::Rest(2), "more than one row"),
        (
            |it| {
                let cell = &mut it.groups[0].tables[1].cells[2];
                cell.state = CellState::Few;
                cell.figure = None;
                cell.share = None;
            },
            "its cells tell the one that is too small",
        ),
        (
            |it| {
                let sum = figure(1241, Ratio::whole(50));
                it.groups[0].tables[0].cells[0].figure = Some(sum);
            },
            "its sum is not the number of active installations",
        ),
    ];
    for (change, expected) in broken {
        let said = said_of(change);
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

fn cell_figure(publication: &mut Publication) -> &mut aboveboard_published::publication::Figure {
    publication.groups[1].tables[0].cells[0].figure.as_mut().unwrap()
}

/// Another figure in a cell, with the right interval and share.
fn shown(publication: &mut Publication, group: usize, table: usize, cell: usize, value: i64) {
    let active = publication.groups[0].tables[0].cells[0].figure.clone().unwrap();
    let other = figure(value, Ratio::whole(publication.groups[group].variance));
    let cell = &mut publication.groups[group].tables[table].cells[cell];
    cell.share = share(&other, &active);
    cell.figure = Some(other);
}

#[test]
fn files_that_say_something_else_than_their_document_are_named_though_their_hashes_fit() {
    for (name, from, to) in [
        ("active.csv", ",1240,", ",1239,"),
        ("commands.worked.csv", "few", "shown"),
        ("commands.worked.csv", "build", "bu1ld"),
        ("commands.worked.csv", "share_low", "share_least"),
        ("active.json", "1240", "1239"),
        ("commands.worked.json", "\"few\"", "\"rest\""),
        ("counted.txt", "\n", "\n\n"),
    ] {
        let mut site = MadeUpSite::empty(ADDRESS);
        site.publish_with_files("2026-q4", 1240, |file, bytes| {
            let text = String::from_utf8(bytes).unwrap();
            if file == name { text.replace(from, to).into_bytes() } else { text.into_bytes() }
        });
        let report = verify(&site, &known(&site), today());
        let files: Vec<_> = report.findings.iter().map(|finding| finding.file.as_str()).collect();
        assert_eq!(files, [format!("2026-q4/{name}")], "{from}");
        assert_eq!(report.findings.outcome(), Outcome::Figures);
    }
}

#[test]
fn a_ledger_that_says_less_than_was_lost_is_named() {
    let mut site = MadeUpSite::empty(ADDRESS);
    site.publish("2026-q3", 1230);
    site.publish("2026-q4", 1240);
    let ledger = String::from_utf8(site.files["ledger.json"].clone()).unwrap();
    for (from, to) in [
        ("\"1/5\"", "\"1/10\""),
        ("\"variance\": 100", "\"variance\": 101"),
        ("2.142", "2.141"),
        ("\"quarry\"", "\"query\""),
    ] {
        site.files.insert("ledger.json".into(), ledger.replace(from, to).into_bytes());
        let report = verify(&site, &known(&site), today());
        let found: Vec<_> =
            report.findings.iter().map(|finding| (finding.outcome, finding.file.as_str())).collect();
        assert_eq!(found, [(Outcome::Figures, "ledger.json")], "{from}");
    }
}

#[test]
fn a_year_of_too_many_corrections_is_named() {
    let mut site = MadeUpSite::empty(ADDRESS);
    for id in ["2026-q1", "2026-q2", "2026-q3", "2026-q4"] {
        site.publish(id, 1240);
    }
    site.publish("2026-q4.2", 1240);
    assert_eq!(verify(&site, &known(&site), today()).findings.outcome(), Outcome::Fits);
    site.publish("2026-q4.3", 1240);
    let report = verify(&site, &known(&site), today());
    let whats: Vec<_> = report.findings.iter().map(|finding| finding.what.as_str()).collect();
    assert_eq!(whats, ["with 2026-q4.3 the twelve months cost more than 1/2"]);
}

#[test]
fn a_log_that_is_out_of_order_is_named() {
    let mut site = MadeUpSite::empty(ADDRESS);
    site.publish("2026-q3", 1240);
    site.withdraw("2026-q4");
    site.publish("2026-q4.2", 1240);
    site.publish_as("2026-q4", 1240, |it| {
        it.notes.push(Note { about: "held".into(), text: "All is well.".into() })
    });
    let report = verify(&site, &known(&site), today());
    let said: Vec<_> = report.findings.iter().map(|finding| finding.what.as_str()).collect();
    let expected = [
        "withdraws what is not before it in the log, or is withdrawn already",
        "after a correction of it in the log",
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_correction_of_figures_that_were_never_shown_fits_and_both_are_charged() {
    let mut site = MadeUpSite::empty(ADDRESS);
    site.publish("2026-q3", 1240);
    site.publish("2026-q4.2", 1240);
    let report = verify(&site, &known(&site), today());
    assert_eq!(report.findings.outcome(), Outcome::Fits, "{:?}", report.findings);
    let ledger = String::from_utf8(site.files["ledger.json"].clone()).unwrap();
    assert!(ledger.contains("\"rho\": \"1/5\"") && ledger.contains("\"rho\": \"3/10\""), "{ledger}");
}
