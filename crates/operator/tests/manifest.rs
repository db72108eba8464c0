//! The verbs about manifests, as programs see them: data on stdout, words on stderr, exit codes.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Exit code, stdout and stderr of the program.
fn aboveboard(arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_aboveboard"))
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A verb that reads nothing may have ended before it is written to.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const QUARRY: &str = "examples/quarry/telemetry.toml";

#[test]
fn check_tells_every_problem_and_exits_by_it() {
    let (code, data, words) = aboveboard(&["manifest", "check", "--today", "2026-11-22", QUARRY], "");
    assert_eq!((code, &*data, &*words), (0, "", "examples/quarry/telemetry.toml: well\n"));
    let (code, data, _) = aboveboard(&["manifest", "check", "--json", "--today", "2030-01-01", QUARRY], "");
    let problems: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!(code, 1);
    assert!(problems[0]["what"].as_str().unwrap().contains("expired on"), "{data}");
}

#[test]
fn the_manifest_of_the_guide_to_embedding_is_well() {
    let directory = tempfile::tempdir().unwrap();
    let manifest = directory.path().join("telemetry.toml");
    let page = directory.path().join("telemetry.md");
    let guide = fs::read_to_string(root().join("docs/embed/guide.md")).unwrap();
    let block = guide.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    fs::write(&manifest, block).unwrap();
    let manifest = manifest.to_str().unwrap();
    let page = page.to_str().unwrap();
    let (code, data, words) = aboveboard(&["manifest", "check", "--today", "2026-11-22", manifest], "");
    assert_eq!((code, data, words), (0, String::new(), format!("{manifest}: well\n")));
    assert_eq!(aboveboard(&["manifest", "disclose", manifest, "--output", page], "").0, 0);
    let (_, shown, _) = aboveboard(&["manifest", "disclose", manifest], "");
    assert!(shown.contains("--enable-telemetry=false") && shown.contains("| true or false |"), "{shown}");
    assert_eq!(
        fs::read_to_string(page).unwrap(),
        shown,
        "the comparison that the guide puts into a maintainer's CI"
    );
}

#[test]
fn check_holds_the_variable_of_a_release_against_the_products_id() {
    let check = |release: &str| {
        aboveboard(&["manifest", "check", "--today", "2026-11-22", "--release", release, QUARRY], "")
    };
    assert_eq!(check("quarry"), (0, String::new(), format!("{QUARRY}: well\n")));
    for release in ["quarry2", "Quarry", ""] {
        let (code, data, words) = check(release);
        assert_eq!((code, &*data), (1, ""), "{release}");
        assert!(
            words.contains(&format!("ABOVEBOARD_RELEASE={release} makes no release of `quarry`")),
            "{words}"
        );
        assert!(
            words.contains("id = \"quarry\"") && words.contains("build with ABOVEBOARD_RELEASE=quarry"),
            "{words}"
        );
    }
}

#[test]
fn diff_tells_whether_users_are_asked_again() {
    let directory = tempfile::tempdir().unwrap();
    let wider = directory.path().join("wider.toml");
    let text = fs::read_to_string(root().join(QUARRY)).unwrap();
    fs::write(&wider, text.replace("cli = \"ask\"", "cli = \"notice\"")).unwrap();
    let wider = wider.to_str().unwrap();
    let (code, data, _) = aboveboard(&["manifest", "diff", "--json", "--check", QUARRY, wider], "");
    let diff: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!((code, &diff["ask_again"]), (1, &serde_json::Value::Bool(true)));
    assert_eq!(aboveboard(&["manifest", "diff", "--check", QUARRY, QUARRY], "").0, 0);
}

#[test]
fn diff_says_renamed_and_fails_where_the_two_are_not_one_thing() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("renamed.toml");
    let text = fs::read_to_string(root().join(QUARRY)).unwrap().replace("revision = 1\n", "revision = 2\n");
    let direction = "direction = { choice = [\"up\", \"down\"] }";
    assert!(text.contains(direction));
    let diff = |field: &str| {
        fs::write(&file, text.replace(direction, field)).unwrap();
        aboveboard(&["manifest", "diff", QUARRY, file.to_str().unwrap()], "")
    };
    let (code, data, _) = diff("way = { choice = [\"up\", \"down\"], was = [\"direction\"] }");
    assert_eq!(code, 0, "{data}");
    assert!(data.starts_with("Renamed:\n  events.migrations-ended.way: `way`, was `direction`"), "{data}");
    let (code, _, words) = diff("way = { flag = true, was = [\"direction\"] }");
    assert_eq!(code, 1, "{words}");
    assert!(words.contains("`way` was `direction`, and it is a field of another type"), "{words}");
    assert!(words.contains("remedy: rename it as it is and change it in a later revision"), "{words}");
    let (code, data, _) = diff("way = { choice = [\"up\", \"down\"] }");
    assert!(code == 0 && data.contains("if so, write `was = [\"direction\"]`"), "{data}");
}

