//! The slow store that adapters are compared with: it keeps every event and counts them one by one.

use std::collections::{BTreeMap, BTreeSet};

use aboveboard_published::counted;
use aboveboard_store::calendar::{SECONDS_A_DAY, day_of};
use aboveboard_store::entry::{Arrival, LogEntry};
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_store::limits::PRODUCT_VERSIONS;
use aboveboard_store::packed_version::pack_version;
use aboveboard_store::verification::Standing;
use aboveboard_store::versions::{Decision, OTHER, VersionBook};
use aboveboard_types::envelope::{Mark, Marks};
use aboveboard_types::id::Id;
use aboveboard_types::read::{RawCells, RawEvent, RawValue};
use aboveboard_types::value::Version;
use aboveboard_wire::Batch;

/// The figures that a run of entries must come to, computed the slow way: one event, one line, no cleverness.
#[must_use]
pub fn reference(entries: &[LogEntry], manifests: &ManifestsInForce) -> Vec<(String, i64)> {
    Book::of(entries, manifests).ledger()
}

/// What is known of an installation of one product, and its events in the order of the log.
pub(super) struct ReferenceInstallation<'b> {
    pub(super) received: i32,
    pub(super) heard: i32,
    /// Whether it showed that it was there.
    pub(super) is_present: bool,
    pub(super) events: Vec<&'b ReferenceEvent>,
}

impl Book {
    pub(super) fn of(entries: &[LogEntry], manifests: &ManifestsInForce) -> Self {
        let mut book = Self::default();
        book.take(entries, manifests);
        book
    }

    /// The installations of a product of which there are events, by their ids.
    pub(super) fn installations(&self, product: &str) -> BTreeMap<Id, ReferenceInstallation<'_>> {
        let mut all = BTreeMap::new();
        for event in self.events.iter().filter(|event| event.product == product) {
            let key = (product.to_owned(), event.installation);
            let known = all.entry(event.installation).or_insert_with(|| ReferenceInstallation {
                received: self.received[&key],
                heard: self.heard[&key] as i32,
                is_present: self.counted.contains_key(&key),
                events: Vec::new(),
            });
            known.events.push(event);
        }
        all
    }

    fn take(&mut self, entries: &[LogEntry], manifests: &ManifestsInForce) {
        let book = self;
        for entry in entries {
            match entry {
                LogEntry::Batch(arrival) => book.batch(arrival, manifests),
                LogEntry::Erasure(erasure) => {
                    let id = (erasure.product.clone(), erasure.installation);
                    book.forget(&id.0, id.1);
                    book.tombstones.insert(id);
                }
                LogEntry::Clearing(clearing) => book.clear(&clearing.product),
                LogEntry::Amendment(_) => unreachable!("amendments have checks of their own"),
            }
        }
    }
}

#[derive(Default)]
pub(super) struct Book {
    /// The events of each batch, by its product, installation and id.
    batches: BTreeMap<(String, Id, Id), String>,
    tombstones: BTreeSet<(String, Id)>,
    sequences: BTreeSet<(String, Id, u64)>,
    events: Vec<ReferenceEvent>,
    quality: BTreeMap<String, i64>,
    received: BTreeMap<(String, Id), i32>,
    /// The last day of receipt of each installation.
    heard: BTreeMap<(String, Id), i64>,
    /// That installations were there in months: the revision by installation, first and last day, and value.
    counted: BTreeMap<(String, Id), BTreeMap<String, i64>>,
    versions: BTreeMap<String, VersionBook>,
    admitted: BTreeMap<String, i64>,
    reports: BTreeMap<(String, Id, i32), u64>,
    /// Batches taken in and the times of the first and the last, by product, component and whether they are synthetic.
    taken: BTreeMap<String, i64>,
    /// The first day of each version with a name.
    since: BTreeMap<String, i64>,
}

pub(super) struct ReferenceEvent {
    product: String,
    installation: Id,
    /// `PRODUCT COMPONENT VERSION SYSTEM ARCHITECTURE MARKS`
    pub(super) context: String,
    /// Day and hour.
    pub(super) when: (i32, i64),
    received: i64,
    /// `AXIS NAME DETAIL` of each cell of the roll-ups.
    pub(super) cube: Vec<String>,
    /// `COUNT ENTRY` of a report, with its number.
    pub(super) counts: Option<Vec<(String, i64)>>,
    used: Vec<String>,
    is_success: bool,
}

