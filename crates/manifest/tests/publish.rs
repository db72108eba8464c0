//! Published figures: what a manifest may say of them, what is linted, and what changes of it mean.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use aboveboard_manifest::{ChangeKind, Licence, Manifest, Problem, PublishEvery, PublishTable, parse};
use aboveboard_types::declaration::Component;

const KEY: &str = "kiln.example/figures+73c67699+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

/// The same for a site that has moved.
const MOVED: &str = "kiln.example/numbers+6a6720ad+Aa4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

const BASE: &str = r#"grammar = 1
[product]
id = "kiln"
name = "Kiln"
revision = 3
endpoint = "https://telemetry.kiln.example"
ingest-key = "kk_pub"
controller = "Kiln e.V., Berlin"
contact = "privacy@kiln.example"
hosting = "DE"
retention = "13 months"
releases = ["1.0"]
[consent]
server = "notice"
cli = "ask"
[defaults]
owner = "data@kiln.example"
since = 2026-11-01
until = 2028-11-01
[counts.bricks]
what = "bricks"
why = "How many bricks must the shelf bear?"
chart = "distribution"
edges = [10, 100]
[counts.glazes]
what = "glazes"
why = "Which glazes are kept in stock?"
chart = "share"
by = ["red", "blue", "green"]
[timings.fires]
what = "fires"
why = "How long does a fire take?"
chart = "table"
by = { fuel = ["wood", "gas"] }
edges = ["1s", "5s"]
[cli]
why = "Which commands are used, and which fail?"
chart = "table"
commands = ["fire", "fire twice", "report"]
[console]
why = "Which pages are used, and which could go?"
chart = "table"
actions = { lit = "kiln/lit" }
[events.warmed]
component = "server"
what = "the kiln was warm"
why = "How often does the kiln get warm?"
chart = "table"
fields = { heat = { bucket = [100, 1000] }, tools = { set = ["brush", "bath"] }, engine = { version = true }, code = { code = [0, 1000] } }
[events.glazed]
component = "cli"
was = ["enamelled"]
what = "a pot was glazed"
why = "Is glazing worth its keep?"
chart = "number"
"#;

const PUBLISH: &str = r#"[publish]
why = "Users see what becomes of their data."
every = "quarter"
tables = ["commands", "sizes", "actions", "events.warmed", "timings.fires"]
licence = "CC-BY-4.0"
site = "https://kiln.example/figures"
keys = ["kiln.example/figures+73c67699+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"]
"#;

/// The manifest with changes of its text.
fn changed(changes: &[(&str, &str)]) -> Result<Manifest, Vec<Problem>> {
    let mut text = format!("{BASE}{PUBLISH}");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    parse(&text, "telemetry.toml")
}

fn manifest() -> Manifest {
    changed(&[]).unwrap()
}

#[test]
fn the_table_says_what_is_published_how_often_where_and_who_signs_it() {
    let publish = manifest().publish.unwrap();
    assert_eq!((publish.every, publish.every.months()), (PublishEvery::Quarter, 3));
    assert_eq!((publish.licence, publish.licence.spdx()), (Licence::CcBy, "CC-BY-4.0"));
    assert_eq!((&*publish.site, &*publish.keys), ("https://kiln.example/figures", &[KEY.to_owned()][..]));
    let names: Vec<_> = publish.tables.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["commands", "sizes", "actions", "events.warmed", "timings.fires"]);
    assert_eq!(publish.why, "Users see what becomes of their data.");
    // Without tables there is the headline, and without `[publish]` nothing.
    let headline = changed(&[(
        "tables = [\"commands\", \"sizes\", \"actions\", \"events.warmed\", \"timings.fires\"]\n",
        "",
    )]);
    assert_eq!(headline.unwrap().publish.unwrap().tables, []);
    assert_eq!(parse(BASE, "telemetry.toml").unwrap().publish, None);
}

#[test]
fn a_table_counts_the_installations_of_the_components_that_record_it() {
    let manifest = manifest();
    let event = |name: &str| PublishTable::Event(name.to_owned());
    let timing = PublishTable::Timing("fires".to_owned());
    for (table, components, ones) in [
        (PublishTable::Commands, &[Component::Cli][..], 3),
        // One histogram, and a list of three.
        (PublishTable::Sizes, &[Component::Server], 4),
        (PublishTable::Actions, &[Component::Server, Component::Cli], 1),
        // It happened, one step of heat, and two tools or another one; no version and no code of so many.
        (event("warmed"), &[Component::Server], 5),
        (event("glazed"), &[Component::Cli], 1),
        (timing, &[Component::Server], 2),
    ] {
        assert_eq!(manifest.counted_in(&table), components, "{table}");
        assert_eq!(manifest.ones(&table), ones, "{table}");
    }
    assert!(!manifest.is_publishable(Component::App) && !manifest.is_publishable(Component::Console));
}

