//! What is put together of the items that are collected: funnels, and names that changed.

use super::render::{Block, heading, literal, paragraph};
use crate::spelling::{joined, sentence};
use crate::{Funnel, Manifest, Rename};

pub(super) fn section(manifest: &Manifest) -> Vec<Block> {
    let mut page = Vec::new();
    if !manifest.funnels.is_empty() {
        page.push(heading(3, "What is put together"));
        page.push(paragraph(
            "Of items above it is counted how many installations record one after the other. Nothing is collected for it, \
             and only numbers of installations are shown.",
        ));
        page.push(Block::List(manifest.funnels.iter().map(funnel).collect()));
    }
    let renames = manifest.renames();
    if !renames.is_empty() {
        page.push(heading(3, "Names that changed"));
        page.push(paragraph(
            "What earlier versions of the product record under an old name is counted with the new one:",
        ));
        page.push(Block::List(renames.iter().map(renamed).collect()));
    }
    page
}

fn funnel(funnel: &Funnel) -> String {
    let steps = joined(funnel.steps.iter().map(literal));
    let days = if funnel.within == 1 { "one day".to_owned() } else { format!("{} days", funnel.within) };
    format!("{}: {steps}, within {days}. Why: {}", literal(&funnel.name), sentence(&funnel.why))
}

fn renamed(rename: &Rename<'_>) -> String {
    format!("{} was {}", literal(rename.item.name()), literal(rename.old))
}
