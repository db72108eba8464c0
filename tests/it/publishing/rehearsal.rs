//! A rehearsal uses made-up data alone, says so on every page, and leaves no trace in what is kept.

use std::fs;

use crate::publishing::maker::{Maker, files};

#[test]
fn a_rehearsal_shows_made_up_figures_and_draws_nothing() {
    let maker = Maker::new("[\"commands\"]");
    maker.receive(0..10, "2026-06-26");
    maker.today("2026-06-29");
    let data = maker.data();
    let manifest = maker.manifest();
    let paths = [&data, &manifest].map(|path| path.to_str().expect("a path").to_owned());
    let simulate = ["--manifest", &paths[1], "simulate", "--data", &paths[0], "--installations", "500"];
    let simulated = maker.aboveboard(&simulate).output().expect("the program runs");
    assert!(simulated.status.success(), "{simulated:?}");
    maker.apply();
    let page = maker.publish_ok(&["rehearse", "--site", "made-up"]);
    assert!(page.trim().ends_with("made-up/index.html"), "{page}");
    let site = files(&maker.path("made-up"));
    let text = |name: &str| String::from_utf8(site[name].clone()).expect("a text");
    for name in site.keys().filter(|name| name.ends_with(".html")) {
        assert!(text(name).to_lowercase().contains("made up"), "{name}");
    }
    let document: serde_json::Value = serde_json::from_str(&text("2026-q2/publication.json")).expect("JSON");
    assert_eq!(document["is_made_up"], true);
    assert!(
        !document["groups"].as_array().expect("groups").is_empty(),
        "ten installations alone would be a small product"
    );
    for name in ["checkpoint", "log/leaves.txt", "keys.txt"] {
        assert!(!site.contains_key(name), "{name}");
    }
    assert!(!maker.data().join("publications").exists());
    // Neither stands in the place of the other.
    maker.today("2026-07-16");
    fs::rename(maker.path("made-up"), maker.site()).expect("the rehearsal");
    assert!(maker.refusal(&["run"]).contains("rehearsal"));
}