#[test]
fn what_cannot_be_published_is_refused_with_its_remedy() {
    let misspelled = KEY.replace("+Ac4z", "+Ab4z");
    let renamed = KEY.replace("kiln.example/", "kiln.example.org/");
    for (from, to, what, remedy) in [
        ("\"commands\",", "\"command\",", "`command` cannot be an entry of `tables`", "tables = "),
        ("\"commands\",", "\"routes\",", "`routes` cannot be an entry of `tables`", "tables = "),
        ("\"commands\",", "\"sizes\",", "`sizes` is listed twice", "remove one"),
        (
            "\"events.warmed\"",
            "\"events.wamred\"",
            "`events.wamred` in `tables` is not declared",
            "`events.warmed`",
        ),
        (
            "\"events.warmed\"",
            "\"events.enamelled\"",
            "`events.enamelled` in `tables` is not declared",
            "write `events.glazed`, as it is called now",
        ),
        (
            "\"timings.fires\"",
            "\"timings.fire\"",
            "`timings.fire` in `tables` is not declared",
            "`timings.fires`",
        ),
        (
            "cli = \"ask\"",
            "cli = \"off\"",
            "`commands` cannot be published under `cli = \"off\"`",
            "take the table out",
        ),
        (
            "server = \"notice\"",
            "server = \"operator\"",
            "`sizes` cannot be published under `server = \"operator\"`",
            "take the table out",
        ),
        (
            "site = \"https",
            "site = \"http",
            "`site` is not an https address",
            "https://quarry.example/figures",
        ),
        (
            "/figures\"",
            "/figures/\"",
            "`site` is not an https address without",
            "https://quarry.example/figures",
        ),
        ("site = \"https://kiln.example/figures\"\n", "", "`site` is missing", "site = "),
        (
            KEY,
            "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3",
            "cannot be an entry of `keys`",
            "keys = ",
        ),
        (KEY, &misspelled, "cannot be an entry of `keys`", "keys = "),
        (KEY, &renamed, "cannot be an entry of `keys`", "keys = "),
        (
            KEY,
            "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
            "no key is named",
            "publish key",
        ),
        ("/figures\"", "/numbers\"", "no key is named `kiln.example/numbers`", "publish key"),
        (KEY, &format!("{KEY}\", \"{KEY}"), "listed twice in `keys`", "remove one"),
        ("every = \"quarter\"", "every = \"week\"", "`every` cannot be `week`", "`month` and `quarter`"),
        ("every = \"quarter\"\n", "", "`every` is missing", "every = "),
        ("CC-BY-4.0", "MIT", "`licence` cannot be `MIT`", "`CC0-1.0`, `CC-BY-4.0` and `ODC-By-1.0`"),
    ] {
        let problems = changed(&[(from, to)]).map(|_| ()).unwrap_err();
        let found = problems.iter().find(|problem| problem.what.contains(what));
        let found = found.unwrap_or_else(|| panic!("{to}: {problems:?}"));
        assert!(found.remedy.contains(remedy), "{found}");
        assert!(found.line > BASE.lines().count(), "{found}");
    }
    // Actions count for whichever of the two that serve a console can be counted.
    let operated = [
        ("server = \"notice\"", "server = \"operator\""),
        ("\"sizes\", ", ""),
        ("\"events.warmed\", \"timings.fires\"", ""),
    ];
    let manifest = changed(&operated).unwrap();
    assert_eq!(manifest.counted_in(&PublishTable::Actions), [Component::Cli]);
    // A bare number is no cell.
    let bare = [
        ("chart = \"distribution\"\nedges = [10, 100]", "chart = \"number\""),
        ("chart = \"share\"\nby = [\"red\", \"blue\", \"green\"]", "chart = \"number\""),
    ];
    let problems = changed(&bare).map(|_| ()).unwrap_err();
    assert_eq!(problems[0].what, "`sizes` has nothing that can be published");
}

#[test]
fn one_key_under_two_names_is_refused() {
    // Under its other name it belongs to the checksum database of Go.
    let twin = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
    let problems = changed(&[(KEY, &format!("{KEY}\", \"{twin}"))]).map(|_| ()).unwrap_err();
    assert!(problems[0].what.contains("is listed under two names"), "{problems:?}");
}

