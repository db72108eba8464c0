//! What is collected, item by item, with its reason.

use aboveboard_types::declaration::{FieldKind, Limits, SampleRate};
use aboveboard_types::envelope::{CodingAgent, CodingAgents};

use super::put_together;
use super::render::{Block, heading, literal, paragraph, title};
use crate::spelling::{bucket_edges, duration_edges, field_kind, literals, sentence};
use crate::{Action, Event, ItemInfo, Manifest, Timing, units};

pub(super) fn section(manifest: &Manifest) -> Vec<Block> {
    let mut page = vec![heading(2, "What is collected")];
    page.extend(envelope(manifest));
    page.extend(counts(manifest));
    manifest.timings.iter().for_each(|timing| page.extend(self::timing(timing)));
    page.extend(commands(manifest));
    page.extend(console(manifest));
    manifest.events.iter().for_each(|event| page.extend(self::event(event)));
    page.extend(put_together::section(manifest));
    page.extend(never());
    page
}

fn envelope(manifest: &Manifest) -> Vec<Block> {
    let agents = format!(
        "where a program such as Claude Code ran the product: the mark `agent`, and one of {}; headline figures {} it",
        literals(&CodingAgent::ALL.map(|(_, name)| name)),
        match manifest.product.coding_agents {
            CodingAgents::Counted => "count",
            CodingAgents::Apart => "do not count",
        }
    );
    let rows = [
        (
            "installation id",
            "derived from a random secret, which leaves the machine only as the proof of an erasure that you ask for; \
             pseudonymous, not anonymous: it shows that two reports come from one installation, not whose it is",
        ),
        ("component and version", "which part of the product, three numbers and a channel such as `beta`"),
        ("operating system, architecture", "from closed lists, such as `linux` and `x86_64`"),
        (
            "marks",
            "`ci`, `dev`, `test`, `unstable`, `synthetic`: circumstances that keep data out of headline figures; \
             and `container`, which is reported beside them",
        ),
        ("coding agent", &agents),
        ("time", "of each event, in whole seconds; the collector keeps the hour"),
        ("drops", "how many events were lost, by reason"),
    ];
    let rows = rows.iter().map(|(what, description)| vec![(*what).to_owned(), (*description).to_owned()]);
    let mut page = vec![
        heading(3, "With everything that is sent"),
        Block::Table(vec!["What", "Description"], rows.collect()),
    ];
    if manifest.consent.app.is_some() || !manifest.events.is_empty() {
        page.push(paragraph("Each item below is collected only from a component that is on."));
    }
    page
}

fn last_day(info: &ItemInfo) -> String {
    info.until.map_or_else(|| "no end".to_owned(), |until| until.to_string())
}

fn counts(manifest: &Manifest) -> Vec<Block> {
    if manifest.counts.is_empty() {
        return Vec::new();
    }
    let rows = manifest.counts.iter().map(|count| {
        let split = match literals(&count.by) {
            names if names.is_empty() => names,
            names => format!(", one number each for {names}"),
        };
        let rounded = match &count.exact_why {
            _ if count.travels_as_edge() => {
                format!(", rounded down to one of {}", bucket_edges(&count.edges))
            }
            Some(why) => format!(", as the exact number: {why}"),
            None if count.is_exact => ", as the exact number".to_owned(),
            None => String::new(),
        };
        vec![
            literal(&count.name),
            format!("{}{split}{rounded}", count.info.what),
            count.info.why.clone(),
            last_day(&count.info),
        ]
    });
    let every = units::spell(manifest.server.every * 1_000);
    vec![
        heading(3, format!("Numbers that the server reports every {every}")),
        Block::Table(vec!["Name", "What", "Why", "Until"], rows.collect()),
    ]
}

fn timing(timing: &Timing) -> [Block; 3] {
    let parts = match literals(&timing.parts) {
        names if names.is_empty() => names,
        names => format!(", and the part of it that is {names}"),
    };
    let lists = timing.by.iter().map(|(name, list)| vec![literal(name), literals(list)]);
    let edges = format!(
        "the time of a request, rounded down to one of {}; sent in milliseconds",
        duration_edges(&timing.edges)
    );
    let rows = lists.chain([vec![literal("from"), edges]]);
    [
        heading(3, format!("Timings `{}` of the server", timing.name)),
        paragraph(format!(
            "What: {} Why: {} Collected until: {}. With each report: how many requests of each kind below took how \
             long, and their time together{parts}. They are sums since the server started, under a random tag that \
             shows a restart; no single request is reported.",
            sentence(&timing.info.what),
            sentence(&timing.info.why),
            last_day(&timing.info)
        )),
        Block::Table(vec!["Requests are grouped by", "Possible values"], rows.collect()),
    ]
}

