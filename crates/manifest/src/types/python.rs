//! The types of a program in Python, for the package `aboveboard`. A name is spelled with `_` for `-`; one that begins
//! with a digit begins with `_`, a keyword ends with `_`.

use std::fmt::Write as _;

use aboveboard_types::declaration::FieldKind;

use super::source::{origin, quoted, sentence, with_other};
use crate::grammar::name::{camel, identifier};
use crate::model::{Count, Event, Field, Manifest, Timing};
use crate::names::Names;

/// What a class of the module may not be called.
const RESERVED: [&str; 10] = [
    "None",
    "True",
    "False",
    "Command",
    "Counts",
    "AnyEvent",
    "AnyTiming",
    "Telemetry",
    "aboveboard",
    "typing",
];

/// The keywords of the language, and what a parameter of a method may not be called.
const KEYWORDS: [&str; 35] = [
    "self",
    "super",
    "aboveboard",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
];

pub(super) fn types(manifest: &Manifest) -> String {
    let mut module = Module { lists: String::new(), text: String::new(), names: Names::with(&RESERVED) };
    let events: Vec<_> = manifest.events.iter().map(|event| module.event(event)).collect();
    if !manifest.counts.is_empty() {
        module.counts(&manifest.counts);
    }
    let timings: Vec<_> = manifest.timings.iter().map(|timing| module.timing(timing)).collect();
    let commands = manifest.cli.as_ref().map_or(&[][..], |cli| &cli.commands);
    if !commands.is_empty() {
        module.literal("Command", &quoted(commands));
    }
    module.unions(&[("AnyEvent", &events), ("AnyTiming", &timings)]);
    module.telemetry(manifest);
    let mut out = format!("# Generated {}.\n# Not to be edited.\n", origin(manifest, "python"));
    let name = docstring(&manifest.product.name);
    let _ = write!(out, "\"\"\"What {name} may record.\"\"\"\n\nfrom __future__ import annotations\n\n");
    for import in ["datetime", "typing"] {
        if module.lists.contains(&format!("{import}.")) || module.text.contains(&format!("{import}.")) {
            let _ = writeln!(out, "import {import}");
        }
    }
    let _ = write!(out, "\nimport aboveboard\n{}{}", module.lists, module.text);
    out.replace("annotations\n\n\nimport", "annotations\n\nimport")
}

struct Module {
    /// The closed lists, which stand before the classes.
    lists: String,
    text: String,
    names: Names,
}

impl Module {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// An event as a class; gives its name.
    fn event(&mut self, event: &Event) -> String {
        let class = self.names.take(camel(&event.name));
        let mut parameters = Vec::new();
        let mut values = Vec::new();
        let mut from_outside = Vec::new();
        for field in &event.fields {
            let parameter = parameter(&field.name);
            let listed = match &field.kind {
                FieldKind::Choice(names) | FieldKind::Set(names) => {
                    let list = self.names.take(format!("{class}{}", camel(&field.name)));
                    self.literal(&list, &quoted(&with_other(names)));
                    from_outside.push((parameter.clone(), list.clone()));
                    list
                }
                _ => String::new(),
            };
            parameters.push(format!("{parameter}: {} | None = None", held(field, &listed)));
            values.push((field.name.clone(), checked(field, &parameter, &listed)));
        }
        self.class(&class, "Event", &sentence(&event.info));
        self.initializer("", &parameters);
        if values.is_empty() {
            self.line(&format!("        super().__init__(\"{}\", {{}})", event.name));
        } else {
            self.line(&format!("        super().__init__(\n            \"{}\",", event.name));
            self.table("            ", &values);
            self.line("        )");
        }
        for (parameter, list) in from_outside {
            self.reader(&parameter, &list);
        }
        class
    }

    /// A function that reads a text from outside as an entry of the list.
    fn reader(&mut self, parameter: &str, list: &str) {
        let head = format!("    def {parameter}_from(text: str) -> {list}:");
        let head = if head.len() <= MAX_WIDTH {
            head
        } else {
            format!("    def {parameter}_from(\n        text: str,\n    ) -> {list}:")
        };
        self.line(&format!(
            "\n    @staticmethod\n{head}\n        \
             \"\"\"Reads a text from outside; one that is not listed becomes `other`.\"\"\""
        ));
        self.line(&format!("        listed = {}", call("        listed = ", "listed", &["text", list])));
        self.line(&format!("        return {}", call("        return ", "cast", &[list, "listed"])));
    }

