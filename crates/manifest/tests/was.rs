//! Names that change: what a manifest may say of them, and what the difference says.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use aboveboard_manifest::{ChangeKind, Manifest, RenamedItem, parse};

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
retention = "90 days"
[consent]
server = "notice"
cli = "ask"
app = "ask"
[defaults]
owner = "data@kiln.example"
since = 2026-11-01
until = 2028-11-01
[counts.bricks]
what = "bricks"
why = "How many bricks must the shelf bear?"
chart = "share"
by = ["red", "blue"]
[counts.pots]
what = "pots"
why = "How many pots must the shelf bear?"
chart = "distribution"
edges = [1, 10, 100]
[cli]
why = "Which commands are used, and which fail?"
chart = "table"
commands = ["metadata push", "init"]
[console]
why = "Which pages are used, and which could go?"
chart = "table"
routes = ["/tables", "/"]
actions = { lit = "kiln/lit" }
[events.glazed]
component = "app"
what = "a pot was glazed"
why = "Is glazing worth its keep?"
chart = "table"
[events.glazed.fields]
colour = { choice = ["crimson", "blue"] }
coats = { count = 20, what = "coats of glaze" }
"#;

/// Each thing under another name.
const RENAMED: &[(&str, &str)] = &[
    ("revision = 3", "revision = 4"),
    ("[counts.bricks]\n", "[counts.tiles]\nwas = [\"bricks\"]\n"),
    ("by = [\"red\", \"blue\"]\n", "by = [\"crimson\", \"blue\"]\nby-was = { crimson = [\"red\"] }\n"),
    (
        "commands = [\"metadata push\", \"init\"]\n",
        "commands = [\"metadata apply\", \"init\"]\ncommands-was = { \"metadata apply\" = [\"metadata push\"] }\n",
    ),
    (
        "routes = [\"/tables\", \"/\"]\nactions = { lit = \"kiln/lit\" }\n",
        "routes = [\"/data\", \"/\"]\nroutes-was = { \"/data\" = [\"/tables\"] }\n\
         actions = { kindled = \"kiln/lit\" }\nactions-was = { kindled = [\"lit\"] }\n",
    ),
    ("[events.glazed]\n", "[events.enamelled]\nwas = [\"glazed\"]\n"),
    ("[events.glazed.fields]", "[events.enamelled.fields]"),
    (
        "colour = { choice = [\"crimson\", \"blue\"] }",
        "paint = { choice = [\"red\", \"blue\"], was = [\"colour\"], choice-was = { red = [\"crimson\"] } }",
    ),
];

fn read(text: &str) -> Manifest {
    parse(text, "telemetry.toml").unwrap_or_else(|problems| panic!("{problems:?}\n{text}"))
}

