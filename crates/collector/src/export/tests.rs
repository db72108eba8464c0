//! Exports of a real store, read back by parsers.

use std::collections::BTreeSet;
use std::sync::Arc;

use aboveboard_store::calendar::SECONDS_A_DAY;
use aboveboard_store::read::InstallationKey;
use aboveboard_store::{EntryRange, Store as _};
use aboveboard_store_contract::{FAILURE, NOW, REPORT, SUCCESS, Sketch, end, placed};
use aboveboard_store_sqlite::{Expect, SqliteReader};
use aboveboard_types::declaration::Component;
use rusqlite::{Connection, params};

use super::keyed::{Key, Keyed};
use super::part::Part;
use super::*;
use crate::manifests::{Manifests, of_the_contract};
use crate::page::table::tests::read_csv;

struct TestStore {
    _directory: tempfile::TempDir,
    _guard: tempfile::TempDir,
    manifests: Manifests,
    path: std::path::PathBuf,
}

impl TestStore {
    fn new(sketches: &[Sketch]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        let (guard, manifests) = of_the_contract();
        let mut store = aboveboard_store_sqlite::open(&path, Expect::New).unwrap();
        let entries: Vec<_> = sketches.iter().map(Sketch::entry).collect();
        let in_force = manifests.in_force();
        store.apply(&EntryRange::new(&placed(&entries), end(entries.len()), &in_force)).unwrap();
        Self { _directory: directory, _guard: guard, manifests, path }
    }

    fn export(&self, request: ExportRequest) -> Option<String> {
        let reader = Arc::new(SqliteReader::open(&self.path).unwrap());
        let mut export = Export::begin(reader, &self.manifests, request).unwrap()?;
        let mut whole = String::new();
        while let Some(piece) = export.piece().unwrap() {
            assert!(!piece.is_empty());
            whole.push_str(&piece);
        }
        Some(whole)
    }