impl Book {
    fn note(&mut self, context: &str, received: i64, what: &str, n: i64) {
        if n > 0 {
            *self.quality.entry(format!("quality {context} {} {what}", day_of(received))).or_default() += n;
        }
    }

    fn forget(&mut self, product: &str, installation: Id) {
        self.events.retain(|event| event.product != product || event.installation != installation);
        self.received.remove(&(product.to_owned(), installation));
        self.heard.remove(&(product.to_owned(), installation));
        self.counted.remove(&(product.to_owned(), installation));
        self.reports.retain(|(of, id, _), _| of != product || *id != installation);
    }

    /// Who sent nothing but what is synthetic goes, with what was noted of it.
    fn clear(&mut self, product: &str) {
        let is_synthetic = |context: &str| {
            let bits = context.rsplit(' ').next().and_then(|bits| bits.parse().ok()).unwrap_or(0);
            Marks::from_bits(bits).has(Mark::Synthetic)
        };
        let real: BTreeSet<Id> = self
            .events
            .iter()
            .filter(|event| event.product == product && !is_synthetic(&event.context))
            .map(|event| event.installation)
            .collect();
        let made_up: BTreeSet<Id> = self
            .events
            .iter()
            .filter(|event| event.product == product && is_synthetic(&event.context))
            .map(|event| event.installation)
            .filter(|installation| !real.contains(installation))
            .collect();
        made_up.into_iter().for_each(|installation| self.forget(product, installation));
        let of_product = format!("quality {product} ");
        self.quality.retain(|what, _| {
            // `quality CONTEXT DAY WHAT`, the context of six words.
            let context = what.split(' ').skip(1).take(6).collect::<Vec<_>>().join(" ");
            !what.starts_with(&of_product) || !is_synthetic(&context)
        });
        let of_product = format!(" {product} ");
        self.taken.retain(|what, _| !what.contains(&of_product) || what.split(' ').nth(3) != Some("1"));
        self.since.retain(|what, _| !what.contains(&of_product));
        for event in self.events.iter().filter(|event| event.product == product) {
            let version = event.context.split(' ').nth(2).unwrap();
            let first =
                self.since.entry(format!("since{of_product}{version}")).or_insert(event.when.0.into());
            *first = i64::from(event.when.0).min(*first);
        }
        self.since.remove(&format!("since{of_product}{}", pack_version(OTHER)));
    }

