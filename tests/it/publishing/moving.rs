//! A maker whose collector moves to a cluster of ClickHouse.

use aboveboard_testkit::clickhouse::{Server, ServerSettings, is_installed};
use harness::must_run;

use crate::publishing::maker::Maker;
use crate::publishing::published::{Published, truth};

#[test]
fn a_maker_publishes_from_a_cluster_what_was_received_before_the_move_and_after_it() {
    if !is_installed() {
        return must_run("ClickHouse or ZooKeeper is not installed");
    }
    let maker = Maker::new("[\"commands\"]");
    maker.receive(0..600, "2026-06-20");
    maker.receive(0..600, "2026-06-26");
    maker.apply();
    let server = Server::start(&ServerSettings::default());
    maker.move_to(&server);
    maker.receive(0..700, "2026-07-16");
    maker.apply();
    maker.publish_ok(&["run"]);
    let site = maker.site();
    assert_eq!(maker.verified(), Ok(()));
    Published::read(&site, "2026-q2").is_about(&truth(0..600));
    maker.receive(0..700, "2026-09-20");
    // For five days it has not run, so that nobody knows whether the cluster has all of it.
    maker.pass("2026-10-10");
    maker.today("2026-10-15");
    let refusal = maker.refusal(&["run"]);
    assert!(refusal.contains("before 2026-10-15 is in the cluster, and it does not run"), "{refusal}");
    assert!(!site.join("2026-q3").exists());
    // Nothing arrives any more, and it says so all the same.
    maker.apply();
    maker.publish_ok(&["run"]);
    assert_eq!(maker.verified(), Ok(()));
    Published::read(&site, "2026-q3").is_about(&truth(0..700));
    assert!(maker.publish_ok(&["audit"]).contains("2026-q3"));
}
