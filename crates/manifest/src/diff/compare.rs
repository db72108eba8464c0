//! Item by item, old against new.

use std::cmp::Ordering;

use aboveboard_core::declaration::{Component, FieldKind, Limits, Policy, SampleRate, Text};

use super::{Change, ChangeKind};
use crate::model::{Console, Count, Event, Field, ItemInfo, Manifest, Timing};
use crate::units;

pub(super) fn changes(old: &Manifest, new: &Manifest) -> Vec<Change> {
    let mut all = Changes(Vec::new());
    all.product(old, new);
    all.consent(old, new);
    let every = |manifest: &Manifest| units::spell(manifest.server.every * 1_000);
    match new.server.every.cmp(&old.server.every) {
        Ordering::Less => {
            all.add(
                ChangeKind::Widened,
                "server.every",
                format!("reports every {}, was {}", every(new), every(old)),
            );
        }
        Ordering::Greater => {
            all.add(
                ChangeKind::Narrowed,
                "server.every",
                format!("reports every {}, was {}", every(new), every(old)),
            );
        }
        Ordering::Equal => {}
    }
    all.paired("counts", &old.counts, &new.counts, |count| (&count.name, &count.info), Changes::count);
    all.paired("timings", &old.timings, &new.timings, |timing| (&timing.name, &timing.info), Changes::timing);
    let commands = |manifest: &Manifest| manifest.cli.as_ref().map_or(Vec::new(), |cli| cli.commands.clone());
    all.lists("cli.commands", &commands(old), &commands(new));
    if let (Some(old), Some(new)) = (&old.cli, &new.cli) {
        all.info("cli", &old.info, &new.info);
    }
    all.console(old.console.as_ref(), new.console.as_ref());
    all.paired("events", &old.events, &new.events, |event| (&event.name, &event.info), Changes::event);
    all.0
}

struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, kind: ChangeKind, item: impl Into<String>, detail: impl Into<String>) {
        self.0.push(Change { kind, item: item.into(), detail: detail.into() });
    }

    fn product(&mut self, old: &Manifest, new: &Manifest) {
        let (old, new) = (&old.product, &new.product);
        let none = String::new();
        for (key, old, new) in [
            ("id", &old.id, &new.id),
            ("endpoint", &old.endpoint, &new.endpoint),
            ("controller", &old.controller, &new.controller),
            ("hosting", &old.hosting, &new.hosting),
            ("family", old.family.as_ref().unwrap_or(&none), new.family.as_ref().unwrap_or(&none)),
        ] {
            if old != new {
                self.add(ChangeKind::Widened, format!("product.{key}"), format!("{new:?}, was {old:?}"));
            }
        }
        if old.recipients != new.recipients {
            let told = |of: &Option<String>| of.clone().unwrap_or_else(|| "not said".to_owned());
            let is_fewer = new.recipients.as_deref().is_none_or(|now| now.eq_ignore_ascii_case("nobody"));
            let kind = if is_fewer { ChangeKind::Narrowed } else { ChangeKind::Widened };
            let detail = format!("{}, was {}", told(&new.recipients), told(&old.recipients));
            self.add(kind, "product.recipients", detail);
        }
        if old.retention_days != new.retention_days {
            let kind = if new.retention_days > old.retention_days {
                ChangeKind::Widened
            } else {
                ChangeKind::Narrowed
            };
            self.add(kind, "product.retention", format!("kept {}, was {}", new.retention, old.retention));
        }
        for (key, old, new) in [
            ("name", &old.name, &new.name),
            ("contact", &old.contact, &new.contact),
            ("policy", old.policy.as_ref().unwrap_or(&none), new.policy.as_ref().unwrap_or(&none)),
        ] {
            if old != new {
                self.add(ChangeKind::Reworded, format!("product.{key}"), format!("{new:?}, was {old:?}"));
            }
        }
    }

    fn consent(&mut self, old: &Manifest, new: &Manifest) {
        for component in [Component::Server, Component::Cli, Component::App] {
            let of = |manifest: &Manifest| manifest.consent.of(component).unwrap_or(Policy::Off);
            let (old, new) = (of(old), of(new));
            if old != new {
                let kind = if asks_less(old, new) { ChangeKind::Widened } else { ChangeKind::Narrowed };
                let item = format!("consent.{}", component.name());
                self.add(kind, item, format!("{}, was {}", new.name(), old.name()));
            }
        }
    }

    /// What stands on both sides is compared, the rest is new or gone.
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
        let days = |info: &ItemInfo| info.until.map_or(u32::MAX, crate::Date::days);
        match days(new).cmp(&days(old)) {
            Ordering::Greater => {
                self.add(ChangeKind::Widened, path, format!("collected {}, was {}", last(new), last(old)));
            }
            Ordering::Less => {
                self.add(ChangeKind::Narrowed, path, format!("collected {}, was {}", last(new), last(old)));
            }
            Ordering::Equal => {}
        }
        for (key, old, new) in [
            ("what", &*old.what, &*new.what),
            ("why", &old.why, &new.why),
            ("chart", old.chart.name(), new.chart.name()),
            ("owner", &old.owner, &new.owner),
        ] {
            if old != new {
                self.add(ChangeKind::Reworded, path, format!("{key}: {new:?}, was {old:?}"));
            }
        }
    }

    fn count(&mut self, path: &str, old: &Count, new: &Count) {
        match (old.by.is_empty(), new.by.is_empty()) {
            (true, false) => self.add(ChangeKind::Widened, path, format!("split by {}", new.by.join(", "))),
            (false, true) => self.add(ChangeKind::Narrowed, path, "no longer split"),
            _ => self.lists(&format!("{path}.by"), &old.by, &new.by),
        }
    }

    fn console(&mut self, old: Option<&Console>, new: Option<&Console>) {
        let routes = |console: Option<&Console>| console.map_or(Vec::new(), |it| it.routes.clone());
        let actions = |console: Option<&Console>| {
            console.map_or(Vec::new(), |it| {
                it.actions.iter().map(|action| format!("{} ({})", action.name, action.action_type)).collect()
            })
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
                None => self.add(ChangeKind::Widened, path, format!("split by {name}: {}", list.join(", "))),
            }
        }
        for (name, _) in old.by.iter().filter(|(name, _)| !new.by.iter().any(|(other, _)| other == name)) {
            self.add(ChangeKind::Narrowed, path, format!("no longer split by {name}"));
        }
        if old.edges != new.edges {
            let is_coarser = new.edges.iter().all(|edge| old.edges.contains(edge));
            let kind = if is_coarser { ChangeKind::Narrowed } else { ChangeKind::Widened };
            self.add(kind, path, format!("edges {}, were {}", lengths(&new.edges), lengths(&old.edges)));
        }
        self.lists(&format!("{path}.parts"), &old.parts, &new.parts);
    }

    /// A bound that goes, or lets more through, widens; one that is added or tighter narrows.
    fn limits(&mut self, path: &str, old: Limits, new: Limits) {
        let most =
            |share: Option<SampleRate>| share.map_or((1, 1), |it| (u32::from(it.part), u32::from(it.whole)));
        let ((part, whole), (part_now, whole_now)) = (most(old.share), most(new.share));
        // More time is folded into one: less is told.
        let fold = |fold: Option<u32>| std::cmp::Reverse(fold.unwrap_or(0));
        for (order, key, now, was) in [
            (fold(new.fold).cmp(&fold(old.fold)), "fold", folded(new.fold), folded(old.fold)),
            (old.daily.cmp(&new.daily), "daily", new.daily.to_string(), old.daily.to_string()),
            ((part_now * whole).cmp(&(part * whole_now)), "share", shared(new.share), shared(old.share)),
        ] {
            match order {
                Ordering::Greater => self.add(ChangeKind::Widened, path, format!("{key}: {now}, was {was}")),
                Ordering::Less => self.add(ChangeKind::Narrowed, path, format!("{key}: {now}, was {was}")),
                Ordering::Equal => {}
            }
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
                None => self.add(ChangeKind::Collected, item, spell(&field.kind)),
            }
        }
        for field in old.fields.iter().filter(|field| !new.fields.iter().any(|it| it.name == field.name)) {
            self.add(ChangeKind::Removed, format!("{path}.{}", field.name), spell(&field.kind));
        }
    }

    fn field(&mut self, item: &str, old: &Field, new: &Field) {
        if old.kind != new.kind && same_list(&old.kind, &new.kind) {
            self.add(ChangeKind::Reworded, item, "the entries stand in another order");
        } else if old.kind != new.kind {
            let detail = format!("{}, was {}", spell(&new.kind), spell(&old.kind));
            let kind =
                if tells_no_more(&old.kind, &new.kind) { ChangeKind::Narrowed } else { ChangeKind::Widened };
            self.add(kind, item, detail);
        }
        if (&old.what, &old.unit) != (&new.what, &new.unit) {
            self.add(ChangeKind::Reworded, item, "words for people");
        }
    }

    fn lists(&mut self, item: &str, old: &[String], new: &[String]) {
        let missing = |from: &[String], of: &[String]| {
            of.iter()
                .filter(|entry| !from.contains(entry))
                .map(|entry| format!("`{entry}`"))
                .collect::<Vec<_>>()
        };
        let (added, gone) = (missing(old, new), missing(new, old));
        if !added.is_empty() {
            let kind = if old.is_empty() { ChangeKind::Collected } else { ChangeKind::Widened };
            self.add(kind, item, format!("with {}", added.join(", ")));
        }
        if !gone.is_empty() {
            let kind = if new.is_empty() { ChangeKind::Removed } else { ChangeKind::Narrowed };
            self.add(kind, item, format!("without {}", gone.join(", ")));
        }
    }
}