    fn counts(&mut self, counts: &[Count]) {
        let mut parameters = Vec::new();
        let mut values = Vec::new();
        for count in counts {
            let parameter = parameter(&count.name);
            let held = if count.by.is_empty() { "int".to_owned() } else { self.split_count(count) };
            let check = if count.by.is_empty() { "count" } else { "cells" };
            values.push((count.name.clone(), checked_call(&count.name, check, &[&parameter])));
            parameters.push(format!("{parameter}: {held}"));
        }
        self.class("Counts", "Counts", "Every object count of the server's report.");
        self.initializer("", &parameters);
        self.line("        super().__init__(");
        self.table("            ", &values);
        self.line("        )");
    }

    fn split_count(&mut self, count: &Count) -> String {
        let class = self.names.take(format!("{}Count", camel(&count.name)));
        let parameters: Vec<_> = count.by.iter().map(|entry| format!("{}: int", parameter(entry))).collect();
        let value = |entry: &String| (entry.clone(), checked_call(entry, "count", &[&parameter(entry)]));
        self.class(&class, "Cells", &sentence(&count.info));
        self.initializer("", &parameters);
        self.line("        super().__init__(");
        self.table("            ", &count.by.iter().map(value).collect::<Vec<_>>());
        self.line("        )");
        class
    }

    fn timing(&mut self, timing: &Timing) -> String {
        let class = self.names.take(format!("{}Timing", camel(&timing.name)));
        let mut scope = Names::with(&["took"]);
        let mut parameters = Vec::new();
        let mut kind = Vec::new();
        for (split, list) in &timing.by {
            let name = self.names.take(format!("{}{}", camel(&timing.name), camel(split)));
            let parameter = scope.take(parameter(split));
            self.literal(&name, &quoted(list));
            parameters.push(format!("{parameter}: {name}"));
            kind.push((split.clone(), checked_call(split, "entry", &[&parameter, &name])));
        }
        let mut parts = Vec::new();
        for part in &timing.parts {
            let parameter = scope.take(parameter(part));
            parameters.push(format!("{parameter}: datetime.timedelta | None = None"));
            parts.push((part.clone(), checked_call(part, "milliseconds", &[&parameter])));
        }
        self.class(&class, "Timing", &sentence(&timing.info));
        self.initializer("took: datetime.timedelta", &parameters);
        self.line(&format!("        super().__init__(\n            \"{}\",\n            took,", timing.name));
        self.table("            ", &kind);
        self.table("            ", &parts);
        self.line("        )");
        class
    }

    /// The client, with what there is to record.
    fn telemetry(&mut self, manifest: &Manifest) {
        self.class("Telemetry", "Client", "Records what the manifest declares.");
        self.line(&format!("    _product = \"{}\"", manifest.product.id));
        let method = |module: &mut Self, text: &str| module.line(&format!("\n{text}"));
        if !manifest.events.is_empty() {
            let record = "    def record(self, event: AnyEvent) -> None:\n        \
                          \"\"\"Records an event.\"\"\"\n        self._record(event)";
            method(self, record);
        }
        if manifest.cli.as_ref().is_some_and(|cli| !cli.commands.is_empty()) {
            let begin = "    def begin(self, command: Command) -> aboveboard.Run:\n        \
                         \"\"\"Says that a command begins.\"\"\"\n        \
                         return self._begin(command, Command)";
            method(self, begin);
            let run = "    def run(\n        self,\n        command: Command,\n        \
                       function: typing.Callable[..., aboveboard.Returned],\n        *words: typing.Any,\n    \
                       ) -> aboveboard.Returned:\n        \
                       \"\"\"Runs a function as a command; a whole number but 0 that it returns is an error.\"\"\"\n        \
                       return self._run(command, Command, function, words)";
            method(self, run);
        }
        if !manifest.counts.is_empty() {
            let serve = "    def serve(self, counts: typing.Callable[[], Counts]) -> None:\n        \
                         \"\"\"Speaks for a server; `counts` is called when a report is due.\"\"\"\n        \
                         self._serve(counts)";
            method(self, serve);
        } else if !manifest.timings.is_empty() {
            let serve = "    def serve(self) -> None:\n        \"\"\"Speaks for a server.\"\"\"\n        \
                         self._serve(None)";
            method(self, serve);
        }
        if !manifest.timings.is_empty() {
            let time = "    def time(self, timing: AnyTiming) -> None:\n        \
                        \"\"\"Counts a request and the time that it took.\"\"\"\n        self._time(timing)";
            method(self, time);
        }
    }