    fn lines(&self, request: ExportRequest) -> Vec<serde_json::Value> {
        let text = self.export(request).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn json() -> ExportRequest {
    ExportRequest::of("quarry", ExportFormat::JsonLines)
}

fn csv() -> ExportRequest {
    ExportRequest::of("quarry", ExportFormat::Csv)
}

#[test]
fn every_event_is_a_line_with_what_it_says_and_both_forms_agree() {
    let store_under_export = TestStore::new(&[
        Sketch::new(1, 1, &[(SUCCESS, 5), (FAILURE, 5 + SECONDS_A_DAY)]),
        Sketch::new(2, 2, &[(REPORT, 5)]),
        Sketch { marks: "\"synthetic\"", ..Sketch::new(3, 3, &[(SUCCESS, 5)]) },
    ]);
    let lines = store_under_export.lines(json());
    assert_eq!(lines.len(), 3, "what is synthetic stays out of it");
    let ending = |ending: &str| lines.iter().find(|line| line["ending"] == ending).unwrap();
    assert_eq!(ending("success")["installation"], ending("error")["installation"]);
    assert_eq!(ending("success")["kind"], "command");
    assert!(ending("success")["day"].as_str() > ending("error")["day"].as_str());
    let report = lines.iter().find(|line| line["kind"] == "report").unwrap();
    assert_ne!(report["installation"], ending("error")["installation"]);
    assert!(report["values"].as_object().is_some_and(|values| !values.is_empty()), "{report}");

    let rows = read_csv(&store_under_export.export(csv()).unwrap());
    assert_eq!((rows[0].as_slice(), rows.len()), (&line::COLUMNS.map(str::to_owned)[..], 4));
    let keys = ["day", "hour", "kind", "name", "ending", "version", "os", "component"];
    let of_json: BTreeSet<Vec<String>> = lines
        .iter()
        .map(|line| {
            let text = |key: &&str| line[*key].as_str().map_or_else(|| line[*key].to_string(), str::to_owned);
            keys.iter().map(|key| text(key).replace("null", "")).collect()
        })
        .collect();
    let column = |key: &str| line::COLUMNS.iter().position(|column| *column == key).unwrap();
    let of_csv: BTreeSet<Vec<String>> =
        rows[1..].iter().map(|row| keys.iter().map(|key| row[column(key)].clone()).collect()).collect();
    assert_eq!(of_csv, of_json);
    for row in &rows[1..] {
        assert!(serde_json::from_str::<serde_json::Value>(&row[column("values")]).unwrap().is_object());
    }
}

#[test]
fn a_line_names_the_coding_agent_and_headline_lines_are_those_of_the_page() {
    let store_under_export = TestStore::new(&[
        Sketch::new(1, 1, &[(SUCCESS, 5)]),
        Sketch { marks: "\"ci\",\"agent\":codex", ..Sketch::new(2, 2, &[(SUCCESS, 5)]) },
        Sketch { marks: "\"agent\":aider", ..Sketch::new(3, 3, &[(SUCCESS, 5)]) },
    ]);
    let agents = |request: ExportRequest| -> BTreeSet<(String, String)> {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let lines = store_under_export.lines(request);
        lines.iter().map(|line| (text(&line["marks"]), text(&line["agent"]))).collect()
    };
    let pair = |marks: &str, agent: &str| (marks.to_owned(), agent.to_owned());
    assert_eq!(agents(json()), [pair("", ""), pair("agent", "aider")].into());
    let all = ExportRequest { everything: true, ..json() };
    assert_eq!(agents(all), [pair("", ""), pair("agent", "aider"), pair("ci agent", "codex")].into());
    let apart = aboveboard_store_contract::manifest_text("quarry")
        .replace("revision = 1\n", "revision = 2\ncoding-agents = \"apart\"\n");
    store_under_export.manifests.push("quarry", &apart).unwrap();
    assert_eq!(agents(json()), [pair("", "")].into());
}

#[test]
fn a_request_narrows_by_day_component_and_mark_and_an_unknown_product_is_none() {
    let store_under_export = TestStore::new(&[
        Sketch::new(1, 1, &[(SUCCESS, 5), (SUCCESS, 5 + SECONDS_A_DAY), (SUCCESS, 5 + 2 * SECONDS_A_DAY)]),
        Sketch::new(2, 2, &[(REPORT, 5)]),
        Sketch { marks: "\"synthetic\"", ..Sketch::new(3, 3, &[(SUCCESS, 5)]) },
    ]);
    let today = aboveboard_store::calendar::day_of(NOW - 5);
    let from = Some(today - 1);
    let until = Some(today - 1);
    assert_eq!(store_under_export.lines(ExportRequest { from, until, ..json() }).len(), 1);
    assert_eq!(store_under_export.lines(ExportRequest { from, ..json() }).len(), 3);
    assert_eq!(store_under_export.lines(ExportRequest { until, ..json() }).len(), 2);
    assert_eq!(
        store_under_export.lines(ExportRequest { component: Some(Component::Server), ..json() }).len(),
        1
    );
    assert_eq!(store_under_export.lines(ExportRequest { everything: true, ..json() }).len(), 5);
    assert!(store_under_export.export(ExportRequest::of("quarrel", ExportFormat::Csv)).is_none());
    assert_eq!(
        read_csv(&store_under_export.export(ExportRequest::of("other", ExportFormat::Csv)).unwrap()).len(),
        1,
        "known and silent"
    );
}

#[test]
fn neither_ids_nor_their_order_tell_which_installation_of_another_export_it_is() {
    let sketches: Vec<_> = (0..60).map(|n| Sketch::new(n, n, &[(SUCCESS, 5)])).collect();
    let store_under_export = TestStore::new(&sketches);
    let ids = |lines: Vec<serde_json::Value>| -> Vec<String> {
        lines.iter().map(|line| line["installation"].as_str().unwrap().to_owned()).collect()
    };
    let one = ids(store_under_export.lines(json()));
    let other = ids(store_under_export.lines(json()));
    let distinct: BTreeSet<_> = one.iter().chain(&other).collect();
    assert_eq!((one.len(), distinct.len()), (60, 120));
    assert!(one.is_sorted() && other.is_sorted());
}

#[test]
fn a_large_day_is_read_in_parts_and_nothing_is_missed() {
    let ids: Vec<Keyed> = (0..5_000).map(|n| Key::new().unwrap().id(InstallationKey(n))).collect();
    for of in [1, 2, 3, 7, 64] {
        let parts: Vec<_> = (0..of).map(|slice| Part { day: 0, slice, of }).collect();
        for id in &ids {
            assert_eq!(parts.iter().filter(|part| part.holds(id)).count(), 1, "{of}");
        }
    }
    let sketches: Vec<_> = (0..250).map(|n| Sketch::new(n, n, &[(SUCCESS, 5); 40])).collect();
    let store_under_export = TestStore::new(&sketches);
    assert_eq!(store_under_export.lines(json()).len(), 10_000);
}

#[test]
fn what_is_a_formula_in_a_damaged_store_is_text_in_the_export() {
    let store_under_export = TestStore::new(&[Sketch::new(1, 1, &[(SUCCESS, 5)])]);
    for payload in ["=1+1", " =cmd|'/C calc'!A0", "\n@x", "\t+1", "＝1", "a\"b,c\r\nd"] {
        let raw = Connection::open(&store_under_export.path).unwrap();
        raw.execute("UPDATE name SET text = ?1 WHERE id = (SELECT min(id) FROM name)", params![payload])
            .unwrap();
        drop(raw);
        let rows = read_csv(&store_under_export.export(csv()).unwrap());
        let name = line::COLUMNS.iter().position(|column| *column == "name").unwrap();
        let cell = &rows[1][name];
        assert_eq!(cell.strip_prefix('\'').unwrap_or(cell), payload);
        let first = cell.trim_start().chars().next().unwrap();
        assert!(!crate::csv::FORMULA.contains(&first) || cell.starts_with('\''), "{cell:?}");
    }
}
