//! The page, block by block.

use aboveboard_core::declaration::{Component, Limits, Policy, SampleRate};

use super::example;
use super::render::Block;
use super::switch::{Switch, SwitchKind};
use crate::diff::spell;
use crate::model::{Event, ItemInfo, Manifest};
use crate::units;

pub(super) fn page(manifest: &Manifest) -> Vec<Block> {
    let mut page = vec![
        heading(1, format!("What {} collects", manifest.product.name)),
        paragraph(format!(
            "This page is generated from the telemetry manifest of {}, revision {}. What it does not list cannot be \
             recorded, and is refused where the data arrives. There is no field for free text: every word that is \
             sent stands on this page.",
            manifest.product.name, manifest.product.revision
        )),
    ];
    destination(manifest, &mut page);
    for (component, policy) in manifest.components() {
        switch(manifest, component, policy, &mut page);
    }
    page.push(heading(2, "What is collected"));
    envelope(manifest, &mut page);
    counts(manifest, &mut page);
    timings(manifest, &mut page);
    commands(manifest, &mut page);
    console(manifest, &mut page);
    manifest.events.iter().for_each(|one| event(one, &mut page));
    never(&mut page);
    examples(manifest, &mut page);
    rights(manifest, &mut page);
    page
}

fn heading(level: usize, text: impl Into<String>) -> Block {
    Block::Heading(level, text.into())
}

fn paragraph(text: impl Into<String>) -> Block {
    Block::Paragraph(text.into())
}

fn destination(manifest: &Manifest, page: &mut Vec<Block>) {
    let product = &manifest.product;
    let mut rows = vec![
        vec!["Sent to".to_owned(), format!("`{}`, over https", product.endpoint)],
        vec!["Who answers for it".to_owned(), product.controller.clone()],
        vec!["Who else receives it".to_owned(), product.recipients.clone().unwrap_or_default()],
        vec!["Contact".to_owned(), format!("`{}`", product.contact)],
        vec!["Kept in".to_owned(), format!("`{}` (ISO 3166-1)", product.hosting)],
        vec![
            "Kept for".to_owned(),
            format!("{}; after that only sums without any id remain", product.retention),
        ],
    ];
    rows.retain(|row| !row[1].is_empty());
    rows.extend(product.policy.iter().map(|policy| vec!["Privacy policy".to_owned(), format!("`{policy}`")]));
    page.push(heading(2, "Where it goes and who answers for it"));
    page.push(Block::Table(vec!["", ""], rows));
    page.push(paragraph(
        "Builds that are not made by the project send nothing to this address unless whoever runs them names it.",
    ));
}

fn title(component: Component) -> &'static str {
    match component {
        Component::Server => "server",
        Component::Cli => "command line program",
        Component::Console => "web console",
        Component::App => "application",
    }
}

fn switch(manifest: &Manifest, component: Component, policy: Option<Policy>, page: &mut Vec<Block>) {
    page.push(heading(2, format!("How to turn it off: the {}", title(component))));
    page.push(paragraph(begins(manifest, component, policy)));
    let switches = manifest.switches(component);
    if switches.is_empty() {
        return;
    }
    page.push(paragraph("Any one of these turns it off; a no beats any yes:"));
    let mut ways: Vec<_> = switches.iter().map(|switch| instruction(manifest, switch)).collect();
    let dialogue = manifest.settings.of(component).and_then(|setting| setting.dialogue.as_ref());
    if let Some(dialogue) = dialogue {
        ways.insert(0, format!("say so in its own settings: `{dialogue}`"));
    }
    page.push(Block::List(ways));
    page.push(paragraph(
        "When it is off, nothing is recorded, and nothing is sent but an erasure that you ask for. A command, config \
         key or file also deletes the installation id and everything not yet sent; a flag or \
         variable silences the process that has it and touches no file.",
    ));
}

