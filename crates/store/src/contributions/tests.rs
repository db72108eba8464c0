use std::collections::BTreeSet;
use std::sync::Arc;

use aboveboard_manifest::{Manifest, PublishTable, ReleaseLine};
use aboveboard_types::declaration::{Component, Policy};
use aboveboard_types::envelope::Marks;
use aboveboard_types::event::Ending;
use aboveboard_types::value::Version;
use proptest::prelude::*;

use super::*;
use crate::calendar::Day;
use crate::context::Context;
use crate::in_force::{ManifestRevision, ManifestsInForce};
use crate::new_names::NewNames;
use crate::read::{
    BatchRow, FieldValue, InstallationKey, Recorded, ReportedCount, RequestSum, RowEvent, RowSum,
};

const PERIOD: Day = 20_000;
const PERIOD_BEFORE: Day = 19_910;

/// A manifest with everything that can be published, and 30 commands, 25 actions, 12 choices, 12 kinds of request.
fn manifest() -> Manifest {
    let list = |name: &str, count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("\"{name}{number}\"")).collect();
        names.join(", ")
    };
    let actions: String = (0..25).map(|number| format!("action{number} = \"did/{number}\"\n")).collect();
    let text = format!(
        r#"
grammar = 1
[product]
id = "quarry"
name = "Quarry"
revision = 3
endpoint = "https://telemetry.quarry.example"
ingest-key = "qk_pub_quarry"
controller = "The Quarry project, Berlin"
contact = "privacy@quarry.example"
policy = "https://quarry.example/privacy"
hosting = "DE"
retention = "13 months"
[consent]
server = "notice"
cli = "ask"
app = "ask"
[publish]
why = "Users see what their data is used for."
every = "quarter"
tables = ["commands", "sizes", "actions", "events.built", "events.opened", "timings.requests"]
licence = "CC0-1.0"
site = "https://sum.golang.org"
keys = ["sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"]
[defaults]
owner = "team@quarry.example"
since = 2026-11-01
until = 2028-11-01
[server]
every = "24h"
[counts.tables]
was = ["sheets"]
what = "tables tracked"
why = "How large are catalogs?"
chart = "distribution"
edges = [1, 10, 100]
[counts.roles]
what = "roles"
why = "How many are there?"
chart = "number"
[counts.permissions]
what = "permission rules"
why = "Which kinds of rule deserve the better editor first?"
by = ["select", "insert"]
chart = "share"
[timings.requests]
what = "requests served"
why = "Which kinds of request are slow?"
chart = "table"
by = {{ operation = [{operations}], transport = ["http", "socket"] }}
edges = ["5ms", "50ms"]
[cli]
why = "Which commands fail too often?"
chart = "table"
commands = [{commands}]
[console]
why = "Which pages are used?"
chart = "table"
routes = ["/"]
[console.actions]
{actions}
[events.built]
was = ["compiled"]
what = "how building went"
why = "Where does it fail?"
chart = "share"
component = "cli"
fold = "10s"
[events.built.fields]
provider = {{ choice = [{providers}] }}
extensions = {{ set = ["compose", "kind"] }}
status = {{ code = [100, 599], what = "HTTP status" }}
number = {{ code = [0, 60000], what = "a number of many" }}
took = {{ duration = ["1s", "30s"] }}
retries = {{ count = 100 }}
cached = {{ flag = true }}
framework = {{ version = true }}
place = {{ country = true }}
[events.opened]
what = "the application was opened"
why = "Is it?"
chart = "number"
component = "app"
"#,
        operations = list("op", 6),
        commands = list("command", 30),
        providers = list("provider", 12),
    );
    let mut manifest = aboveboard_manifest::parse(&text, "a test").unwrap();
    manifest.consent.app = Some(Policy::Operator);
    manifest
}

fn lines() -> Vec<ReleaseLine> {
    vec![ReleaseLine { major: 2, minor: 1 }, ReleaseLine { major: 2, minor: 0 }]
}

