//! Random manifests and random events: what the check accepts is exactly what a slow, independent reading of the
//! rules accepts. The reference knows the manifest as it was drawn, not as this crate parsed it.

use aboveboard_core::declaration::Component;
use aboveboard_core::wire;
use aboveboard_manifest::parse;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::weighted as maybe;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Kind {
    Flag,
    Count(u64),
    Bucket(BTreeSet<u64>),
    Duration(BTreeSet<u64>),
    Choice(Vec<String>),
    Set(Vec<String>),
    Version,
    Code(u64, u64),
    Country,
}

type Names = BTreeSet<String>;

/// A manifest as drawn.
#[derive(Clone, Debug)]
struct Drawn {
    counts: BTreeMap<String, Names>,
    commands: Names,
    actions: Names,
    routes: Names,
    events: BTreeMap<String, (&'static str, BTreeMap<String, Kind>)>,
}

const NAME: &str = "[a-c]{1,2}";
const ID: &str = "a7a7a7a7-a7a7-87a7-a7a7-a7a7a7a7a7a7";

fn kind() -> impl Strategy<Value = Kind> {
    let edges = || btree_set(1_u64..12, 1..4);
    let list =
        || btree_set(NAME, 1..4).prop_map(|names| names.into_iter().collect::<Vec<_>>()).prop_shuffle();
    prop_oneof![
        Just(Kind::Flag),
        (1_u64..12).prop_map(Kind::Count),
        edges().prop_map(Kind::Bucket),
        edges().prop_map(Kind::Duration),
        list().prop_map(Kind::Choice),
        list().prop_map(Kind::Set),
        Just(Kind::Version),
        (0_u64..6, 6_u64..12).prop_map(|(least, most)| Kind::Code(least, most)),
        Just(Kind::Country),
    ]
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let names = || btree_set(NAME, 1..4);
    let component = prop_oneof![Just("server"), Just("cli"), Just("app")];
    (
        btree_map(NAME, prop_oneof![Just(Names::new()), names()], 0..4),
        names(),
        names(),
        names(),
        btree_map(NAME, (component, btree_map(NAME, kind(), 0..4)), 0..4),
    )
        .prop_map(|(counts, commands, actions, routes, events)| Drawn {
            counts,
            commands,
            actions,
            routes,
            events,
        })
}

fn quoted<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    names.into_iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

impl Kind {
    fn toml(&self) -> String {
        let edges = |edges: &BTreeSet<u64>, unit: &str| {
            edges
                .iter()
                .map(|edge| format!("{unit}{edge}{}", if unit.is_empty() { "" } else { "ms\"" }))
                .collect::<Vec<_>>()
                .join(", ")
        };
        match self {
            Self::Flag => "flag = true".to_owned(),
            Self::Count(bound) => format!("count = {bound}"),
            Self::Bucket(all) => format!("bucket = [{}]", edges(all, "")),
            Self::Duration(all) => format!("duration = [{}]", edges(all, "\"")),
            Self::Choice(names) => format!("choice = [{}]", quoted(names)),
            Self::Set(names) => format!("set = [{}]", quoted(names)),
            Self::Version => "version = true".to_owned(),
            Self::Code(least, most) => format!("code = [{least}, {most}]"),
            Self::Country => "country = true".to_owned(),
        }
    }

