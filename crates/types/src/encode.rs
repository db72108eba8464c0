//! Writing: plain pushes into a string, since the record path can afford no serializer.
//!
//! No text here needs escaping: names are checked by the grammar to be free of quotes, backslashes and control
//! characters, and there is no other text.

use std::fmt::Write as _;

use crate::declaration::Declaration;
use crate::envelope::{Envelope, Header};
use crate::event::{Cells, Count, Declared, Ending, Event, EventKind, Seconds, Timing, TimingCell, Timings};
use crate::limits::WIRE;
use crate::outcome::DropReason;
use crate::value::{Channel, Value, Version};

/// Appends an event as one JSON object. The same bytes stand in the spool, the batch and the sent log.
pub fn push_event(out: &mut String, event: &Event<'_>) {
    let name = match &event.kind {
        EventKind::Command(_) => "command",
        EventKind::Console(_) => "console",
        EventKind::Report(_) => "report",
        EventKind::Declared(declared) => declared.name,
    };
    push_head(out, name, event.time);
    match &event.kind {
        EventKind::Command(command) => {
            push_text(out, "command", command.command);
            out.push_str(",\"run\":\"");
            command.run.push(out);
            out.push('"');
            out.push_str(match command.ending {
                Ending::Success => ",\"error\":false",
                Ending::Error => ",\"error\":true",
                Ending::Unfinished => ",\"unfinished\":true",
            });
            push_some(out, "server", command.server.as_ref());
            push_some(out, "server_version", command.server_version.as_ref());
        }
        EventKind::Console(console) => {
            push_some(out, "session", Some(&console.session));
            push_some(out, "action", console.action.as_ref());
            push_some(out, "route", Some(&console.route));
            push_some(out, "server", console.server.as_ref());
            push_some(out, "cli", console.cli.as_ref());
        }
        EventKind::Report(report) => {
            out.push_str(",\"counts\":{");
            separated(out, &report.counts, push_count);
            out.push('}');
            if let Some(timings) = &report.timings {
                push_timings(out, timings);
            }
        }
        EventKind::Declared(declared) => {
            push_fields(out, declared);
            push_times(out, declared.times);
        }
    }
    out.push('}');
}

fn push_head(out: &mut String, name: &str, time: Seconds) {
    out.push_str("{\"name\":\"");
    out.push_str(name);
    out.push_str("\",\"time\":");
    push_number(out, time);
}

fn push_count(out: &mut String, count: &Count<'_>) {
    push(out, format_args!("\"{}\":", count.name));
    match &count.cells {
        Cells::One(number) => push(out, format_args!("{number}")),
        Cells::By(cells) => {
            out.push('{');
            separated(out, cells, |out, (name, number)| push(out, format_args!("\"{name}\":{number}")));
            out.push('}');
        }
    }
}

fn push_timings(out: &mut String, timings: &Timings<'_>) {
    push_some(out, "run", Some(&timings.run));
    out.push_str(",\"timings\":{");
    separated(out, &timings.of, |out, Timing { name, cells }| {
        push(out, format_args!("\"{name}\":["));
        separated(out, cells, push_timing);
        out.push(']');
    });
    out.push('}');
}

fn push_timing(out: &mut String, cell: &TimingCell<'_>) {
    out.push('{');
    for (name, entry) in &cell.kind {
        push(out, format_args!("\"{name}\":\"{entry}\","));
    }
    push(out, format_args!("\"from\":{},\"count\":{},\"total\":{}", cell.from, cell.count, cell.total));
    for (name, sum) in &cell.parts {
        push(out, format_args!(",\"{name}\":{sum}"));
    }
    out.push('}');
}

/// Appends the fields of a declared event, with the comma before them.
pub fn push_fields(out: &mut String, declared: &Declared<'_>) {
    out.push_str(",\"fields\":{");
    separated(out, &declared.fields, |out, (name, value)| {
        push(out, format_args!("\"{name}\":"));
        push_value(out, value);
    });
    out.push('}');
}

fn push_times(out: &mut String, times: u64) {
    if times > 1 {
        push(out, format_args!(",\"times\":{times}"));
    }
}

/// A declared event that stands for so many, of which the fields are written already.
#[must_use]
pub fn repeats(name: &str, time: Seconds, fields: &str, times: u64) -> String {
    let mut out = String::with_capacity(name.len() + fields.len() + 48);
    push_head(&mut out, name, time);
    out.push_str(fields);
    push_times(&mut out, times);
    out.push('}');
    out
}

