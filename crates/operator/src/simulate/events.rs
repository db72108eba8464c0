//! What an installation does on a day.

use aboveboard_types::declaration::{Component, Declaration, FieldKind};
use aboveboard_types::event::{
    Cells, Command, Console, Count, Declared, Ending, Event, EventKind, Report, Seconds, UNKNOWN_ROUTE,
};
use aboveboard_types::id::Id;
use aboveboard_types::value::{Country, OTHER, Value};

use super::installation::Installation;
use super::random::Random;

/// The events of a component between two times, in seconds since 1970, both included.
pub(super) fn of_day<'d>(
    declaration: &'d Declaration,
    installation: &Installation,
    component: Component,
    (from, until): (i64, i64),
    servers: &[Id],
    random: &mut Random,
) -> Vec<Event<'d>> {
    let span = u64::try_from(until - from).unwrap_or(0);
    // Most of the day's work is done by day.
    let mut at = |random: &mut Random| -> Seconds {
        let share = (random.unit() + random.unit() + random.unit()) / 3.0;
        let second = super::random::scaled(86_400, share) as u64;
        u64::try_from(from).unwrap_or(0) + second.min(span)
    };
    let mut events = Vec::new();
    match component {
        Component::Server if !declaration.counts.is_empty() => {
            events.push(Event {
                time: at(random),
                kind: EventKind::Report(report(declaration, installation, random)),
            });
        }
        Component::Cli => {
            for _ in 0..1 + random.size(3.0).min(40) {
                let Some(kind) = command(declaration, installation, servers, random) else { break };
                events.push(Event { time: at(random), kind });
            }
        }
        Component::Console => console(declaration, installation, &mut at, random, &mut events),
        _ => {}
    }
    for known in declaration.events.iter().filter(|known| known.component == component) {
        if random.chance(0.6) {
            let fields =
                known.fields.iter().filter_map(|field| Some((&*field.name, value(&field.kind, random)?)));
            let declared = Declared { name: &known.name, fields: fields.collect(), times: 1 };
            events.push(Event { time: at(random), kind: EventKind::Declared(declared) });
        }
    }
    events
}

fn command<'d>(
    declaration: &'d Declaration,
    installation: &Installation,
    servers: &[Id],
    random: &mut Random,
) -> Option<EventKind<'d>> {
    let command = random.pick(&declaration.commands)?;
    // Each command has an error rate of its own; one got worse with a release.
    let index = declaration.commands.iter().position(|known| known == command)?;
    let is_flawed = index == 1 && installation.runs_the_flawed_release();
    let errors = if is_flawed { 0.19 } else { [0.01, 0.06, 0.03, 0.09, 0.02][index % 5] };
    let ending = match random.unit() {
        share if share < errors => Ending::Error,
        share if share > 0.992 => Ending::Unfinished,
        _ => Ending::Success,
    };
    let server = if random.chance(0.6) { random.pick(servers).copied() } else { None };
    Some(EventKind::Command(Command {
        command,
        run: Id::from_random(random.bytes()),
        ending,
        server,
        server_version: server.map(|_| installation.version()),
    }))
}

fn report<'d>(declaration: &'d Declaration, installation: &Installation, random: &mut Random) -> Report<'d> {
    // Seeded by the id, so that the same server has about the same counts every day.
    let mut own = Random::new(u64::from_le_bytes(installation.id.bytes().as_chunks::<8>().0[1]));
    let mut number = |typical: f64| -> u64 {
        let size = own.size(typical * installation.size);
        size + random.below(size / 40 + 1)
    };
    let counts = declaration.counts.iter().enumerate().map(|(index, count)| {
        let typical = [40.0, 6.0, 24.0, 30.0, 4.0, 3.0, 0.8][index % 7];
        let cells = if count.by.is_empty() {
            Cells::One(count.recorded(number(typical)))
        } else {
            Cells::By(count.by.iter().map(|cell| (&**cell, count.recorded(number(typical / 2.0)))).collect())
        };
        Count { name: &count.name, cells }
    });
    Report { counts: counts.collect(), timings: installation.requests.timings(declaration) }
}

fn console<'d>(
    declaration: &'d Declaration,
    installation: &Installation,
    at: &mut impl FnMut(&mut Random) -> Seconds,
    random: &mut Random,
    events: &mut Vec<Event<'d>>,
) {
    for _ in 0..1 + random.below(3) {
        let session = Id::from_random(random.bytes());
        for _ in 0..2 + random.size(4.0).min(30) {
            let route = if random.chance(0.02) { None } else { random.pick(&declaration.routes) };
            let route = route.map_or(UNKNOWN_ROUTE, |route| &**route);
            let action = if random.chance(0.4) { random.pick(&declaration.actions) } else { None };
            let action = action.map(|action| &*action.name);
            let console = Console { session, action, route, server: Some(installation.id), cli: None };
            events.push(Event { time: at(random), kind: EventKind::Console(console) });
        }
    }
}

/// A value of the kind; `None` where an event leaves the field out.
fn value<'d>(kind: &'d FieldKind, random: &mut Random) -> Option<Value<'d>> {
    if random.chance(0.05) {
        return None;
    }
    Some(match kind {
        FieldKind::Flag => Value::Flag(random.chance(0.7)),
        FieldKind::Count(bound) => Value::Number(random.size(6.0).min(*bound)),
        FieldKind::Bucket(edges) | FieldKind::Duration(edges) => {
            Value::Number(random.pick(edges).copied().unwrap_or(0))
        }
        FieldKind::Choice(list) => Value::Choice(random.pick(list).map_or(OTHER, |name| &**name)),
        FieldKind::Set(list) => {
            Value::Set(list.iter().filter(|_| random.chance(0.4)).map(|name| &**name).collect())
        }
        FieldKind::Version => {
            let minor = u16::try_from(random.below(4)).unwrap_or(0);
            Value::Version(aboveboard_types::value::Version { major: 5, minor, ..Default::default() })
        }
        FieldKind::Code(least, most) => {
            let rare = if random.chance(0.9) { 0 } else { random.below(most - least + 1) };
            Value::Number(least + rare)
        }
        FieldKind::Country => {
            let code = random.pick(&["US", "DE", "IN", "GB", "FR", "BR", "JP", "CA"])?;
            Value::Country(Country::parse(code)?)
        }
        _ => return None,
    })
}