fn commands(manifest: &Manifest) -> Vec<Block> {
    let Some(cli) = &manifest.cli else { return Vec::new() };
    vec![
        heading(3, "Commands of the command line program"),
        paragraph(format!(
            "Why: {} Each command gives one event: its name from this list, the time, a random id of the run, whether \
             it failed, and version and installation id of the server it talked to, if that server's telemetry is on.",
            sentence(&cli.info.why)
        )),
        list(&cli.commands),
    ]
}

fn console(manifest: &Manifest) -> Vec<Block> {
    let Some(console) = &manifest.console else { return Vec::new() };
    let mut page = vec![
        heading(3, "Actions and pages of the web console"),
        paragraph(format!(
            "Why: {} Each event holds a name and a page pattern from these lists, the time, a random id of the page \
             session, and the installation id of what serves the console. Never a payload, a value in a page address, \
             or anything stored in the browser.",
            sentence(&console.info.why)
        )),
    ];
    if !console.actions.is_empty() {
        page.push(Block::List(console.actions.iter().map(|Action { name, .. }| literal(name)).collect()));
    }
    if !console.routes.is_empty() {
        page.push(paragraph("Page patterns; every other page is `unknown`:"));
        page.push(list(&console.routes));
    }
    page
}

fn list(names: &[String]) -> Block {
    Block::List(names.iter().map(literal).collect())
}

fn event(event: &Event) -> Vec<Block> {
    let mut page = vec![
        heading(3, format!("Event `{}` of the {}", event.name, title(event.component))),
        paragraph(format!(
            "When: {} Why: {} Collected until: {}.{}",
            sentence(&event.info.what),
            sentence(&event.info.why),
            last_day(&event.info),
            frequency(event.limits)
        )),
    ];
    if !event.fields.is_empty() {
        let rows = event.fields.iter().map(|field| {
            let unit = field.unit.as_ref().map(|unit| format!(" ({unit})")).unwrap_or_default();
            let what = field.what.clone().unwrap_or_default();
            vec![literal(&field.name), what, format!("{}{unit}", possible_values(&field.kind))]
        });
        page.push(Block::Table(vec!["Field", "What", "Possible values"], rows.collect()));
    }
    page
}

fn possible_values(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Flag => "true or false".to_owned(),
        FieldKind::Count(bound) => format!("a whole number up to {bound}"),
        FieldKind::Bucket(edges) => format!("rounded down to one of {}", bucket_edges(edges)),
        FieldKind::Duration(edges) => {
            format!("rounded down to one of {}; sent in milliseconds", duration_edges(edges))
        }
        FieldKind::Country => "two letters of ISO 3166-1, such as `AT`".to_owned(),
        FieldKind::Version => "three numbers and a channel such as `beta`".to_owned(),
        _ => field_kind(kind).replace('"', "`"),
    }
}

/// How often, and by how many installations, an event is recorded.
fn frequency(limits: Limits) -> String {
    let mut text = String::new();
    if let Some(seconds) = limits.fold {
        let within = units::spell(u64::from(seconds) * 1_000);
        text.push_str(&format!(
            " Repeats with the same fields within {within} become one event that says how many there were."
        ));
    }
    if limits.daily {
        text.push_str(" At most one a day is recorded.");
    }
    if let Some(SampleRate { part, whole, .. }) = limits.share {
        text.push_str(&format!(
            " Only about {part} in {whole} installations record it; which ones is decided once, by chance."
        ));
    }
    text
}

fn never() -> [Block; 2] {
    [
        heading(3, "Never"),
        paragraph(
            "Command line arguments and options, file names, host names, user names, error messages, names of tables \
             or schemas, addresses of any kind, or a hash of any of these. The network address that a connection comes \
             from is neither stored nor logged.",
        ),
    ]
}