fn folded(fold: Option<u32>) -> String {
    fold.map_or_else(|| "none".to_owned(), |seconds| units::spell(u64::from(seconds) * 1_000))
}

fn shared(share: Option<SampleRate>) -> String {
    share.map_or_else(|| "all installations".to_owned(), |share| share.to_string())
}

fn lengths(edges: &[u64]) -> String {
    edges.iter().map(|edge| units::spell(*edge)).collect::<Vec<_>>().join(", ")
}

/// Whether two choices or two sets have the same entries, in whatever order.
fn same_list(old: &FieldKind, new: &FieldKind) -> bool {
    match (old, new) {
        (FieldKind::Choice(old), FieldKind::Choice(new)) | (FieldKind::Set(old), FieldKind::Set(new)) => {
            old.len() == new.len() && old.iter().all(|entry| new.contains(entry))
        }
        _ => false,
    }
}

/// Whether data flows with less said by the user. Whatever begins to follow a family or an operator is asked
/// about again, since somebody else's word then counts.
fn asks_less(old: Policy, new: Policy) -> bool {
    let rank = |policy| match policy {
        Policy::Off => 0,
        Policy::Ask => 1,
        Policy::Follow => 2,
        Policy::Notice => 3,
        Policy::Operator => 4,
    };
    rank(new) > rank(old)
}

/// Whether every value of the new kind says no more than one of the old.
fn tells_no_more(old: &FieldKind, new: &FieldKind) -> bool {
    let within = |inner: &[Text], outer: &[Text]| inner.iter().all(|entry| outer.contains(entry));
    match (old, new) {
        (FieldKind::Count(old), FieldKind::Count(new)) => new <= old,
        (FieldKind::Code(least, most), FieldKind::Code(low, high)) => least <= low && high <= most,
        (FieldKind::Bucket(old), FieldKind::Bucket(new))
        | (FieldKind::Duration(old), FieldKind::Duration(new)) => new.iter().all(|edge| old.contains(edge)),
        (FieldKind::Count(bound), FieldKind::Bucket(edges)) => edges.iter().all(|edge| edge <= bound),
        (FieldKind::Choice(old), FieldKind::Choice(new)) | (FieldKind::Set(old), FieldKind::Set(new)) => {
            within(new, old)
        }
        _ => false,
    }
}

/// A kind of field as the manifest writes it.
pub(crate) fn spell(kind: &FieldKind) -> String {
    let quoted = |all: &[Text]| all.iter().map(|entry| format!("\"{entry}\"")).collect::<Vec<_>>().join(", ");
    let numbers = |all: &[u64]| all.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    match kind {
        FieldKind::Flag => "flag".to_owned(),
        FieldKind::Count(bound) => format!("count up to {bound}"),
        FieldKind::Bucket(edges) => format!("bucket with the edges 0, {}", numbers(edges)),
        FieldKind::Duration(edges) => {
            let edges: Vec<_> = edges.iter().map(|edge| units::spell(*edge)).collect();
            format!("duration with the edges 0, {}", edges.join(", "))
        }
        FieldKind::Choice(names) => format!("one of {}, or other", quoted(names)),
        FieldKind::Set(names) => format!("several of {}, or other", quoted(names)),
        FieldKind::Code(least, most) => format!("code from {least} to {most}"),
        FieldKind::Country => "country".to_owned(),
        _ => "version".to_owned(),
    }
}
