//! Versions get names, and what strangers sent goes: with a running collector and without one.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::aboveboard;
use crate::collector::Collector;

/// A verb on the collector that is configured in `home`.
fn verb(home: &Path, words: &[&str]) -> Output {
    let arguments = ["--config", "c.toml", "--product", "quarry"];
    aboveboard(home).arg("collector").args(words).args(arguments).output().unwrap()
}

/// The answer of a verb, and what it said.
fn done(output: &Output) -> (Value, String) {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    (serde_json::from_slice(&output.stdout).unwrap_or_default(), said)
}

/// Waits until the table of versions holds, and returns it.
fn versions_until(collector: &Collector, holds: impl Fn(&[(String, u64)]) -> bool) {
    let start = std::time::Instant::now();
    loop {
        let table = collector.get("/api/tables/versions.json?product=quarry&show=all");
        let row = |row: &Value| {
            (row["version"].as_str().unwrap().to_owned(), row["installations"].as_u64().unwrap())
        };
        let versions: Vec<_> = table["rows"].as_array().unwrap().iter().map(row).collect();
        if holds(&versions) {
            return;
        }
        assert!(start.elapsed().as_secs() < 60, "waited in vain: {versions:?}");
        std::thread::yield_now();
    }
}

fn of(versions: &[(String, u64)], version: &str) -> u64 {
    versions.iter().filter(|(known, _)| known == version).map(|(_, installations)| installations).sum()
}

#[test]
fn made_up_versions_are_other_until_one_is_admitted_and_go_by_a_verb() {
    let collector = Collector::new();
    collector.push();
    // A hundred have their names on the first day of a product.
    (0..120).for_each(|number| collector.post_version(number, &format!("{}.0.1", number + 10)));
    versions_until(&collector, |versions| of(versions, "0.0.0-other") == 20);
    let home = collector.home().to_owned();
    let (_, said) = done(&verb(&home, &["versions", "admit", "125.0.1"]));
    assert!(said.contains("being done now"), "{said}");
    versions_until(&collector, |versions| of(versions, "125.0.1") == 1 && of(versions, "0.0.0-other") == 19);
    done(&verb(&home, &["versions", "line", "150.0"]));
    collector.post_version(200, "150.0.7");
    versions_until(&collector, |versions| of(versions, "150.0.7") == 1);
    let list = verb(&home, &["versions", "list"]);
    let list = String::from_utf8(list.stdout).unwrap();
    for line in ["125.0.1  since ", "10.0.1  since ", "150.0.7  since ", "line 150.0  by the operator"] {
        assert!(list.contains(line), "{list}");
    }

    let (answer, said) = done(&verb(&home, &["erase", "--version", "125.0.1", "--dry-run"]));
    assert_eq!(answer["installations"], 1, "{answer}");
    assert!(said.contains("nothing was changed") && answer.get("amendment").is_none(), "{said}");
    let (answer, _) = done(&verb(&home, &["erase", "--version", "125.0.1"]));
    assert_eq!(answer["amendment"], "logged");
    versions_until(&collector, |versions| of(versions, "125.0.1") == 0 && of(versions, "10.0.1") == 1);
    collector.totals(120);
    let (answer, _) = done(&verb(&home, &["erase", "--item", "init"]));
    assert_eq!(answer["events"], 120, "{answer}");
    collector.totals(0);

    let kept = collector.stop();
    let (answer, _) = done(&verb(&home, &["erase", "--unverified", "--dry-run"]));
    assert_eq!(answer["installations"], 120, "an item that goes takes no installation with it");
    let (answer, said) = done(&verb(&home, &["erase", "--unverified"]));
    assert!(answer["amendment"] == "logged" && said.contains("when one starts"), "{said}");
    let collector = Collector::on(kept);
    versions_until(&collector, <[_]>::is_empty);
}

#[test]
fn what_cannot_be_meant_is_refused_and_changes_nothing() {
    let collector = Collector::new();
    collector.push();
    collector.post(1);
    collector.totals(1);
    let home = collector.home().to_owned();
    for (words, why, code) in [
        (&["erase", "--version", "2.x"][..], "2.1.0", 1),
        (&["erase", "--since", "yesterday"], "2026-11-22", 1),
        (&["erase", "--item", ""], "a name of the manifest", 1),
        (&["versions", "line", "2.1.0"], "first two numbers", 1),
        (&["versions", "admit", "new"], "2.1.0", 1),
        (&["erase", "--unverified", "--since", "2026-11-22"], "cannot be used with", 2),
        (&["erase", "--synthetic", "--dry-run"], "cannot be used with", 2),
        (&["erase"], "required", 2),
    ] {
        let refused = verb(&home, words);
        assert_eq!(refused.status.code(), Some(code), "{refused:?}");
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains(why), "{words:?}: {said}");
    }
    collector.totals(1);
}
