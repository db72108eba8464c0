//! `published`: what is published, checked with the keys that the program carries, beside what was sent from here.

use std::fs;
use std::process::Output;

use aboveboard_published::counted;
use aboveboard_published::publication::Publication;
use aboveboard_testkit::published::MadeUpSite;
use aboveboard_types::hex;
use aboveboard_types::possession::{Possession, Purpose};

use super::collector::{Answer, Collector};
use super::tool::{CLOSED, Home};

const ADDRESS: &str = "https://tool.example/figures";

/// A publication that is not overdue whenever this runs.
const FAR: &str = "9998-q4";

fn site() -> MadeUpSite {
    let mut site = MadeUpSite::of_product("tool", ADDRESS);
    site.publish("2026-q4", 1180);
    site
}

/// One with a row for a command of the tool.
fn with_own_command(publication: &mut Publication) {
    let cell = &mut publication.groups[1].tables[0].cells[0];
    cell.key = "good".into();
    cell.label = "good".into();
}

fn published(home: &Home, endpoint: &str, site: &MadeUpSite, more: &[&str]) -> Output {
    let address = format!("{}/figures", site.serve());
    home.run(endpoint, &[&["telemetry", "published", "--site", &address], more].concat())
}

fn texts(output: &Output) -> (String, String) {
    (String::from_utf8(output.stdout.clone()).unwrap(), String::from_utf8(output.stderr.clone()).unwrap())
}

/// A user who consented, ran a command, and whose batch was taken.
fn sent(collector: &Collector) -> Home {
    let home = Home::new();
    home.verb(&collector.endpoint, &["on"]);
    home.run(&collector.endpoint, &["good"]);
    home.verb(&collector.endpoint, &["send"]);
    home
}

fn own_line(home: &Home) -> String {
    let secret = fs::read_to_string(home.state().join("secret")).unwrap();
    let secret = hex::decode(secret.trim().as_bytes()).unwrap();
    let proof = Possession::of(&secret, "tool", "127.0.0.1").proof(Purpose::Send);
    let value = counted::value(proof.shown(Purpose::Send));
    counted::line("tool", FAR, &counted::of_period(&value, FAR))
}

