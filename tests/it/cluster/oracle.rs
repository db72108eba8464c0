//! The oracle of the tables, and a collector whose store is a cluster: `docs/internals/oracle.md`.

use std::path::Path;
use std::process::Command;

use aboveboard_testkit::clickhouse::{Server, ServerSettings, is_installed};
use harness::{binary, must_run};

/// How many histories.
const HISTORIES: &str = "40";

#[test]
fn torture_every_figure_of_a_cluster_is_what_the_oracle_makes_of_the_same_history() {
    // One history takes minutes on a cluster.
    if std::env::var_os("ABOVEBOARD_TORTURE").is_none() {
        return;
    }
    if !is_installed() {
        return must_run("ClickHouse or ZooKeeper is not installed");
    }
    let server = Server::start(&ServerSettings::default());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle");
    let mut oracle = Command::new("python3");
    oracle.args(["-B", "-W", "error"]).arg(folder).arg("--binary").arg(binary("aboveboard"));
    oracle.args(["--clickhouse", &server.url(), "--runs", HISTORIES]);
    let output = oracle.output().expect("python3 runs");
    let told = String::from_utf8_lossy(&output.stdout);
    println!("{told}");
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
}