fn layout() -> Layout {
    Layout::of(&manifest(), &lines())
}

fn row(component: Component, events: Vec<Recorded>) -> BatchRow {
    let context = Context {
        component,
        version: Version::parse("2.1.7").unwrap(),
        os: "linux".into(),
        arch: "x86_64".into(),
        marks: Marks::default(),
    };
    let events = events.into_iter().map(|what| RowEvent { hour: 12, what }).collect();
    BatchRow { installation: InstallationKey(1), context, events }
}

fn command(number: usize, ending: Ending) -> Recorded {
    let command = format!("command{number}").into();
    Recorded::Command { command, ending, server: None, server_version: None }
}

fn report(counts: &[(&str, Option<&str>, u64)]) -> Recorded {
    let count = |(count, entry, number): &(&str, Option<&str>, u64)| ReportedCount {
        count: (*count).into(),
        entry: entry.map(Into::into),
        number: *number,
    };
    Recorded::Report(counts.iter().map(count).collect())
}

fn built(times: u64, fields: &[(&str, FieldValue)]) -> Recorded {
    let field =
        |(name, value): &(&str, FieldValue)| (Arc::from(format!("built.{name}").as_str()), value.clone());
    Recorded::Declared { event: "built".into(), times, fields: fields.iter().map(field).collect() }
}

/// What an installation with these rows adds.
fn contribution(layout: &Layout, rows: &[(Day, BatchRow)], key: u8, first: Day) -> Option<Contribution> {
    let manifest = manifest();
    let finder = CellFinder::new(layout, &manifest);
    let mut tally = Tally::default();
    rows.iter().for_each(|(day, row)| tally.add(&finder, *day, row));
    let tables = CountedTables::all(layout);
    let of =
        Contributor { key: [key; 16], first, period: PERIOD, period_before: PERIOD_BEFORE, tables: &tables };
    tally.contribution(&finder, &of)
}

/// The cells of a contribution as `TABLE KEY`.
fn named(layout: &Layout, contribution: &Contribution) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (_, table, first) in layout.tables() {
        for (key, cell) in table.cells.iter().zip(first..) {
            if contribution.cells.contains(&cell) {
                all.insert(format!("{} {key}", table.name));
            }
        }
    }
    all
}

fn added(rows: &[(Day, BatchRow)]) -> Vec<String> {
    let layout = layout();
    let contribution = contribution(&layout, rows, 1, PERIOD).unwrap();
    let headline = ["active", "age", "component", "platform", "version"];
    let is_detail = |name: &String| !headline.contains(&name.split(' ').next().unwrap());
    named(&layout, &contribution).into_iter().filter(is_detail).collect()
}

#[test]
fn the_layout_follows_the_manifest_and_no_service_of_an_operator_feeds_it() {
    let layout = layout();
    let groups: Vec<_> = layout.groups.iter().map(|group| (&*group.name, group.at_most)).collect();
    assert_eq!(
        groups,
        [
            ("headline", 5),
            ("commands", 10),
            ("sizes", 3),
            ("actions", 10),
            ("events.built", 18),
            ("timings.requests", 10)
        ]
    );
    assert_eq!(layout.groups[0].components, [Component::Server, Component::Cli]);
    assert_eq!(layout.groups[3].components, [Component::Server, Component::Cli]);
    let table = |name: &str| {
        let found = layout.tables().find(|(_, table, _)| table.name == name);
        found.map(|(_, table, _)| (table.form, table.cells.join(" ")))
    };
    assert_eq!(table("component"), Some((TableForm::Partition, "server cli".to_owned())));
    assert_eq!(table("version"), Some((TableForm::Partition, "2.0 2.1 other".to_owned())));
    assert_eq!(table("sizes.tables"), Some((TableForm::Partition, "0 1 10 100".to_owned())));
    assert_eq!(table("sizes.permissions"), Some((TableForm::Several, "select insert".to_owned())));
    assert_eq!(table("events.built.cached"), Some((TableForm::Partition, "true false".to_owned())));
    assert_eq!(
        table("events.built.retries"),
        Some((TableForm::Partition, "0 1 2 5 10 20 50 100".to_owned()))
    );
    assert_eq!(table("events.built.extensions"), Some((TableForm::Several, "compose kind other".to_owned())));
    assert_eq!(table("timings.requests.op5.socket"), Some((TableForm::Partition, "0 5 50".to_owned())));
    let none = ["sizes.roles", "events.built.number", "events.built.framework", "events.built.place"];
    assert_eq!(none.map(table), [const { None }; 4]);
    assert_eq!(table("platform").unwrap().1.split(' ').count(), 90);
    let mut nothing = manifest();
    nothing.publish = None;
    let headline = Layout::of(&nothing, &[]);
    assert_eq!(
        (headline.groups.len(), headline.groups[0].tables.len(), headline.groups[0].at_most),
        (1, 4, 4)
    );
}

