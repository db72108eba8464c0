//! How each component comes to be on, and every way to turn it off.

use aboveboard_types::declaration::{Component, Policy};

use super::render::{Block, heading, paragraph, title};
use super::switch::{Switch, SwitchKind};
use crate::model::Manifest;

pub(super) fn section(manifest: &Manifest, component: Component, policy: Option<Policy>) -> Vec<Block> {
    let mut page = vec![
        heading(2, format!("How to turn it off: the {}", title(component))),
        paragraph(initial_state(manifest, component, policy)),
    ];
    let switches = manifest.switches(component);
    if switches.is_empty() {
        return page;
    }
    page.push(paragraph("Any one of these turns it off; an opt-out always beats a consent:"));
    let dialogue = manifest.settings.of(component).and_then(|setting| setting.dialogue.as_ref());
    let dialogue = dialogue.map(|dialogue| format!("turn it off in its own settings: `{dialogue}`"));
    let switches_in_words = switches.iter().map(|switch| instruction(manifest, switch));
    page.push(Block::List(dialogue.into_iter().chain(switches_in_words).collect()));
    page.push(paragraph(format!(
        "When it is off, nothing is recorded, and nothing is sent but an erasure that you ask for. {}",
        effects(&switches)
    )));
    page
}

/// Which of the listed switches delete what was recorded, and which only silence. Empty files and variables are always
/// among them.
fn effects(switches: &[Switch]) -> String {
    let has = |kind| switches.iter().any(|switch| switch.kind == kind);
    let command = if has(SwitchKind::Command) { "command, the " } else { "" };
    let key = if has(SwitchKind::ConfigKey) { "config key, the " } else { "" };
    let flag = if has(SwitchKind::Flag) { "flag and the " } else { "" };
    format!(
        "The {command}{key}empty files also delete the installation id and everything not yet sent. The \
         {flag}variables silence only the process that has them, and touch no file."
    )
}

fn initial_state(manifest: &Manifest, component: Component, policy: Option<Policy>) -> String {
    let state = match (component, policy) {
        (_, None) => {
            "The console obeys the server or command line program that serves it: when that is off, the \
                      console is off. It also stays off when the browser sends Do Not Track or Global Privacy Control."
        }
        (_, Some(Policy::Off)) => "It collects nothing.",
        (Component::Server, Some(Policy::Ask)) => {
            "It is off until the server's operator turns it on by flag, variable or config key."
        }
        (Component::App, Some(Policy::Ask)) => {
            "It is off until you consent. An application may ask you itself. A library asks nothing: it obeys a \
             stored answer, a variable, or what the program that loaded it passes on. No answer, and a question \
             that was closed, mean that it stays off."
        }
        (_, Some(Policy::Ask)) => {
            "It is off until you consent. It asks at a terminal, after a command has finished; until you answer, \
             nothing is recorded."
        }
        (Component::Server, Some(Policy::Notice)) => {
            "It is on after its notice was shown in the log of the server; nothing leaves before a first delay has \
             passed since then."
        }
        (Component::App, Some(Policy::Notice)) => "It is on after the application has shown you its notice.",
        (_, Some(Policy::Notice)) => {
            "It is on after its notice was shown at a terminal; the command that shows it is not recorded."
        }
        (_, Some(Policy::Follow)) => {
            let family = manifest.product.family.as_deref().unwrap_or_default();
            return format!(
                "It never asks. It is on only if you consented in another tool of the family `{family}`, and obeys that answer."
            );
        }
        (_, Some(Policy::Operator)) => {
            "It is a hosted service: its operator decides. It counts its own requests by \
                                        the declared kind of client, and holds no id of a client that opted out."
        }
        (_, Some(other)) => return format!("Its policy is `{}`.", other.name()),
    };
    state.to_owned()
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
            format!(
                "create the empty file `{literal}` (for every program on the machine that uses this toolkit)"
            )
        }
        SwitchKind::PolicyFile => {
            format!("create the empty file `{literal}` (for all of {} on the machine)", manifest.product.name)
        }
    }
}
