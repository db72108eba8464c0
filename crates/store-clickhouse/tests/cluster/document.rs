//! `docs/operate/clickhouse-tables.md`: its tables are there, and its statements answer.

use std::path::Path;

use aboveboard_replay::{Backend as _, CellKey, ClosedDay};
use aboveboard_store::axis::Axis;
use aboveboard_store_clickhouse::ClickHouse;
use aboveboard_testkit::clickhouse::{Server, ServerSettings};

use crate::fixture::{DAY, batch, block, config};

fn page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operate/clickhouse-tables.md");
    std::fs::read_to_string(page).unwrap()
}

/// The statements of the page, which name no database.
fn statements(page: &str) -> Vec<String> {
    let blocks = page.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let named =
        |block: &str| block.replace("FROM ", "FROM aboveboard.").replace("FROM aboveboard.(", "FROM (");
    blocks.map(named).collect()
}

#[test]
fn every_table_is_named_and_every_statement_answers_as_the_page_says() {
    let server = Server::start(&ServerSettings::default());
    let data = tempfile::tempdir().unwrap();
    let cluster = ClickHouse::open(&config(&server.address()), data.path()).unwrap();
    let page = page();
    for table in server.ask("SELECT name FROM system.tables WHERE database = 'aboveboard'").lines() {
        assert!(page.contains(&format!("`{table}`")), "{table}");
    }
    let first = block(cluster.node(), 0, 3);
    cluster.append(first).unwrap();
    cluster.flush().unwrap();
    let cell = CellKey {
        axis: Axis::Command,
        day: DAY,
        name: "catalog list".into(),
        detail: 0,
        about: "".into(),
        context: batch(cluster.node(), 0, 0, 0).context,
    };
    let sums = |number| vec![("quarry".into(), cell.clone(), number)];
    cluster.close(0, DAY, &ClosedDay { cells: sums(5), ..ClosedDay::default() }).unwrap();
    cluster.close_again(0, DAY, &sums(4), &[]).unwrap();
    let answers: Vec<_> = statements(&page).iter().map(|statement| server.ask(statement)).collect();
    assert_eq!(answers, ["2024-10-04\tcatalog list\t4\n", "2024-10-04\t1.4.2\t3\n"]);
}