fn with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(BASE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

#[test]
fn every_kind_of_name_says_what_it_was_and_the_difference_says_renamed() {
    let old = read(BASE);
    let new = read(&with(RENAMED));
    let renames = new.renames();
    for expected in [
        (RenamedItem::Count("tiles"), "bricks"),
        (RenamedItem::CountEntry("tiles", "crimson"), "red"),
        (RenamedItem::Command("metadata apply"), "metadata push"),
        (RenamedItem::Action("kindled"), "lit"),
        (RenamedItem::Route("/data"), "/tables"),
        (RenamedItem::Event("enamelled"), "glazed"),
        (RenamedItem::Field("enamelled", "paint"), "colour"),
        (RenamedItem::FieldEntry("enamelled", "paint", "red"), "crimson"),
    ] {
        let found = renames.iter().any(|it| (it.item, it.old) == expected);
        assert!(found, "{expected:?} in {renames:?}");
    }
    let diff = old.diff(&new);
    assert!(diff.changes.iter().all(|change| change.kind == ChangeKind::Renamed), "{diff:?}");
    assert_eq!((diff.changes.len(), diff.problems.len(), diff.hints.len()), (8, 0, 0), "{diff:?}");
    // Users agreed to names.
    assert!(diff.ask_again());
    let text = diff.text();
    assert!(text.contains("Renamed:\n"), "{text}");
    assert!(
        text.contains("  cli.commands: `metadata apply`, was `metadata push`; both are counted together\n")
    );
    assert!(diff.json().contains("\"turn\":\"renamed\""));
    let page = new.disclosure_markdown();
    assert!(page.contains("### Names that changed") && page.contains("- `enamelled` was `glazed`"), "{page}");
}

#[test]
fn an_old_name_stands_for_one_thing_that_is_declared_and_for_nothing_else() {
    for (from, to, what) in [
        // Still declared; so an exchange of two names is refused too, and a circle.
        (
            "[counts.pots]\n",
            "[counts.pots]\nwas = [\"bricks\"]\n",
            "`bricks` is an old name of `pots` and is still in `counts`",
        ),
        (
            "[counts.pots]\n",
            "[counts.pots]\nwas = [\"pots\"]\n",
            "`pots` is an old name of `pots` and is still in",
        ),
        (
            "by = [",
            "by-was = { red = [\"blue\"], blue = [\"red\"] }\nby = [",
            "`blue` is an old name of `red` and is still in `counts.bricks.by`",
        ),
        (
            "choice = [\"crimson\"",
            "choice-was = { crimson = [\"other\"] }, choice = [\"crimson\"",
            "`other` is an old name",
        ),
        // Claimed twice.
        (
            "commands = [",
            "commands-was = { init = [\"begin\"], \"metadata push\" = [\"begin\"] }\ncommands = [",
            "`init` and `metadata push` were both called `begin`",
        ),
        // Of nothing.
        (
            "routes = [",
            "routes-was = { \"/tabels\" = [\"/t\"] }\nroutes = [",
            "`/tabels` has old names and is not in `console.routes`",
        ),
        ("count = 20", "count = 20, choice-was = { a = [\"b\"] }", "`choice-was` is given without `choice`"),
        ("count = 20", "count = 20, was = []", "`was` is an empty list"),
        (
            "commands = [",
            "commands-was = { init = [\"--begin\"] }\ncommands = [",
            "`--begin` cannot be an entry",
        ),
    ] {
        let problems = parse(&with(&[(from, to)]), "telemetry.toml").map(|_| ()).unwrap_err();
        assert!(problems.iter().any(|problem| problem.what.contains(what)), "{what}: {problems:?}");
    }
}

#[test]
fn a_rename_with_another_meaning_is_refused_and_one_that_forgets_an_older_name_too() {
    let old = read(BASE);
    for (changes, says) in [
        (
            &[("coats = { count = 20,", "layers = { flag = true, was = [\"coats\"],")][..],
            "`layers` was `coats`, and it is a field of another type",
        ),
        (
            &[(
                "colour = { choice = [\"crimson\", \"blue\"]",
                "paint = { choice = [\"oil\", \"water\"], was = [\"colour\"]",
            )],
            "each holds values that the other cannot hold",
        ),
        (
            &[
                ("[counts.pots]\n", "[counts.jars]\nwas = [\"pots\"]\n"),
                ("edges = [1, 10, 100]", "edges = [5, 50]"),
            ],
            "each has edges that the other does not have",
        ),
        (
            &[
                ("[counts.bricks]\n", "[counts.tiles]\nwas = [\"bricks\"]\n"),
                ("by = [\"red\", \"blue\"]\n", ""),
            ],
            "only one of the two is split by a list",
        ),
        (
            &[
                (
                    "[events.glazed]\ncomponent = \"app\"",
                    "[events.shone]\nwas = [\"glazed\"]\ncomponent = \"cli\"",
                ),
                ("[events.glazed.fields]", "[events.shone.fields]"),
            ],
            "another component records it",
        ),
    ] {
        let text = with(changes);
        let text = if text.contains("by = ") {
            text
        } else {
            text.replacen("chart = \"share\"", "chart = \"number\"", 1)
        };
        let diff = old.diff(&read(&text));
        assert_eq!(diff.problems.len(), 1, "{says}: {diff:?}");
        assert!(diff.problems[0].to_string().contains(says), "{}", diff.problems[0]);
        assert!(diff.json().contains("\"problems\":[{\"what\":"));
    }
    // Twice renamed: the newest manifest lists every old name.
    let second = read(&with(&[("[counts.pots]\n", "[counts.jars]\nwas = [\"pots\"]\n")]));
    let forgets = read(&with(&[("[counts.pots]\n", "[counts.jugs]\nwas = [\"jars\"]\n")]));
    let lists = read(&with(&[("[counts.pots]\n", "[counts.jugs]\nwas = [\"jars\", \"pots\"]\n")]));
    let diff = second.diff(&forgets);
    assert!(diff.problems[0].what.contains("`jugs` was also `pots`"), "{diff:?}");
    assert!(diff.problems[0].remedy.contains("add \"pots\""), "{diff:?}");
    let diff = second.diff(&lists);
    assert_eq!((diff.problems.len(), diff.changes.len()), (0, 1), "{diff:?}");
    assert_eq!(diff.changes[0].kind, ChangeKind::Renamed);
    // From before the first rename it is one step too.
    assert_eq!(old.diff(&lists).changes[0].detail, "`jugs`, was `pots`; both are counted together");
    // Letting an old name go is said, and not hidden.
    let gone = second.diff(&read(&BASE.replacen("[counts.pots]", "[counts.jars]", 1)));
    assert_eq!(gone.changes[0].detail, "`jars` no longer counts what was recorded as `pots`");
    assert!(!gone.ask_again());
}

#[test]
fn what_looks_like_a_rename_gets_a_hint_with_the_line_to_write() {
    let old = read(BASE);
    for (from, to, item, remedy) in [
        ("[counts.bricks]", "[counts.tiles]", "counts.tiles", "was = [\"bricks\"]"),
        (
            "\"metadata push\"",
            "\"metadata apply\"",
            "cli.commands",
            "commands-was = { \"metadata apply\" = [\"metadata push\"] }",
        ),
        ("by = [\"red\"", "by = [\"crimson\"", "counts.bricks.by", "by-was = { \"crimson\" = [\"red\"] }"),
        ("coats = {", "layers = {", "events.glazed.fields.layers", "was = [\"coats\"]"),
        (
            "[\"crimson\", \"blue\"]",
            "[\"red\", \"blue\"]",
            "events.glazed.fields.colour",
            "choice-was = { \"red\" = [\"crimson\"] }",
        ),
        ("lit = ", "kindled = ", "console.actions", "actions-was = { \"kindled\" = [\"lit\"] }"),
    ] {
        let diff = old.diff(&read(&with(&[(from, to)])));
        let hints: Vec<_> = diff.hints.iter().map(|hint| (&*hint.item, &*hint.remedy)).collect();
        assert_eq!(hints, [(item, remedy)], "{diff:?}");
        assert!(diff.text().contains("Perhaps renamed:"), "{}", diff.text());
    }
    let diff = old.diff(&read(&with(&[("\"init\"", "\"init\", \"serve\"")])));
    assert_eq!(diff.hints, []);
}

#[test]
fn old_names_are_no_part_of_what_agents_check_against() {
    let new = read(&with(RENAMED));
    let declaration = new.declaration();
    assert!(declaration.events.iter().all(|event| event.name != "glazed"));
    assert!(declaration.commands.iter().all(|command| command != "metadata push"));
    assert!(!new.rust().to_string().contains("Glazed"));
}
