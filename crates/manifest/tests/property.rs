//! Random manifests and random events: what the check accepts is exactly what a slow, independent reading of the
//! rules accepts. The reference knows the manifest as it was drawn, not as this crate parsed it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use aboveboard_manifest::parse;
use aboveboard_types::declaration::Component;
use aboveboard_types::encode;
use proptest::collection::{btree_map, btree_set, vec};
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
                    && text("run") == ID
                    && self.commands.contains(text("command"))
                    && (event.get("error").is_some_and(Value::is_boolean)
                        != (event.get("unfinished") == Some(&json!(true))))
                    && event.get("unfinished") != Some(&json!(false))
            }
            "console" => {
                component == "console"
                    && only(&["name", "time", "session", "action", "route"])
                    && text("session") == ID
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
                let none = serde_json::Map::new();
                let given = event.get("fields").map_or(Some(&none), Value::as_object);
                *declared == component
                    && only(&["name", "time", "fields"])
                    && given.is_some_and(|given| {
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

/// A stream of choices, drawn once and used up by whatever asks.
struct Picks(std::vec::IntoIter<u32>);

impl Picks {
    fn below(&mut self, bound: usize) -> usize {
        self.0.next().unwrap_or(0) as usize % bound.max(1)
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    /// A declared name, or now and then one that may not be.
    fn name<'n>(&mut self, declared: impl IntoIterator<Item = &'n String>) -> String {
        let declared: Vec<_> = declared.into_iter().cloned().collect();
        if declared.is_empty() || self.once_in(8) {
            return self.of(&["a", "b", "c", "ab", "other", "unknown", "A", "", "jane doe"]).to_owned();
        }
        self.of(&declared)
    }

    /// A value near the border between what a kind accepts and what it does not.
    fn value(&mut self, kind: &Kind) -> Value {
        if self.once_in(12) {
            return self.of(&[
                json!(true),
                json!(3),
                json!("a"),
                json!(["a"]),
                json!("other"),
                json!("1.2.3"),
            ]);
        }
        match kind {
            Kind::Flag => json!(self.once_in(2)),
            Kind::Count(bound) => json!(self.of(&[0, *bound, bound + 1])),
            Kind::Bucket(edges) | Kind::Duration(edges) => {
                let edge = self.of(&edges.iter().copied().collect::<Vec<_>>());
                json!(self.of(&[0, edge, edge, edge + 1]))
            }
            Kind::Choice(names) => json!(if self.once_in(6) { "other".to_owned() } else { self.name(names) }),
            Kind::Set(names) => {
                let mut members: Vec<_> = names.iter().filter(|_| self.once_in(2)).cloned().collect();
                if self.once_in(3) {
                    members.push("other".to_owned());
                }
                if self.once_in(4) {
                    members.reverse();
                }
                if self.once_in(6) {
                    members.push(self.name(names));
                }
                json!(members)
            }
            Kind::Version => json!(self.of(&[
                "1.2.3",
                "0.0.0",
                "65535.1.2-rc",
                "1.2.3-other",
                "1.2",
                "1.2.3-x",
                "01.2.3",
                "1.2.65536",
                "1.2.3-rc.1",
                "1.2.3-"
            ])),
            Kind::Code(least, most) => json!(self.of(&[*least, *most, least.saturating_sub(1), most + 1])),
            Kind::Country => json!(self.of(&["DE", "FR", "XX", "de", "DEU", ""])),
        }
    }

    fn object<'n, T: 'n>(
        &mut self,
        declared: impl IntoIterator<Item = (&'n String, &'n T)>,
        each: fn(&mut Self, &T) -> Value,
    ) -> Value {
        let mut object = serde_json::Map::new();
        for (name, kind) in declared {
            if !self.once_in(3) {
                object.insert(name.clone(), each(self, kind));
            }
        }
        if self.once_in(10) {
            object.insert("undeclared".to_owned(), json!(1));
        }
        Value::Object(object)
    }

    fn cells(&mut self, by: &Names) -> Value {
        if by.is_empty() != self.once_in(8) {
            return json!(self.below(9));
        }
        let mut cells = serde_json::Map::new();
        for _ in 0..self.below(3) {
            cells.insert(self.name(by), json!(self.below(9)));
        }
        Value::Object(cells)
    }

    /// An event mostly after the manifest, and the component that is said to record it.
    fn event(&mut self, drawn: &Drawn) -> (String, Value) {
        let component = |picks: &mut Self, right: &str| {
            if picks.once_in(10) {
                picks.of(&["server", "cli", "console", "app"]).to_owned()
            } else {
                right.to_owned()
            }
        };
        let mut event = json!({"time": 7});
        let right = match self.below(8) {
            0 => {
                set(&mut event, "name", Some("command"));
                let command = self.name(&drawn.commands);
                set(&mut event, "command", (!self.once_in(10)).then_some(command));
                set(&mut event, "run", (!self.once_in(10)).then_some(ID));
                let unfinished = self.once_in(3);
                set(&mut event, "error", (unfinished == self.once_in(10)).then_some(self.once_in(2)));
                set(&mut event, "unfinished", unfinished.then_some(!self.once_in(10)));
                "cli"
            }
            1 => {
                set(&mut event, "name", Some("console"));
                let action = self.name(&drawn.actions);
                set(&mut event, "action", (!self.once_in(4)).then_some(action));
                let route = self.name(&drawn.routes);
                let route = if self.once_in(5) { "unknown".to_owned() } else { format!("/{route}") };
                set(&mut event, "route", (!self.once_in(10)).then_some(route));
                set(&mut event, "session", (!self.once_in(10)).then_some(ID));
                "console"
            }
            2 => {
                set(&mut event, "name", Some("report"));
                let counts = self.object(&drawn.counts, Self::cells);
                set(&mut event, "counts", (!self.once_in(10)).then_some(counts));
                "server"
            }
            _ => {
                let name = self.name(drawn.events.keys());
                set(&mut event, "name", Some(name.clone()));
                let none = BTreeMap::new();
                let (right, fields) =
                    drawn.events.get(&name).map_or(("app", &none), |(it, fields)| (*it, fields));
                let fields = self.object(fields, Self::value);
                set(&mut event, "fields", (!self.once_in(10)).then_some(fields));
                right
            }
        };
        if self.once_in(12) {
            let key = self.of(&["command", "session", "fields", "counts", "payload", "run"]);
            event[key] = self.of(&[json!("init"), json!(ID), json!({}), json!(true)]);
        }
        (component(self, right), event)
    }
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
        picks in vec(any::<u32>(), 4_096),
    ) {
        let toml = drawn.toml();
        let manifest = parse(&toml, "drawn.toml");
        prop_assert!(manifest.is_ok(), "{}\n{:?}", toml, manifest.unwrap_err());
        let declaration = manifest.unwrap().declaration();
        let mut picks = Picks(picks.into_iter());
        for _ in 0..64 {
            let (component, event) = picks.event(&drawn);
            let body = event.to_string();
            let read: Result<aboveboard_wire::WireEvent<'_>, _> = serde_json::from_str(&body);
            let checked = read.as_ref().ok().and_then(|read| {
                read.check(Component::parse(&component).unwrap(), &declaration).ok()
            });
            prop_assert_eq!(checked.is_some(), drawn.accepts(&component, &event), "{} {}\n{}", component, body, toml);
            // What is accepted is written exactly as it was read: nothing else can be stored.
            if let Some(checked) = checked {
                let mut written = String::new();
                encode::push_event(&mut written, &checked);
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
                let _ = (manifest.lints(), manifest.rust(), manifest.disclosure_html());
                for (language, _) in aboveboard_manifest::Language::ALL {
                    let _ = manifest.types(language);
                }
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