    fn batch(&mut self, arrival: &Arrival, manifests: &ManifestsInForce) {
        let batch: Batch<'_> = serde_json::from_slice(&arrival.body).unwrap();
        let envelope = batch.envelope().unwrap();
        let product = batch.product.to_string();
        let header = &envelope.header;
        let version = Version::parse(&batch.version).unwrap();
        let context_with = |version| {
            let packed = pack_version(version);
            let marks = if version == OTHER { header.marks.of_any_agent() } else { header.marks }.bits();
            format!("{product} {} {packed} {} {} {marks}", header.component.name(), header.os, header.arch)
        };
        let received = arrival.received;
        let day = day_of(received);
        let book =
            self.versions.entry(product.clone()).or_insert_with(|| VersionBook::new(PRODUCT_VERSIONS, []));
        let noted = context_with(if book.has(version) { version } else { OTHER });
        let body: serde_json::Value = serde_json::from_slice(&arrival.body).unwrap();
        let events = body["events"].to_string();
        let key = (product.clone(), envelope.installation, envelope.batch);
        if let Some(known) = self.batches.get(&key) {
            let what = if *known == events { "duplicate" } else { "conflict" };
            return self.note(&noted, received, what, 1);
        }
        self.batches.insert(key, events);
        if self.tombstones.contains(&(product.clone(), envelope.installation)) {
            self.note(&noted, received, "batch", 1);
            return self.note(&noted, received, "erased", batch.events.len() as i64);
        }
        let first = *self.received.entry((product.clone(), envelope.installation)).or_insert(day);
        let heard = self.heard.entry((product.clone(), envelope.installation)).or_default();
        *heard = i64::from(day).max(*heard);
        let standing = Standing::on(day, first, header.component, 86_400);
        let decision = book.decide(version, day, standing, false);
        if let Decision::Admitted(admitted) = decision {
            let packed = pack_version(version);
            self.admitted.retain(|known, _| !known.starts_with(&format!("version {product}  {packed} ")));
            self.admitted.insert(
                format!("version {product}  {packed} {}", admitted.by as u8),
                i64::from(admitted.day),
            );
        }
        let is_other = decision == Decision::Other;
        let context = context_with(if is_other { OTHER } else { version });
        self.note(&context, received, "batch", 1);
        let taken =
            format!("{product} {} {}", header.component.name(), u8::from(header.marks.has(Mark::Synthetic)));
        *self.taken.entry(format!("batches {taken} {}", received / 3_600)).or_default() += 1;
        let first = self.taken.entry(format!("began {taken}")).or_insert(received);
        *first = received.min(*first);
        let last = self.taken.entry(format!("last {taken}")).or_default();
        *last = received.max(*last);
        self.note(&context, received, "other-version", i64::from(is_other));
        for (reason, n) in batch.outcomes().unwrap() {
            self.note(&context, received, &format!("drop:{}", reason.name()), n as i64);
        }
        if !self.sequences.insert((product.clone(), envelope.installation, envelope.sequence)) {
            self.note(&context, received, "cloned", 1);
        }
        let declaration = manifests.declaration(&product, 1).unwrap();
        for event in &batch.events {
            if event.check(header.component, declaration).is_err() {
                self.note(&context, received, "refused", 1);
                continue;
            }
            let time = event.time as i64 + arrival.skew;
            if time > received || time < received - 14 * SECONDS_A_DAY {
                self.note(&context, received, "unplaced", 1);
                continue;
            }
            let of_day = (time / SECONDS_A_DAY) as i32;
            if &*event.name == "report" {
                let reports =
                    self.reports.entry((product.clone(), envelope.installation, of_day)).or_default();
                *reports += 1;
                if *reports > 10 {
                    *reports -= 1;
                    self.note(&context, received, "over-cap", 1);
                    continue;
                }
            }
            for (name, version) in frameworks(event) {
                // Few enough to have names all.
                let packed = pack_version(version);
                let of = format!("version {product} {name} {packed} ");
                if !self.admitted.keys().any(|known| known.starts_with(&of)) {
                    self.admitted.insert(format!("{of}{}", standing as u8), i64::from(day));
                }
            }
            if !is_other {
                let since = format!("since {product} {}", pack_version(version));
                let first = self.since.entry(since).or_insert(i64::from(of_day));
                *first = i64::from(of_day).min(*first);
            }
            if let Some(value) = &arrival.counted_value {
                let known = self.counted.entry((product.clone(), envelope.installation)).or_default();
                known.insert(month(of_day, value), 1);
            }
            self.events.push(ReferenceEvent {
                product: product.clone(),
                installation: envelope.installation,
                context: context.clone(),
                when: ((time / SECONDS_A_DAY) as i32, time % SECONDS_A_DAY / 3600),
                received,
                cube: cube(event),
                counts: counts(event),
                used: used(event),
                is_success: is_success(event),
            });
        }
    }

    fn ledger(self) -> Vec<(String, i64)> {
        let mut all: BTreeMap<String, i64> = self.quality;
        all.extend(self.admitted);
        all.extend(self.taken);
        all.extend(self.since);
        all.extend(
            self.heard.iter().map(|((product, id), day)| (format!("last-heard {product} {id}"), *day)),
        );
        for ((product, id), months) in &self.counted {
            all.extend(
                months.iter().map(|(month, revision)| (format!("counted {product} {id} {month}"), *revision)),
            );
        }
        all.extend(self.received.iter().map(|((_, id), day)| (format!("received {id} {day}"), 1)));
        let mut first: BTreeMap<(String, Id), i32> = BTreeMap::new();
        let mut latest: BTreeMap<(String, Id), &ReferenceEvent> = BTreeMap::new();
        for line in &self.events {
            let ReferenceEvent { installation, context, when, .. } = line;
            for cell in &line.cube {
                *all.entry(format!("cube {context} {} {cell}", when.0)).or_default() += 1;
            }
            all.insert(format!("active {context} {} {installation}", when.0), 1);
            let day = day_of(line.received);
            let hour = line.received / 3_600;
            all.insert(format!("heard-day {context} {day} {installation}"), 1);
            all.insert(format!("heard-hour {context} {hour} {installation}"), 1);
            for what in &line.used {
                all.insert(format!("used {context} {} {installation} {what}", when.0), 1);
                if let Some(ending) = what.strip_prefix("1 ") {
                    all.insert(format!("heard-ending {context} {day} {installation} {ending}"), 1);
                }
            }
            if line.is_success {
                all.insert(format!("success {installation} {}", when.0), 1);
            }
            let key = (line.product.clone(), *installation);
            let day = first.entry(key.clone()).or_insert(when.0);
            *day = when.0.min(*day);
            if line.counts.is_some() && latest.get(&key).is_none_or(|known| known.when <= *when) {
                latest.insert(key, line);
            }
        }
        all.extend(first.iter().map(|((_, id), day)| (format!("first {id} {day}"), 1)));
        for line in latest.values() {
            let ReferenceEvent { installation, context, when: (day, hour), .. } = line;
            for (count, number) in line.counts.as_ref().unwrap() {
                all.insert(format!("latest {context} {day}.{hour} {installation} {count}"), *number);
            }
        }
        all.into_iter().collect()
    }
}

