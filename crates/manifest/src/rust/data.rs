//! The declaration as a constant expression.

use aboveboard_types::declaration::{
    ActionDeclaration, CountDeclaration, EventDeclaration, FieldDeclaration, FieldKind, Limits, SampleRate,
    SplitDeclaration, Text, TimingDeclaration,
};

use crate::spelling::joined;

pub(super) fn text(text: &str) -> String {
    format!("::std::borrow::Cow::Borrowed({text:?})")
}

pub(super) fn texts(entries: &[Text]) -> String {
    list(entries.iter().map(|entry| text(entry)))
}

pub(super) fn list(entries: impl Iterator<Item = String>) -> String {
    format!("::std::borrow::Cow::Borrowed(const {{ &[{}] }})", joined(entries))
}

pub(super) fn action(action: &ActionDeclaration) -> String {
    let name = text(&action.name);
    let action_type = text(&action.action_type);
    format!("::aboveboard::declaration::ActionDeclaration::new({name}, {action_type})")
}

pub(super) fn count(count: &CountDeclaration) -> String {
    let name = text(&count.name);
    let by = texts(&count.by);
    format!(
        "::aboveboard::declaration::CountDeclaration::new({name}, {by}, {}, {}, {}, {})",
        edges(&count.edges),
        text(&count.exact_why),
        count.until,
        text(&count.words)
    )
}

pub(super) fn timing(timing: &TimingDeclaration) -> String {
    let split = |SplitDeclaration { name, of, .. }: &SplitDeclaration| {
        format!("::aboveboard::declaration::SplitDeclaration::new({}, {})", text(name), texts(of))
    };
    format!(
        "::aboveboard::declaration::TimingDeclaration::new({}, {}, {}, {}, {}, {})",
        text(&timing.name),
        list(timing.by.iter().map(split)),
        edges(&timing.edges),
        texts(&timing.parts),
        timing.until,
        text(&timing.words)
    )
}

fn edges(edges: &[u64]) -> String {
    list(edges.iter().map(u64::to_string))
}

fn limits(limits: Limits) -> String {
    let Limits { fold, daily, share, .. } = limits;
    let share = share.map(|SampleRate { part, whole, .. }| {
        format!("::aboveboard::declaration::SampleRate::new({part}, {whole})")
    });
    let fold = option(fold.map(|seconds| seconds.to_string()));
    format!("::aboveboard::declaration::Limits::new({fold}, {daily}, {})", option(share))
}

fn option(value: Option<String>) -> String {
    match value {
        Some(value) => format!("::core::option::Option::Some({value})"),
        None => "::core::option::Option::None".to_owned(),
    }
}

pub(super) fn event(event: &EventDeclaration) -> String {
    format!(
        "::aboveboard::declaration::EventDeclaration::new({}, \
         ::aboveboard::declaration::Component::{:?}, {}, {}, {}, {})",
        text(&event.name),
        event.component,
        list(event.fields.iter().map(field)),
        limits(event.limits),
        event.until,
        text(&event.words)
    )
}

fn field(field: &FieldDeclaration) -> String {
    let name = text(&field.name);
    let kind = kind(&field.kind);
    format!(
        "::aboveboard::declaration::FieldDeclaration::new({name}, \
         ::aboveboard::declaration::FieldKind::{kind}, {})",
        text(&field.words)
    )
}

fn kind(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Flag => "Flag".to_owned(),
        FieldKind::Count(bound) => format!("Count({bound})"),
        FieldKind::Bucket(all) => format!("Bucket({})", edges(all)),
        FieldKind::Duration(all) => format!("Duration({})", edges(all)),
        FieldKind::Choice(all) => format!("Choice({})", texts(all)),
        FieldKind::Set(all) => format!("Set({})", texts(all)),
        FieldKind::Code(least, most) => format!("Code({least}, {most})"),
        FieldKind::Country => "Country".to_owned(),
        _ => "Version".to_owned(),
    }
}