    /// The rules as the documentation states them, from the JSON alone.
    fn accepts(&self, value: &Value) -> bool {
        let listed = |names: &[String], text: &str| names.iter().any(|name| name == text) || text == "other";
        match self {
            Self::Flag => value.is_boolean(),
            Self::Count(bound) => value.as_u64().is_some_and(|number| number <= *bound),
            Self::Bucket(edges) | Self::Duration(edges) => {
                value.as_u64().is_some_and(|number| number == 0 || edges.contains(&number))
            }
            Self::Choice(names) => value.as_str().is_some_and(|text| listed(names, text)),
            Self::Set(names) => value.as_array().is_some_and(|members| {
                // Every member listed, and the whole a subsequence of the declared order with `other` last.
                let mut order: Vec<&str> = names.iter().map(String::as_str).collect();
                order.push("other");
                let mut rest = order.into_iter();
                members.iter().all(|member| rest.any(|name| Some(name) == member.as_str()))
            }),
            Self::Version => value.as_str().is_some_and(version),
            Self::Code(least, most) => {
                value.as_u64().is_some_and(|number| least <= &number && number <= *most)
            }
            Self::Country => value.as_str().is_some_and(|text| ["DE", "FR"].contains(&text)),
        }
    }
}

fn version(text: &str) -> bool {
    let (numbers, channel) = match text.split_once('-') {
        Some((numbers, channel)) => (numbers, Some(channel)),
        None => (text, None),
    };
    let numbers: Vec<_> = numbers.split('.').collect();
    let number = |text: &&str| text.parse::<u16>().is_ok_and(|number| number.to_string() == **text);
    let channels = ["dev", "nightly", "alpha", "beta", "rc", "other"];
    numbers.len() == 3 && numbers.iter().all(number) && channel.is_none_or(|it| channels.contains(&it))
}

impl Drawn {
    fn toml(&self) -> String {
        let words = "what = \"x\"\nwhy = \"why should anybody know this?\"\nchart = \"table\"\n";
        let mut out = String::from(
            "grammar = 1\n[product]\nid = \"p\"\nname = \"P\"\nrevision = 1\nendpoint = \"https://p.example\"\n\
             ingest-key = \"k\"\ncontroller = \"P\"\ncontact = \"p@p.example\"\nhosting = \"DE\"\n\
             retention = \"1 year\"\n[consent]\nserver = \"ask\"\ncli = \"ask\"\napp = \"ask\"\n[defaults]\n\
             owner = \"p@p.example\"\nsince = 2026-01-01\nuntil = 2027-01-01\n",
        );
        for (name, by) in &self.counts {
            out += &format!("[counts.{name}]\n{words}");
            if !by.is_empty() {
                out += &format!("by = [{}]\n", quoted(by));
            }
        }
        let surface = "why = \"why should anybody know this?\"\nchart = \"table\"\n";
        out += &format!("[cli]\n{surface}commands = [{}]\n", quoted(&self.commands));
        let routes: Names = self.routes.iter().map(|name| format!("/{name}")).collect();
        out += &format!("[console]\n{surface}routes = [{}]\n[console.actions]\n", quoted(&routes));
        for action in &self.actions {
            out += &format!("{action} = \"type/{action}\"\n");
        }
        for (name, (component, fields)) in &self.events {
            out += &format!("[events.{name}]\ncomponent = \"{component}\"\n{words}[events.{name}.fields]\n");
            for (field, kind) in fields {
                out += &format!("{field} = {{ {} }}\n", kind.toml());
            }
        }
        out
    }

