//! `held`: what the collectors hold of this installation, fetched by a proof that lets nobody erase.

use std::thread;
use std::time::{Duration, Instant};

use aboveboard_core::consent::Mode;
use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::identity::{self, Secret};
use aboveboard_delivery::{By, Collector, Reply, Request, Transport as _, limits};
use aboveboard_types::clock;
use aboveboard_types::headers::PROOF;
use aboveboard_types::id::Id;
use aboveboard_types::possession::{Possession, Purpose};
use aboveboard_types::refusal::{Consequence, RefusalReason, Subject};
use aboveboard_wire::HELD_PATH;
use serde_json::{Value, json};

use super::endpoint;
use crate::transport::Http;
use crate::verbs::holders::holders;
use crate::verbs::{Context, Exit, print, say, words};

/// The longest time that the collectors have together. Years of use are some hundred pages, and a page takes
/// milliseconds; a collector may name another page for ever.
const MAX_TIME: Duration = Duration::from_secs(120);

/// The bytes that are read of all collectors together, for the same reason: a year of heavy use is about one mebibyte.
const MAX_BYTES: usize = 16 << 20;

/// The longest retention that is shown: a number and a unit.
const MAX_RETENTION_BYTES: usize = 32;

/// What is left of the bounds for one collector.
struct Budget {
    until: Instant,
    bytes: usize,
}

/// Asks every collector that data was sent to, and prints what it holds, each page as it comes.
pub(crate) fn run(context: &Context<'_>, as_json: bool) -> Result<Exit, Exit> {
    let paths = context.paths()?;
    let stored = identity::stored_secret(paths).map_err(|error| {
        say(format_args!("error: {error}; nothing was asked"));
        Exit::Failed
    })?;
    let Some(secret) = stored else { return Ok(without_id(context, as_json)) };
    let known = holders(context, paths)?;
    if known.is_empty() {
        say("nothing was sent yet, so no collector holds anything of this installation");
    }
    let until = Instant::now() + MAX_TIME;
    let mut bytes = MAX_BYTES;
    let mut printer = Printer::begin(as_json);
    let mut exit = Exit::Done;
    for (asked, collector) in known.iter().enumerate() {
        // None takes what the others need.
        let left = known.len() - asked;
        let time = until.saturating_duration_since(Instant::now()) / u32::try_from(left).unwrap_or(u32::MAX);
        let share = bytes / left;
        let mut budget = Budget { until: Instant::now() + time, bytes: share };
        let answered = of_collector(context, &secret, collector, &mut budget, &mut printer);
        printer.end_collector();
        bytes -= share - budget.bytes;
        if let Err(why) = answered {
            say(format_args!("{}: {why}", collector.endpoint));
            exit = Exit::Later;
        }
    }
    if printer.end() { Ok(exit) } else { Err(Exit::Failed) }
}

/// Without an id nothing can be proved, and nobody is asked.
fn without_id(context: &Context<'_>, as_json: bool) -> Exit {
    if as_json {
        print("[]");
    }
    say(format_args!(
        "there is no installation id here, so no collector can be asked what it holds of yours: {}",
        words::state(context)
    ));
    match context.decide().mode {
        Mode::Off => Exit::Off,
        Mode::Undecided => Exit::Undecided,
        Mode::On | Mode::Local => Exit::Done,
    }
}

/// Asks one collector page by page, and says what it does not show.
fn of_collector(
    context: &Context<'_>,
    secret: &Secret,
    collector: &Collector,
    budget: &mut Budget,
    printer: &mut Printer,
) -> Result<(), String> {
    let endpoint = endpoint::read(context, &collector.endpoint).map_err(|why| why.to_string())?;
    let in_use = context.question().endpoint().ok().flatten();
    if collector.by == By::Process && in_use.as_ref() != Some(&endpoint) {
        return Err("a flag or a variable had named it, so it is asked only where it is the endpoint in use"
            .to_owned());
    }
    let possession = secret.at(&context.declaration().product, &endpoint);
    let mut from = None;
    loop {
        let page = page(context, &endpoint, &possession, from.as_deref(), budget)?;
        if from.is_none() {
            printer.collector(&endpoint, possession.id(), &page);
        }
        // Nobody may be reading any more.
        if !printer.days(&page) || page.next.is_none() {
            return Ok(());
        }
        from = page.next;
    }
}

