//! What the site is made of, and that it is made of nothing else.

use std::collections::BTreeMap;
use std::io::Write as _;

use aboveboard_published::publication::{CellState, LogDocument, Publication};
use aboveboard_testkit::publications as sample;

use super::data::{COLUMNS, row};
use super::{SiteDocument, SiteInput, data_files, pages};

/// The files of a site, as text.
pub(super) type Files = BTreeMap<String, String>;

pub(super) fn input(documents: Vec<LogDocument>) -> SiteInput {
    let beside = |document: LogDocument| {
        let has_list =
            matches!(&document, LogDocument::Publication(publication) if !publication.files.is_empty());
        let counted = has_list.then(|| ("counted.txt".to_owned(), b"00\n".to_vec()));
        let bytes = document.bytes().unwrap();
        SiteDocument { document, bytes, counted: counted.into_iter().collect() }
    };
    SiteInput {
        documents: documents.into_iter().map(beside).collect(),
        checkpoint: Some("quarry.example/figures\n9\n".to_owned()),
        keys: vec!["quarry.example/figures+1+A".to_owned()],
    }
}

pub(super) fn site(documents: Vec<LogDocument>) -> Files {
    let text = |(path, bytes)| (path, String::from_utf8(bytes).unwrap());
    pages(&input(documents)).unwrap().into_iter().map(text).collect()
}

fn whole(publication: Publication) -> LogDocument {
    LogDocument::Publication(Box::new(publication))
}

#[test]
fn the_newest_publication_says_its_sentence_first() {
    let files = site(sample::log());
    let page = &files["index.html"];
    let sentence =
        "In the last quarter of 2026 about <strong>1,240</strong> installations of Quarry were active";
    assert!(page.contains(sentence), "{page}");
    assert!(page.contains("1,228 to 1,252, in 95 of 100 cases"));
    assert!(page.contains("drawn 16 January 2027") && page.contains("next: 30 April 2027"));
    let expected = [
        "LICENSE",
        "badges/active.json",
        "badges/active.svg",
        "badges/version.json",
        "badges/version.svg",
        "checkpoint",
        "datapackage.json",
        "history.csv",
        "dictionary.html",
        "feed.xml",
        "how.html",
        "icon.svg",
        "index.html",
        "keys.txt",
        "latest.json",
        "ledger.json",
        "log/leaves.txt",
        "publications.html",
        "style.css",
        "2026-q1/withdrawal.json",
        "2026-q4/index.html",
        "2026-q4/publication.json",
        "2026-q4/active.csv",
        "2026-q4/commands.worked.json",
        "2026-q4/counted.txt",
    ];
    for path in expected {
        assert!(files.contains_key(path), "{path}");
    }
}

#[test]
fn every_page_is_small_and_asks_for_nothing_from_elsewhere() {
    for (path, text) in site(sample::log()).iter().filter(|(path, _)| path.ends_with(".html")) {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(text.as_bytes()).unwrap();
        let size = gzip.finish().unwrap().len();
        assert!(size <= 60 * 1_024, "{path}: {size} bytes");
        for forbidden in ["<script", " style=\"", " on", "src=\"http", "javascript:", "<iframe", "<img"] {
            let found =
                text.match_indices(forbidden).find(|(at, _)| forbidden != " on" || is_handler(&text[*at..]));
            assert_eq!(found, None, "{path}");
        }
        assert!(text.contains("default-src 'none'; style-src 'self'; img-src 'self'"));
    }
}

/// Whether this begins as an attribute with a script does: ` onclick=`.
fn is_handler(text: &str) -> bool {
    let word: String = text[1..].chars().take_while(char::is_ascii_alphabetic).collect();
    text[1 + word.len()..].starts_with("=\"") && word.len() > 2
}

#[test]
fn the_same_documents_give_the_same_bytes() {
    let [first, second] = [0, 1].map(|_| pages(&input(sample::log())).unwrap());
    assert_eq!(first, second);
    assert!(first.is_sorted());
}

#[test]
fn a_page_of_the_past_stays_as_it_is_when_another_publication_follows() {
    let mut log = sample::log();
    let after = site(log.clone());
    log.pop();
    let before = site(log);
    for (path, text) in before.iter().filter(|(path, _)| path.starts_with("20") && !path.ends_with(".html")) {
        assert_eq!(after.get(path), Some(text), "{path}");
    }
}

