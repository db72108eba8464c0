//! Every slip in a manifest is reported with its place and its remedy.

use crate::{Manifest, Problem, parse};

const BASE: &str = include_str!("../../tests/fixtures/every.toml");

fn refuse(text: &str) -> Vec<Problem> {
    parse(text, "telemetry.toml").map(|_| ()).unwrap_err()
}

fn with(from: &str, to: &str) -> Result<Manifest, Vec<Problem>> {
    assert!(BASE.contains(from), "{from}");
    parse(&BASE.replacen(from, to, 1), "telemetry.toml")
}

#[test]
fn every_slip_is_named_with_its_line_and_remedy() {
    for (from, to, what, remedy) in [
        ("chart = \"number\"", "chrat = \"number\"", "unknown key `chrat`", "write `chart`"),
        ("why = \"How many things", "wy = \"How many things", "`why` is missing", "write `why = "),
        ("server = \"ask\"\n", "", "needs `server` in `[consent]`", "server = \"ask\""),
        (
            "app = \"follow\"",
            "app = \"operator\"",
            "`app` cannot be `operator`",
            "`ask`, `notice`, `follow` and `off`",
        ),
        ("family = \"every\"\n", "", "`[product]` names no family", "family = "),
        ("retention = \"90 days\"", "retention = \"a while\"", "`retention` is not", "13 months"),
        ("since = 2026-11-01", "since = \"2026-11-01\"", "`since` must be a date without quotes", "a date"),
        ("until = 2028-11-01", "until = 2025-11-01", "ends before it begins", "after `since`"),
        ("count = 20", "count = 20, flag = true", "more than one type", "exactly one of"),
        ("flag = true", "flag = false", "`flag` must be `true`", "`true`"),
        ("bucket = [1, 4, 16]", "bucket = [4, 1]", "must ascend", "bucket = "),
        ("duration = [\"1s\",", "duration = [\"1 second\",", "not a length of time", "ms, s, m, h or d"),
        ("code = [100, 599]", "code = [599, 100]", "the first smaller", "[0, 255]"),
        ("\"podman\", \"docker\"", "\"podman\", \"other\"", "`other` is in every list", "remove it"),
        (
            "\"podman\", \"docker\"",
            "\"podman\", \"Docker Desktop\"",
            "cannot be an entry of `choice`",
            "choice = ",
        ),
        ("\"two-words\"", "\"two_words\", \"two-words\"", "the same name in generated code", "another name"),
        ("[events.start-finished]", "[events.command]", "cannot be the name of an event", "another name"),
        ("[counts.things]", "[counts.kinds]", "duplicate key", "remove one"),
        ("chart = \"number\"", "chart = \"distribution\"", "a distribution needs `edges`", "edges = "),
        ("id = \"every-type\"", "id = every", "this is not TOML", "toml.io"),
        (
            "component = \"app\"",
            "component = \"console\"",
            "`component` cannot be `console`",
            "`server`, `cli` and `app`",
        ),
        (
            "flag = true }",
            "flag = true, allow = { wide = \"because\" } }",
            "there is no lint `wide`",
            "lints are",
        ),
    ] {
        let problems = with(from, to).unwrap_err();
        let found = problems.iter().find(|problem| problem.what.contains(what));
        let reported: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
        let found = found.unwrap_or_else(|| panic!("{to}: {reported}"));
        assert!(found.remedy.contains(remedy), "{reported}");
        assert!(found.line >= 1 && found.column >= 1 && !found.why.is_empty());
    }
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_the_file() {
    let problems =
        refuse("grammar = 1\n[product]\nid = 3\ncolour = 1\n[consent]\nserver = true\n[counts.a]\nby = []\n");
    let lines: Vec<_> = problems.iter().map(|problem| problem.line).collect();
    assert!(problems.len() > 8 && lines.is_sorted(), "{lines:?}");
}

#[test]
fn a_newer_grammar_is_refused_with_one_clear_word() {
    let [problem] = &*refuse("grammar = 2\nwhatever = \"it means\"\n") else { panic!("one problem") };
    assert!(problem.what.contains("grammar 2") && problem.remedy.contains("newer aboveboard"));
}

#[test]
fn more_than_two_hundred_cells_are_refused() {
    let entries: Vec<_> = (0..100).map(|index| format!("\"e{index}\"")).collect();
    let item = |name: &str| {
        format!(
            "[counts.{name}]\nwhat = \"x\"\nwhy = \"why should this be known at all?\"\nchart = \"share\"\nby = [{}]\n",
            entries.join(", ")
        )
    };
    assert!(parse(&format!("{BASE}\n{}", item("a")), "t").is_ok());
    let problems = refuse(&format!("{BASE}\n{}{}", item("a"), item("b")));
    assert!(problems[0].what.contains("cells, more than 200"), "{problems:?}");
}

#[test]
fn lints_speak_up_until_they_are_silenced_with_a_reason() {
    for (from, to, lint) in [
        ("[counts.things]", "[counts.host-data]", "looks-like-identifier"),
        ("[counts.things]", "[counts.data]", "weak-name"),
        ("\"How many things are there, and must listing them scale?\"", "\"to know\"", "short-reason"),
        ("until = 2028-11-01", "until = \"never\"", "never-expires"),
        ("until = 2028-11-01", "until = 2038-11-01", "long-lived"),
        ("count = 20", "count = 20000000", "wide-number"),
        ("exact-why = \"They are counted.\"\n", "", "exact-without-reason"),
        ("[\"podman\", \"docker\", \"3scale\"]", "[\"podman\"]", "single-entry"),
        (
            "component = \"app\"",
            "component = \"app\"\nallow = { long-list = \"it is long for a reason\" }",
            "idle-allowance",
        ),
    ] {
        let manifest = with(from, to).unwrap();
        let found = manifest.lints();
        assert!(found.iter().any(|problem| problem.lint == Some(lint)), "{lint}: {found:?}");
        assert!(with(from, from).unwrap().lints().is_empty());
    }
    let silenced = with(
        "count = 20",
        "allow = { wide-number = \"a counter that everybody resets daily\" }, count = 20000000",
    );
    assert!(silenced.unwrap().lints().is_empty());
    assert!(with("count = 20", "allow = { wide-number = \"ok\" }, count = 20000000").is_err());
}

#[test]
fn exact_says_nothing_without_edges_and_its_reason_nothing_without_it() {
    for (from, to) in [
        ("edges = [3, 30]\n", ""),
        ("chart = \"number\"", "chart = \"number\"\nexact = true\nexact-why = \"It is.\""),
        ("exact = true\n", ""),
        ("exact = true", "exact = false"),
        ("edges = [5, 50]", "edges = [5, 50]\nexact-why = \"It is.\""),
    ] {
        assert!(with(from, to).is_err(), "{to}");
    }
}

#[test]
fn what_has_expired_fails_the_check_and_still_parses() {
    let manifest = with("until = 2028-11-01", "until = 2026-11-22").unwrap();
    let day = |text| crate::Date::parse(text).unwrap();
    assert!(manifest.expired(day("2026-11-21")).is_empty());
    assert_eq!(manifest.expired(day("2026-11-22")).len(), 9);
}

#[test]
fn what_hides_or_turns_around_is_refused_with_its_line_wherever_it_stands() {
    let text = include_str!("../../tests/fixtures/every.toml");
    let line_of = |text: &str, needle: &str| text[..text.find(needle).unwrap()].matches('\n').count() + 1;
    for hidden in [
        "\u{202e}",
        "\u{2066}",
        "\u{200b}",
        "\u{feff}",
        "\u{ad}",
        "\u{e000}",
        "\u{9b}",
        "\u{e0041}",
        "\u{3164}",
    ] {
        let code = format!("U+{:04X}", u32::from(hidden.chars().next().unwrap()));
        // In a text as it is and as an escape, and in a comment.
        let escaped = format!("\\U{:08X}", u32::from(hidden.chars().next().unwrap()));
        for (changed, place) in [
            (text.replacen("what = \"", &format!("what = \"x{hidden}"), 1), "what = \"x"),
            (text.replacen("what = \"", &format!("what = \"x{escaped}"), 1), "what = \"x"),
            (format!("{text}# see{hidden}\n"), "# see"),
        ] {
            let problems = crate::parse(&changed, "every.toml").unwrap_err();
            let found = problems.iter().find(|problem| problem.to_string().contains(&code));
            let found = found.unwrap_or_else(|| panic!("{code}: {problems:?}"));
            assert_eq!(found.line, line_of(&changed, place), "{found}");
        }
    }
    let marker = format!("{text}# aboveboard.manifest/1 \n");
    assert!(crate::parse(&marker, "every.toml").is_err());
    let long = format!("{text}#{}\n", "x".repeat(crate::MAX_MANIFEST_BYTES));
    assert!(crate::parse(&long, "every.toml").is_err());
}
