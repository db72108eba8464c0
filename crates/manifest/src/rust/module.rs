//! The module `telemetry`: declaration, counts, events and names.

use aboveboard_types::declaration::{Component, Policy};

use super::data::{self, count, event, list, text, texts, timing};
use super::event::typed_event;
use super::source::{RustSource, constants, ident, plain};
use super::timing::typed_timings;
use crate::grammar::name::camel;
use crate::model::{ItemInfo, Manifest};
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
        let product = &self.product;
        out.line("/// Everything the manifest declares.");
        out.line("pub static PRODUCT: ::aboveboard::Declaration = ::aboveboard::__product! {");
        out.line(&format!("embedded: {:?},", self.embedded()));
        out.line("declaration: {");
        for (field, value) in [
            ("product", &*product.id),
            ("name", &product.name),
            ("endpoint", &product.endpoint),
            ("ingest_key", &product.ingest_key),
            ("controller", &product.controller),
            ("policy_url", product.policy.as_deref().unwrap_or_default()),
            ("retention", &product.retention),
            ("terms", &product.terms()),
            ("family", product.family.as_deref().unwrap_or_default()),
        ] {
            out.line(&format!("{field}: {},", text(value)));
        }
        out.line(&format!("revision: {},", product.revision));
        out.line(&format!(
            "release: ::aboveboard::__private::released(::core::option_env!(\"ABOVEBOARD_RELEASE\"), {:?}),",
            product.id
        ));
        for component in [Component::Server, Component::Cli, Component::App] {
            let policy = self.consent.of(component).unwrap_or(Policy::Off);
            out.line(&format!("{}: ::aboveboard::declaration::Policy::{policy:?},", component.name()));
        }
        out.line(&format!("report_every: {},", self.server.every));
        let until = |info: Option<&ItemInfo>| info.map_or(u32::MAX, |info| data::until(info.until));
        let commands_until = until(self.cli.as_ref().map(|cli| &cli.info));
        let console_until = until(self.console.as_ref().map(|console| &console.info));
        out.line(&format!("commands_until: {commands_until},\nconsole_until: {console_until},"));
        out.line(&format!("counts: {},", list(self.counts.iter().map(count))));
        out.line(&format!("timings: {},", list(self.timings.iter().map(timing))));
        let commands = self.cli.as_ref().map_or(&[][..], |cli| &cli.commands);
        out.line(&format!("commands: {},", texts(commands)));
        let (actions, routes) =
            self.console.as_ref().map_or((&[][..], &[][..]), |console| (&console.actions, &console.routes));
        let action = actions.iter().map(|action| {
            format!(
                "::aboveboard::declaration::ActionDeclaration::new({}, {})",
                text(&action.name),
                text(&action.action_type)
            )
        });
        out.line(&format!("actions: {},", list(action)));
        out.line(&format!("routes: {},", texts(routes)));
        out.line(&format!("events: {},", list(self.events.iter().map(event))));
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
            let kind = if count.by.is_empty() {
                "u64".to_owned()
            } else {
                format!("counts::{}", camel(&count.name))
            };
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
        out.line("/// Counts that a closed list splits.");
        out.line("pub mod counts {");
        for count in self.counts.iter().filter(|count| !count.by.is_empty()) {
            out.doc(&[&count.info.what]);
            out.line("#[derive(Clone, Debug, Default, PartialEq, Eq)]");
            out.line(&format!("pub struct {} {{", camel(&count.name)));
            for name in &count.by {
                out.line(&format!("/// Of these: `{name}`.\npub {}: u64,", ident(name)));
            }
            out.line("}");
        }
        out.line("}");
    }

    fn typed_events(&self, out: &mut RustSource) {
        if self.events.is_empty() {
            return;
        }
        out.line("/// The declared events.");
        out.line("pub mod events {");
        for event in &self.events {
            typed_event(event, out);
        }
        out.line("}");
    }

    fn names(&self, out: &mut RustSource) {
        if let Some(cli) = &self.cli {
            out.line("/// The declared commands.");
            out.line("pub mod commands {");
            constants(out, cli.commands.iter().map(String::as_str));
            out.line("}");
        }
        if let Some(console) = &self.console {
            out.line("/// The declared actions of the console.");
            out.line("pub mod actions {");
            constants(out, console.actions.iter().map(|action| &*action.name));
            out.line("}");
        }
    }
}