fn begins(manifest: &Manifest, component: Component, policy: Option<Policy>) -> String {
    let family = manifest.product.family.as_deref().unwrap_or_default();
    match (component, policy) {
        (_, None) => "The console obeys what serves it, the server or the command line program: when that is off, \
                      it is off. It also stays off when the browser sends Do Not Track or Global Privacy Control."
            .to_owned(),
        (_, Some(Policy::Off)) => "It collects nothing.".to_owned(),
        (Component::Server, Some(Policy::Ask)) => {
            "It is off until whoever runs the server says yes by flag, variable or config key.".to_owned()
        }
        (Component::App, Some(Policy::Ask)) => {
            "It is off until you say yes. The application asks you itself; no answer, and a question that was \
             closed, is a no."
                .to_owned()
        }
        (_, Some(Policy::Ask)) => {
            "It is off until you say yes. It asks at a terminal, after a command has finished; until it is \
             answered, nothing is recorded."
                .to_owned()
        }
        (Component::Server, Some(Policy::Notice)) => {
            "It is on after its notice was shown in the log of the server; nothing leaves before a first delay has \
             passed since then."
                .to_owned()
        }
        (Component::App, Some(Policy::Notice)) => {
            "It is on after the application has shown you its notice.".to_owned()
        }
        (_, Some(Policy::Notice)) => {
            "It is on after its notice was shown at a terminal; the command that shows it is not recorded.".to_owned()
        }
        (_, Some(Policy::Follow)) => format!(
            "It never asks. It is on only if you said yes to another tool of the family `{family}`, and obeys that \
             answer."
        ),
        (_, Some(Policy::Operator)) => "It is a hosted service: its operator decides. It counts its own requests by \
                                        the declared kind of client, and holds no id of a client that said no."
            .to_owned(),
    }
}

fn instruction(manifest: &Manifest, switch: &Switch) -> String {
    let literal = &switch.literal;
    match switch.kind {
        SwitchKind::Command => format!("run `{literal}`"),
        SwitchKind::Flag => format!("start it with `{literal}`"),
        SwitchKind::Variable => format!("set `{literal}` in its environment"),
        SwitchKind::ConfigKey => {
            let file = switch.file.as_deref().unwrap_or_default();
            format!("write `{literal}` in its config file, `{file}`")
        }
        SwitchKind::PolicyFile if literal.ends_with("/all") => {
            format!("create the empty file `{literal}` (for every program built this way on the machine)")
        }
        SwitchKind::PolicyFile => {
            format!("create the empty file `{literal}` (for all of {} on the machine)", manifest.product.name)
        }
    }
}

fn envelope(manifest: &Manifest, page: &mut Vec<Block>) {
    page.push(heading(3, "With everything that is sent"));
    let rows = [
        (
            "installation id",
            "random, made on the machine from a secret that stays there; pseudonymous, not anonymous: \
                             it tells that two reports come from one installation, not whose",
        ),
        ("component and version", "which part of the product, three numbers and a channel such as `beta`"),
        ("operating system, architecture", "from a closed list: `linux`, `x86_64`"),
        (
            "marks",
            "`ci`, `dev`, `test`, `unstable`, `synthetic`: circumstances that keep data out of headline figures; \
             and `container`, which is only told apart",
        ),
        ("time", "of each event, in whole seconds; the hour is kept"),
        ("drops", "how many events were lost, by reason"),
    ];
    let rows = rows.iter().map(|(what, is)| vec![(*what).to_owned(), (*is).to_owned()]).collect();
    page.push(Block::Table(vec!["What", "What it is"], rows));
    if manifest.consent.app.is_none() && manifest.events.is_empty() {
        return;
    }
    page.push(paragraph("Each item below is collected only from a component that is on."));
}

fn last(info: &ItemInfo) -> String {
    info.until.map_or_else(|| "no end".to_owned(), |until| until.to_string())
}

