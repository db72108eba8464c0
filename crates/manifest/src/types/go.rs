//! The types of a program in Go, as the package `telemetry`. A name is spelled in camel case and begins with what it
//! belongs to. What can be held is a struct with an unexported field: an untyped constant would convert to a string type. The field has
//! its type's name in its own, since structs of the same fields convert into each other.

use std::fmt::Write as _;

use aboveboard_types::declaration::FieldKind;

use super::source::{origin, quoted, sentence, with_other};
use crate::grammar::name::camel;
use crate::model::{Count, Event, Field, Manifest, Timing};
use crate::names::Names;
use crate::spelling::{bucket_edges, duration_edges};

/// What the package declares besides.
const RESERVED: [&str; 9] =
    ["Client", "Start", "Serve", "Product", "Event", "Timing", "Command", "Counts", "Options"];

/// The keywords of the language, and what a parameter may not hide.
const KEYWORDS: [&str; 29] = [
    "nil",
    "took",
    "time",
    "aboveboard",
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

pub(super) fn types(manifest: &Manifest) -> String {
    let mut package = Package { text: String::new(), names: Names::with(&RESERVED) };
    package.client(manifest);
    if let Some(cli) = &manifest.cli {
        package.commands(&cli.commands);
    }
    if !manifest.events.is_empty() {
        package.line("\n// Event is an event that the manifest declares.\ntype Event interface {\n\trecord(client *aboveboard.Client)\n}");
    }
    manifest.events.iter().for_each(|event| package.event(event));
    if !manifest.counts.is_empty() {
        package.counts(&manifest.counts);
    }
    if !manifest.timings.is_empty() {
        package.line(
            "\n// Timing is a request of a kind that the manifest declares.\n\
             type Timing interface {\n\tcount(client *aboveboard.Client)\n}",
        );
    }
    manifest.timings.iter().for_each(|timing| package.timing(timing));
    let name = &manifest.product.name;
    let mut out = format!("// Code generated {}. DO NOT EDIT.\n\n", origin(manifest, "go"));
    let _ =
        write!(out, "// Package telemetry holds what {name} may record.\npackage telemetry\n\nimport (\n");
    if package.text.contains("time.Duration") {
        out.push_str("\t\"time\"\n\n");
    }
    out.push_str("\taboveboard \"github.com/aboveboard/aboveboard/packages/go\"\n)\n");
    out.push_str(&package.text);
    out
}

struct Package {
    text: String,
    names: Names,
}

impl Package {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn client(&mut self, manifest: &Manifest) {
        self.line(
            "\n// Client records what the manifest declares.\ntype Client struct{ *aboveboard.Client }\n\n\
             // Options say what is recorded for, and where the agent is.\ntype Options = aboveboard.Options\n\n\
             // Start gives the client of a program. The agent is started with the first thing that is recorded.\n\
             func Start(options Options) Client { return Client{aboveboard.Start(of(options))} }",
        );
        match (manifest.counts.is_empty(), manifest.timings.is_empty()) {
            (false, _) => self.line(
                "\n// Serve gives the client of a server. It calls counts when a report is due.\n\
                 func Serve(options Options, counts func() Counts) Client {\n\
                 \treturn Client{aboveboard.Serve(of(options), func() aboveboard.Fields { return counts().declared() })}\n}",
            ),
            (true, false) => self.line(
                "\n// Serve gives the client of a server.\n\
                 func Serve(options Options) Client { return Client{aboveboard.Serve(of(options), nil)} }",
            ),
            (true, true) => {}
        }
        self.line(&format!(
            "\n// Product is the product's id.\nconst Product = \"{}\"\n\n\
             func of(options Options) Options {{\n\toptions.Product = Product\n\treturn options\n}}",
            manifest.product.id
        ));
        if !manifest.events.is_empty() {
            self.line(
                "\n// Record records an event; a nil one is none.\n\
                 func (client Client) Record(event Event) {\n\tdefer func() { _ = recover() }()\n\tevent.record(client.Client)\n}",
            );
        }
        if manifest.cli.is_some() {
            self.line(
                "\n// Begin says that a command begins.\nfunc (client Client) Begin(command Command) *aboveboard.Run {\n\
                 \treturn aboveboard.GeneratedBegin(client.Client, command.path)\n}",
            );
        }
        if !manifest.timings.is_empty() {
            self.line(
                "\n// Time counts a request and the time that it took; a nil one is none.\n\
                 func (client Client) Time(timing Timing) {\n\tdefer func() { _ = recover() }()\n\ttiming.count(client.Client)\n}",
            );
        }
    }

    fn commands(&mut self, commands: &[String]) {
        self.line(
            "\n// Command is a command that the manifest declares.\ntype Command struct{ path string }",
        );
        self.entries("Command", commands);
    }

    /// A variable for each entry of a closed list.
    fn entries<T: AsRef<str>>(&mut self, held: &str, entries: &[T]) {
        for entry in entries {
            let entry = entry.as_ref();
            let name = self.names.take(format!("{held}{}", camel(entry)));
            self.line(&format!("\n// {name} is `{entry}`.\nvar {name} = {held}{{\"{entry}\"}}"));
        }
    }

    fn event(&mut self, event: &Event) {
        let held = self.names.take(camel(&event.name));
        let name = &event.name;
        let fields = own(&held, "Fields");
        let about = sentence(&event.info);
        self.line(&format!(
            "\n// {held} is the event `{name}`: {about}\ntype {held} struct{{ {fields} aboveboard.Fields }}\n\n\
             func (event {held}) record(client *aboveboard.Client) {{\n\
             \taboveboard.GeneratedRecord(client, \"{name}\", event.{fields})\n}}"
        ));
        let mut lists = Vec::new();
        for field in &event.fields {
            let list = match &field.kind {
                FieldKind::Choice(names) | FieldKind::Set(names) => {
                    let list = self.names.take(format!("{held}{}", camel(&field.name)));
                    lists.push((list.clone(), names));
                    list
                }
                _ => String::new(),
            };
            self.setter(&held, field, &list);
        }
        for (list, names) in lists {
            self.list(&list);
            self.entries(&list, &with_other(names));
            let from = self.names.take(format!("{list}From"));
            self.line(&format!(
                "\n// {from} reads a text from outside; one that is not listed becomes `other`.\n\
                 func {from}(text string) {list} {{\n\tswitch text {{\n\tcase {}:\n\t\treturn {list}{{text}}\n\t}}\n\
                 \treturn {list}{{\"other\"}}\n}}",
                quoted(names).join(", ")
            ));
        }
    }

    fn list(&mut self, held: &str) {
        let name = own(held, "Name");
        self.line(&format!(
            "\n// {held} is an entry of a closed list.\ntype {held} struct{{ {name} string }}"
        ));
    }

    /// A method that gives the event with the field.
    fn setter(&mut self, held: &str, field: &Field, list: &str) {
        let name = &field.name;
        let fields = own(held, "Fields");
        let entry = own(list, "Name");
        let with = |value: &str| format!("event.{fields} = event.{fields}.With(\"{name}\", {value})");
        let held_if = |condition: &str| format!("if {condition} {{\n\t\t{}\n\t}}", with("value"));
        let (parameter, body) = match &field.kind {
            FieldKind::Flag => ("value bool".to_owned(), with("value")),
            FieldKind::Count(bound) => ("value uint64".to_owned(), held_if(&format!("value <= {bound}"))),
            FieldKind::Code(least, most) => {
                ("value uint64".to_owned(), held_if(&format!("value >= {least} && value <= {most}")))
            }
            FieldKind::Duration(_) => (
                "value time.Duration".to_owned(),
                format!("if value >= 0 {{\n\t\t{}\n\t}}", with("value.Milliseconds()")),
            ),
            FieldKind::Choice(_) => (
                format!("value {list}"),
                format!("if value.{entry} != \"\" {{\n\t\t{}\n\t}}", with(&format!("value.{entry}"))),
            ),
            FieldKind::Set(_) => (
                format!("values ...{list}"),
                format!(
                    "names := make([]string, 0, len(values))\n\tfor _, value := range values {{\n\
                     \t\tnames = append(names, value.{entry})\n\t}}\n\t{}",
                    with("names")
                ),
            ),
            FieldKind::Country => text_of("Country", &with("value.String()")),
            FieldKind::Version => text_of("Version", &with("value.String()")),
            _ => ("value uint64".to_owned(), held_if("value <= aboveboard.MaxNumber")),
        };
        let method = camel(name);
        let about = about(field);
        self.line(&format!(
            "\n// {method} gives the event with `{name}`{about}\nfunc (event {held}) {method}({parameter}) {held} {{\n\
             \t{body}\n\treturn event\n}}"
        ));
    }

    fn counts(&mut self, counts: &[Count]) {
        let mut members = Vec::new();
        let mut cells = String::new();
        for count in counts {
            let member = camel(&count.name);
            let about = sentence(&count.info);
            if count.by.is_empty() {
                members.push(format!("\t// {member}: {about}\n\t{member} uint64\n"));
                let _ = write!(cells, ".\n\t\tWith(\"{}\", counts.{member})", count.name);
                continue;
            }
            let held = self.names.take(format!("{member}Count"));
            members.push(format!("\t// {member}: {about}\n\t{member} {held}\n"));
            let entries: Vec<_> = count
                .by
                .iter()
                .map(|entry| format!("\t// {0} is `{entry}`.\n\t{0} uint64\n", camel(entry)))
                .collect();
            self.line(&format!(
                "\n// {held} is split by a closed list.\ntype {held} struct {{\n{}}}",
                entries.join("\n")
            ));
            let _ = write!(cells, ".\n\t\tWith(\"{}\", aboveboard.Fields{{}}", count.name);
            for entry in &count.by {
                let cell = format!("counts.{member}.{}", camel(entry));
                let _ = write!(cells, ".\n\t\t\tWith(\"{entry}\", {cell})");
            }
            cells.push(')');
        }
        self.line(&format!(
            "\n// Counts are the object counts of the server's report.\ntype Counts struct {{\n{}}}\n\n\
             func (counts Counts) declared() aboveboard.Fields {{\n\treturn aboveboard.Fields{{}}{cells}\n}}",
            members.join("\n")
        ));
    }

    fn timing(&mut self, timing: &Timing) {
        let held = self.names.take(format!("{}Timing", camel(&timing.name)));
        let name = &timing.name;
        let about = sentence(&timing.info);
        let mut parameters = Vec::new();
        let mut kinds = Vec::new();
        let mut lists = Vec::new();
        let mut scope = Names::with(&KEYWORDS);
        let kind = own(&held, "Kind");
        for (split, list) in &timing.by {
            let entry = self.names.take(format!("{}{}", camel(name), camel(split)));
            let parameter = scope.take(parameter(split));
            kinds.push(format!(".\n\t\tWith(\"{split}\", {parameter}.{})", own(&entry, "Name")));
            parameters.push(format!("{parameter} {entry}"));
            lists.push((entry, list));
        }
        self.line(&format!(
            "\n// {held} is a request of `{name}`: {about}\ntype {held} struct {{\n\
             \ttook time.Duration\n\n\t{kind}, parts aboveboard.Fields\n}}"
        ));
        let new = self.names.take(format!("New{held}"));
        parameters.push("took time.Duration".to_owned());
        self.line(&format!(
            "\n// {new} gives a request of that kind, which took so long.\nfunc {new}({}) {held} {{\n\
             \tkind := aboveboard.Fields{{}}{}\n\
             \treturn {held}{{took, kind, nil}}\n}}\n\n\
             func (timing {held}) count(client *aboveboard.Client) {{\n\
             \taboveboard.GeneratedTime(client, \"{name}\", timing.took, timing.{kind}, timing.parts)\n}}",
            parameters.join(", "),
            kinds.concat()
        ));
        for part in &timing.parts {
            let method = camel(part);
            self.line(&format!(
                "\n// {method} gives the request with the time of `{part}` in it.\n\
                 func (timing {held}) {method}(took time.Duration) {held} {{\n\
                 \ttiming.parts = timing.parts.With(\"{part}\", aboveboard.Milliseconds(took))\n\treturn timing\n}}"
            ));
        }
        for (entry, list) in lists {
            self.list(&entry);
            self.entries(&entry, list);
        }
    }
}

/// The parameter and the body of a setter of what the runtime makes from a text.
fn text_of(held: &str, with: &str) -> (String, String) {
    (format!("value aboveboard.{held}"), format!("if value.String() != \"\" {{\n\t\t{with}\n\t}}"))
}

/// What a field is, and which numbers it takes.
fn about(field: &Field) -> String {
    let what = field.what.as_ref().map_or_else(String::new, |what| format!(": {what}"));
    let unit = field.unit.as_ref().map_or_else(String::new, |unit| format!(" {unit}"));
    match &field.kind {
        FieldKind::Count(bound) => format!("{what}, 0 to {bound}{unit}; beyond it the field is left out."),
        FieldKind::Code(least, most) => {
            format!("{what}, {least} to {most}; beyond it the field is left out.")
        }
        FieldKind::Bucket(edges) => {
            format!("{what}; becomes the edge below it, of {}{unit}.", bucket_edges(edges))
        }
        FieldKind::Duration(edges) => {
            format!("{what}; becomes the edge below it, of {}.", duration_edges(edges))
        }
        _ => format!("{what}."),
    }
}

/// The unexported field of a type: `RestoredSource` has `restoredSourceName`.
fn own(held: &str, what: &str) -> String {
    let mut chars = held.chars();
    let first = chars.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(chars).chain(what.chars()).collect()
}

/// `two-words` becomes `twoWords`.
fn parameter(name: &str) -> String {
    let mut spelled = camel(name);
    spelled[..1].make_ascii_lowercase();
    spelled
}