#[test]
fn words_say_what_the_csv_says() {
    let files = site(vec![whole(sample::publication("2026-q4", 1_240, 9))]);
    let page = &files["index.html"];
    let publication = sample::publication("2026-q4", 1_240, 9);
    let tables = publication.groups.iter().flat_map(|group| &group.tables);
    for table in tables.filter(|table| !["active", "age"].contains(&table.name.as_str())) {
        let csv = &files[&format!("2026-q4/{}.csv", table.name)];
        for cell in &table.cells {
            let fields = row(&publication, table, cell);
            let line: Vec<_> = fields.iter().map(|field| format!("\"{field}\"")).collect();
            assert!(csv.contains(&line.join(",")), "{} {}: {csv}", table.name, cell.key);
            let [.., value, low, high, _, _, share, _, _, state] = &fields;
            let number = |text: &String| super::words::number(text.parse().unwrap());
            match cell.state {
                CellState::Few => assert_eq!(state, "few"),
                CellState::Shown | CellState::Rest(_) => {
                    let text = format!("{} <small>{}–{}</small>", number(value), number(low), number(high));
                    assert!(page.contains(&text), "{}: {text}", table.name);
                    assert!(
                        share.is_empty()
                            || table.name == "commands.failing"
                            || page.contains(&format!("{share}\u{a0}%")),
                        "{share}"
                    );
                }
            }
        }
    }
    assert!(page.contains("too few") && page.contains("4 smaller ones together"));
}

#[test]
fn csv_has_the_columns_that_are_promised() {
    let files = data_files(&sample::publication("2026-q4", 1_240, 9));
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".csv")) {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let head = text.trim_start_matches('\u{feff}').lines().next().unwrap().replace('"', "");
        assert_eq!(head, COLUMNS.join(","), "{name}");
    }
}

#[test]
fn hashes_in_the_document_do_not_change_what_they_are_of() {
    let publication = sample::publication("2026-q4", 1_240, 9);
    let mut later = publication.clone();
    later.files.clear();
    later.previous_root = Some("ab".repeat(32));
    assert_eq!(data_files(&publication), data_files(&later));
}

#[test]
fn a_small_product_says_one_sentence_and_has_no_tables() {
    let files = site(vec![whole(sample::small("2026-q4"))]);
    let page = &files["index.html"];
    assert!(page.contains(
        "In the last quarter of 2026 fewer than <strong>100</strong> installations of Quarry were active"
    ));
    let beside: Vec<_> = files.keys().filter(|path| path.starts_with("2026-q4/")).collect();
    assert_eq!(beside, ["2026-q4/index.html", "2026-q4/publication.json"]);
    assert!(files["badges/active.json"].contains("fewer than 100"));
}

#[test]
fn a_withdrawn_publication_is_struck_through_with_its_reason_and_the_one_before_stands() {
    let withdrawal = sample::withdrawal("2026-q4", "2027-02-01", "A <week> is missing.");
    let mut log = sample::log();
    log.push(LogDocument::Withdrawal(withdrawal));
    let files = site(log);
    let page = &files["2026-q4/index.html"];
    assert!(page.contains("<article class=\"struck\"") && page.contains("<s>In the last quarter of 2026"));
    assert!(page.contains("Withdrawn on 1 February 2027.") && page.contains("A &#60;week&#62; is missing."));
    let newest = &files["index.html"];
    assert!(
        newest.contains("In the third quarter of 2026")
            && newest.contains("was withdrawn on 1 February 2027.")
    );
    assert!(files["latest.json"].contains("\"withdrawn\": \"2026-q4\""));
    assert!(files["how.html"].contains("A &#60;week&#62; is missing."));
    assert!(files["feed.xml"].contains("withdrawn"));
}

#[test]
fn a_correction_takes_the_place_of_what_it_corrects() {
    let files = site(sample::log());
    assert!(files["2026-q2/index.html"].contains("Corrected."));
    assert!(files["2026-q2.2/index.html"].contains("takes the place of 2026-q2"));
    assert!(files["2026-q2.2/index.html"].contains("refused by mistake"));
    assert!(files["publications.html"].contains("corrected by 2026-q2.2"));
}

#[test]
fn made_up_figures_say_so_and_have_no_log() {
    let made_up = Publication { is_made_up: true, ..sample::publication("2026-q4", 1_240, 9) };
    let mut input = input(vec![whole(made_up)]);
    input.checkpoint = None;
    let files: BTreeMap<_, _> = pages(&input).unwrap().into_iter().collect();
    for path in ["checkpoint", "log/leaves.txt", "feed.xml", "keys.txt"] {
        assert!(!files.contains_key(path), "{path}");
    }
    let page = String::from_utf8(files["index.html"].clone()).unwrap();
    assert!(page.contains("class=\"made-up\"") && page.contains("<strong>Made up.</strong>"));
}

#[test]
fn changes_are_shown_only_where_the_noise_leaves_no_doubt() {
    let pair = |now| {
        vec![whole(sample::publication("2026-q3", 1_240, 9)), whole(sample::publication("2026-q4", now, 9))]
    };
    assert!(site(pair(1_250))["index.html"].contains("No visible change since the third quarter of 2026."));
    let more = &site(pair(1_400))["index.html"];
    assert!(
        more.contains("That is about 160 more than in the third quarter of 2026 (143 to 177)."),
        "{more}"
    );
}

