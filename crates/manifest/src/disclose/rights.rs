//! How users see what is recorded and sent, and have it deleted.

use aboveboard_types::declaration::Policy;

use super::render::{Block, heading, paragraph};
use crate::model::Manifest;

pub(super) fn section(manifest: &Manifest) -> Vec<Block> {
    let mut page = vec![heading(2, "See it, and have it deleted")];
    page.extend(verbs(manifest));
    page.extend(files(manifest));
    let contact = &manifest.product.contact;
    page.push(paragraph(if contact.starts_with("https://") {
        format!(
            "To have something deleted that the collector holds, and for questions, see `{contact}`. The installation \
             id, as the preview shows it, says which data to delete: give it in private, and not on a public page."
        )
    } else {
        format!(
            "To have something deleted that the collector holds, write to `{contact}` and name the installation id, as \
             the preview shows it. Send questions there, too."
        )
    }));
    page
}

/// The verbs of the product's own program, or the same verbs of the toolkit's.
fn verbs(manifest: &Manifest) -> Vec<Block> {
    let consent = &manifest.consent;
    let toolkit = |verb: &str| format!("aboveboard --manifest telemetry.toml {verb}");
    let (call, mut page): (&dyn Fn(&str) -> String, _) = if consent.cli.is_some() {
        (&|verb| manifest.verb(verb), Vec::new())
    } else if consent.app.is_some() {
        let words = "The program `aboveboard` does the following for a product by its manifest:";
        (&toolkit, vec![paragraph(words)])
    } else {
        return Vec::new();
    };
    page.push(Block::List(vec![
        format!("`{}` shows whether it is on, and what decided.", call("status")),
        format!("`{}` shows what waits to be sent, `{}` what was sent.", call("preview"), call("sent")),
        format!(
            "`{}` deletes what this installation sent, on this machine and at the collector.",
            call("forget")
        ),
    ]));
    page
}

/// Where everything is on the machine, for those who want to look, or to remove it by hand.
fn files(manifest: &Manifest) -> Option<Block> {
    let id = &manifest.product.id;
    let consent = &manifest.consent;
    let mut text = Vec::new();
    if consent.cli.is_some() || consent.app.is_some() {
        text.push(format!(
            "On Linux your answer is in `~/.config/{id}/consent`; the secret that the installation id is derived from, \
             what is not yet sent and the last of what was sent are in `~/.local/state/{id}/telemetry/`."
        ));
    }
    let follows = [consent.cli, consent.app].contains(&Some(Policy::Follow));
    if let (Some(family), true) = (&manifest.product.family, follows) {
        text.push(format!("The answer of the family is in `~/.config/{family}/consent`."));
    }
    if consent.server.is_some() {
        text.push("A server keeps its secret and what is not yet sent in its own data directory.".to_owned());
    }
    (!text.is_empty()).then(|| paragraph(text.join(" ")))
}
