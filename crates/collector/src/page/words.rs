//! Beside each box: why it is collected, who answers for it, until when. The words are the manifest's; for what every
//! batch carries, they are those of the envelope.

use aboveboard_manifest::{ItemInfo, Manifest};

use super::scope::Scope;

/// What a box says of its data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) why: String,
    pub(crate) owner: String,
    pub(crate) until: String,
}

impl Words {
    pub(crate) fn of(info: &ItemInfo) -> Self {
        let until = match &info.until {
            Some(until) => format!("collected until {until}"),
            None => "collected with no end date".to_owned(),
        };
        Self { why: info.why.clone(), owner: info.owner.clone(), until }
    }

    fn of_envelope(manifest: &Manifest, why: &str) -> Self {
        Self {
            why: why.to_owned(),
            owner: manifest.product.controller.clone(),
            until: format!("kept for {}", manifest.product.retention),
        }
    }
}

/// What is to be said beside the box of a table. Counts and events say it beside each of them.
pub(crate) fn words(table: &str, scope: &Scope) -> Vec<Words> {
    let Some(manifest) = scope.manifest.as_deref() else { return Vec::new() };
    let envelope = |why: &str| vec![Words::of_envelope(manifest, why)];
    match table {
        "changes" => envelope("Made of the boxes below; nothing is collected for it."),
        "active" | "activity" => {
            envelope("Every batch carries a random id of its installation, so that each counts once.")
        }
        "retention" | "funnel" => {
            envelope("The same random ids, by day: do those who try it get somewhere, and do they stay?")
        }
        "versions" => envelope("Every batch says which version recorded it: who still runs what?"),
        "platforms" => {
            envelope("Every batch says its operating system and architecture: what must be built and tested?")
        }
        "quality" => envelope("What is not counted is counted too, so that every other box can be judged."),
        "commands" => manifest.cli.iter().map(|cli| Words::of(&cli.info)).collect(),
        "timings" => manifest.timings.iter().map(|timing| Words::of(&timing.info)).collect(),
        "actions" | "routes" => manifest.console.iter().map(|console| Words::of(&console.info)).collect(),
        _ => Vec::new(),
    }
}