#[test]
fn lints_find_figures_that_cannot_be_made_or_used() {
    let wide: Vec<_> = (0..60).map(|number| format!("\"c{number}\"")).collect();
    let wide = format!("by = [{}]", wide.join(", "));
    for (changes, lint, says) in [
        (
            &[("13 months", "6 months")][..],
            "retention-too-short",
            "kept 180 days; a publication each quarter needs 199",
        ),
        (
            &[("13 months", "137 days"), ("every = \"quarter\"", "every = \"month\"")],
            "retention-too-short",
            "a publication each month needs 138",
        ),
        (&[("releases = [\"1.0\"]\n", "")], "no-releases", "write `releases = "),
        (
            &[
                ("server = \"notice\"", "server = \"operator\""),
                ("cli = \"ask\"", "cli = \"off\""),
                (
                    "tables = [\"commands\", \"sizes\", \"actions\", \"events.warmed\", \"timings.fires\"]\n",
                    "",
                ),
            ],
            "nothing-to-publish",
            "no component has installations",
        ),
        (
            &[("by = [\"red\", \"blue\", \"green\"]", &wide)],
            "blurred-figures",
            "of the server may add 69 ones",
        ),
        (
            &[("chart = \"table\"\nfields", "chart = \"table\"\nshare = \"1/10\"\nfields")],
            "sampled-table",
            "only 1/10",
        ),
        (
            &[("Users see what becomes of their data.", "Because we can.")],
            "short-reason",
            "`why` says little",
        ),
    ] {
        let lints = changed(changes).unwrap().lints();
        let found = lints.iter().find(|problem| problem.lint == Some(lint));
        let found = found.unwrap_or_else(|| panic!("{changes:?}: {lints:?}"));
        assert!(found.to_string().contains(says), "{found}");
        let reason = format!("every = \"quarter\"\nallow = {{ {lint} = \"it is tried out here\" }}");
        let reason = reason.replace("quarter", if changes.len() == 2 { "month" } else { "quarter" });
        let every = if changes.len() == 2 { "every = \"month\"" } else { "every = \"quarter\"" };
        let allowed = [changes, &[(every, &*reason)]].concat();
        let lints = changed(&allowed).unwrap().lints();
        assert!(lints.iter().all(|problem| problem.lint != Some(lint)), "{lints:?}");
    }
    assert_eq!(manifest().lints(), []);
    let month = [("13 months", "138 days"), ("every = \"quarter\"", "every = \"month\"")];
    assert_eq!(changed(&month).unwrap().lints(), []);
}

#[test]
fn an_added_table_and_a_shorter_period_are_wider_and_what_goes_is_not() {
    let all = manifest();
    let nothing = parse(BASE, "telemetry.toml").unwrap();
    let fewer = changed(&[("\"commands\", ", "")]).unwrap();
    let monthly = changed(&[("\"quarter\"", "\"month\"")]).unwrap();
    let reason = changed(&[("Users see what", "Readers see what")]).unwrap();
    for (old, new, kind, item, says, asks) in [
        (
            &nothing,
            &all,
            ChangeKind::Widened,
            "publish",
            "how many installations there are and `commands`, `sizes`",
            true,
        ),
        (&all, &nothing, ChangeKind::Narrowed, "publish", "no figures are published any more", false),
        (&fewer, &all, ChangeKind::Widened, "publish.tables", "with `commands`", true),
        (&all, &fewer, ChangeKind::Narrowed, "publish.tables", "without `commands`", false),
        (&all, &monthly, ChangeKind::Widened, "publish.every", "each month, was each quarter", true),
        (&monthly, &all, ChangeKind::Narrowed, "publish.every", "each quarter, was each month", false),
        (&all, &reason, ChangeKind::Restated, "publish.why", "\"Readers see what", true),
    ] {
        let diff = old.diff(new);
        assert_eq!(diff.changes.len(), 1, "{diff:?}");
        let change = &diff.changes[0];
        assert_eq!((change.kind, &*change.item), (kind, item));
        assert!(change.detail.contains(says), "{}", change.detail);
        assert_eq!(diff.ask_again(), asks, "{diff:?}");
    }
}