#[test]
fn who_stayed_is_told_only_beside_the_period_before() {
    let came_back = "were active again: ";
    let after_a_gap = vec![
        whole(sample::publication("2026-q2", 1_240, 9)),
        whole(sample::publication("2026-q4", 1_240, 9)),
    ];
    assert!(!site(after_a_gap)["index.html"].contains(came_back));
    let files = site(sample::log());
    assert!(files["index.html"].contains("Of about 214 that were new in the quarter before, about 173 were active again: 80.8\u{a0}% (69.7 to 93.5\u{a0}%)."), "{}", files["index.html"]);
}

#[test]
fn a_share_of_those_who_stayed_is_left_out_where_it_would_be_all() {
    let mut now = sample::publication("2026-q4", 1_240, 9);
    let age = now.groups[0].tables.iter_mut().find(|table| table.name == "age").unwrap();
    let new = age.cells[0].figure.clone();
    age.cells[1].figure = new;
    let before = sample::publication("2026-q3", 1_131, 5);
    let page = site(vec![whole(before), whole(now)]).remove("index.html").unwrap();
    assert!(page.contains("New ones that stayed") && !page.contains("were active again: "));
}

#[test]
fn figures_that_do_not_hold_are_compared_with_nothing() {
    let files = site(sample::log());
    let [struck, stands] = ["2026-q2", "2026-q2.2"].map(|id| &files[&format!("{id}/index.html")]);
    assert!(stands.contains("class=\"change\"") && !struck.contains("class=\"change\""));
    assert!(!struck.contains("A change is the one since"));
}

#[test]
fn a_change_stands_with_its_noise_and_a_dash_where_that_hides_it() {
    let pair = |now| {
        vec![whole(sample::publication("2026-q3", 1_240, 9)), whole(sample::publication("2026-q4", now, 9))]
    };
    let page = &site(pair(1_400))["index.html"];
    assert!(page.contains(" ±20</td>") && page.contains("<td class=\"number\">–</td>"), "{page}");
    assert!(!site(pair(1_240))["index.html"].contains(" ±20</td>"));
}

#[test]
fn the_method_names_the_loss_of_all_publications_and_of_a_group() {
    let page = &site(sample::log())["how.html"];
    assert!(page.contains("for three machines of one person the bound is 84 in 100"), "{page}");
    assert!(page.contains("so the sum over all of them only grows: 71/100 so far"));
    assert!(!page.contains("a floor"));
}

#[test]
fn each_feed_entry_names_the_root_of_the_log_then() {
    let input = input(sample::log());
    let leaves: Vec<_> =
        input.documents.iter().map(|entry| aboveboard_published::tree::leaf(&entry.bytes)).collect();
    let feed = &site(sample::log())["feed.xml"];
    for size in 1..=leaves.len() {
        let root = aboveboard_types::hex::encode(&aboveboard_published::tree::root(&leaves[..size]));
        assert!(feed.contains(&format!("Log: {size} documents, root {root}.")));
    }
    assert_eq!(feed.matches("<entry>").count(), leaves.len());
}

#[test]
fn the_history_has_what_stands_and_nothing_else() {
    let history = &site(sample::log())["history.csv"];
    let of = |id: &str| history.contains(&format!("\n\"{id}\",\"active\""));
    assert!(["2025-q3", "2025-q4", "2026-q2.2", "2026-q3", "2026-q4"].into_iter().all(of), "{history}");
    assert!(!["2025-q2", "2026-q1", "2026-q2"].into_iter().any(of));
}

#[test]
fn a_long_list_of_counted_installations_is_in_many_files() {
    let mut input = input(vec![whole(sample::publication("2026-q4", 1_240, 9))]);
    let part = |digits: u8| (format!("counted/{digits:02x}.txt"), format!("{digits:02x}0\n").into_bytes());
    input.documents[0].counted = (0..=u8::MAX).map(part).collect();
    let files: BTreeMap<_, _> = pages(&input).unwrap().into_iter().collect();
    assert!(files.contains_key("2026-q4/counted/ff.txt"));
    let page = String::from_utf8(files["index.html"].clone()).unwrap();
    assert!(page.contains("256 files by their first two digits") && !page.contains("counted.txt"));
}

#[test]
fn where_nobody_can_be_told_from_the_others_the_page_says_so() {
    let mut publication = sample::publication("2026-q4", 1_240, 9);
    let age = publication.groups[0].tables.iter_mut().find(|table| table.name == "age").unwrap();
    let all = age.of.clone();
    age.cells.truncate(1);
    age.cells[0].key = "rest".to_owned();
    age.cells[0].state = CellState::Rest(3);
    age.cells[0].figure = all;
    let page = &site(vec![whole(publication)])["index.html"];
    assert!(page.contains("too few of one kind") && !page.contains("The next publication can say it"));
}
