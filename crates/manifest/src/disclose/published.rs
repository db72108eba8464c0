//! What is published for everybody, and what that tells of one installation.

use aboveboard_types::declaration::Component;

use super::render::{Block, heading, literal, paragraph, title};
use crate::spelling::{joined, sentence};
use crate::{Manifest, Publish, PublishEvery, PublishTable};

pub(super) fn section(manifest: &Manifest) -> Vec<Block> {
    let Some(publish) = &manifest.publish else { return Vec::new() };
    let every = publish.every.name();
    let headline = "how many installations were active, how many of them were new, and how many had which component, which \
                    operating system and architecture, and which version"
        .to_owned();
    let tables = publish.tables.iter().map(counted);
    let mut page = vec![
        heading(2, "What is published for everybody"),
        paragraph(format!(
            "Each {every} these figures are published at {}, under the licence {}. Why: {}",
            literal(&publish.site),
            publish.licence.spdx(),
            sentence(&publish.why)
        )),
        Block::List(std::iter::once(headline).chain(tables).collect()),
        paragraph(noise(publish)),
        paragraph(who_counts(manifest, every)),
        paragraph(
            "What is once published stays, also when you have your data deleted later: there is nothing of a single \
             installation in it that could be taken out. What is deleted before a publication is made, on the 15th day after \
             its period or later, is not in it.",
        ),
        paragraph(check(manifest, publish)),
    ];
    let keys = publish.keys.iter().map(literal);
    page.push(Block::List(keys.collect()));
    page
}

fn counted(table: &PublishTable) -> String {
    match table {
        PublishTable::Commands => {
            "of each command, for how many installations it mostly worked, and for how many it failed at least every second \
             time"
                .to_owned()
        }
        PublishTable::Sizes => {
            "of each number that the server reports, how many installations have one between which edges; of one that a list \
             splits, how many have any of which entry"
                .to_owned()
        }
        PublishTable::Actions => "of each action of the web console, how many installations used it".to_owned(),
        PublishTable::Event(name) => {
            format!("how many installations recorded the event {}, and how many had which value of its fields", literal(name))
        }
        PublishTable::Timing(name) => {
            format!("of each kind of requests in the timings {}, how many servers mostly took how long", literal(name))
        }
    }
}

fn noise(publish: &Publish) -> String {
    // One half and half of the square root of ρ/2, rounded up, where ρ is 1/10 for each publication.
    let (times, right) = match publish.every {
        PublishEvery::Month => ("twelve", 89),
        PublishEvery::Quarter => ("four", 73),
    };
    format!(
        "Each figure is a number of installations; nothing that one of them sent is published. Random noise is added to every \
         number, once: a few installations more or less, so that nobody can tell by it whether a certain installation was \
         counted. Who knows everything of all other installations and guesses from one publication whether yours is in it is \
         right at most 62 times in 100, where a coin is right 50 times; from the {times} of a year at most {right} times. What \
         fewer than about 20 installations have in common is not shown by itself."
    )
}

fn who_counts(manifest: &Manifest, every: &str) -> String {
    let mut text = format!(
        "An installation counts only if its own program said so: one that was built before this page had this section, or \
         before it named a table, is not counted there. When a table is added, or figures are published more often than each \
         {every}, those who are asked for their consent are asked again, and until then nothing is recorded that would be \
         counted so."
    );
    let left_out: Vec<_> = [Component::Server, Component::Cli, Component::App]
        .into_iter()
        .filter(|component| manifest.policy(*component).is_some() && !manifest.is_publishable(*component))
        .map(title)
        .collect();
    if !left_out.is_empty() {
        let of = joined(left_out.iter().map(|title| format!("the {title}")));
        text.push_str(&format!(" No installation of {of} is counted."));
    }
    text
}

fn check(manifest: &Manifest, publish: &Publish) -> String {
    let own = if manifest.consent.cli.is_some() {
        format!(
            " {} checks the newest with the key that came with your program, and shows your own numbers beside those of everybody.",
            literal(&manifest.verb("published"))
        )
    } else if manifest.consent.app.is_some() {
        format!(
            " {} checks the newest by the manifest of the program, and shows your own numbers beside those of everybody.",
            literal("aboveboard --manifest telemetry.toml published")
        )
    } else {
        String::new()
    };
    format!(
        "How to check it: all publications stand in one signed list that only grows, with the most that each of them tells of one \
         installation, and {} checks it.{own} The keys that sign it:",
        literal(&format!("aboveboard figures verify {}", publish.site))
    )
}