/// The month of a day in 2027, as its first and last day, and what a value gives for it. The tests know no other year.
fn month(day: i32, value: &counted::Value) -> String {
    let mut first = 20_819;
    for (number, days) in (1..).zip([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
        if day < first + days {
            let value = counted::of_period(value, &format!("2027-{number:02}"));
            let hexadecimal: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
            return format!("{first} {} {hexadecimal}", first + days - 1);
        }
        first += days;
    }
    unreachable!("{day} is after 2027")
}

fn cube(event: &RawEvent<'_>) -> Vec<String> {
    match &*event.name {
        "command" => {
            vec![format!("1 {} {}", event.command.as_ref().unwrap(), ending(event))]
        }
        "console" => {
            let route = event.route.as_ref().unwrap();
            let view = || format!("3 {route} 0");
            vec![event.action.as_ref().map_or_else(view, |action| format!("2 {} {route}", action))]
        }
        "report" => vec!["4  0".to_owned()],
        name => {
            let mut cells = vec![format!("5 {name} 0")];
            for (field, value) in event.fields.as_ref().unwrap() {
                let field = format!("{name}.{}", field);
                match value {
                    RawValue::Text(text) if field == "start-finished.framework" => {
                        let version = pack_version(Version::parse(text).unwrap());
                        cells.push(format!("9 {field} {version}"));
                    }
                    RawValue::Text(text) => cells.push(format!("8 {field} {}", text)),
                    RawValue::List(list) if list.is_empty() => cells.push(format!("8 {field} ")),
                    RawValue::List(list) => {
                        cells.extend(list.iter().map(|member| format!("8 {field} {}", member)));
                    }
                    _ => unreachable!("the tests' manifest has no other field"),
                }
            }
            cells
        }
    }
}

/// The values of the field that is a version.
fn frameworks(event: &RawEvent<'_>) -> Vec<(&'static str, Version)> {
    let fields = event.fields.iter().flatten().filter(|(field, _)| &**field == "framework");
    let version = |value: &RawValue<'_>| match value {
        RawValue::Text(text) => Version::parse(text),
        _ => None,
    };
    fields.filter_map(|(_, value)| Some(("start-finished.framework", version(value)?))).collect()
}

/// How a command ended: 0 well, 1 with an error, 2 nobody saw.
fn ending(event: &RawEvent<'_>) -> i32 {
    if event.unfinished == Some(true) { 2 } else { i32::from(event.error == Some(true)) }
}

/// What its installation used: axis, detail and name.
fn used(event: &RawEvent<'_>) -> Vec<String> {
    match &*event.name {
        "command" => vec![format!("1 {} {}", ending(event), event.command.as_ref().unwrap())],
        "console" => event.action.iter().map(|action| format!("2 0 {}", action)).collect(),
        "report" => vec!["4 0 ".to_owned()],
        name => vec![format!("5 0 {name}")],
    }
}

/// Whether its installation succeeded.
fn is_success(event: &RawEvent<'_>) -> bool {
    match &*event.name {
        "command" => ending(event) == 0,
        "report" => counts(event).unwrap().iter().any(|(_, number)| *number > 0),
        _ => false,
    }
}

fn counts(event: &RawEvent<'_>) -> Option<Vec<(String, i64)>> {
    let mut all = Vec::new();
    for (name, cells) in event.counts.as_ref()? {
        match cells {
            RawCells::One(number) => all.push((format!("{name} "), *number as i64)),
            RawCells::By(by) => {
                all.extend(by.iter().map(|(cell, n)| (format!("{} {}", name, cell), *n as i64)));
            }
        }
    }
    Some(all)
}
