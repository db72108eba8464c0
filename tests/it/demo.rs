//! The demo checks its own sums, and writes nothing outside its directory.

use harness::home::Home;
use serde_json::Value;

#[test]
fn the_demo_counts_the_same_on_every_side_and_leaves_nothing_outside_its_directory() {
    let home = Home::new();
    let before = home.files();
    let output = home
        .program(harness::binary("aboveboard"))
        .args(["demo", "--once", "--json"])
        .output()
        .expect("the demo runs");
    assert!(output.status.success(), "{output:?}");
    let summary: Value =
        serde_json::from_slice(&output.stdout).expect("a summary on stdout and nothing else");
    for component in ["server", "cli"] {
        let part = &summary[component];
        let recorded = part["recorded"].as_u64().expect("a number");
        assert!(recorded > 0, "{component} recorded nothing: {summary}");
        assert_eq!(part["acknowledged"], recorded, "{component}: {summary}");
        assert_eq!(part["counted"], recorded, "{component}: {summary}");
        assert_eq!(part["rejected"], 0, "{component}: {summary}");
    }
    let console = &summary["console"];
    assert!(
        console["run"] == false || (console["recorded"] == console["counted"] && console["recorded"] != 0),
        "{summary}"
    );
    let figures = summary["figures"].as_str().expect("the first page of a rehearsed publication");
    assert!(figures.ends_with("figures/index.html"), "{summary}");
    assert_eq!(home.files(), before, "the demo wrote outside its directory");
}