#[test]
fn own_rows_are_marked_beside_the_crowds() {
    let collector = Collector::start(Answer::Receipt);
    let home = sent(&collector);
    let mut site = site();
    site.publish_as(FAR, 1240, with_own_command);
    let output = published(&home, &collector.endpoint, &site, &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let (data, words) = texts(&output);
    for line in [
        "Quarry, 9998-q4: published figures from 9998-10-01 to 9998-12-31",
        "  active  about 1240 (1226 to 1254)",
        "> linux/x86_64    about 620 (606 to 634)  50.0 % (48.3 to 51.8)",
        "  rest            about 310 (286 to 334)  25.0 % (22.8 to 27.3)  3 rows together",
        "> good              about 413 (393 to 433)  33.3 % (31.3 to 35.4)",
        "  catalog lint      too few to be shown (fewer than 20, or too blurred)",
    ] {
        assert!(data.lines().any(|printed| printed == line), "{line}\n{data}");
    }
    assert!(
        words.contains("signed by a key of this program's manifest, as document 2 of the log"),
        "{words}"
    );
    assert!(words.contains("this installation was not counted"), "{words}");
}

#[test]
fn who_is_in_the_list_is_told_so_and_what_that_proves() {
    let collector = Collector::start(Answer::Receipt);
    let home = sent(&collector);
    let line = own_line(&home);
    let mut site = site();
    site.publish_with_files(FAR, 1240, |name, bytes| {
        if name != "counted.txt" {
            return bytes;
        }
        let text = String::from_utf8(bytes).unwrap();
        let mut lines: Vec<&str> = text.lines().chain([line.as_str()]).collect();
        lines.sort_unstable();
        lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
    });
    let (_, words) = texts(&published(&home, &collector.endpoint, &site, &[]));
    assert!(
        words.contains(&format!("this installation was counted: {line} is in the signed list")),
        "{words}"
    );
    assert!(words.contains("It does not prove"), "{words}");
    let output = published(&home, &collector.endpoint, &site, &["--json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["counted"], serde_json::json!({ "listed": true, "lines": [line] }));
    assert_eq!((&document["fits"], &document["sent_batches"]), (&true.into(), &1.into()));
    assert_eq!(document["publication"]["id"], FAR);
    assert_eq!(
        document["rows"],
        serde_json::json!([{ "table": "platform", "key": "linux/x86_64" }, { "table": "commands.worked", "key": "good" }])
    );
    // A list that is not the one that was published says nothing.
    site.files.insert(format!("{FAR}/counted.txt"), format!("{line}\n").into_bytes());
    let (_, words) = texts(&published(&home, &collector.endpoint, &site, &[]));
    assert!(words.contains("counted.txt is not the file that was published"), "{words}");
}

#[test]
fn a_rewritten_log_is_found_by_who_saw_the_older_one() {
    let home = Home::new();
    home.verb(CLOSED, &["on"]);
    let mut site = site();
    assert_eq!(published(&home, CLOSED, &site, &[]).status.code(), Some(0));
    let first = fs::read(home.state().join("published")).unwrap();
    site.publish(FAR, 1240);
    assert_eq!(published(&home, CLOSED, &site, &[]).status.code(), Some(0));
    let second = fs::read(home.state().join("published")).unwrap();
    assert_ne!(first, second);
    let mut rewritten = MadeUpSite::of_product("tool", ADDRESS);
    rewritten.publish("2026-q4", 1181);
    rewritten.publish(FAR, 1240);
    rewritten.publish("9998-q4.2", 1300);
    let output = published(&home, CLOSED, &rewritten, &[]);
    let (data, words) = texts(&output);
    assert_eq!((output.status.code(), data.as_str()), (Some(1), ""), "{words}");
    assert!(words.contains("not the log that is remembered"), "{words}");
    assert_eq!(fs::read(home.state().join("published")).unwrap(), second, "what shows it is kept");
    // It goes with what was recorded.
    home.verb(CLOSED, &["off"]);
    assert!(!home.state().exists());
}

#[test]
fn with_telemetry_off_it_is_shown_too_and_leaves_nothing() {
    let home = Home::new();
    let site = site();
    for verb in [&[][..], &["off"]] {
        if !verb.is_empty() {
            home.verb(CLOSED, verb);
        }
        let before = home.files();
        let output = published(&home, CLOSED, &site, &[]);
        let (data, words) = texts(&output);
        assert_eq!(output.status.code(), Some(0), "{words}");
        assert!(data.contains("about 1180 (1166 to 1194)"), "{data}");
        assert!(words.contains("the head of the log is not kept"), "{words}");
        assert!(words.contains("so it has no line"), "{words}");
        assert_eq!(home.files(), before);
    }
}

#[test]
fn what_does_not_fit_is_not_shown() {
    let home = Home::new();
    let site = site();
    let mut signed_by_another = site.clone();
    signed_by_another.sign(&site.signer(2));
    let mut changed = site.clone();
    changed.files.get_mut("2026-q4/publication.json").unwrap()[300] ^= 1;
    let mut of_another = MadeUpSite::empty(ADDRESS);
    of_another.publish("2026-q4", 1180);
    let mut dropped = site.clone();
    dropped.files.remove("log/leaves.txt");
    let wrong = [
        (signed_by_another, 1, "not signed by any of the keys"),
        (changed, 1, "not the document that was signed"),
        (of_another, 1, "these are the figures of quarry"),
        (dropped, 6, "log/leaves.txt: not there"),
    ];
    for (site, code, said) in wrong {
        let output = published(&home, CLOSED, &site, &[]);
        let (data, words) = texts(&output);
        assert_eq!((output.status.code(), data.as_str()), (Some(code), ""), "{words}");
        assert!(words.contains(said), "{said}: {words}");
    }
    for address in ["http://93.184.216.34/figures", "nonsense"] {
        let output = home.run(CLOSED, &["telemetry", "published", "--site", address]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(texts(&output).1.contains("the address of the figures cannot be used"), "{output:?}");
    }
}

#[test]
fn a_withdrawal_is_said_in_place_of_the_figures() {
    let home = Home::new();
    let mut site = site();
    site.withdraw("2026-q4");
    let output = published(&home, CLOSED, &site, &[]);
    let (data, _) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(
        data,
        "2026-q4 is withdrawn since 2026-11-02: Installations of the maker's own tests were counted.\n"
    );
}

#[test]
fn a_withdrawal_of_an_older_publication_leaves_the_newest_shown() {
    let home = Home::new();
    let mut site = site();
    site.publish(FAR, 1240);
    site.withdraw("2026-q4");
    let output = published(&home, CLOSED, &site, &[]);
    let (data, words) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{words}");
    assert!(data.contains("about 1240 (1226 to 1254)") && !data.contains("withdrawn"), "{data}");
    assert!(words.contains("as document 3 of the log"), "{words}");
}
