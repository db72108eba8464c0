//! Counts, commands, the console, events and their fields.

use aboveboard_core::declaration::{Component, FieldKind, Limits, Policy};

use super::form::FIELD_TYPES;
use super::name;
use super::reader::{Rows, listed};
use super::value;
use crate::date::Date;
use crate::model::{Action, Allowance, Chart, Cli, Console, Count, Event, Field, ItemInfo, Timing};
use crate::problem::words;

/// `[defaults]`
#[derive(Default)]
pub(super) struct Defaults {
    owner: Option<String>,
    since: Option<Date>,
    until: Option<Option<Date>>,
}

impl Defaults {
    pub(super) fn read(rows: Option<&Rows<'_, '_, '_>>) -> Self {
        rows.map(|rows| Self {
            owner: rows.text("owner"),
            since: rows.date("since"),
            until: rows.until("until"),
        })
        .unwrap_or_default()
    }
}

/// Every child table read, in the order of the file; `None` if one of them did not pass.
pub(super) fn all<T>(
    rows: &Rows<'_, '_, '_>,
    name: &str,
    each: impl Fn(String, &Rows<'_, '_, '_>) -> Option<T>,
) -> Option<Vec<T>> {
    let read: Vec<_> = rows.each(name).into_iter().map(|(name, rows)| each(name, &rows)).collect();
    read.into_iter().collect()
}

pub(super) fn policy(text: &str) -> Option<Policy> {
    let all = [Policy::Ask, Policy::Notice, Policy::Follow, Policy::Operator, Policy::Off];
    all.into_iter().find(|policy| policy.name() == text)
}

fn chart(rows: &Rows<'_, '_, '_>) -> Option<Chart> {
    let text = rows.text("chart")?;
    Chart::ALL.iter().find(|(_, name)| *name == text).map(|(chart, _)| *chart)
}

/// Which of the keys of an item its table has.
enum Says {
    /// All: `what`, `until` and the rest.
    All,
    /// Neither `what` nor `until`: the whole surface of a program.
    Surface(&'static str),
}

fn info(rows: &Rows<'_, '_, '_>, defaults: &Defaults, says: &Says) -> Option<ItemInfo> {
    let (why, chart, allow) = (rows.text("why"), chart(rows), allow(rows));
    let what = match says {
        Says::All => rows.text("what"),
        Says::Surface(what) => Some((*what).to_owned()),
    };
    let mut missing = Vec::new();
    let owner = inherited(rows, "owner", rows.text("owner"), defaults.owner.clone(), &mut missing);
    let since = inherited(rows, "since", rows.date("since"), defaults.since, &mut missing);
    let until = match says {
        Says::All => inherited(rows, "until", rows.until("until"), defaults.until, &mut missing),
        Says::Surface(_) => Some(None),
    };
    if !missing.is_empty() {
        let missing = listed(missing);
        rows.reader.error(
            &rows.span,
            words(
                format!("{missing} missing in `[{}]` and in `[defaults]`", rows.path),
                "every item has an owner and dates, so that somebody decides when it has served",
                format!("write {missing} here or in `[defaults]`"),
            ),
        );
    }
    let info = ItemInfo {
        what: what?,
        why: why?,
        chart: chart?,
        owner: owner?,
        since: since?,
        until: until?,
        allow: allow?,
        span: rows.span.clone(),
    };
    if info.until.is_some_and(|until| until <= info.since) {
        rows.reader.error(
            &rows.span,
            words(
                format!("`{}` ends before it begins", rows.path),
                "`until` is the day from which nothing is recorded",
                "write an `until` after `since`",
            ),
        );
    }
    Some(info)
}

/// What the item says, else the default. What is missing from both is noted; a wrong value was told already.
fn inherited<T>(
    rows: &Rows<'_, '_, '_>,
    name: &'static str,
    own: Option<T>,
    default: Option<T>,
    missing: &mut Vec<&'static str>,
) -> Option<T> {
    if rows.entry(name).is_some() {
        return own;
    }
    if default.is_none() {
        missing.push(name);
    }
    default
}

fn allow(rows: &Rows<'_, '_, '_>) -> Option<Vec<Allowance>> {
    if rows.entry("allow").is_none() {
        return Some(Vec::new());
    }
    let mut allowances = Vec::new();
    for (lint, reason, span) in rows.pairs("allow")? {
        if !crate::lint::NAMES.contains(&&*lint) {
            let remedy = match name::nearest(&lint, crate::lint::NAMES.iter().copied()) {
                Some(near) => format!("write `{near}`, if that is meant"),
                None => format!("lints are {}", listed(crate::lint::NAMES.iter().copied())),
            };
            let what = format!("there is no lint `{lint}`");
            rows.reader.error(&span, words(what, "what silences nothing misleads", remedy));
        }
        if reason.trim().len() < 10 {
            rows.reader.error(
                &span,
                words(
                    format!("`{lint}` is silenced without a reason"),
                    "who reviews the file must be able to judge the exception",
                    "say in a sentence why the lint does not hold here",
                ),
            );
        }
        allowances.push(Allowance { lint, reason });
    }
    Some(allowances)
}

pub(super) fn count(name: String, rows: &Rows<'_, '_, '_>, defaults: &Defaults) -> Option<Count> {
    let info = info(rows, defaults, &Says::All);
    let (unit, by, edges) = (rows.text("unit"), rows.texts("by"), rows.numbers("edges"));
    if let Some(by) = &by {
        apart(rows, "by", by);
    }
    let distribution = info.as_ref().is_some_and(|info| info.chart == Chart::Distribution);
    if info.is_some() && distribution != rows.entry("edges").is_some() {
        let (what, remedy) = if distribution {
            ("a distribution needs `edges`", "write `edges = [1, 10, 100, 1000]`")
        } else {
            ("`edges` stands without `chart = \"distribution\"`", "remove `edges` or choose that chart")
        };
        rows.reader.error(&rows.span, words(what, "edges say which sizes are told apart", remedy));
    }
    Some(Count { name, info: info?, by: by.unwrap_or_default(), edges: edges.unwrap_or_default(), unit })
}

pub(super) fn timing(name: String, rows: &Rows<'_, '_, '_>, defaults: &Defaults) -> Option<Timing> {
    let info = info(rows, defaults, &Says::All);
    let (by, edges) = (rows.splits("by"), rows.numbers("edges"));
    let parts = if rows.entry("parts").is_some() { rows.texts("parts") } else { Some(Vec::new()) };
    let mut names: Vec<_> = by.iter().flatten().map(|(name, _)| (&**name, rows.span_of("by"))).collect();
    names.extend(parts.iter().flatten().map(|part| (&**part, rows.span_of("parts"))));
    rows.apart("by` and `parts", &names);
    for (name, span) in &names {
        if matches!(*name, "from" | "count" | "total" | "kind" | "took") {
            rows.reader.error(
                span,
                words(
                    format!("`{name}` cannot be the name of a list or part of a timing"),
                    "the wire or the generated code uses it for the edge, the number or the time of the requests",
                    "choose another name",
                ),
            );
        }
    }
    for (name, list) in by.iter().flatten() {
        let names: Vec<_> = list.iter().map(|entry| (&**entry, rows.span_of("by"))).collect();
        rows.apart(name, &names);
    }
    Some(Timing { name, info: info?, by: by?, edges: edges?, parts: parts? })
}

/// Entries of a list must stay apart when generated code spells them.
fn apart(rows: &Rows<'_, '_, '_>, key: &str, list: &[String]) {
    let names: Vec<_> = list.iter().map(|name| (&**name, rows.span_of(key))).collect();
    rows.apart(key, &names);
}

pub(super) fn cli(rows: &Rows<'_, '_, '_>, defaults: &Defaults) -> Option<Cli> {
    let info = info(rows, defaults, &Says::Surface("commands of the command line program"));
    let commands = rows.texts("commands");
    apart(rows, "commands", commands.as_deref().unwrap_or_default());
    let program = rows.text("program");
    Some(Cli { info: info?, program, commands: commands?, commands_span: rows.span_of("commands") })
}

pub(super) fn console(rows: &Rows<'_, '_, '_>, defaults: &Defaults) -> Option<Console> {
    let info = info(rows, defaults, &Says::Surface("actions and pages of the web console"));
    let routes = if rows.entry("routes").is_some() { rows.texts("routes") } else { Some(Vec::new()) };
    let actions = if rows.entry("actions").is_some() { actions(rows) } else { Some(Vec::new()) };
    if let Some(unknown) = routes.iter().flatten().find(|route| *route == "unknown") {
        rows.reader.error(&rows.span_of("routes"), value::not_a_name(unknown));
    }
    Some(Console { info: info?, actions: actions?, routes: routes? })
}

fn actions(rows: &Rows<'_, '_, '_>) -> Option<Vec<Action>> {
    let pairs = rows.pairs("actions")?;
    let names: Vec<_> = pairs.iter().map(|(name, _, span)| (&**name, span.clone())).collect();
    rows.distinct("actions", &names);
    for (index, (name, action_type, span)) in pairs.iter().enumerate() {
        if !name::is_action_type(action_type) {
            rows.reader.error(
                span,
                words(
                    format!("the action type of `{name}` cannot be `{action_type}`"),
                    "an action type is compared byte by byte in the page",
                    "write printable ASCII without quotes, at most 128 bytes",
                ),
            );
        }
        if let Some((twin, ..)) = pairs[..index].iter().find(|(_, other, _)| other == action_type) {
            rows.reader.error(
                span,
                words(
                    format!("`{name}` and `{twin}` stand for the same action type"),
                    "one action would be two events",
                    "remove one of them",
                ),
            );
        }
    }
    Some(pairs.into_iter().map(|(name, action_type, span)| Action { name, action_type, span }).collect())
}

pub(super) fn event(name: String, rows: &Rows<'_, '_, '_>, defaults: &Defaults) -> Option<Event> {
    let info = info(rows, defaults, &Says::All);
    let component = rows.text("component").and_then(|text| Component::parse(&text));
    let fields = all(rows, "fields", field);
    if matches!(&*name, "command" | "console" | "report") {
        rows.reader.error(
            &rows.span,
            words(
                format!("`{name}` cannot be the name of an event"),
                "the wire uses it for what `[cli]`, `[console]` and `[counts]` declare",
                "choose another name",
            ),
        );
    }
    let limits = limits(rows);
    Some(Event { name, component: component?, info: info?, fields: fields?, limits: limits? })
}

fn limits(rows: &Rows<'_, '_, '_>) -> Option<Limits> {
    let has = |key: &str| rows.entry(key).is_some();
    let (fold, share) = (rows.number("fold"), rows.text("share"));
    let (daily, read) = (rows.number("daily").is_some(), |key: &str, is: bool| is || !has(key));
    let all = read("fold", fold.is_some()) && read("share", share.is_some()) && read("daily", daily);
    if has("fold") && has("daily") {
        rows.reader.error(
            &rows.span_of("fold"),
            words(
                "`fold` and `daily` stand together",
                "an event that is recorded once a day has no repeats to fold",
                "remove one of the two",
            ),
        );
    }
    let seconds = fold.map(|length| length / 1_000);
    if fold.is_some_and(|length| length % 1_000 != 0) || seconds.is_some_and(|it| !(1..=3_600).contains(&it))
    {
        rows.reader.error(
            &rows.span_of("fold"),
            words(
                "`fold` must be whole seconds from `1s` to `1h`",
                "what is recorded knows no finer time, and a number over a longer one says little",
                "write `fold = \"10s\"`",
            ),
        );
    }
    let fold = seconds.and_then(|seconds| u32::try_from(seconds).ok());
    all.then(|| Limits { fold, daily, share: share.as_deref().and_then(crate::units::share) })
}

fn field(name: String, rows: &Rows<'_, '_, '_>) -> Option<Field> {
    let (what, unit, allow) = (rows.text("what"), rows.text("unit"), allow(rows));
    let types: Vec<_> = FIELD_TYPES.into_iter().filter(|name| rows.entry(name).is_some()).collect();
    let [kind] = types.as_slice() else {
        let found = if types.is_empty() { "no type" } else { "more than one type" };
        rows.reader.error(
            &rows.span,
            words(
                format!("the field `{name}` has {found}"),
                "the types are closed, so that no text can travel in a field",
                format!("give it exactly one of {}", listed(FIELD_TYPES)),
            ),
        );
        return None;
    };
    let kind = kind_of(kind, rows)?;
    Some(Field { name, kind, what, unit, allow: allow?, span: rows.span.clone() })
}

fn kind_of(kind: &str, rows: &Rows<'_, '_, '_>) -> Option<FieldKind> {
    let list = || {
        let names = rows.texts(kind)?;
        apart(rows, kind, &names);
        if names.iter().any(|name| name == aboveboard_core::value::OTHER) {
            rows.reader.error(
                &rows.span_of(kind),
                words("`other` is in every list", "it stands for whatever is not listed", "remove it"),
            );
        }
        Some(names.into_iter().map(Into::into).collect())
    };
    Some(match kind {
        "flag" => rows.number(kind).map(|_| FieldKind::Flag)?,
        "version" => rows.number(kind).map(|_| FieldKind::Version)?,
        "country" => rows.number(kind).map(|_| FieldKind::Country)?,
        "count" => FieldKind::Count(rows.number(kind)?),
        "bucket" => FieldKind::Bucket(rows.numbers(kind)?.into()),
        "duration" => FieldKind::Duration(rows.numbers(kind)?.into()),
        "choice" => FieldKind::Choice(list()?),
        "set" => FieldKind::Set(list()?),
        _ => match rows.numbers(kind)?.as_slice() {
            [least, most] => FieldKind::Code(*least, *most),
            _ => return None,
        },
    })
}