#[test]
fn a_site_that_moves_is_told_with_the_key_that_has_its_name() {
    let moved = changed(&[("/figures\"", "/numbers\""), (KEY, MOVED)]).unwrap();
    let diff = manifest().diff(&moved);
    assert!(!diff.ask_again());
    let items: Vec<_> = diff.changes.iter().map(|change| (change.kind, &*change.item)).collect();
    let reworded = |item| (ChangeKind::Reworded, item);
    assert!(
        diff.text().contains("what was published there stays, and another log begins"),
        "{}",
        diff.text()
    );
    assert_eq!(items, [reworded("publish.site"), reworded("publish.keys"), reworded("publish.keys")]);
}

#[test]
fn a_key_that_comes_or_goes_is_told_as_one() {
    let twin = "kiln.example/figures+72c8171b+Aa4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
    let old = manifest();
    let both = changed(&[(KEY, &format!("{KEY}\", \"{twin}"))]).unwrap();
    let new = changed(&[(KEY, twin)]).unwrap();
    let details = |old: &Manifest, new: &Manifest| -> String {
        let diff = old.diff(new);
        assert!(!diff.ask_again());
        diff.changes.into_iter().map(|change| format!("{}: {}\n", change.item, change.detail)).collect()
    };
    let comes = format!("publish.keys: `{twin}` signs from this revision on\n");
    let goes = format!("publish.keys: `{KEY}` is no longer trusted by programs from this revision on\n");
    assert_eq!(details(&old, &both), comes);
    assert_eq!(details(&both, &new), goes);
    assert_eq!(details(&old, &new), comes + &goes);
}

#[test]
fn a_table_of_an_event_that_is_renamed_is_the_same_table() {
    let old = changed(&[("\"events.warmed\"", "\"events.glazed\"")]).unwrap();
    let new = changed(&[
        ("\"events.warmed\"", "\"events.painted\""),
        ("[events.glazed]", "[events.painted]"),
        ("was = [\"enamelled\"]", "was = [\"glazed\", \"enamelled\"]"),
    ]);
    let diff = old.diff(&new.unwrap());
    assert!(diff.changes.iter().all(|change| !change.item.starts_with("publish")), "{diff:?}");
    assert!(diff.changes.iter().any(|change| change.kind == ChangeKind::Renamed), "{diff:?}");
}

#[test]
fn users_read_what_is_published_and_what_it_tells_of_them() {
    let page = manifest().disclosure_markdown();
    for part in [
        "## What is published for everybody",
        "| Published | numbers of installations, with noise added; see below |",
        "Each quarter these figures are published at `https://kiln.example/figures`, under the licence CC-BY-4.0. Why: Users see",
        "- of each command, for how many installations it mostly worked",
        "- how many installations recorded the event `warmed`",
        "- of each kind of requests in the timings `fires`",
        "right at most 62 times in 100, where a coin is right 50 times; from the four of a year at most 73 times",
        "An installation counts only if its own program said so",
        "What is once published stays",
        "`aboveboard figures verify https://kiln.example/figures` checks it. `kiln telemetry published` checks the newest",
        "- `kiln.example/figures+73c67699+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8`",
    ] {
        assert!(page.contains(part), "{part} is not in: {page}");
    }
    assert!(!page.contains("is counted."), "every component is: {page}");
    let monthly = changed(&[("\"quarter\"", "\"month\"")]).unwrap().disclosure_markdown();
    assert!(monthly.contains("from the twelve of a year at most 89 times"), "{monthly}");
    let operated = [
        ("server = \"notice\"", "server = \"operator\""),
        ("\"sizes\", \"actions\", \"events.warmed\", \"timings.fires\"", ""),
    ];
    let operated = changed(&operated).unwrap().disclosure_markdown();
    assert!(operated.contains("No installation of the server is counted."), "{operated}");
    let silent = parse(BASE, "telemetry.toml").unwrap().disclosure_markdown();
    assert!(!silent.contains("ublished"), "{silent}");
}

#[test]
fn a_program_carries_what_its_users_need_to_check_what_is_published() {
    let declaration = manifest().declaration();
    assert_eq!(declaration.published_each(), Some("quarter"));
    assert_eq!(&*declaration.publish_site, "https://kiln.example/figures");
    assert_eq!(&*declaration.publish_keys, [KEY]);
    assert_eq!(&*declaration.published, ["commands", "sizes", "actions", "events.warmed", "timings.fires"]);
    let source = manifest().rust();
    for part in [KEY, "publish_months: 3", "https://kiln.example/figures", "events.warmed"] {
        assert!(source.contains(part), "{part}");
    }
    assert_eq!(parse(BASE, "telemetry.toml").unwrap().declaration().published_each(), None);
}
