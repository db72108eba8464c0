//! The module `telemetry`: declaration, counts, events and names.

use super::data::{action, count, event, list, text, texts, timing};
use super::event::typed_event;
use super::source::{RustSource, constants, ident, plain};
use super::timing::typed_timings;
use crate::grammar::name::camel;
use crate::model::Manifest;
use crate::spelling::joined;

impl Manifest {
    /// The source of `pub mod telemetry`: the declaration as a static, the typed counts, events and names.
    /// It refers to the facade as `::aboveboard` and reads nothing.
    #[must_use]
    pub fn rust(&self) -> String {
        let mut out = RustSource::default();
        out.line(&format!(
            "/// What {} may collect, generated from its manifest.",
            plain(&self.product.name)
        ));
        out.line(
            "#[allow(dead_code, unreachable_pub, reason = \"the manifest declares more than one program uses\")]",
        );
        out.line("pub mod telemetry {");
        self.product(&mut out);
        self.typed_counts(&mut out);
        typed_timings(&self.timings, &mut out);
        self.typed_events(&mut out);
        self.names(&mut out);
        out.line("}");
        out.into_text()
    }

    fn product(&self, out: &mut RustSource) {
        let declaration = self.declaration();
        out.line("/// Everything the manifest declares.");
        out.line("pub static PRODUCT: ::aboveboard::Declaration = ::aboveboard::__product! {");
        out.line(&format!("embedded: {:?},", self.embedded()));
        out.line("declaration: {");
        for (field, value) in [
            ("product", &declaration.product),
            ("name", &declaration.name),
            ("endpoint", &declaration.endpoint),
            ("ingest_key", &declaration.ingest_key),
            ("controller", &declaration.controller),
            ("policy_url", &declaration.policy_url),
            ("retention", &declaration.retention),
            ("terms", &declaration.terms),
            ("recipients", &declaration.recipients),
            ("commands_words", &declaration.commands_words),
            ("console_words", &declaration.console_words),
            ("publish_site", &declaration.publish_site),
            ("publish_words", &declaration.publish_words),
            ("agreement", &declaration.agreement),
            ("family", &declaration.family),
        ] {
            out.line(&format!("{field}: {},", text(value)));
        }
        out.line(&format!("revision: {},", declaration.revision));
        out.line(&format!("grammar: {},", declaration.grammar));
        out.line(&format!(
            "release: ::aboveboard::__private::released(::core::option_env!(\"ABOVEBOARD_RELEASE\"), {:?}),",
            declaration.product
        ));
        out.line(&format!(
            "release_of: ::aboveboard::__private::release_of_another(::core::option_env!(\"ABOVEBOARD_RELEASE\"), {:?}),",
            declaration.product
        ));
        for (component, policy) in
            [("server", declaration.server), ("cli", declaration.cli), ("app", declaration.app)]
        {
            out.line(&format!("{component}: ::aboveboard::declaration::Policy::{policy:?},"));
        }
        out.line(&format!("retention_days: {},", declaration.retention_days));
        out.line(&format!("publish_months: {},", declaration.publish_months));
        out.line(&format!("published: {},", texts(&declaration.published)));
        out.line(&format!("publish_keys: {},", texts(&declaration.publish_keys)));
        out.line(&format!("report_every: {},", declaration.report_every));
        out.line(&format!("commands_until: {},", declaration.commands_until));
        out.line(&format!("console_until: {},", declaration.console_until));
        out.line(&format!("counts: {},", list(declaration.counts.iter().map(count))));
        out.line(&format!("timings: {},", list(declaration.timings.iter().map(timing))));
        out.line(&format!("commands: {},", texts(&declaration.commands)));
        out.line(&format!("actions: {},", list(declaration.actions.iter().map(action))));
        out.line(&format!("routes: {},", texts(&declaration.routes)));
        out.line(&format!("events: {},", list(declaration.events.iter().map(event))));
        out.line("}};");
    }

    fn typed_counts(&self, out: &mut RustSource) {
        if self.counts.is_empty() {
            return;
        }
        out.line("/// Every object count of the server's report.");
        out.line("#[derive(Clone, Debug, Default, PartialEq, Eq)]");
        out.line("pub struct Counts {");
        for count in &self.counts {
            out.doc(&[&count.info.what, &count.info.why]);
            let of_list = || format!("counts::{}", camel(&count.name));
            let kind = if count.by.is_empty() { "u64".to_owned() } else { of_list() };
            out.line(&format!("pub {}: {kind},", ident(&count.name)));
        }
        out.line("}");
        out.line("impl ::aboveboard::Counts for Counts {");
        out.line("fn report(self) -> ::aboveboard::event::Report<'static> {");
        out.line("::aboveboard::event::Report { timings: ::core::option::Option::None, counts: ::std::vec![");
        for count in &self.counts {
            let field = ident(&count.name);
            let cells = if count.by.is_empty() {
                format!("One(self.{field})")
            } else {
                let cell = |name: &String| format!("({name:?}, self.{field}.{})", ident(name));
                format!("By(::std::vec![{}])", joined(count.by.iter().map(cell)))
            };
            out.line(&format!(
                "::aboveboard::event::Count {{ name: {:?}, cells: ::aboveboard::event::Cells::{cells} }},",
                count.name
            ));
        }
        out.line("] } } }");
        out.module("Counts that a closed list splits.", "counts", |out| {
            for count in self.counts.iter().filter(|count| !count.by.is_empty()) {
                out.doc(&[&count.info.what]);
                out.line("#[derive(Clone, Debug, Default, PartialEq, Eq)]");
                out.line(&format!("pub struct {} {{", camel(&count.name)));
                for name in &count.by {
                    out.line(&format!("/// Of these: `{name}`.\npub {}: u64,", ident(name)));
                }
                out.line("}");
            }
        });
    }

    fn typed_events(&self, out: &mut RustSource) {
        if self.events.is_empty() {
            return;
        }
        out.module("The declared events.", "events", |out| {
            self.events.iter().for_each(|event| typed_event(event, out));
        });
    }

    fn names(&self, out: &mut RustSource) {
        if let Some(cli) = &self.cli {
            let names = cli.commands.iter().map(String::as_str);
            out.module("The declared commands.", "commands", |out| constants(out, names));
        }
        if let Some(console) = &self.console {
            let names = console.actions.iter().map(|action| &*action.name);
            out.module("The declared actions of the console.", "actions", |out| constants(out, names));
        }
    }
}
