//! Funnels: what a manifest may say of them, what is linted, and what users read.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use aboveboard_manifest::{ChangeKind, Manifest, Problem, StepItem, parse};

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
chart = "number"
[cli]
why = "Which commands are used, and which fail?"
chart = "table"
commands = ["fire", "fire twice", "opened", "report"]
[console]
why = "Which pages are used, and which could go?"
chart = "table"
actions = { lit = "kiln/lit" }
[events.opened]
component = "app"
what = "the kiln was opened"
why = "How often is the kiln opened?"
chart = "number"
[events.warmed]
component = "server"
what = "the kiln was warm"
why = "How often does the kiln get warm?"
chart = "number"
until = 2027-11-01
[events.glazed]
component = "app"
was = ["enamelled"]
what = "a pot was glazed"
why = "Is glazing worth its keep?"
chart = "number"
share = "1/10"
"#;

fn with(funnels: &str) -> Result<Manifest, Vec<Problem>> {
    parse(&format!("{BASE}{funnels}"), "telemetry.toml")
}

fn of(steps: &str) -> String {
    format!(
        "[funnels.first-pot]\nsteps = {steps}\nwithin = \"7d\"\nwhy = \"Where do people stop before a pot?\"\n"
    )
}

fn refused(funnels: &str) -> Vec<Problem> {
    with(funnels).map(|_| ()).unwrap_err()
}

#[test]
fn a_step_is_an_event_a_command_an_action_or_a_report_by_its_name_or_with_its_kind() {
    let manifest = with("").unwrap();
    let event = |name: &str| Some(StepItem::Event(name.to_owned()));
    let command = |path: &str| Some(StepItem::Command(path.to_owned()));
    for (step, meaning) in [
        ("warmed", event("warmed")),
        ("event:opened", event("opened")),
        ("command:opened", command("opened")),
        ("fire twice", command("fire twice")),
        ("command:fire", command("fire")),
        ("lit", Some(StepItem::Action("lit".to_owned()))),
        ("report", Some(StepItem::Report)),
        ("command:report", command("report")),
        // An old name means what it is called now; what was declared once and is gone still means itself.
        ("enamelled", event("glazed")),
        ("event:enamelled", event("glazed")),
        ("event:gone", event("gone")),
        ("gone", None),
    ] {
        assert_eq!(manifest.step(step), meaning, "{step}");
    }
    assert!(!manifest.declares(&StepItem::Event("gone".to_owned())));
}

#[test]
fn what_cannot_be_a_funnel_is_refused_with_its_remedy() {
    for (funnel, what, remedy) in [
        (of(r#"["fire"]"#), "a funnel has 2 to 10 steps, not 1", "steps = "),
        (of(r#"["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]"#), "not 11", "steps = "),
        (
            of(r#"["fire", "opened"]"#),
            "`opened` stands for `event:opened` and `command:opened`",
            "`event:opened`",
        ),
        (of(r#"["fire", "--all"]"#), "`--all` cannot be a step", "steps = "),
        (of(r#"["fire", 7]"#), "`steps` must be a list of steps", "a list of steps"),
        (of(r#"["fire", "lit"]"#).replace("7d", "36h"), "whole days from `1d` to `90d`", "7d"),
        (of(r#"["fire", "lit"]"#).replace("7d", "91d"), "whole days from `1d` to `90d`", "7d"),
        (of(r#"["fire", "lit"]"#).replace("why", "wy"), "unknown key `wy`", "`why`"),
        (
            of(r#"["fire", "lit"]"#) + &of(r#"["fire", "lit"]"#).replace("first-pot", "first_pot"),
            "the same name in generated code",
            "another name",
        ),
    ] {
        let problems = refused(&funnel);
        let found = problems.iter().find(|problem| problem.what.contains(what));
        let found = found.unwrap_or_else(|| panic!("{funnel}: {problems:?}"));
        assert!(found.remedy.contains(remedy), "{found}");
        assert!(found.line > BASE.lines().count(), "{found}");
    }
}

#[test]
fn lints_find_steps_that_nobody_takes() {
    for (steps, lint, says) in [
        (r#"["fire", "fire"]"#, "repeated-step", "`fire` follows itself"),
        (r#"["fire", "command:fire"]"#, "repeated-step", "`command:fire` follows itself"),
        (r#"["fire", "event:opend"]"#, "unknown-step", "write `opened`, if that is meant"),
        (r#"["fire", "event:enamelled"]"#, "unknown-step", "write `event:glazed`, as it is called now"),
        (r#"["report", "fire"]"#, "steps-apart", "`report` is recorded by the installation of a server"),
        (r#"["warmed", "event:opened"]"#, "steps-apart", "`event:opened` by the installation of a user"),
        // Who serves the console is a server or the program of a user, and not both.
        (r#"["report", "lit", "fire"]"#, "steps-apart", "`fire` by the installation of a user"),
        (r#"["report", "warmed"]"#, "step-expires", "`warmed` is recorded until 2027-11-01"),
        (r#"["fire", "glazed"]"#, "sampled-step", "only 1/10 of the installations record `glazed`"),
    ] {
        let lints = with(&of(steps)).unwrap().lints();
        let found = lints.iter().find(|problem| problem.lint == Some(lint));
        let found = found.unwrap_or_else(|| panic!("{steps}: {lints:?}"));
        assert!(found.to_string().contains(says), "{found}");
        let reason = format!("allow = {{ {lint} = \"the figures are of the past\" }}\n");
        let allowed = with(&(of(steps) + &reason)).unwrap().lints();
        assert!(allowed.iter().all(|problem| problem.lint != Some(lint)), "{allowed:?}");
    }
    for steps in [r#"["report", "lit"]"#, r#"["lit", "fire"]"#, r#"["fire", "event:opened", "fire"]"#] {
        assert_eq!(with(&of(steps)).unwrap().lints(), [], "{steps}");
    }
}

#[test]
fn a_funnel_collects_nothing_in_the_difference_and_says_so_to_users() {
    let without = with("").unwrap();
    let one = with(&of(r#"["report", "lit"]"#)).unwrap();
    let other = with(&of(r#"["report", "lit"]"#).replace("7d", "9d")).unwrap();
    for (old, new, says) in [
        (&without, &one, "a new funnel, for which nothing is collected: `report`, `lit` within 7d"),
        (&one, &other, "`report`, `lit` within 9d, was `report`, `lit` within 7d"),
        (&one, &without, "a funnel that is gone"),
    ] {
        let diff = old.diff(new);
        assert!(!diff.ask_again());
        assert_eq!(diff.changes.len(), 1, "{diff:?}");
        assert_eq!((diff.changes[0].kind, &*diff.changes[0].detail), (ChangeKind::Reworded, says));
    }
    let page = one.disclosure_markdown();
    assert!(
        page.contains(
            "- `first-pot`: `report`, `lit`, within 7 days. Why: Where do people stop before a pot?"
        ),
        "{page}"
    );
    assert!(page.contains("Nothing is collected for it"), "{page}");
    assert!(!without.disclosure_markdown().contains("What is put together"));
}