fn counts(manifest: &Manifest, page: &mut Vec<Block>) {
    if manifest.counts.is_empty() {
        return;
    }
    let every = units::spell(manifest.server.every * 1_000);
    page.push(heading(3, format!("Numbers that the server reports every {every}")));
    let rows = manifest.counts.iter().map(|count| {
        let split = if count.by.is_empty() {
            String::new()
        } else {
            let names: Vec<_> = count.by.iter().map(|name| format!("`{name}`")).collect();
            format!(", one number each for {}", names.join(", "))
        };
        vec![
            format!("`{}`", count.name),
            format!("{}{split}", count.info.what),
            count.info.why.clone(),
            last(&count.info),
        ]
    });
    page.push(Block::Table(vec!["Name", "What", "Why", "Until"], rows.collect()));
}

fn timings(manifest: &Manifest, page: &mut Vec<Block>) {
    for timing in &manifest.timings {
        page.push(heading(3, format!("Timings `{}` of the server", timing.name)));
        let parts = literals(timing.parts.iter().map(String::as_str));
        let parts = if parts.is_empty() {
            String::new()
        } else {
            format!(", and the part of it that is {}", parts.join(", "))
        };
        page.push(paragraph(format!(
            "What: {} Why: {} Collected until: {}. With each report: how many requests of each kind below took how \
             long, and their time together{parts}. They are sums since the server started, under a random tag that \
             tells a restart; no request is told by itself.",
            sentence(&timing.info.what),
            sentence(&timing.info.why),
            last(&timing.info)
        )));
        let mut rows: Vec<_> = timing
            .by
            .iter()
            .map(|(name, list)| {
                vec![format!("`{name}`"), literals(list.iter().map(String::as_str)).join(", ")]
            })
            .collect();
        let edges: Vec<_> = timing.edges.iter().map(|edge| units::spell(*edge)).collect();
        rows.push(vec![
            "`from`".to_owned(),
            format!("the time of a request, known as 0, {}", edges.join(", ")),
        ]);
        page.push(Block::Table(vec!["Requests are told apart by", "Which may be"], rows));
    }
}

/// How often, and by how many, an event is recorded.
fn bounds(limits: Limits) -> String {
    let mut out = String::new();
    if let Some(seconds) = limits.fold {
        let within = units::spell(u64::from(seconds) * 1_000);
        out.push_str(&format!(
            " Repeats with the same fields within {within} become one event that tells how many there were."
        ));
    }
    if limits.daily {
        out.push_str(" At most one a day is recorded.");
    }
    if let Some(SampleRate { part, whole }) = limits.share {
        out.push_str(&format!(
            " Only about {part} in {whole} installations record it; which ones is decided once, by chance."
        ));
    }
    out
}

fn literals<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    texts.map(|text| format!("`{text}`")).collect()
}

fn commands(manifest: &Manifest, page: &mut Vec<Block>) {
    let Some(cli) = &manifest.cli else { return };
    page.push(heading(3, "Commands of the command line program"));
    page.push(paragraph(format!(
        "Why: {} Each command gives one event: its name from this list, the time, a random id of the run, whether it \
         failed, and version and installation id of the server it talked to, if that server's telemetry is on.",
        sentence(&cli.info.why)
    )));
    page.push(Block::List(literals(cli.commands.iter().map(String::as_str))));
}

fn console(manifest: &Manifest, page: &mut Vec<Block>) {
    let Some(console) = &manifest.console else { return };
    page.push(heading(3, "Actions and pages of the web console"));
    page.push(paragraph(format!(
        "Why: {} Each event holds a name and a page pattern from these lists, the time, a random id of the page \
         session, and the installation id of what serves the console. Never a payload, a value in a page address, or \
         anything stored in the browser.",
        sentence(&console.info.why)
    )));
    if !console.actions.is_empty() {
        page.push(Block::List(literals(console.actions.iter().map(|action| &*action.name))));
    }
    if !console.routes.is_empty() {
        page.push(paragraph("Page patterns; every other page is `unknown`:"));
        page.push(Block::List(literals(console.routes.iter().map(String::as_str))));
    }
}

