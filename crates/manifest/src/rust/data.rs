//! The declaration as a constant expression.

use aboveboard_types::declaration::{FieldKind, Limits, SampleRate};

use crate::date::Date;
use crate::model::{Count, Event, Field, Timing};
use crate::spelling::joined;

pub(super) fn text(text: &str) -> String {
    format!("::std::borrow::Cow::Borrowed({text:?})")
}

pub(super) fn texts(list_of: &[String]) -> String {
    list(list_of.iter().map(|entry| text(entry)))
}

pub(super) fn list(entries: impl Iterator<Item = String>) -> String {
    format!("::std::borrow::Cow::Borrowed(const {{ &[{}] }})", joined(entries))
}

pub(super) fn until(until: Option<Date>) -> u32 {
    until.map_or(u32::MAX, Date::days)
}

pub(super) fn count(count: &Count) -> String {
    format!(
        "::aboveboard::declaration::CountDeclaration::new({}, {}, {})",
        text(&count.name),
        texts(&count.by),
        until(count.info.until)
    )
}

pub(super) fn timing(timing: &Timing) -> String {
    let split = |(name, entries): &(String, Vec<String>)| {
        format!("::aboveboard::declaration::SplitDeclaration::new({}, {})", text(name), texts(entries))
    };
    format!(
        "::aboveboard::declaration::TimingDeclaration::new({}, {}, {}, {}, {})",
        text(&timing.name),
        list(timing.by.iter().map(split)),
        list(timing.edges.iter().map(u64::to_string)),
        texts(&timing.parts),
        until(timing.info.until)
    )
}

fn limits(limits: Limits) -> String {
    let Limits { fold, daily, share, .. } = limits;
    let share = share.map(|SampleRate { part, whole, .. }| {
        format!("::aboveboard::declaration::SampleRate::new({part}, {whole})")
    });
    format!(
        "::aboveboard::declaration::Limits::new({}, {daily}, {})",
        option(fold.map(|seconds| seconds.to_string())),
        option(share)
    )
}

fn option(value: Option<String>) -> String {
    value.map_or_else(
        || "::core::option::Option::None".to_owned(),
        |value| format!("::core::option::Option::Some({value})"),
    )
}

pub(super) fn event(event: &Event) -> String {
    let field = |field: &Field| {
        format!(
            "::aboveboard::declaration::FieldDeclaration::new({}, ::aboveboard::declaration::FieldKind::{})",
            text(&field.name),
            kind(&field.kind)
        )
    };
    format!(
        "::aboveboard::declaration::EventDeclaration::new({}, \
         ::aboveboard::declaration::Component::{:?}, {}, {}, {})",
        text(&event.name),
        event.component,
        list(event.fields.iter().map(field)),
        limits(event.limits),
        until(event.info.until)
    )
}

fn kind(kind: &FieldKind) -> String {
    let names = |names: &[aboveboard_types::declaration::Text]| list(names.iter().map(|name| text(name)));
    let edges = |edges: &[u64]| list(edges.iter().map(u64::to_string));
    match kind {
        FieldKind::Flag => "Flag".to_owned(),
        FieldKind::Count(bound) => format!("Count({bound})"),
        FieldKind::Bucket(all) => format!("Bucket({})", edges(all)),
        FieldKind::Duration(all) => format!("Duration({})", edges(all)),
        FieldKind::Choice(all) => format!("Choice({})", names(all)),
        FieldKind::Set(all) => format!("Set({})", names(all)),
        FieldKind::Code(least, most) => format!("Code({least}, {most})"),
        FieldKind::Country => "Country".to_owned(),
        _ => "Version".to_owned(),
    }
}