#[test]
fn commands_are_compared_and_written() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("telemetry.toml");
    fs::copy(root().join(QUARRY), &file).unwrap();
    let file = file.to_str().unwrap();
    let (code, data, _) = aboveboard(&["manifest", "commands", file], "init\nmetadata diff\n");
    assert_eq!(code, 1);
    assert!(data.starts_with("+ metadata diff\n- console\n"), "{data}");
    assert_eq!(aboveboard(&["manifest", "commands", file, "--write"], "init\nmetadata diff\n").0, 0);
    assert_eq!(aboveboard(&["manifest", "commands", file], "metadata diff\ninit\n").0, 0);
}

#[test]
fn a_program_is_inspected_without_being_run() {
    let program = env!("CARGO_BIN_EXE_aboveboard");
    let (code, data, _) = aboveboard(&["inspect", program, "--json"], "");
    let found: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!((code, &found[0]["product"]), (0, &serde_json::json!("quarry")));
    let (code, data, words) = aboveboard(&["inspect", QUARRY], "");
    assert_eq!((code, &*data), (0, ""));
    assert!(words.contains("holds no manifest"), "{words}");
}

const TODAY: &str = "--today=2026-11-22";

#[test]
fn a_manifest_is_sealed_to_the_same_bytes_wherever_they_go() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let text = fs::read_to_string(root().join(QUARRY)).unwrap();
    let sealed = at("telemetry.sealed");
    let (code, data, words) =
        aboveboard(&["manifest", "seal", QUARRY, "--release", TODAY, "--output", &sealed], "");
    assert_eq!((code, &*data, &*words), (0, "", ""));
    let bytes = fs::read_to_string(&sealed).unwrap();
    assert!(bytes.starts_with("aboveboard.sealed/1 grammar=1 release=quarry length="), "{bytes}");
    assert!(bytes.ends_with(&format!("\n{text}")));
    assert_eq!(aboveboard(&["manifest", "seal", QUARRY, "--release", TODAY], "").1, bytes);
    // What was sealed is a manifest, also for sealing.
    assert_eq!(aboveboard(&["manifest", "seal", &sealed, "--release", TODAY], "").1, bytes);
    let (_, development, _) = aboveboard(&["manifest", "seal", &sealed, TODAY], "");
    assert!(development.starts_with("aboveboard.sealed/1 grammar=1 release=- length="), "{development}");
    // The end of a text is kept as it is, so that the same bytes come out of stdout too.
    fs::write(at("bare.toml"), text.trim_end()).unwrap();
    fs::write(at("long.toml"), format!("{text}\n\n")).unwrap();
    for manifest in ["bare.toml", "long.toml"].map(at) {
        assert_eq!(aboveboard(&["manifest", "seal", &manifest, TODAY, "--output", &sealed], "").0, 0);
        let printed = aboveboard(&["manifest", "seal", &manifest, TODAY], "").1;
        assert_eq!(fs::read_to_string(&sealed).unwrap(), printed);
        assert_eq!(aboveboard(&["manifest", "check", &sealed, TODAY], "").0, 0);
    }
}