/// A reason that ends like a sentence.
fn sentence(why: &str) -> String {
    if why.ends_with(['.', '?', '!']) { why.to_owned() } else { format!("{why}.") }
}

fn event(event: &Event, page: &mut Vec<Block>) {
    page.push(heading(3, format!("Event `{}` of the {}", event.name, title(event.component))));
    page.push(paragraph(format!(
        "When: {} Why: {} Collected until: {}.{}",
        sentence(&event.info.what),
        sentence(&event.info.why),
        last(&event.info),
        bounds(event.limits)
    )));
    if event.fields.is_empty() {
        return;
    }
    let rows = event.fields.iter().map(|field| {
        let unit = field.unit.as_ref().map(|unit| format!(" ({unit})")).unwrap_or_default();
        vec![
            format!("`{}`", field.name),
            field.what.clone().unwrap_or_default(),
            format!("{}{unit}", spell(&field.kind).replace('"', "`")),
        ]
    });
    page.push(Block::Table(vec!["Field", "What", "What it may hold"], rows.collect()));
}

fn never(page: &mut Vec<Block>) {
    page.push(heading(3, "Never"));
    page.push(paragraph(
        "Arguments, flags, file names, host names, user names, error messages, names of tables or schemas, addresses \
         of any kind, or a hash of any of these. The address a connection comes from is neither stored nor logged.",
    ));
}

fn examples(manifest: &Manifest, page: &mut Vec<Block>) {
    let declaration = manifest.declaration();
    let batches: Vec<_> = manifest
        .components()
        .into_iter()
        .filter_map(|(component, _)| Some((component, example::batch(&declaration, component)?)))
        .collect();
    if batches.is_empty() {
        return;
    }
    page.push(heading(2, "An example of what is sent"));
    page.push(paragraph(
        "Made by the code that makes the real ones, with invented numbers and ids; line breaks are added for reading.",
    ));
    for (component, batch) in batches {
        page.push(paragraph(format!("From the {}:", title(component))));
        page.push(Block::Json(example::indent(&batch)));
    }
}

fn rights(manifest: &Manifest, page: &mut Vec<Block>) {
    page.push(heading(2, "See it, and have it deleted"));
    let program = manifest.program();
    if manifest.consent.cli.is_some() {
        page.push(Block::List(vec![
            format!("`{program} telemetry status` tells whether it is on, and what decided."),
            format!("`{program} telemetry preview` shows the next batch; `{program} telemetry sent` what was sent."),
            format!("`{program} telemetry forget` deletes here and at the collector what this installation sent."),
        ]));
    }
    lies(manifest, page);
    page.push(paragraph(format!(
        "Questions, and requests to delete what was received by mistake, go to `{}`.",
        manifest.product.contact
    )));
}

/// Where everything is on the machine, for whoever wants to look, or to remove it by hand.
fn lies(manifest: &Manifest, page: &mut Vec<Block>) {
    let id = &manifest.product.id;
    let mut text = Vec::new();
    if manifest.consent.cli.is_some() || manifest.consent.app.is_some() {
        text.push(format!(
            "On Linux your answer lies in `~/.config/{id}/consent`; the secret behind the installation id, what waits \
             and the last of what was sent lie in `~/.local/state/{id}/telemetry/`."
        ));
    }
    let follows = [manifest.consent.cli, manifest.consent.app].contains(&Some(Policy::Follow));
    if let (Some(family), true) = (&manifest.product.family, follows) {
        text.push(format!("The answer of the family lies in `~/.config/{family}/consent`."));
    }
    if manifest.consent.server.is_some() {
        text.push("A server keeps the same in the directory that is its own.".to_owned());
    }
    if !text.is_empty() {
        page.push(paragraph(text.join(" ")));
    }
}
