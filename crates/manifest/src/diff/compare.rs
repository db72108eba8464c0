//! Item by item, old against new.

use std::cmp::Reverse;

use aboveboard_types::declaration::{Component, FieldKind, Limits, Policy, SampleRate, Text};

use super::change::{Change, ChangeKind};
use super::publish;
use crate::commands::missing;
use crate::spelling::{field_kind, lengths, literals};
use crate::{Console, Count, Date, Event, Field, Funnel, ItemInfo, Manifest, Product, Timing, units};

pub(super) fn changes(old: &Manifest, new: &Manifest) -> Vec<Change> {
    let mut all = Changes(Vec::new());
    all.product(old, new);
    all.consent(old, new);
    if new.consent.server.is_some_and(|policy| policy != Policy::Off) {
        let every = |manifest: &Manifest| units::spell(manifest.server.every * 1_000);
        let detail = format!("reports every {}, was {}", every(new), every(old));
        // More often is more.
        all.sized(ChangeKind::of_size(old.server.every.cmp(&new.server.every)), "server.every", detail);
    }
    all.paired("counts", &old.counts, &new.counts, |count| (&count.name, &count.info), Changes::count);
    all.paired("timings", &old.timings, &new.timings, |it| (&it.name, &it.info), Changes::timing);
    let commands = |manifest: &Manifest| manifest.cli.as_ref().map_or(Vec::new(), |cli| cli.commands.clone());
    all.lists("cli.commands", &commands(old), &commands(new));
    if let (Some(old), Some(new)) = (&old.cli, &new.cli) {
        all.info("cli", &old.info, &new.info);
    }
    all.console(old.console.as_ref(), new.console.as_ref());
    all.paired("events", &old.events, &new.events, |event| (&event.name, &event.info), Changes::event);
    all.funnels(old, new);
    all.0.extend(publish::changes(old.publish.as_ref(), new.publish.as_ref()));
    all.0
}

struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, kind: ChangeKind, item: impl Into<String>, detail: impl Into<String>) {
        self.0.push(Change { kind, item: item.into(), detail: detail.into() });
    }

    fn sized(&mut self, kind: Option<ChangeKind>, item: &str, detail: String) {
        if let Some(kind) = kind {
            self.add(kind, item, detail);
        }
    }

    fn product(&mut self, old: &Manifest, new: &Manifest) {
        let old = &old.product;
        let new = &new.product;
        let family = [&old.family, &new.family].map(|family| family.as_deref().unwrap_or_default());
        let policy = [&old.policy, &new.policy].map(|policy| policy.as_deref().unwrap_or_default());
        for (kind, key, old, new) in [
            (ChangeKind::Widened, "id", &*old.id, &*new.id),
            (ChangeKind::Widened, "endpoint", &old.endpoint, &new.endpoint),
            (ChangeKind::Widened, "controller", &old.controller, &new.controller),
            (ChangeKind::Widened, "hosting", &old.hosting, &new.hosting),
            (ChangeKind::Widened, "family", family[0], family[1]),
            (ChangeKind::Reworded, "name", &old.name, &new.name),
            (ChangeKind::Reworded, "contact", &old.contact, &new.contact),
            (ChangeKind::Reworded, "policy", policy[0], policy[1]),
            (ChangeKind::Reworded, "coding-agents", old.coding_agents.name(), new.coding_agents.name()),
        ] {
            if old != new {
                self.add(kind, format!("product.{key}"), format!("{new:?}, was {old:?}"));
            }
        }
        if old.recipients != new.recipients {
            let named =
                |recipients: &Option<String>| recipients.clone().unwrap_or_else(|| "not said".to_owned());
            let is_fewer = new.recipients.as_deref().is_none_or(|now| now.eq_ignore_ascii_case("nobody"));
            let detail = format!("{}, was {}", named(&new.recipients), named(&old.recipients));
            self.add(ChangeKind::widened_if(!is_fewer), "product.recipients", detail);
        }
        if old.releases != new.releases {
            let lines =
                |of: &Product| of.releases.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let detail = format!("{:?}, was {:?}", lines(new), lines(old));
            self.add(ChangeKind::Reworded, "product.releases", detail);
        }
        let kept = ChangeKind::of_size(new.retention_days.cmp(&old.retention_days));
        self.sized(kept, "product.retention", format!("kept {}, was {}", new.retention, old.retention));
    }

    fn consent(&mut self, old: &Manifest, new: &Manifest) {
        for component in [Component::Server, Component::Cli, Component::App] {
            let [old, new] = [old, new].map(|of| of.policy(component).unwrap_or(Policy::Off));
            let detail = format!("{}, was {}", new.name(), old.name());
            let kind = ChangeKind::of_size(reach(new).cmp(&reach(old)));
            self.sized(kind, &format!("consent.{}", component.name()), detail);
        }
    }

    /// What both sides have is compared, the rest is new or removed.
    fn paired<T>(
        &mut self,
        under: &str,
        old: &[T],
        new: &[T],
        named: fn(&T) -> (&String, &ItemInfo),
        compare: fn(&mut Self, &str, &T, &T),
    ) {
        for item in new {
            let (name, info) = named(item);
            let path = format!("{under}.{name}");
            match old.iter().find(|other| named(other).0 == name) {
                Some(before) => {
                    self.info(&path, named(before).1, info);
                    compare(self, &path, before, item);
                }
                None => self.add(ChangeKind::Collected, path, format!("{}: {}", info.what, info.why)),
            }
        }
        for item in old.iter().filter(|item| !new.iter().any(|other| named(other).0 == named(item).0)) {
            let (name, info) = named(item);
            self.add(ChangeKind::Removed, format!("{under}.{name}"), info.what.clone());
        }
    }

    fn info(&mut self, path: &str, old: &ItemInfo, new: &ItemInfo) {
        let last =
            |info: &ItemInfo| info.until.map_or_else(|| "for ever".to_owned(), |day| format!("until {day}"));
        let days = |info: &ItemInfo| info.until.map_or(u32::MAX, Date::days);
        let detail = format!("collected {}, was {}", last(new), last(old));
        self.sized(ChangeKind::of_size(days(new).cmp(&days(old))), path, detail);
        for (kind, key, old, new) in [
            (ChangeKind::Restated, "what", &*old.what, &*new.what),
            (ChangeKind::Restated, "why", &old.why, &new.why),
            (ChangeKind::Reworded, "chart", old.chart.name(), new.chart.name()),
            (ChangeKind::Reworded, "owner", &old.owner, &new.owner),
        ] {
            if old != new {
                self.add(kind, path, format!("{key}: {new:?}, was {old:?}"));
            }
        }
    }

    /// Words that an item need not have.
    fn words(&mut self, path: &str, key: &str, old: Option<&String>, new: Option<&String>) {
        let [old, new] = [old, new].map(|words| words.map(String::as_str).unwrap_or_default());
        if old != new {
            self.add(ChangeKind::Restated, path, format!("{key}: {new:?}, was {old:?}"));
        }
    }

    fn count(&mut self, path: &str, old: &Count, new: &Count) {
        match (old.by.is_empty(), new.by.is_empty()) {
            (true, false) => self.add(ChangeKind::Widened, path, format!("split by {}", new.by.join(", "))),
            (false, true) => self.add(ChangeKind::Narrowed, path, "no longer split"),
            _ => self.lists(&format!("{path}.by"), &old.by, &new.by),
        }
        match (old.travels_as_edge(), new.travels_as_edge()) {
            (true, false) => self.add(ChangeKind::Widened, path, "the exact number instead of its edge"),
            (false, true) => self.add(ChangeKind::Narrowed, path, "the edge instead of the exact number"),
            (true, true) if old.edges != new.edges => {
                let is_coarser = new.edges.iter().all(|edge| old.edges.contains(edge));
                let kind = if is_coarser { ChangeKind::Narrowed } else { ChangeKind::Widened };
                let edges = |edges: &[u64]| crate::spelling::bucket_edges(edges);
                self.add(kind, path, format!("edges {}, were {}", edges(&new.edges), edges(&old.edges)));
            }
            _ => {}
        }
        if new.is_exact && !old.travels_as_edge() {
            self.words(path, "exact-why", old.exact_why.as_ref(), new.exact_why.as_ref());
        }
        self.words(path, "unit", old.unit.as_ref(), new.unit.as_ref());
    }

    fn console(&mut self, old: Option<&Console>, new: Option<&Console>) {
        let routes = |console: Option<&Console>| console.map_or(Vec::new(), |console| console.routes.clone());
        let actions = |console: Option<&Console>| -> Vec<_> {
            let actions = console.into_iter().flat_map(|console| &console.actions);
            actions.map(|action| format!("{} ({})", action.name, action.action_type)).collect()
        };
        self.lists("console.actions", &actions(old), &actions(new));
        self.lists("console.routes", &routes(old), &routes(new));
        if let (Some(old), Some(new)) = (old, new) {
            self.info("console", &old.info, &new.info);
        }
    }

    fn timing(&mut self, path: &str, old: &Timing, new: &Timing) {
        for (name, list) in &new.by {
            let item = format!("{path}.by.{name}");
            match old.by.iter().find(|(other, _)| other == name) {
                Some((_, before)) => self.lists(&item, before, list),
                None => {
                    self.add(ChangeKind::Widened, path, format!("split by {name}: {}", list.join(", ")));
                }
            }
        }
        for (name, _) in old.by.iter().filter(|(name, _)| !new.by.iter().any(|(other, _)| other == name)) {
            self.add(ChangeKind::Narrowed, path, format!("no longer split by {name}"));
        }
        if old.edges != new.edges {
            let is_coarser = new.edges.iter().all(|edge| old.edges.contains(edge));
            let detail = format!("edges {}, were {}", lengths(&new.edges), lengths(&old.edges));
            self.add(ChangeKind::widened_if(!is_coarser), path, detail);
        }
        self.lists(&format!("{path}.parts"), &old.parts, &new.parts);
    }

    /// A bound that goes, or lets more through, widens; one that is added or tighter narrows.
    fn limits(&mut self, path: &str, old: Limits, new: Limits) {
        // A longer time folds more events into one, so less is reported.
        let fold = |limits: Limits| Reverse(limits.fold.unwrap_or(0));
        for (order, key, now, was) in [
            (fold(new).cmp(&fold(old)), "fold", folded(new.fold), folded(old.fold)),
            (old.daily.cmp(&new.daily), "daily", new.daily.to_string(), old.daily.to_string()),
            (share_cmp(new.share, old.share), "share", shared(new.share), shared(old.share)),
        ] {
            self.sized(ChangeKind::of_size(order), path, format!("{key}: {now}, was {was}"));
        }
    }

    fn event(&mut self, path: &str, old: &Event, new: &Event) {
        self.limits(path, old.limits, new.limits);
        if old.component != new.component {
            let detail = format!("recorded by {}, was {}", new.component.name(), old.component.name());
            self.add(ChangeKind::Widened, path, detail);
        }
        for field in &new.fields {
            let item = format!("{path}.{}", field.name);
            match old.fields.iter().find(|other| other.name == field.name) {
                Some(before) => self.field(&item, before, field),
                None => self.add(ChangeKind::Collected, item, field_kind(&field.kind)),
            }
        }
        let is_kept = |field: &Field| new.fields.iter().any(|other| other.name == field.name);
        for field in old.fields.iter().filter(|field| !is_kept(field)) {
            self.add(ChangeKind::Removed, format!("{path}.{}", field.name), field_kind(&field.kind));
        }
    }

    fn field(&mut self, item: &str, old: &Field, new: &Field) {
        if old.kind != new.kind && is_same_list(&old.kind, &new.kind) {
            self.add(ChangeKind::Reworded, item, "the entries stand in another order");
        } else if old.kind != new.kind {
            let detail = format!("{}, was {}", field_kind(&new.kind), field_kind(&old.kind));
            self.add(ChangeKind::widened_if(!says_no_more(&old.kind, &new.kind)), item, detail);
        }
        self.words(item, "what", old.what.as_ref(), new.what.as_ref());
        self.words(item, "unit", old.unit.as_ref(), new.unit.as_ref());
    }

    /// Whatever becomes of a funnel, nothing is collected for it.
    fn funnels(&mut self, old: &Manifest, new: &Manifest) {
        for funnel in &new.funnels {
            let path = format!("funnels.{}", funnel.name);
            match old.funnels.iter().find(|before| before.name == funnel.name) {
                None => {
                    let detail = format!("a new funnel, for which nothing is collected: {}", steps(funnel));
                    self.add(ChangeKind::Reworded, path, detail);
                }
                Some(before) => {
                    let was = format!("{}, was {}", steps(funnel), steps(before));
                    if steps(funnel) != steps(before) {
                        self.add(ChangeKind::Reworded, &path, was);
                    }
                    if funnel.why != before.why {
                        let detail = format!("why: {:?}, was {:?}", funnel.why, before.why);
                        self.add(ChangeKind::Reworded, path, detail);
                    }
                }
            }
        }
        let is_gone = |funnel: &&Funnel| !new.funnels.iter().any(|now| now.name == funnel.name);
        for funnel in old.funnels.iter().filter(is_gone) {
            self.add(ChangeKind::Reworded, format!("funnels.{}", funnel.name), "a funnel that is gone");
        }
    }

    fn lists(&mut self, item: &str, old: &[String], new: &[String]) {
        let added = missing(old, new);
        let removed = missing(new, old);
        if !added.is_empty() {
            let kind = if old.is_empty() { ChangeKind::Collected } else { ChangeKind::Widened };
            self.add(kind, item, format!("with {}", literals(&added)));
        }
        if !removed.is_empty() {
            let kind = if new.is_empty() { ChangeKind::Removed } else { ChangeKind::Narrowed };
            self.add(kind, item, format!("without {}", literals(&removed)));
        }
    }
}

