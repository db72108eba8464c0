//! From the manifest to the declaration that agents and the collector check against.

use std::borrow::Cow;

use aboveboard_core::declaration::{
    ActionDeclaration, CountDeclaration, Declaration, EventDeclaration, FieldDeclaration, List, Policy, Text,
};

use crate::date::Date;
use crate::model::{Event, Manifest};

impl Manifest {
    /// The same as data without words for people. `release` is false: only `manifest!` knows of the build.
    #[must_use]
    pub fn declaration(&self) -> Declaration {
        let product = &self.product;
        let console = self.console.as_ref();
        Declaration {
            product: text(&product.id),
            name: text(&product.name),
            revision: product.revision,
            hash: text(&self.hash),
            endpoint: text(&product.endpoint),
            ingest_key: text(&product.ingest_key),
            controller: text(&product.controller),
            policy_url: text(product.policy.as_deref().unwrap_or_default()),
            retention: text(&product.retention),
            family: text(product.family.as_deref().unwrap_or_default()),
            release: false,
            server: self.consent.server.unwrap_or(Policy::Off),
            cli: self.consent.cli.unwrap_or(Policy::Off),
            app: self.consent.app.unwrap_or(Policy::Off),
            report_every: self.server.every,
            counts: self
                .counts
                .iter()
                .map(|count| CountDeclaration {
                    name: text(&count.name),
                    by: texts(&count.by),
                    until: until(count.about.until),
                })
                .collect(),
            commands: texts(self.cli.as_ref().map_or(&[], |cli| &cli.commands)),
            actions: console
                .into_iter()
                .flat_map(|console| &console.actions)
                .map(|action| ActionDeclaration {
                    name: text(&action.name),
                    action_type: text(&action.action_type),
                })
                .collect(),
            routes: texts(console.map_or(&[], |console| &console.routes)),
            events: self.events.iter().map(event).collect(),
        }
    }
}

fn event(event: &Event) -> EventDeclaration {
    let field =
        |field: &crate::model::Field| FieldDeclaration { name: text(&field.name), kind: field.kind.clone() };
    EventDeclaration {
        name: text(&event.name),
        component: event.component,
        fields: event.fields.iter().map(field).collect(),
        until: until(event.about.until),
    }
}

fn text(text: &str) -> Text {
    Cow::Owned(text.to_owned())
}

fn texts(list: &[String]) -> List<Text> {
    list.iter().map(|entry| text(entry)).collect()
}

fn until(until: Option<Date>) -> u32 {
    until.map_or(u32::MAX, Date::days)
}
