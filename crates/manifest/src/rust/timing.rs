//! The timings of a server as statics that count, and their closed lists as enums.

use super::closed_list::{Unlisted, closed_list};
use super::source::{RustSource, constant, ident};
use crate::grammar::name::camel;
use crate::model::Timing;
use crate::spelling::joined;

pub(super) fn typed_timings(timings: &[Timing], out: &mut RustSource) {
    if timings.is_empty() {
        return;
    }
    out.line("/// Every timing of the server, to be handed to its agent.");
    let meter = |timing: &Timing| format!("({:?}, &timings::{}.0)", timing.name, constant(&timing.name));
    out.line(&format!(
        "pub static TIMINGS: ::aboveboard::Timings = ::aboveboard::Timings::new(&PRODUCT, &METERS);\n\
         static METERS: [(&str, &::aboveboard::__private::AnyMeter); {}] = [{}];",
        timings.len(),
        joined(timings.iter().map(meter))
    ));
    out.module("What the server measures of the requests that it serves.", "timings", |out| {
        timings.iter().for_each(|timing| typed_timing(timing, out));
    });
}

fn typed_timing(timing: &Timing, out: &mut RustSource) {
    let name = camel(&timing.name);
    let module = ident(&timing.name);
    let constant = constant(&timing.name);
    let kinds: usize = timing.by.iter().map(|(_, list)| list.len()).product();
    let cells = kinds * (timing.edges.len() + 1);
    let times = timing.parts.len() + 1;
    let edges = joined(timing.edges.iter().map(u64::to_string));
    out.doc(&[&timing.info.what, &timing.info.why]);
    out.line(&format!(
        "pub static {constant}: {name} = {name}(::aboveboard::Meter::new(&[{edges}]));\n\
         /// See [`{constant}`].\n#[derive(Debug)]\n\
         pub struct {name}(pub(super) ::aboveboard::Meter<{cells}, {times}>);"
    ));
    let number = timing.by.iter().fold(String::new(), |number, (split, list)| {
        let place = format!("kind.{} as usize", ident(split));
        if number.is_empty() { place } else { format!("({number}) * {} + {place}", list.len()) }
    });
    let (took, all) = if timing.parts.is_empty() {
        ("::core::time::Duration".to_owned(), "took".to_owned())
    } else {
        let parts = timing.parts.iter().map(|part| format!("took.{}", ident(part)));
        (format!("{module}::Took"), joined(std::iter::once("took.total".to_owned()).chain(parts)))
    };
    out.line(&format!(
        "impl {name} {{\n/// Counts one request of a kind, and the time it took. Without a lock and without memory of its \
         own; from any thread.\npub fn record(&self, kind: {module}::Kind, took: {took}) {{ \
         self.0.record({number}, [{all}]); }}\n}}"
    ));
    out.line(&format!("/// The kinds of [`{constant}`].\npub mod {module} {{"));
    out.line(
        "/// The kind of a request.\n#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\npub struct Kind {",
    );
    for (split, _) in &timing.by {
        out.line(&format!("/// `{split}`\npub {}: {},", ident(split), camel(split)));
    }
    out.line("}");
    if !timing.parts.is_empty() {
        out.line("/// The time of a request.\n#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]");
        out.line("pub struct Took {\n/// All of it.\npub total: ::core::time::Duration,");
        for part in &timing.parts {
            out.line(&format!("/// Of this: `{part}`.\npub {}: ::core::time::Duration,", ident(part)));
        }
        out.line("}");
    }
    for (split, list) in &timing.by {
        closed_list(split, split, list, Unlisted::None, out);
    }
    out.line("}");
}