#[test]
fn what_check_refuses_is_not_sealed() {
    let directory = tempfile::tempdir().unwrap();
    let sealed = directory.path().join("telemetry.sealed");
    let broken = directory.path().join("telemetry.toml");
    let text = fs::read_to_string(root().join(QUARRY)).unwrap();
    fs::write(&broken, text.replace("hosting = \"DE\"", "hosting = \"Germany\"")).unwrap();
    for (manifest, today) in [(broken.to_str().unwrap(), TODAY), (QUARRY, "--today=2030-01-01")] {
        let refused = aboveboard(&["manifest", "check", manifest, today], "");
        let output = sealed.to_str().unwrap();
        let arguments = ["manifest", "seal", "--release", manifest, today, "--output", output];
        assert_eq!(aboveboard(&arguments, ""), refused);
        assert_eq!(refused.0, 1);
        assert!(!sealed.exists());
    }
}

#[test]
fn every_verb_about_a_manifest_reads_a_sealed_one_as_its_text() {
    let directory = tempfile::tempdir().unwrap();
    let sealed = directory.path().join("telemetry.sealed");
    let sealed = sealed.to_str().unwrap();
    assert_eq!(aboveboard(&["manifest", "seal", QUARRY, "--release", TODAY, "--output", sealed], "").0, 0);
    for verb in ["disclose", "types"] {
        let (code, data, words) = aboveboard(&["manifest", verb, sealed], "");
        assert_eq!((code, data, words), aboveboard(&["manifest", verb, QUARRY], ""));
    }
    assert_eq!(aboveboard(&["manifest", "check", sealed, TODAY], "").0, 0);
    let (code, data, _) = aboveboard(&["manifest", "diff", QUARRY, sealed, "--json"], "");
    let diff: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!((code, &diff["changes"]), (0, &serde_json::json!([])), "{data}");
    let (code, data, _) = aboveboard(&["manifest", "commands", sealed], "init\n");
    assert!(code == 1 && data.starts_with("- "), "{data}");
    let before = fs::read(sealed).unwrap();
    let (code, _, words) = aboveboard(&["manifest", "commands", sealed, "--write"], "init\n");
    assert!(code == 1 && words.contains("seal"), "{words}");
    assert!(fs::read(sealed).unwrap() == before);
}

#[test]
fn a_sealed_manifest_is_inspected_and_a_changed_one_is_damaged() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("telemetry.sealed");
    let sealed = file.to_str().unwrap();
    for (arguments, release) in [(&["--release"][..], true), (&[], false)] {
        let seal = [&["manifest", "seal", QUARRY, TODAY, "--output", sealed], arguments].concat();
        assert_eq!(aboveboard(&seal, "").0, 0);
        let (code, data, _) = aboveboard(&["inspect", sealed, "--json"], "");
        let found: serde_json::Value = serde_json::from_str(&data).unwrap();
        let text = fs::read_to_string(root().join(QUARRY)).unwrap();
        let manifest = aboveboard_manifest::parse(&text, QUARRY).unwrap();
        let expected = serde_json::json!([{
            "offset": 0, "manifest": manifest.hash, "product": "quarry", "revision": manifest.product.revision,
            "sealed": true, "release": release,
        }]);
        assert_eq!((code, found), (0, expected));
        let (code, data, words) = aboveboard(&["inspect", sealed], "");
        assert_eq!((code, data), (0, manifest.disclosure_markdown()));
        assert!(words.contains(&manifest.hash) && words.contains("quarry revision"), "{words}");
        assert_eq!(words.contains(": a release"), release, "{words}");
    }
    // A program in another language that carries it.
    let mut program = fs::read("/bin/true").unwrap();
    let begins = program.len();
    program.extend(fs::read(sealed).unwrap());
    fs::write(&file, &program).unwrap();
    let (_, data, _) = aboveboard(&["inspect", sealed, "--json"], "");
    let found: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!((&found[0]["offset"], &found[0]["release"]), (&begins.into(), &false.into()));
    for place in [0, 20, 40, 100, 400] {
        let mut changed = program[begins..].to_vec();
        changed[place] ^= 2;
        fs::write(&file, changed).unwrap();
        let (code, data, words) = aboveboard(&["inspect", sealed, "--json"], "");
        assert_eq!((code, &*data), (1, ""), "{place}");
        assert!(words.contains("damaged") || words.contains("use a newer aboveboard"), "{place}: {words}");
    }
}