    fn accepts(&self, component: &str, event: &Value) -> bool {
        let Some(event) = event.as_object() else { return false };
        let only = |keys: &[&str]| event.keys().all(|key| keys.contains(&key.as_str()));
        let text = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default();
        let has = |key: &str| event.contains_key(key);
        match text("name") {
            "command" => {
                component == "cli"
                    && only(&["name", "time", "command", "run", "error", "unfinished"])
                    && has("run")
                    && self.commands.contains(text("command"))
                    && (has("error") != (event.get("unfinished") == Some(&json!(true))))
                    && event.get("unfinished") != Some(&json!(false))
            }
            "console" => {
                component == "console"
                    && only(&["name", "time", "session", "action", "route"])
                    && has("session")
                    && (!has("action") || self.actions.contains(text("action")))
                    && (text("route") == "unknown"
                        || text("route").strip_prefix('/').is_some_and(|name| self.routes.contains(name)))
            }
            "report" => {
                component == "server"
                    && only(&["name", "time", "counts"])
                    && event.get("counts").and_then(Value::as_object).is_some_and(|counts| {
                        counts
                            .iter()
                            .all(|(name, cells)| self.counts.get(name).is_some_and(|by| cell(by, cells)))
                    })
            }
            name => self.events.get(name).is_some_and(|(declared, fields)| {
                let given = event.get("fields").and_then(Value::as_object);
                *declared == component
                    && only(&["name", "time", "fields"])
                    && given.is_none_or(|given| {
                        given
                            .iter()
                            .all(|(name, value)| fields.get(name).is_some_and(|kind| kind.accepts(value)))
                    })
            }),
        }
    }
}

fn cell(by: &Names, cells: &Value) -> bool {
    match cells {
        Value::Number(_) => by.is_empty(),
        Value::Object(cells) => !by.is_empty() && cells.keys().all(|name| by.contains(name)),
        _ => false,
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => NAME,
        1 => Just("other".to_owned()),
        1 => proptest::sample::select(vec!["1.2.3", "1.2.3-rc", "1.2", "1.2.3-x", "01.2.3", "1.2.65536", "1.2.3-rc.1"])
            .prop_map(str::to_owned),
        1 => proptest::sample::select(vec!["DE", "FR", "XX", "de", "DEU", ""]).prop_map(str::to_owned),
        1 => ".{0,8}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        (0_u64..13).prop_map(Value::from),
        text().prop_map(Value::from),
        vec(text(), 0..4).prop_map(Value::from),
        btree_set("[a-c]{1}", 0..4).prop_map(|set| set.into_iter().collect::<Vec<_>>().into()),
    ]
}

fn event() -> impl Strategy<Value = (&'static str, Value)> {
    let component = || proptest::sample::select(vec!["server", "cli", "console", "app"]);
    let object = |map: BTreeMap<String, Value>| Value::Object(map.into_iter().collect());
    let declared = (component(), NAME, maybe(0.9, btree_map(NAME, value(), 0..3))).prop_map(
        move |(component, name, fields)| {
            let mut event = json!({"name": name, "time": 7});
            if let Some(fields) = fields {
                event["fields"] = object(fields);
            }
            (component, event)
        },
    );
    let cells = prop_oneof![
        (0_u64..9).prop_map(Value::from),
        btree_map(NAME, (0_u64..9).prop_map(Value::from), 0..3).prop_map(object),
    ];
    let report =
        (component(), maybe(0.9, btree_map(NAME, cells, 0..3))).prop_map(move |(component, counts)| {
            let mut event = json!({"name": "report", "time": 7});
            if let Some(counts) = counts {
                event["counts"] = object(counts);
            }
            (component, event)
        });
    let command = (
        component(),
        maybe(0.9, text()),
        maybe(0.8, any::<bool>()),
        maybe(0.2, any::<bool>()),
        maybe(0.9, Just(ID)),
    )
        .prop_map(|(component, command, error, unfinished, run)| {
            let mut event = json!({"name": "command", "time": 7});
            set(&mut event, "command", command);
            set(&mut event, "error", error);
            set(&mut event, "unfinished", unfinished);
            set(&mut event, "run", run);
            (component, event)
        });
    let route = prop_oneof![Just("unknown".to_owned()), NAME.prop_map(|name| format!("/{name}")), text()];
    let console = (component(), maybe(0.7, text()), maybe(0.9, route), maybe(0.9, Just(ID))).prop_map(
        |(component, action, route, session)| {
            let mut event = json!({"name": "console", "time": 7});
            set(&mut event, "action", action);
            set(&mut event, "route", route);
            set(&mut event, "session", session);
            (component, event)
        },
    );
    prop_oneof![4 => declared, 1 => report, 1 => command, 1 => console]
}

fn set(event: &mut Value, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        event[key] = value.into();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_check_accepts_exactly_what_the_manifest_declares(
        drawn in drawn(),
        events in vec(event(), 64),
    ) {
        let toml = drawn.toml();
        let manifest = parse(&toml, "drawn.toml");
        prop_assert!(manifest.is_ok(), "{}\n{:?}", toml, manifest.unwrap_err());
        let declaration = manifest.unwrap().declaration();
        for (component, event) in events {
            let body = event.to_string();
            let read: Result<wire::Event<'_>, _> = serde_json::from_str(&body);
            let checked = read.as_ref().ok().and_then(|read| {
                read.check(Component::parse(component).unwrap(), &declaration).ok()
            });
            prop_assert_eq!(checked.is_some(), drawn.accepts(component, &event), "{} {}\n{}", component, body, toml);
            // What is accepted is written exactly as it was read: nothing else can be stored.
            if let Some(checked) = checked {
                let mut written = String::new();
                wire::push_event(&mut written, &checked);
                let mut written: Value = serde_json::from_str(&written).unwrap();
                if event.get("fields").is_none() && written["fields"] == json!({}) {
                    written.as_object_mut().unwrap().remove("fields");
                }
                prop_assert_eq!(written, event);
            }
        }
    }

    #[test]
    fn no_text_makes_the_parser_or_its_outputs_fail(
        cuts in vec((0_usize..2_000, 0_usize..40, ".{0,12}"), 0..4),
    ) {
        let mut text: Vec<char> = include_str!("fixtures/every.toml").chars().collect();
        for (at, length, with) in cuts {
            let at = at.min(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, with.chars());
        }
        let text: String = text.into_iter().collect();
        match parse(&text, "cut.toml") {
            Ok(manifest) => {
                let _ = (manifest.lints(), manifest.rust(), manifest.types(), manifest.disclosure_html());
                prop_assert_eq!(parse(manifest.text(), "again.toml").unwrap().declaration(), manifest.declaration());
            }
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                for problem in problems {
                    prop_assert!(!problem.to_string().is_empty());
                }
            }
        }
    }
}