#[test]
fn no_name_of_a_table_is_given_twice() {
    let layout = layout();
    let names: BTreeSet<_> = layout.tables().map(|(_, table, _)| &table.name).collect();
    assert_eq!(names.len(), layout.tables().count());
    assert!(names.iter().all(|name| !name.contains('/')), "they name files");
}

#[test]
fn a_command_fails_from_every_second_run_that_ended() {
    let runs = |worked: usize, failed: usize, unfinished: usize| {
        let of = |count, ending| (0..count).map(move |_| command(3, ending));
        let events = of(worked, Ending::Success)
            .chain(of(failed, Ending::Error))
            .chain(of(unfinished, Ending::Unfinished));
        added(&[(PERIOD, row(Component::Cli, events.collect()))])
    };
    assert_eq!(runs(2, 1, 9), ["commands.worked command3"]);
    assert_eq!(runs(1, 1, 0), ["commands.failing command3"]);
    assert_eq!(runs(0, 1, 0), ["commands.failing command3"]);
    assert!(runs(0, 0, 5).is_empty(), "nobody saw how it ended");
}

#[test]
fn sizes_are_those_of_the_last_report_under_the_new_names() {
    let rows = [
        (
            PERIOD,
            row(
                Component::Server,
                vec![report(&[("tables", None, 500), ("permissions", Some("insert"), 1)])],
            ),
        ),
        (
            PERIOD + 1,
            row(
                Component::Server,
                vec![report(&[
                    ("sheets", None, 12),
                    ("permissions", Some("select"), 3),
                    ("permissions", Some("insert"), 0),
                    ("roles", None, 4),
                ])],
            ),
        ),
    ];
    assert_eq!(added(&rows), ["sizes.permissions select", "sizes.tables 10"]);
}

#[test]
fn a_field_counts_at_the_value_that_it_had_most_often_and_of_equal_ones_at_the_first() {
    let flag = |flag| ("cached", FieldValue::Flag(flag));
    let events = vec![
        built(1, &[flag(true), ("retries", FieldValue::Number(7)), ("status", FieldValue::Number(404))]),
        built(3, &[flag(false), ("retries", FieldValue::Number(30))]),
        built(2, &[flag(true), ("took", FieldValue::Number(30_000))]),
        built(1, &[("extensions", FieldValue::NoMember), ("status", FieldValue::Number(999))]),
        built(
            1,
            &[
                ("extensions", FieldValue::Choice("other".into())),
                ("extensions", FieldValue::Choice("kind".into())),
            ],
        ),
        built(1, &[("provider", FieldValue::Choice("provider3".into()))]),
    ];
    assert_eq!(
        added(&[(PERIOD, row(Component::Cli, events))]),
        [
            "events.built happened",
            "events.built.cached true",
            "events.built.extensions kind",
            "events.built.extensions other",
            "events.built.provider provider3",
            "events.built.retries 20",
            "events.built.status 404",
            "events.built.took 30000",
        ]
    );
}