/// One page, which has to be about this installation, and to follow the one before.
fn page(
    context: &Context<'_>,
    endpoint: &Endpoint,
    possession: &Possession,
    from: Option<&str>,
    budget: &mut Budget,
) -> Result<Page, String> {
    if budget.bytes == 0 || Instant::now() >= budget.until {
        return Err(
            "it names ever more pages than are asked for at once; what follows is not shown".to_owned()
        );
    }
    let declaration = context.declaration();
    let installation = possession.id();
    let subject = Subject::Installation(installation);
    let mut question = json!({ "product": declaration.product });
    if let Some(from) = from {
        question["from"] = from.into();
    }
    let body = question.to_string();
    let reply = loop {
        let request = Request::post(
            endpoint,
            HELD_PATH,
            subject,
            &declaration.ingest_key,
            clock::now(),
            body.clone().into_bytes(),
        )
        .with(PROOF, possession.proof(Purpose::Read).to_string());
        let deadline = budget.until.min(Instant::now() + limits::REQUEST_TIMEOUT);
        let reply = Http::of(endpoint, &context.settings).before(deadline).post(&request);
        let reply = reply.map_err(|failure| format!("it does not answer ({})", failure.name()))?;
        let Some(reason) = reply.refusal(subject) else { break reply };
        match pause(&reply, reason).filter(|pause| Instant::now() + *pause < budget.until) {
            Some(pause) => thread::sleep(pause),
            None => return Err(format!("it does not say what it holds ({})", reason.name())),
        }
    };
    budget.bytes = budget.bytes.saturating_sub(reply.body.len());
    let read: Option<Value> = serde_json::from_slice(&reply.body).ok();
    read.filter(|page| reply.status == 200 && page["installation"] == installation.to_string())
        .and_then(|page| Page::read(page, from))
        .ok_or_else(|| format!("what answers is no collector: status {}", reply.status))
}

/// How long to wait before asking again, where the collector answers others first.
fn pause(reply: &Reply, reason: RefusalReason) -> Option<Duration> {
    let seconds = reply.retry_after(clock::now()).filter(|_| reason.consequence() == Consequence::Later)?;
    Some(Duration::from_secs(seconds.max(1)))
}

/// What a page says, in the forms that a collector gives.
struct Page {
    first: Value,
    last: Value,
    retention: Value,
    /// In which periods of published figures the collector knows it to have been there.
    periods: Vec<HeldPeriod>,
    days: Vec<Value>,
    next: Option<String>,
}

/// One of these periods, with the revision of the manifest that it goes by.
struct HeldPeriod {
    first: String,
    last: String,
    revision: u64,
}

impl HeldPeriod {
    fn read(period: &Value) -> Option<Self> {
        let date = |key: &str| period[key].as_str().filter(|text| is_date(text)).map(str::to_owned);
        Some(Self { first: date("first")?, last: date("last")?, revision: period["revision"].as_u64()? })
    }

    fn document(&self) -> Value {
        json!({ "first": self.first, "last": self.last, "revision": self.revision })
    }
}