fn steps(funnel: &Funnel) -> String {
    format!("{} within {}", literals(&funnel.steps), units::spell(u64::from(funnel.within) * 86_400_000))
}

fn folded(fold: Option<u32>) -> String {
    fold.map_or_else(|| "none".to_owned(), |seconds| units::spell(u64::from(seconds) * 1_000))
}

fn shared(share: Option<SampleRate>) -> String {
    share.map_or_else(|| "all installations".to_owned(), |share| share.to_string())
}

/// Which of two shares of all installations is larger, by cross-multiplication.
fn share_cmp(a: Option<SampleRate>, b: Option<SampleRate>) -> std::cmp::Ordering {
    let all = SampleRate::new(1, 1);
    let [a, b] = [a, b].map(|share| share.unwrap_or(all));
    let scaled = |share: SampleRate, by: u16| u32::from(share.part) * u32::from(by);
    scaled(a, b.whole).cmp(&scaled(b, a.whole))
}

/// Whether two choices or two sets have the same entries, in any order.
fn is_same_list(old: &FieldKind, new: &FieldKind) -> bool {
    match (old, new) {
        (FieldKind::Choice(old), FieldKind::Choice(new)) | (FieldKind::Set(old), FieldKind::Set(new)) => {
            old.len() == new.len() && old.iter().all(|entry| new.contains(entry))
        }
        _ => false,
    }
}