#[test]
fn a_timing_counts_at_its_median() {
    let sum = |kind: &str, from, n| RowSum {
        name: format!("requests {kind}").into(),
        from,
        sum: RequestSum::Requests(n),
    };
    let spent = RowSum { name: "requests op0/http".into(), from: 0, sum: RequestSum::Milliseconds(1_000) };
    let sums = vec![
        sum("op0/http", 0, 3),
        sum("op0/http", 5, 1),
        sum("op0/http", 50, 3),
        spent,
        sum("op1/socket", 50, 1),
    ];
    assert_eq!(
        added(&[(PERIOD, row(Component::Server, vec![Recorded::Requests(sums)]))]),
        ["timings.requests.op0.http 5", "timings.requests.op1.socket 50"]
    );
}

#[test]
fn an_installation_counts_under_the_component_of_most_of_its_days_and_with_nothing_of_another() {
    let cli = row(Component::Cli, vec![command(1, Ending::Success)]);
    let server = row(Component::Server, vec![report(&[("tables", None, 1)])]);
    let console = row(
        Component::Console,
        vec![Recorded::Console {
            action: Some("action3".into()),
            route: "/".into(),
            server: None,
            cli: None,
        }],
    );
    let equal =
        [(PERIOD, cli.clone()), (PERIOD, cli.clone()), (PERIOD, server.clone()), (PERIOD, console.clone())];
    assert_eq!(added(&equal), ["actions action3", "sizes.tables 1"]);
    let more = [(PERIOD, cli.clone()), (PERIOD, server), (PERIOD + 1, cli), (PERIOD + 1, console.clone())];
    assert_eq!(added(&more), ["actions action3", "commands.worked command1"]);
    let layout = layout();
    assert_eq!(contribution(&layout, &[(PERIOD, console)], 1, PERIOD), None);
    let app = row(Component::App, vec![]);
    assert_eq!(contribution(&layout, &[(PERIOD, app)], 1, PERIOD), None, "its operator counts it");
}

#[test]
fn the_headline_says_where_an_installation_was_seen_last_and_how_old_it_is() {
    let layout = layout();
    let mut later = row(Component::Cli, vec![]);
    later.context.version = Version::parse("9.9.9").unwrap();
    later.context.os = "macos".into();
    let rows = [(PERIOD, row(Component::Cli, vec![])), (PERIOD + 3, later)];
    for (first, age) in [
        (PERIOD, "age new"),
        (PERIOD - 1, "age before"),
        (PERIOD_BEFORE, "age before"),
        (PERIOD_BEFORE - 1, "age older"),
    ] {
        let all = named(&layout, &contribution(&layout, &rows, 1, first).unwrap());
        let expected = ["active active", age, "component cli", "platform macos/x86_64", "version other"];
        assert_eq!(all, expected.map(str::to_owned).into());
    }
    let all = named(&layout, &contribution(&layout, &rows[..1], 1, PERIOD).unwrap());
    assert!(all.contains("version 2.1") && all.contains("platform linux/x86_64"));
}

#[test]
fn which_commands_count_is_chosen_by_the_key_alone() {
    let layout = layout();
    let all: Vec<Recorded> = (0..30).map(|number| command(number, Ending::Success)).collect();
    let of = |key| {
        contribution(&layout, &[(PERIOD, row(Component::Cli, all.clone()))], key, PERIOD).unwrap().cells
    };
    assert_eq!(of(1), of(1));
    let chosen: BTreeSet<_> = (0..20).map(of).collect();
    assert_eq!(chosen.len(), 20, "every installation has a choice of its own");
}

