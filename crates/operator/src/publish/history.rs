//! What is kept of a product as its log: documents that are at the site by their places, and those that wait to be.

use std::collections::BTreeMap;

use aboveboard_collector::publish::keep::{DrawState, Head, KeptDraw, KeptDraws, counted_files};
use aboveboard_published::canonical;
use aboveboard_published::paths;
use aboveboard_published::period::PublicationId;
use aboveboard_published::publication::{FORMAT, LogDocument, Publication, Withdrawal};
use anyhow::{Context as _, bail, ensure};

use super::compose::CountedFiles;
use super::directory::SiteContent;
use super::document::finished;
use super::log::Log;

/// Something that is decided and not at the site yet.
#[derive(Clone, Debug)]
pub(super) enum Waiting {
    /// A publication.
    Publication(PublicationId),
    /// The withdrawal of one.
    Withdrawal(PublicationId),
}

/// What of that which waits is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Everything.
    All,
    /// Withdrawals alone.
    Withdrawals,
}

/// The log of a product, to its end.
pub(super) struct History {
    /// The documents, those that wait at the end.
    pub(super) log: Log,
    /// How many are noted as being at the site.
    pub(super) published: usize,
    /// What the others are.
    pub(super) waiting: Vec<Waiting>,
    /// The heads that those others give, in their order.
    pub(super) heads: Vec<Head>,
    /// The lists of counted installations of those others.
    pub(super) counted: BTreeMap<String, CountedFiles>,
}

impl History {
    /// Puts together what is kept. A document that the site shows already is taken from there where it says what was drawn.
    pub(super) fn of(
        kept: &KeptDraws,
        product: &str,
        site: &SiteContent,
        which: Which,
    ) -> anyhow::Result<Self> {
        let draws = kept.all()?;
        let mut placed: Vec<(Head, &KeptDraw, bool)> = Vec::new();
        let mut waiting = Vec::new();
        for draw in &draws {
            let id = id_of(draw)?;
            match &draw.state {
                DrawState::Ready if which == Which::All => waiting.push((Waiting::Publication(id), draw)),
                DrawState::Held { .. } | DrawState::Ready => {}
                DrawState::Published { head } => placed.push((head.clone(), draw, false)),
                DrawState::Withdrawn { published: None, .. } => {}
                DrawState::Withdrawn { published: Some(published), head, .. } => {
                    placed.push((published.clone(), draw, false));
                    match head {
                        Some(head) => placed.push((head.clone(), draw, true)),
                        None => waiting.push((Waiting::Withdrawal(id), draw)),
                    }
                }
            }
        }
        placed.sort_by_key(|(head, _, _)| head.size);
        let mut log = Log::default();
        for (head, draw, is_withdrawal) in placed {
            let document =
                if is_withdrawal { withdrawal(product, draw, &log)? } else { publication(&draw.publication) };
            log.push(document)?;
            ensure!(
                head_of(&log)? == head,
                "what is kept of {} does not give the log that was published with it: put `publications` in the data directory \
                 back from a backup, or move it away and read the site with `aboveboard publish adopt`",
                draw.publication.id
            );
        }
        let mut history = Self {
            published: log.documents().len(),
            log,
            waiting: Vec::new(),
            heads: Vec::new(),
            counted: BTreeMap::new(),
        };
        // Withdrawals first: they do not wait for a publication that cannot be shown.
        waiting.sort_by_key(|(waiting, _)| matches!(waiting, Waiting::Publication(_)));
        for (waiting, draw) in waiting {
            history.wait(waiting, draw, kept, product, site)?;
        }
        Ok(history)
    }

    fn wait(
        &mut self,
        waiting: Waiting,
        draw: &KeptDraw,
        kept: &KeptDraws,
        product: &str,
        site: &SiteContent,
    ) -> anyhow::Result<()> {
        let document = match waiting {
            Waiting::Withdrawal(_) => withdrawal(product, draw, &self.log)?,
            Waiting::Publication(_) => {
                let counted = counted_files(&kept.list(draw)?);
                let shown = shown(site, draw, self.log.root())?;
                let document =
                    shown.unwrap_or_else(|| finished(draw.publication.clone(), self.log.root(), &counted));
                self.counted.insert(document.id.clone(), counted);
                publication(&document)
            }
        };
        self.log.push(document)?;
        self.heads.push(head_of(&self.log)?);
        self.waiting.push(waiting);
        Ok(())
    }
}

impl History {
    /// Notes that the first so many documents that waited are at the site.
    pub(super) fn note(&self, kept: &KeptDraws, shown: usize) -> anyhow::Result<()> {
        let documents = self.log.documents().get(self.published..).unwrap_or_default();
        for ((waiting, head), (document, _)) in
            self.waiting.iter().zip(&self.heads).zip(documents).take(shown)
        {
            match (waiting, document) {
                (Waiting::Publication(id), LogDocument::Publication(publication)) => {
                    kept.publish(*id, publication, head.clone())?;
                }
                (Waiting::Withdrawal(id), _) => drop(kept.withdrawn(*id, head.clone())?),
                (Waiting::Publication(id), _) => bail!("{id} is no publication"),
            }
        }
        Ok(())
    }
}

/// The document of a draw at the site, where a run ended before it noted that.
fn shown(
    site: &SiteContent,
    draw: &KeptDraw,
    previous_root: Option<String>,
) -> anyhow::Result<Option<Publication>> {
    let Some(bytes) = site.bytes(&paths::publication(&draw.publication.id))? else { return Ok(None) };
    let Ok(shown) = canonical::read::<Publication>(&bytes) else { return Ok(None) };
    let drawn = Publication { files: Vec::new(), previous_root: None, ..shown.clone() };
    Ok((drawn == draw.publication && shown.previous_root == previous_root).then_some(shown))
}

fn publication(publication: &Publication) -> LogDocument {
    LogDocument::Publication(Box::new(publication.clone()))
}

fn withdrawal(product: &str, draw: &KeptDraw, log: &Log) -> anyhow::Result<LogDocument> {
    let DrawState::Withdrawn { day, reason, .. } = &draw.state else {
        bail!("{} is not withdrawn", draw.publication.id);
    };
    Ok(LogDocument::Withdrawal(Withdrawal {
        format: FORMAT,
        withdraws: draw.publication.id.clone(),
        product: product.to_owned(),
        day: day.clone(),
        reason: reason.clone(),
        previous_root: log.root().context("nothing was published that could be withdrawn")?,
    }))
}

/// The head of a log that has documents.
pub(super) fn head_of(log: &Log) -> anyhow::Result<Head> {
    let root = log.root().context("the log is empty")?;
    Ok(Head { size: log.documents().len() as u64, root })
}

/// The id of a draw.
pub(super) fn id_of(draw: &KeptDraw) -> anyhow::Result<PublicationId> {
    let id = &draw.publication.id;
    PublicationId::parse(id).with_context(|| format!("{id} is no id of a publication"))
}
