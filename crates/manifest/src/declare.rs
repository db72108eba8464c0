//! From the manifest to the declaration that agents and the collector check against.

use std::borrow::Cow;

use aboveboard_types::declaration::{
    ActionDeclaration, CountDeclaration, Declaration, EventDeclaration, FieldDeclaration, List, Policy,
    SplitDeclaration, Text, TimingDeclaration,
};

use crate::{Count, Date, Event, Field, GRAMMAR, ItemInfo, Manifest, Timing};

impl Manifest {
    /// The same as data without words for people. What `manifest!` compiles in asks the build besides whether it is a
    /// release.
    #[must_use]
    pub fn declaration(&self) -> Declaration {
        let product = &self.product;
        let console = self.console.as_ref();
        let publish = self.publish.as_ref();
        Declaration::EMPTY
            .product(text(&product.id))
            .name(text(&product.name))
            .revision(product.revision)
            .release(self.release)
            .hash(text(&self.hash))
            .text(text(self.text()))
            .grammar(GRAMMAR)
            .endpoint(text(&product.endpoint))
            .ingest_key(text(&product.ingest_key))
            .controller(text(&product.controller))
            .policy_url(text(product.policy.as_deref().unwrap_or_default()))
            .retention(text(&product.retention))
            .retention_days(product.retention_days)
            .terms(product.terms().into())
            .recipients(text(product.others().unwrap_or_default()))
            .publish_months(publish.map_or(0, |publish| publish.every.months()))
            .publish_site(text(publish.map_or("", |publish| &publish.site)))
            .publish_keys(texts(publish.map_or(&[], |publish| &publish.keys)))
            .publish_words(text(publish.map_or("", |publish| &publish.why)))
            .published(
                publish.into_iter().flat_map(|it| &it.tables).map(|table| table.to_string().into()).collect(),
            )
            .family(text(product.family.as_deref().unwrap_or_default()))
            .server(self.consent.server.unwrap_or(Policy::Off))
            .cli(self.consent.cli.unwrap_or(Policy::Off))
            .app(self.consent.app.unwrap_or(Policy::Off))
            .report_every(self.server.every)
            .commands_words(text(self.cli.as_ref().map_or("", |cli| &cli.info.why)))
            .console_words(text(console.map_or("", |console| &console.info.why)))
            .commands_until(self.cli.as_ref().map_or(u32::MAX, |cli| until(cli.info.until)))
            .console_until(console.map_or(u32::MAX, |console| until(console.info.until)))
            .counts(self.counts.iter().map(count).collect())
            .timings(self.timings.iter().map(timing).collect())
            .commands(texts(self.cli.as_ref().map_or(&[], |cli| &cli.commands)))
            .actions(
                console
                    .into_iter()
                    .flat_map(|console| &console.actions)
                    .map(|action| ActionDeclaration::new(text(&action.name), text(&action.action_type)))
                    .collect(),
            )
            .routes(texts(console.map_or(&[], |console| &console.routes)))
            .events(self.events.iter().map(event).collect())
            .sealed()
    }
}

fn count(count: &Count) -> CountDeclaration {
    let edges = if count.travels_as_edge() { count.edges.clone() } else { Vec::new() };
    CountDeclaration::new(
        text(&count.name),
        texts(&count.by),
        edges.into(),
        text(count.exact_why.as_deref().unwrap_or_default()),
        until(count.info.until),
        words(&count.info, count.unit.as_deref()),
    )
}

fn event(event: &Event) -> EventDeclaration {
    EventDeclaration::new(
        text(&event.name),
        event.component,
        event.fields.iter().map(field).collect(),
        event.limits,
        until(event.info.until),
        words(&event.info, None),
    )
}

fn field(field: &Field) -> FieldDeclaration {
    let words = [&field.what, &field.unit].into_iter().flatten().map(String::as_str).collect::<Vec<_>>();
    FieldDeclaration::new(text(&field.name), field.kind.clone(), text(&words.join(", ")))
}

fn timing(timing: &Timing) -> TimingDeclaration {
    let split = |(name, list): &(String, Vec<String>)| SplitDeclaration::new(text(name), texts(list));
    TimingDeclaration::new(
        text(&timing.name),
        timing.by.iter().map(split).collect(),
        timing.edges.clone().into(),
        texts(&timing.parts),
        until(timing.info.until),
        words(&timing.info, None),
    )
}

/// What users read of an item.
fn words(info: &ItemInfo, unit: Option<&str>) -> Text {
    let all = [info.what.as_str(), info.why.as_str()].into_iter().chain(unit);
    all.collect::<Vec<_>>().join("; ").into()
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
