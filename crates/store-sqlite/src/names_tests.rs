//! Contexts that strangers make up take none of those of verified installations.

use aboveboard_store::calendar::SECONDS_A_DAY;
use aboveboard_store::limits::{MAX_OTHER_CONTEXTS, MAX_UNVERIFIED_CONTEXTS, MAX_VERIFIED_CONTEXTS};
use aboveboard_store::versions::OTHER;
use aboveboard_store::{EntryRange, Store as _};
use aboveboard_store_contract::{NOW, SUCCESS, Sketch, end, manifests};
use aboveboard_types::envelope::{ARCHITECTURES, Mark, Marks, OPERATING_SYSTEMS};
use rusqlite::params;

use super::*;

#[test]
fn contexts_of_strangers_and_without_version_take_no_room_of_verified_installations() {
    let manifests = manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = open(&directory.path().join("store.sqlite"), Expect::New).unwrap();
    let mut at = 0;
    let mut versions_other = |store: &mut SqliteStore, sketch: Sketch| {
        let entries = [(end(at), sketch.entry())];
        at += 1;
        store.apply(&EntryRange::new(&entries, end(at), &manifests)).unwrap().other_versions
    };
    let later = NOW + 20 * SECONDS_A_DAY;
    assert_eq!(versions_other(&mut store, Sketch::new(1, 1, &[(SUCCESS, 5)])), 0);
    let fill = |store: &SqliteStore, stranger: bool, version: &str, number: u32| {
        let sql = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number}) \
             INSERT INTO context SELECT NULL, 1, 'cli', {version}, 'made up', i, 0, {} FROM n",
            u8::from(stranger)
        );
        assert_eq!(store.connection.execute(&sql, []).unwrap(), number as usize);
    };
    let other = versions::version_key(OTHER).to_string();
    fill(&store, true, "7", MAX_UNVERIFIED_CONTEXTS);
    fill(&store, true, &other, MAX_OTHER_CONTEXTS);
    let marks = "\"agent\":codex";
    let stranger = Sketch { received: later, version: "8.0.0", marks, ..Sketch::new(2, 2, &[(SUCCESS, 5)]) };
    assert_eq!(versions_other(&mut store, stranger), 1, "strangers have used up theirs");
    let agent = Marks::default().with(Mark::Agent).bits();
    let sql = "SELECT count(*) FROM context WHERE version_key = ?1 AND marks = ?2";
    let folded: u32 =
        query::value(&store.connection, sql, params![versions::version_key(OTHER), agent]).unwrap();
    assert_eq!(folded, 1, "which coding agent it was goes with the version");
    let known =
        |batch, version| Sketch { received: later, version, ..Sketch::new(batch, 1, &[(SUCCESS, 5)]) };
    assert_eq!(versions_other(&mut store, known(3, "8.1.0")), 0, "a new release of a verified installation");
    fill(&store, false, "9", MAX_VERIFIED_CONTEXTS - 1);
    assert_eq!(versions_other(&mut store, known(4, "8.2.0")), 1, "these have an end too");
}

#[test]
fn contexts_without_version_are_as_many_as_their_closed_parts_give() {
    let marks = 1 << aboveboard_types::envelope::Mark::ALL.len();
    let components = aboveboard_types::declaration::Component::ALL.len();
    let all = components * OPERATING_SYSTEMS.len() * ARCHITECTURES.len() * marks;
    assert_eq!(all, MAX_OTHER_CONTEXTS as usize);
}
