//! A thousand installations are erased in days that are open and in days that are closed, each by some collector while others send.

use aboveboard_testkit::clickhouse::is_installed;
use harness::must_run;

use super::scene::{Scene, until};
use super::senders::Habits;

/// How many are erased.
const ERASURES: usize = 1_000;

/// In the course of so many days.
const DAYS: usize = 5;

/// Each installation sends for two or three days, then it is erased.
const HABITS: Habits = Habits { installations: 150, erased: 3 };

#[test]
fn torture_a_thousand_installations_are_erased_from_open_and_closed_days() {
    if std::env::var_os("ABOVEBOARD_TORTURE").is_none() {
        return;
    }
    if !is_installed() {
        return must_run("ClickHouse or ZooKeeper is not installed");
    }
    let start = std::time::Instant::now();
    let mut scene = Scene::start_with(7, HABITS);
    for day in 1..=DAYS {
        let enough = ERASURES * day / DAYS;
        until("more erasures", || scene.account().erased() >= enough);
        scene.pass_a_day();
        scene.kill_collector(day % 3);
        scene.restart_collector(day % 3);
        println!("{:.0} s: {}", start.elapsed().as_secs_f32(), scene.summary());
    }
    scene.settle();
    println!("{:.0} s: {}", start.elapsed().as_secs_f32(), scene.summary());
    assert!(scene.account().erased() >= ERASURES);
}