#[test]
fn a_table_counts_only_those_whose_revision_publishes_it() {
    let layout = layout();
    let manifest = manifest();
    let finder = CellFinder::new(&layout, &manifest);
    let mut tally = Tally::default();
    tally.add(&finder, PERIOD, &row(Component::Cli, vec![command(1, Ending::Success), built(1, &[])]));
    let of_revision = |change: &dyn Fn(&mut Manifest)| {
        let mut revision = self::manifest();
        change(&mut revision);
        let tables = CountedTables::of_revision(&layout, &revision, &NewNames::of(&manifest));
        let of = Contributor {
            key: [0; 16],
            first: PERIOD,
            period: PERIOD,
            period_before: PERIOD_BEFORE,
            tables: &tables,
        };
        let added = tally.contribution(&finder, &of);
        added.map_or(Vec::new(), |added| {
            let all = named(&layout, &added).into_iter();
            all.filter(|cell| ["active", "commands", "events"].iter().any(|name| cell.starts_with(name)))
                .collect()
        })
    };
    let all = ["active active", "commands.worked command1", "events.built happened"];
    assert_eq!(of_revision(&|_| {}), all);
    let renamed = |revision: &mut Manifest| {
        revision.events[0].name = "compiled".to_owned();
        revision.publish.as_mut().unwrap().tables[3] = PublishTable::Event("compiled".to_owned());
    };
    assert_eq!(of_revision(&renamed), all, "it was called that");
    assert_eq!(of_revision(&|revision| revision.publish.as_mut().unwrap().tables.truncate(1)), all[..2]);
    assert_eq!(of_revision(&|revision| revision.consent.cli = Some(Policy::Operator)), [""; 0]);
    assert_eq!(of_revision(&|revision| revision.publish = None), [""; 0]);
}

fn recorded() -> impl Strategy<Value = (Component, Recorded)> {
    let ending = prop::sample::select(vec![Ending::Success, Ending::Error, Ending::Unfinished]);
    let run = (0usize..40, ending).prop_map(|(number, ending)| (Component::Cli, command(number, ending)));
    let action = (0usize..30).prop_map(|number| {
        let action = Some(format!("action{number}").into());
        (Component::Console, Recorded::Console { action, route: "/".into(), server: None, cli: None })
    });
    let number = prop_oneof![0u64..200, Just(u64::MAX)];
    let name = prop::sample::select(vec!["tables", "sheets", "roles", "permissions", "unknown"]);
    let entry = prop::sample::select(vec![None, Some("select"), Some("insert"), Some("other")]);
    let counts = prop::collection::vec((name, entry, number.clone()), 0..8);
    let reported = counts.prop_map(|counts| (Component::Server, report(&counts)));
    let kind = (0usize..8, prop::sample::select(vec!["http", "socket", "pigeon"]));
    let sums = prop::collection::vec((kind, number.clone(), number.clone()), 0..40).prop_map(|sums| {
        let sum = |((op, transport), from, n): ((usize, &str), u64, u64)| RowSum {
            name: format!("requests op{op}/{transport}").into(),
            from,
            sum: RequestSum::Requests(n),
        };
        (Component::Server, Recorded::Requests(sums.into_iter().map(sum).collect()))
    });
    let field = prop::sample::select(vec![
        "provider",
        "extensions",
        "status",
        "number",
        "took",
        "retries",
        "cached",
        "framework",
        "place",
    ]);
    let value = prop_oneof![
        any::<bool>().prop_map(FieldValue::Flag),
        number.prop_map(FieldValue::Number),
        (0usize..14).prop_map(|number| FieldValue::Choice(format!("provider{number}").into())),
        prop::sample::select(vec!["compose", "kind", "other"])
            .prop_map(|name| FieldValue::Choice(name.into())),
        Just(FieldValue::NoMember),
    ];
    let fields = prop::collection::vec((field, value), 0..40);
    let declared = (fields, 1u64..9).prop_map(|(fields, times)| (Component::Cli, built(times, &fields)));
    prop_oneof![4 => run, 1 => action, 1 => reported, 1 => sums, 1 => declared]
}

