//! What was drawn is what is shown, whatever becomes of the store, the site or the collector meanwhile.

use std::fs;
use std::path::Path;
use std::process::Command;

use harness::crowd::Member;

use crate::publishing::maker::{Maker, files};

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp runs").success());
}

/// A maker who can publish the second quarter. The same installations reach the log in another order.
fn ready(is_reversed: bool) -> Maker {
    let maker = Maker::new("[\"commands\"]");
    for day in ["2026-06-20", "2026-06-26", "2026-07-14"] {
        if is_reversed {
            maker.receive(100..200, day);
            maker.receive(0..100, day);
        } else {
            maker.receive(0..200, day);
        }
    }
    maker.apply();
    maker.today("2026-07-16");
    maker
}

/// Draws, and does not come to writing the site, in which something has the name of one of its files.
fn drawn_and_not_shown(maker: &Maker) {
    fs::create_dir(maker.site()).expect("a directory");
    fs::write(maker.site().join("index.html"), "mine").expect("a file");
    let said = maker.refusal(&["run"]);
    assert!(said.contains("index.html is not ours"), "{said}");
    assert!(maker.data().join("publications/acorn/2026-q2.draw").exists());
    fs::remove_dir_all(maker.site()).expect("the directory");
}

#[test]
fn the_same_draw_gives_the_same_bytes_beside_another_store() {
    let one = ready(false);
    let other = ready(true);
    drawn_and_not_shown(&one);
    for name in ["key.pem", "collector/manifests/acorn-1.toml"] {
        fs::copy(one.path(name), other.path(name)).expect("a file");
    }
    copy(&one.data().join("publications"), &other.data().join("publications"));
    other.publish_ok(&["run"]);
    one.publish_ok(&["run"]);
    assert!(files(&one.site()) == files(&other.site()));
    // Of itself it would have drawn others.
    let again = ready(true);
    again.publish_ok(&["run"]);
    let active = |maker: &Maker| files(&maker.site())["2026-q2/publication.json"].clone();
    assert!(active(&again) != active(&one));
}

#[test]
fn who_is_erased_between_the_draw_and_the_site_stays_in_what_was_drawn_alone() {
    let maker = ready(false);
    drawn_and_not_shown(&maker);
    let before = files(&maker.data().join("publications"));
    let config = maker.path("collector.toml");
    let config = config.to_str().expect("a path");
    for member in 0..60 {
        let id = Member(member).id("acorn").to_string();
        let erase = ["collector", "erase", "--config", config, "--product", "acorn", &id];
        assert!(maker.aboveboard(&erase).output().expect("the program runs").status.success());
    }
    maker.apply();
    maker.today("2026-07-16");
    assert!(files(&maker.data().join("publications")) == before);
    maker.publish_ok(&["run"]);
    let site = files(&maker.site());
    let shown: serde_json::Value = serde_json::from_slice(&site["2026-q2/publication.json"]).expect("JSON");
    let active = shown["groups"][0]["tables"][0]["cells"][0]["figure"]["value"].as_i64().expect("a figure");
    assert!((160..=240).contains(&active), "{active} of 200 that there were");
}

#[test]
fn figures_that_look_wrong_are_held_until_the_maker_says_why_they_are_right() {
    let maker = ready(false);
    maker.publish_ok(&["run"]);
    let before = files(&maker.site());
    maker.receive(0..500, "2026-09-10");
    maker.receive(0..500, "2026-09-16");
    maker.apply();
    maker.pass("2026-10-16");
    for _ in 0..2 {
        let said = maker.refusal(&["run"]);
        assert!(said.contains("held") && said.contains("--accept") && said.contains("withdraw"), "{said}");
        assert!(files(&maker.site()) == before, "it is not shown");
    }
    let correct = maker.refusal(&["correct", "2026-q3", "--reason", "No."]);
    assert!(correct.contains("held"), "{correct}");
    maker.publish_ok(&["run", "--accept", "A distribution began to ship it."]);
    let page = fs::read_to_string(maker.site().join("2026-q3/index.html")).expect("a page");
    assert!(page.contains("A distribution began to ship it."));
    assert_eq!(maker.verified(), Ok(()));
}

#[test]
fn a_collector_from_before_adopts_publications_corrections_and_withdrawals_and_goes_on() {
    let maker = ready(false);
    copy(&maker.data(), &maker.path("before"));
    maker.publish_ok(&["run"]);
    maker.publish_ok(&["correct", "2026-q2", "--reason", "Drawn again."]);
    maker.publish_ok(&["withdraw", "2026-q2.2", "--reason", "Worse."]);
    let published = files(&maker.site());
    copy(&maker.path("before"), &maker.data());
    for verb in [
        &["run"][..],
        &["withdraw", "2026-q2", "--reason", "No."],
        &["correct", "2026-q2", "--reason", "No."],
    ] {
        let said = maker.refusal(verb);
        assert!(said.contains("publish adopt"), "{verb:?}: {said}");
    }
    assert_eq!(maker.publish_ok(&["adopt"]).trim(), "3");
    assert_eq!(maker.publish_ok(&["adopt"]).trim(), "0");
    assert!(files(&maker.site()) == published, "nothing was written");
    assert!(maker.refusal(&["run"]).contains("never drawn again"));
    maker.publish_ok(&["correct", "2026-q2", "--reason", "At last."]);
    assert!(maker.site().join("2026-q2.3/index.html").exists());
    assert_eq!(maker.verified(), Ok(()));
    // What it adopts must be signed.
    copy(&maker.path("before"), &maker.data());
    let checkpoint = maker.site().join("checkpoint");
    let signed = fs::read_to_string(&checkpoint).expect("a head");
    let sums = maker.site().join("SHA256SUMS");
    let listed = fs::read_to_string(&sums).expect("a list");
    fs::write(&checkpoint, signed.replace("figures\n4\n", "figures\n3\n")).expect("a head");
    fs::write(
        &sums,
        listed
            .lines()
            .filter(|line| !line.ends_with("checkpoint"))
            .fold(String::new(), |all, line| all + line + "\n"),
    )
    .expect("a list");
    assert!(maker.refusal(&["adopt"]).contains("does not verify"));
}
