//! Why something is collected, who answers for it and until when, as its panel says it. The words are the manifest's; for
//! what every batch carries, they are those of the envelope.

use aboveboard_manifest::{Funnel, ItemInfo, Manifest};

/// Why something is collected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CollectionReason {
    /// What it is the reason of, where a panel shows several things.
    pub(crate) about: String,
    pub(crate) why: String,
    pub(crate) owner: String,
    pub(crate) until: String,
}

impl CollectionReason {
    /// Of an item of the manifest.
    pub(crate) fn of_item(info: &ItemInfo) -> Self {
        let until = match &info.until {
            Some(until) => format!("collected until {until}"),
            None => "collected with no end date".to_owned(),
        };
        Self { about: String::new(), why: info.why.clone(), owner: info.owner.clone(), until }
    }

    /// Said of this one of several things.
    pub(crate) fn about(self, title: &str) -> Self {
        Self { about: title.to_owned(), ..self }
    }

    /// Of a funnel, for which nothing is collected.
    pub(crate) fn of_funnel(manifest: &Manifest, funnel: &Funnel) -> Self {
        Self {
            about: String::new(),
            why: funnel.why.clone(),
            owner: manifest.product.controller.clone(),
            until: "put together of what is collected anyway".to_owned(),
        }
    }

    /// Of what every batch carries.
    pub(crate) fn of_envelope(manifest: &Manifest, why: &str) -> Self {
        Self {
            about: String::new(),
            why: why.to_owned(),
            owner: manifest.product.controller.clone(),
            until: format!("kept for {}", manifest.product.retention),
        }
    }
}