fn rows() -> impl Strategy<Value = Vec<(Day, BatchRow)>> {
    let os = prop::sample::select(vec!["linux", "macos", "made-up"]);
    let version = prop::sample::select(vec!["2.1.0", "2.0.63", "2.0.64", "3.0.0-rc"]);
    let drawn = (PERIOD..PERIOD + 90, prop::collection::vec(recorded(), 0..30), os, version);
    prop::collection::vec(drawn, 1..30).prop_map(|drawn| {
        let mut rows = Vec::new();
        for (day, events, os, version) in drawn {
            for component in [Component::Server, Component::Cli, Component::Console, Component::App] {
                let own = events.iter().filter(|(of, _)| *of == component).map(|(_, what)| what.clone());
                let mut row = row(component, own.collect());
                row.context.os = os.into();
                row.context.version = Version::parse(version).unwrap();
                rows.push((day, row));
            }
        }
        rows.sort_by_key(|(day, _)| *day);
        rows
    })
}

/// Holds a contribution against the bounds of a layout.
fn hold(layout: &Layout, contribution: &Contribution) {
    assert!(contribution.cells.is_sorted_by(|a, b| a < b), "each cell once");
    for group in &layout.groups {
        let mut of_group = 0;
        for (_, table, first) in layout.tables().filter(|(of, ..)| of.name == group.name) {
            let cells = first..first + u32::try_from(table.cells.len()).unwrap();
            let added = contribution.cells.iter().filter(|cell| cells.contains(cell)).count();
            assert!(table.form == TableForm::Several || added <= 1, "{}: {added}", table.name);
            assert!(added == 0 || group.is_fed_by(contribution.component), "{}", table.name);
            of_group += added;
        }
        assert!(of_group <= group.at_most as usize, "{}: {of_group}", group.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_recorded_no_bound_is_exceeded(rows in rows(), key in any::<u8>(), first in PERIOD - 300..PERIOD) {
        let layout = layout();
        if let Some(contribution) = contribution(&layout, &rows, key, first) {
            hold(&layout, &contribution);
        }
    }
}

#[test]
fn ten_thousand_commands_and_everything_else_stay_within_the_bounds() {
    let layout = layout();
    let mut runs: Vec<Recorded> = (0..10_000)
        .map(|number| command(number % 30, if number % 7 < 3 { Ending::Error } else { Ending::Success }))
        .collect();
    for provider in 0..12 {
        let choice = FieldValue::Choice(format!("provider{provider}").into());
        runs.push(built(1, &[("provider", choice), ("extensions", FieldValue::Choice("kind".into()))]));
    }
    let action = |number: usize| Recorded::Console {
        action: Some(format!("action{number}").into()),
        route: "/".into(),
        server: None,
        cli: None,
    };
    let sizes = report(&[
        ("tables", None, 7),
        ("sheets", None, 700),
        ("permissions", Some("select"), 1),
        ("permissions", Some("insert"), 1),
    ]);
    let rows = [
        (PERIOD, row(Component::Cli, runs)),
        (PERIOD, row(Component::Console, (0..25).map(action).collect())),
        (PERIOD, row(Component::Server, vec![sizes])),
    ];
    for (of, groups) in [(&rows[..2], [10, 0, 10, 12]), (&rows[1..], [0, 3, 10, 0])] {
        let contribution = contribution(&layout, of, 7, PERIOD).unwrap();
        hold(&layout, &contribution);
        let of_group = |name: &str| {
            let all = named(&layout, &contribution);
            all.iter().filter(|cell| cell.starts_with(name)).count()
        };
        let added = ["commands", "sizes", "actions", "events.built"].map(of_group);
        assert_eq!(added, groups);
    }
}

#[test]
fn requests_wait_by_the_longest_interval_that_any_revision_states() {
    let newest = manifest();
    let text =
        newest.text().replace("revision = 3", "revision = 2").replace("every = \"24h\"", "every = \"168h\"");
    let before = aboveboard_manifest::parse(&text, "telemetry.toml").unwrap();
    let mut manifests = ManifestsInForce::default();
    assert_eq!(store::longest_interval(&newest, &manifests), 86_400);
    manifests.insert(Arc::new(ManifestRevision::from(before)));
    assert_eq!(store::longest_interval(&newest, &manifests), 7 * 86_400);
}
