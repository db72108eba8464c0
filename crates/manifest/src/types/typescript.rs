//! The types of a program on Node, for `@aboveboard/node`. Names stand in quotes as the manifest has them, so none is
//! spelled otherwise.

use std::fmt::Write as _;

use aboveboard_types::declaration::FieldKind;

use super::source::{origin, quoted, sentence, with_other};
use crate::model::{Count, Event, Field, Manifest, Timing};
use crate::spelling::{bucket_edges, duration_edges};

/// The width at which the formatter breaks lines.
const MAX_WIDTH: usize = 80;

pub(super) fn types(manifest: &Manifest) -> String {
    let mut out = format!("// Generated {}. Not to be edited.\n\n", origin(manifest, "typescript"));
    let body = body(manifest);
    let imported = [("Country", "aboveboard.Country"), ("Version", "aboveboard.Version")];
    if imported.iter().any(|(_, name)| body.contains(name)) {
        out.push_str("import type * as aboveboard from \"@aboveboard/node\";\n\n");
    }
    out.push_str(&body);
    out
}

fn body(manifest: &Manifest) -> String {
    let name = manifest.product.name.replace("*/", "* /");
    let id = &manifest.product.id;
    let mut out = format!(
        "/** The product, for `connect` and `serve`: where an opt-out names it, no agent is started. */\n\
         export const product = \"{id}\";\n\n"
    );
    let _ = write!(out, "/** What {name} may record. */\nexport interface Telemetry {{\n");
    block(&mut out, "events", manifest.events.iter().map(event));
    let commands = manifest.cli.as_ref().map_or(&[][..], |cli| &cli.commands);
    union(&mut out, "  commands", &quoted(commands));
    block(&mut out, "counts", manifest.counts.iter().map(count));
    block(&mut out, "timings", manifest.timings.iter().map(timing));
    out.push_str("}\n");
    lists(&mut out, &manifest.events);
    out
}

/// `  name: { … };`, a part to an entry.
fn block(out: &mut String, name: &str, entries: impl Iterator<Item = String>) {
    let entries: String = entries.collect();
    if entries.is_empty() {
        let _ = writeln!(out, "  {name}: {{}};");
    } else {
        let _ = writeln!(out, "  {name}: {{\n{entries}  }};");
    }
}

fn event(event: &Event) -> String {
    let mut out = format!("    {}", doc(&sentence(&event.info)));
    let name = key(&event.name);
    if event.fields.is_empty() {
        let _ = writeln!(out, "    {name}: {{}};");
        return out;
    }
    let _ = writeln!(out, "    {name}: {{");
    for field in &event.fields {
        let about = about(field);
        if !about.is_empty() {
            let _ = write!(out, "      {}", doc(&about));
        }
        let name = format!("      {}?", key(&field.name));
        match &field.kind {
            FieldKind::Choice(names) => union(&mut out, &name, &quoted(&with_other(names))),
            FieldKind::Set(names) => set(&mut out, &name, &quoted(&with_other(names))),
            kind => {
                let _ = writeln!(out, "{name}: {};", plain(kind));
            }
        }
    }
    out.push_str("    };\n");
    out
}

fn plain(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Flag => "boolean",
        FieldKind::Country => "aboveboard.Country",
        FieldKind::Version => "aboveboard.Version",
        _ => "number",
    }
}

/// What a field is, and which numbers it takes; nothing if its name and type say that.
fn about(field: &Field) -> String {
    let unit = field.unit.as_ref().map_or_else(String::new, |unit| format!(" {unit}"));
    let range = match &field.kind {
        FieldKind::Count(bound) => format!("0 to {bound}{unit}"),
        FieldKind::Code(least, most) => format!("{least} to {most}"),
        FieldKind::Bucket(edges) => format!("becomes the edge below it, of {}{unit}", bucket_edges(edges)),
        FieldKind::Duration(edges) => {
            format!("milliseconds; becomes the edge below it, of {}", duration_edges(edges))
        }
        _ => String::new(),
    };
    let parts = [field.what.clone().unwrap_or_default(), range];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
}