fn push_value(out: &mut String, value: &Value<'_>) {
    match value {
        Value::Flag(flag) => push(out, format_args!("{flag}")),
        Value::Number(number) => push(out, format_args!("{number}")),
        Value::Choice(choice) => push(out, format_args!("\"{choice}\"")),
        Value::Version(version) => push(out, format_args!("\"{version}\"")),
        Value::Country(country) => push(out, format_args!("\"{country}\"")),
        Value::Set(members) => {
            out.push('[');
            separated(out, members, |out, member| push(out, format_args!("\"{member}\"")));
            out.push(']');
        }
    }
}

/// Appends the first line of a segment: what its events share. `endpoint` is where they may be sent, and nowhere else;
/// empty where they stay.
pub fn push_header(out: &mut String, declaration: &Declaration, header: &Header, endpoint: &str) {
    out.push_str("{\"segment\":2");
    push_text(out, "product", &declaration.product);
    out.push_str(",\"revision\":");
    push_number(out, u64::from(declaration.revision));
    push_text(out, "manifest", &declaration.hash);
    push_text(out, "endpoint", endpoint);
    push_machine(out, header);
    out.push('}');
}

/// Appends the second line of a segment: the random name that it got when it was made, and that day. The id of its batch
/// is made of both.
pub fn push_origin(out: &mut String, name: &str, day: u16) {
    out.push_str("{\"made\":");
    push_number(out, u64::from(day));
    push_text(out, "name", name);
    out.push('}');
}

/// Appends the second line of the file of a running command: when the machine was started on which it runs, and a checksum
/// of that machine's name.
pub fn push_run_origin(out: &mut String, started: u64, node: u32) {
    out.push_str("{\"booted\":");
    push_number(out, started);
    out.push_str(",\"node\":");
    push_number(out, u64::from(node));
    out.push('}');
}

fn push_machine(out: &mut String, header: &Header) {
    push_text(out, "component", header.component.name());
    out.push_str(",\"version\":\"");
    push_version(out, header.version);
    out.push('"');
    push_text(out, "os", header.os);
    push_text(out, "arch", header.arch);
    out.push_str(",\"marks\":[");
    for (index, mark) in header.marks.names().enumerate() {
        out.push_str(if index == 0 { "\"" } else { ",\"" });
        out.push_str(mark);
        out.push('"');
    }
    out.push(']');
    if let Some(agent) = header.marks.agent() {
        push_text(out, "agent", agent.name());
    }
}

/// Appends the counted drops as a JSON object.
pub fn push_outcomes(out: &mut String, outcomes: &[(DropReason, u64)]) {
    out.push('{');
    separated(out, outcomes, |out, (reason, number)| {
        push(out, format_args!("\"{}\":{number}", reason.name()))
    });
    out.push('}');
}

/// The body of a batch. `product` and `manifest` are those of the segment's header, which may be older than the
/// declaration this program was built with; `events` are events as [`push_event`] wrote them, joined by commas.
#[must_use]
pub fn seal(
    product: &str,
    manifest: &str,
    envelope: &Envelope,
    events: &str,
    outcomes: &[(DropReason, u64)],
) -> String {
    let mut out = String::with_capacity(events.len() + 512);
    push(
        &mut out,
        format_args!(
            "{{\"wire\":{WIRE},\"product\":\"{product}\",\"revision\":{},\"manifest\":\"{manifest}\",\
             \"batch\":\"{}\",\"installation\":\"{}\"",
            envelope.revision, envelope.batch, envelope.installation
        ),
    );
    push_machine(&mut out, &envelope.header);
    push(&mut out, format_args!(",\"sequence\":{},\"events\":[", envelope.sequence));
    out.push_str(events);
    out.push_str("],\"outcomes\":");
    push_outcomes(&mut out, outcomes);
    out.push('}');
    out
}

/// A key and its text without the formatting machinery: this is most of what the record path writes.
fn push_text(out: &mut String, key: &str, text: &str) {
    out.push_str(",\"");
    out.push_str(key);
    out.push_str("\":\"");
    out.push_str(text);
    out.push('"');
}

fn push_number(out: &mut String, number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
}

fn push_version(out: &mut String, version: Version) {
    for (place, number) in [version.major, version.minor, version.patch].into_iter().enumerate() {
        if place > 0 {
            out.push('.');
        }
        push_number(out, number.into());
    }
    if version.channel != Channel::Stable {
        out.push('-');
        out.push_str(version.channel.name());
    }
}

fn push_some(out: &mut String, key: &str, value: Option<&impl std::fmt::Display>) {
    if let Some(value) = value {
        push(out, format_args!(",\"{key}\":\"{value}\""));
    }
}

fn separated<T>(out: &mut String, items: &[T], mut each: impl FnMut(&mut String, &T)) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        each(out, item);
    }
}

/// Writing into a `String` cannot fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}
