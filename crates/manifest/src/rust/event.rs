//! A declared event as a struct with typed fields, and its closed lists as enums.

use aboveboard_types::declaration::FieldKind;

use super::closed_list::{Unlisted, closed_list};
use super::source::{RustSource, ident};
use crate::grammar::name::camel;
use crate::model::{Event, Field};
use crate::spelling::joined;

pub(super) fn typed_event(event: &Event, out: &mut RustSource) {
    let name = camel(&event.name);
    let module = ident(&event.name);
    out.doc(&[&event.info.what, &event.info.why]);
    out.line("#[derive(Clone, Debug, Default, PartialEq, Eq)]");
    out.line(&format!("pub struct {name} {{"));
    for field in &event.fields {
        out.doc(&[field.what.as_deref().unwrap_or(&field.name)]);
        let held = held(field, &module);
        out.line(&format!("pub {}: ::core::option::Option<{held}>,", ident(&field.name)));
    }
    out.line("}");
    out.line(&format!("impl ::aboveboard::Record for {name} {{"));
    out.line("fn event(self, time: ::aboveboard::event::Seconds) -> ::aboveboard::event::Event<'static> {");
    out.line("let mut fields = ::std::vec::Vec::new();");
    for field in &event.fields {
        out.line(&format!(
            "if let ::core::option::Option::Some(value) = self.{} {{ fields.push(({:?}, \
             ::aboveboard::value::Value::{})); }}",
            ident(&field.name),
            field.name,
            recorded(field)
        ));
    }
    out.line(&format!(
        "::aboveboard::event::Event {{ time, kind: ::aboveboard::event::EventKind::Declared(\
         ::aboveboard::event::Declared {{ name: {:?}, fields, times: 1 }}) }} }} }}",
        event.name
    ));
    out.line(&format!("/// The closed lists of [`{name}`]."));
    out.line(&format!("pub mod {module} {{"));
    for field in &event.fields {
        if let FieldKind::Choice(names) | FieldKind::Set(names) = &field.kind {
            let doc = field.what.as_deref().unwrap_or(&field.name);
            closed_list(doc, &field.name, names, Unlisted::Other, out);
        }
    }
    out.line("}");
}

/// The Rust type of a field.
fn held(field: &Field, module: &str) -> String {
    let listed = || format!("{module}::{}", camel(&field.name));
    match &field.kind {
        FieldKind::Flag => "bool".to_owned(),
        FieldKind::Count(bound) => format!("::aboveboard::Bounded<0, {bound}>"),
        FieldKind::Code(least, most) => format!("::aboveboard::Bounded<{least}, {most}>"),
        FieldKind::Bucket(_) => "u64".to_owned(),
        FieldKind::Duration(_) => "::core::time::Duration".to_owned(),
        FieldKind::Choice(_) => listed(),
        FieldKind::Set(_) => format!("::std::collections::BTreeSet<{}>", listed()),
        FieldKind::Country => "::aboveboard::value::Country".to_owned(),
        _ => "::aboveboard::value::Version".to_owned(),
    }
}

/// How a field's value becomes a recorded one.
fn recorded(field: &Field) -> String {
    let edges = |edges: &[u64]| joined(edges.iter().map(u64::to_string));
    match &field.kind {
        FieldKind::Flag => "Flag(value)".to_owned(),
        FieldKind::Count(_) | FieldKind::Code(..) => "Number(value.get())".to_owned(),
        FieldKind::Bucket(all) => {
            format!("Number(::aboveboard::declaration::edge_below(&[{}], value))", edges(all))
        }
        FieldKind::Duration(all) => {
            format!("Number(::aboveboard::__private::edge_of(&[{}], value))", edges(all))
        }
        FieldKind::Choice(_) => "Choice(value.name())".to_owned(),
        FieldKind::Set(_) => "Set(value.into_iter().map(|member| member.name()).collect())".to_owned(),
        FieldKind::Country => "Country(value)".to_owned(),
        _ => "Version(value)".to_owned(),
    }
}