fn count(count: &Count) -> String {
    let doc = doc(&sentence(&count.info));
    let name = key(&count.name);
    if count.by.is_empty() {
        return format!("    {doc}    {name}: number;\n");
    }
    let entries: String = count.by.iter().map(|entry| format!("      {}: number;\n", key(entry))).collect();
    format!("    {doc}    {name}: {{\n{entries}    }};\n")
}

fn timing(timing: &Timing) -> String {
    let mut out = format!("    {}    {}: {{\n", doc(&sentence(&timing.info)), key(&timing.name));
    out.push_str("      kind: {\n");
    for (split, list) in &timing.by {
        union(&mut out, &format!("        {}", key(split)), &quoted(list));
    }
    out.push_str("      };\n");
    if timing.parts.is_empty() {
        out.push_str("      parts: {};\n");
    } else {
        out.push_str("      parts: {\n");
        for part in &timing.parts {
            let _ = writeln!(out, "        {}?: number;", key(part));
        }
        out.push_str("      };\n");
    }
    out.push_str("    };\n");
    out
}

/// The closed lists of choices and sets as values, for texts from outside.
fn lists(out: &mut String, events: &[Event]) {
    let listed = |field: &&Field| matches!(field.kind, FieldKind::Choice(_) | FieldKind::Set(_));
    let mut entries = String::new();
    for event in events.iter().filter(|event| event.fields.iter().any(|field| listed(&field))) {
        let _ = writeln!(entries, "  {}: {{", key(&event.name));
        for field in &event.fields {
            if let FieldKind::Choice(names) | FieldKind::Set(names) = &field.kind {
                let names = quoted(names);
                let name = key(&field.name);
                let line = format!("    {name}: [{}],", names.join(", "));
                if line.len() <= MAX_WIDTH {
                    let _ = writeln!(entries, "{line}");
                } else {
                    let _ = writeln!(entries, "    {name}: [\n      {},\n    ],", names.join(",\n      "));
                }
            }
        }
        entries.push_str("  },\n");
    }
    if !entries.is_empty() {
        let about = "/** What choices and sets may be, for `listed`: a text from outside becomes an entry, or `other`. */";
        let _ = write!(out, "\n{about}\nexport const lists = {{\n{entries}}} as const;\n");
    }
}

/// `name: "a" | "b";` on a line, or an entry to a line where it is too long; `never` of nothing.
fn union(out: &mut String, name: &str, literals: &[String]) {
    let line = match literals {
        [] => format!("{name}: never;"),
        literals => format!("{name}: {};", literals.join(" | ")),
    };
    if line.len() <= MAX_WIDTH || literals.len() == 1 {
        let _ = writeln!(out, "{line}");
        return;
    }
    let _ = writeln!(out, "{name}:{};", broken(indent(name), literals, ";"));
}

fn set(out: &mut String, name: &str, literals: &[String]) {
    let line = format!("{name}: readonly ({})[];", literals.join(" | "));
    if line.len() <= MAX_WIDTH {
        let _ = writeln!(out, "{line}");
        return;
    }
    let indent = indent(name);
    let _ = writeln!(out, "{name}: readonly ({}\n{indent})[];", broken(indent, literals, ""));
}

/// The entries on a line of their own, or on one each where that is too long.
fn broken(indent: &str, literals: &[String], end: &str) -> String {
    let line = format!("{indent}  {}", literals.join(" | "));
    if line.len() + end.len() <= MAX_WIDTH {
        return format!("\n{line}");
    }
    literals.iter().map(|literal| format!("\n{indent}  | {literal}")).collect()
}

fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

fn doc(text: &str) -> String {
    format!("/** {} */\n", text.replace("*/", "* /"))
}

/// A property's name, in quotes where it is no identifier.
fn key(name: &str) -> String {
    let is_plain = !name.contains('-') && !name.starts_with(|c: char| c.is_ascii_digit());
    if is_plain { name.to_owned() } else { format!("\"{name}\"") }
}