impl Page {
    /// `None` where a value has another form: it would stand in lines of its own making. Days have to rise, over all
    /// pages.
    fn read(mut page: Value, from: Option<&str>) -> Option<Self> {
        let mut take = |key: &str, is_so: fn(&str) -> bool| {
            let value = page[key].take();
            (value.is_null() || value.as_str().is_some_and(is_so)).then_some(value)
        };
        let first = take("first", is_date)?;
        let last = take("last", is_date)?;
        let retention = take("retention", is_retention)?;
        let next = take("next", is_date)?.as_str().map(str::to_owned);
        let periods = page["periods"].as_array().into_iter().flatten();
        let periods = periods.map(HeldPeriod::read).collect::<Option<_>>()?;
        let Value::Array(days) = page["days"].take() else { return None };
        let named: Vec<&str> = days.iter().map(|day| day["day"].as_str()).collect::<Option<_>>()?;
        let begins_there = named.first().is_none_or(|first| from.is_none_or(|from| *first >= from));
        let rises = named.iter().all(|day| is_date(day)) && named.is_sorted_by(|one, other| one < other);
        let latest = named.last().copied().or(from);
        let goes_on = next.as_deref().is_none_or(|next| {
            latest.is_none_or(|latest| next > latest) && from.is_none_or(|from| next > from)
        });
        (begins_there && rises && goes_on).then_some(Self { first, last, retention, periods, days, next })
    }
}

/// A date in its one form, such as `2026-11-22`.
fn is_date(text: &str) -> bool {
    let fits =
        |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() == 10 && text.bytes().enumerate().all(fits)
}

/// A time as a manifest declares it, such as `13 months`.
fn is_retention(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b' ';
    text.len() <= MAX_RETENTION_BYTES && text.bytes().all(plain)
}

/// Prints what comes, for people or as one document over several lines.
struct Printer {
    as_json: bool,
    /// Whether somebody reads.
    is_read: bool,
    collectors: usize,
    /// The days that were printed of a collector whose part is not closed.
    open: Option<usize>,
}

impl Printer {
    fn begin(as_json: bool) -> Self {
        let is_read = !as_json || print("[");
        Self { as_json, is_read, collectors: 0, open: None }
    }

    fn line(&mut self, line: impl std::fmt::Display) {
        self.is_read = self.is_read && print(line);
    }

    /// Begins the part of a collector.
    fn collector(&mut self, endpoint: &Endpoint, installation: Id, page: &Page) {
        let host = endpoint.identity_host();
        let Page { first, last, retention, periods, .. } = page;
        if self.as_json {
            let head = json!({
                "endpoint": endpoint.as_str(),
                "host": host,
                "installation": installation.to_string(),
                "first": first,
                "last": last,
                "retention": retention,
                "periods": periods.iter().map(HeldPeriod::document).collect::<Vec<_>>(),
            });
            let comma = if self.collectors == 0 { "" } else { "," };
            let head = head.to_string();
            self.line(format_args!("{comma}{},\"days\":[", head.trim_end_matches('}')));
        } else if first.is_null() {
            self.line(format_args!("{host} holds nothing of installation {installation}"));
        } else {
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            let first = text(first);
            let last = text(last);
            let retention = text(retention);
            self.line(format_args!(
                "{host} holds of installation {installation}, from {first} to {last}, kept for {retention}:"
            ));
            for HeldPeriod { first, last, revision } in periods {
                self.line(format_args!(
                    "  that it was there from {first} to {last}, for published figures by revision {revision}"
                ));
            }
        }
        self.collectors += 1;
        self.open = Some(0);
    }

    /// The days of a page. False if nobody reads them.
    fn days(&mut self, page: &Page) -> bool {
        for day in &page.days {
            if self.as_json {
                let comma = if self.open == Some(0) { "" } else { "," };
                self.line(format_args!("{comma}{day}"));
            } else {
                self.line(day["day"].as_str().unwrap_or("-"));
                for event in day["events"].as_array().into_iter().flatten() {
                    self.line(format_args!("  {event}"));
                }
                if let Some(more @ 1..) = day["left_out"].as_u64() {
                    self.line(format_args!("  and {more} more"));
                }
            }
            self.open = self.open.map(|printed| printed + 1);
        }
        self.is_read
    }

    /// Ends the part of a collector, if it had begun.
    fn end_collector(&mut self) {
        if self.open.take().is_some() && self.as_json {
            self.line("]}");
        }
    }

    /// Ends it all. False if nobody read it.
    fn end(mut self) -> bool {
        if self.as_json {
            self.line("]");
        }
        self.is_read
    }
}
