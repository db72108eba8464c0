//! A batch as it would leave: made by the code that makes the real ones, with invented numbers and ids.

use aboveboard_types::declaration::{Component, Declaration, FieldKind, Policy, TimingDeclaration};
use aboveboard_types::encode;
use aboveboard_types::envelope::{Envelope, Header, Marks};
use aboveboard_types::event::{
    Cells, Command, Console, Count, Declared, Ending, Event, EventKind, Report, Timing, TimingCell, Timings,
    UNKNOWN_ROUTE,
};
use aboveboard_types::id::Id;
use aboveboard_types::value::{Country, OTHER, Value, Version};

/// 2026-11-22T09:00:00Z
const TIME: u64 = 1_795_338_000;

/// The body of an example batch; `None` where the component records nothing.
pub(super) fn batch(declaration: &Declaration, component: Component) -> Option<String> {
    let events = events(declaration, component);
    if events.is_empty() {
        return None;
    }
    let mut joined = String::new();
    for event in &events {
        if !joined.is_empty() {
            joined.push(',');
        }
        encode::push_event(&mut joined, event);
    }
    let envelope = Envelope {
        revision: declaration.revision,
        batch: Id::from_custom([0x51; 16]),
        installation: Id::from_custom([0xA7; 16]),
        header: Header {
            component,
            version: Version::from_product("1.4.2").unwrap_or_default(),
            os: "linux",
            arch: "x86_64",
            marks: Marks::default(),
        },
        sequence: 12,
    };
    Some(encode::seal(&declaration.product, &declaration.hash, &envelope, &joined, &[]))
}

fn events(declaration: &Declaration, component: Component) -> Vec<Event<'_>> {
    let mut kinds: Vec<EventKind<'_>> = Vec::new();
    match component {
        Component::Server if !declaration.counts.is_empty() || !declaration.timings.is_empty() => {
            kinds.push(report(declaration))
        }
        Component::Cli => kinds.extend(declaration.commands.first().map(|command| {
            EventKind::Command(Command {
                command,
                run: Id::from_random([0x3C; 16]),
                ending: Ending::Success,
                server: (declaration.server != Policy::Off).then_some(Id::from_custom([0xB2; 16])),
                server_version: None,
            })
        })),
        Component::Console => kinds.push(EventKind::Console(Console {
            session: Id::from_random([0x68; 16]),
            action: declaration.actions.first().map(|action| &*action.name),
            route: declaration.routes.first().map_or(UNKNOWN_ROUTE, |route| route),
            server: Some(Id::from_custom([0xB2; 16])),
            cli: None,
        })),
        _ => {}
    }
    let declared = declaration.events.iter().filter(|event| event.component == component);
    kinds.extend(declared.map(|event| {
        let fields = event.fields.iter().map(|field| (&*field.name, value(&field.kind))).collect();
        EventKind::Declared(Declared { name: &event.name, fields, times: 1 })
    }));
    kinds.into_iter().map(|kind| Event { time: TIME, kind }).collect()
}

fn report(declaration: &Declaration) -> EventKind<'_> {
    let counts =
        declaration.counts.iter().zip([12, 3, 7, 25, 1, 40].iter().cycle()).map(|(count, number)| Count {
            name: &count.name,
            cells: if count.by.is_empty() {
                Cells::One(count.recorded(*number))
            } else {
                Cells::By(count.by.iter().map(|name| (&**name, count.recorded(*number))).collect())
            },
        });
    EventKind::Report(Report { counts: counts.collect(), timings: timings(declaration) })
}

/// Two kinds of each timing, so that the page stays readable.
fn timings(declaration: &Declaration) -> Option<Timings<'_>> {
    let of: Vec<_> = declaration
        .timings
        .iter()
        .map(|timing| {
            let kinds = 0..timing.kinds().min(2);
            Timing { name: &timing.name, cells: kinds.map(|number| timing_cell(timing, number)).collect() }
        })
        .collect();
    (!of.is_empty()).then(|| Timings { run: Id::from_random([0x3C; 16]), of })
}

fn timing_cell(timing: &TimingDeclaration, number: usize) -> TimingCell<'_> {
    let from = timing.edges.get(number).copied().unwrap_or_default();
    let count = 40 - 31 * number as u64;
    let total = from * count * 5 / 4;
    let kind = timing.by.iter().zip(timing.kind(number)).map(|(split, entry)| (&*split.name, entry));
    let parts = timing.parts.iter().map(|part| (&**part, total / 2));
    TimingCell { kind: kind.collect(), from, count, total, parts: parts.collect() }
}

fn value(kind: &FieldKind) -> Value<'_> {
    match kind {
        FieldKind::Count(bound) => Value::Number((*bound).min(3)),
        FieldKind::Bucket(edges) | FieldKind::Duration(edges) => {
            Value::Number(edges.first().copied().unwrap_or_default())
        }
        FieldKind::Choice(names) => Value::Choice(names.first().map_or(OTHER, |name| name)),
        FieldKind::Set(names) => Value::Set(names.iter().take(2).map(|name| &**name).collect()),
        FieldKind::Code(least, _) => Value::Number(*least),
        FieldKind::Version => Value::Version(Version::from_product("5.1.0").unwrap_or_default()),
        FieldKind::Country => Country::parse("DE").map_or(Value::Flag(true), Value::Country),
        _ => Value::Flag(true),
    }
}

/// The same JSON with line breaks. No text on the wire holds a quote or an escape.
pub(super) fn indent(json: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    let mut is_quoted = false;
    let mut letters = json.chars().peekable();
    while let Some(c) = letters.next() {
        is_quoted ^= c == '"';
        match c {
            '{' | '[' if !is_quoted => {
                out.push(c);
                if letters.peek().is_some_and(|next| matches!(next, '}' | ']')) {
                    out.extend(letters.next());
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' if !is_quoted => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' if !is_quoted => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' if !is_quoted => out.push_str(": "),
            c => out.push(c),
        }
    }
    out
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}