/// How far a policy lets data flow without an answer of the user's own. What begins to follow a family or an operator
/// is asked about again, since somebody else's answer then counts.
fn reach(policy: Policy) -> u8 {
    match policy {
        Policy::Off => 0,
        Policy::Ask => 1,
        Policy::Follow => 2,
        Policy::Notice => 3,
        Policy::Operator => 4,
        // One that this version does not know may let anything flow.
        _ => u8::MAX,
    }
}

/// Whether every value of the new kind says no more than one of the old.
pub(super) fn says_no_more(old: &FieldKind, new: &FieldKind) -> bool {
    let is_within = |inner: &[Text], outer: &[Text]| inner.iter().all(|entry| outer.contains(entry));
    match (old, new) {
        (FieldKind::Count(old), FieldKind::Count(new)) => new <= old,
        (FieldKind::Code(old_min, old_max), FieldKind::Code(min, max)) => old_min <= min && max <= old_max,
        (FieldKind::Bucket(old), FieldKind::Bucket(new))
        | (FieldKind::Duration(old), FieldKind::Duration(new)) => new.iter().all(|edge| old.contains(edge)),
        (FieldKind::Count(bound), FieldKind::Bucket(edges)) => edges.iter().all(|edge| edge <= bound),
        (FieldKind::Choice(old), FieldKind::Choice(new)) | (FieldKind::Set(old), FieldKind::Set(new)) => {
            is_within(new, old)
        }
        _ => false,
    }
}