    fn class(&mut self, name: &str, base: &str, doc: &str) {
        let doc = docstring(doc);
        self.line(&format!("\n\nclass {name}(aboveboard.{base}):\n    \"\"\"{doc}\"\"\"\n"));
    }

    /// `def __init__`, with what is given by place and what by name, a parameter to a line.
    fn initializer(&mut self, first: &str, parameters: &[String]) {
        if first.is_empty() && parameters.is_empty() {
            return self.line("    def __init__(self) -> None:");
        }
        self.line("    def __init__(\n        self,");
        if !first.is_empty() {
            self.line(&format!("        {first},"));
        }
        if !parameters.is_empty() {
            self.line("        *,");
        }
        for parameter in parameters {
            self.line(&format!("        {parameter},"));
        }
        self.line("    ) -> None:");
    }

    fn table(&mut self, indent: &str, values: &[(String, String)]) {
        if values.is_empty() {
            return self.line(&format!("{indent}{{}},"));
        }
        self.line(&format!("{indent}{{"));
        for (name, value) in values {
            self.line(&format!("{indent}    \"{name}\": {value},"));
        }
        self.line(&format!("{indent}}},"));
    }

    /// `Name = typing.Literal[…]`, an entry to a line where there are several.
    fn literal(&mut self, name: &str, entries: &[String]) {
        let entries = match entries {
            [one] => one.clone(),
            all => format!("\n    {},\n", all.join(",\n    ")),
        };
        let _ = write!(self.lists, "\n{name} = typing.Literal[{entries}]\n");
    }

    fn unions(&mut self, unions: &[(&str, &[String])]) {
        let mut gap = "\n\n";
        for (name, classes) in unions {
            match classes {
                [] => continue,
                [one] => self.line(&format!("{gap}{name} = {one}")),
                all => self.line(&format!("{gap}{name} = typing.Union[\n    {},\n]", all.join(",\n    "))),
            }
            gap = "\n";
        }
    }
}

/// The width at which the formatter breaks lines.
const MAX_WIDTH: usize = 88;

/// A call of the runtime after `before`, with an argument to a line where it is too long.
fn call(before: &str, function: &str, arguments: &[&str]) -> String {
    let module = if function == "cast" { "typing" } else { "aboveboard" };
    let line = format!("{module}.{function}({})", arguments.join(", "));
    if before.len() + line.len() <= MAX_WIDTH {
        return line;
    }
    let indent = &before[..before.len() - before.trim_start().len()];
    let arguments: String = arguments.iter().map(|argument| format!("\n{indent}    {argument},")).collect();
    format!("{module}.{function}({arguments}\n{indent})")
}

/// The same as the value of an entry in the table of an initializer.
fn checked_call(name: &str, function: &str, arguments: &[&str]) -> String {
    // The comma counts too.
    call(&format!("                \"{name}\": ,"), function, arguments)
}

fn held(field: &Field, listed: &str) -> String {
    match &field.kind {
        FieldKind::Flag => "bool".to_owned(),
        FieldKind::Duration(_) => "datetime.timedelta".to_owned(),
        FieldKind::Choice(_) => listed.to_owned(),
        FieldKind::Set(_) => format!("typing.Collection[{listed}]"),
        FieldKind::Country => "aboveboard.Country".to_owned(),
        FieldKind::Version => "aboveboard.Version".to_owned(),
        _ => "int".to_owned(),
    }
}

/// The check of a value at run time.
fn checked(field: &Field, parameter: &str, listed: &str) -> String {
    let call = |function, arguments: &[&str]| checked_call(&field.name, function, arguments);
    match &field.kind {
        FieldKind::Flag => call("flag", &[parameter]),
        FieldKind::Count(bound) => call("number", &[parameter, "0", &bound.to_string()]),
        FieldKind::Code(least, most) => call("number", &[parameter, &least.to_string(), &most.to_string()]),
        FieldKind::Duration(_) => call("duration", &[parameter]),
        FieldKind::Choice(_) => call("choice", &[parameter, listed]),
        FieldKind::Set(_) => call("members", &[parameter, listed]),
        FieldKind::Country => call("country", &[parameter]),
        FieldKind::Version => call("version", &[parameter]),
        _ => call("count", &[parameter]),
    }
}

/// The name of a parameter: the grammar keeps them apart, and none ends with `_` alone.
fn parameter(name: &str) -> String {
    let name = identifier(name);
    if KEYWORDS.contains(&&*name) { format!("{name}_") } else { name }
}

/// A text between three quotes.
fn docstring(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "'");
    text.trim().to_owned()
}
