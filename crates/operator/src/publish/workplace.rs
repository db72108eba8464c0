//! What the verbs that change a site work with: the draws, the key, the directory, each checked before anything happens.

use std::path::PathBuf;

use aboveboard_collector::publish::keep::{Head, KeptDraw, KeptDraws};
use aboveboard_collector::publish::{DrawOrder, ExactNoise, SystemRandomness, draw_once};
use aboveboard_collector::{DataPlace, upkeep};
use aboveboard_published::key::{Signer, origin};
use anyhow::ensure;

use super::arguments::{Publisher, SiteArguments};
use super::compose::Composition;
use super::directory::{SiteContent, SiteDirectory};
use super::history::{History, Waiting, Which, head_of};
use super::key;
use super::product::{PublishedProduct, today};
use super::standing::{Standing, leaves};
use crate::collector::refused;

/// Everything that a verb needs to write a site.
pub(super) struct Workplace {
    /// Where the collector keeps what it has.
    place: DataPlace,
    /// The product with its manifest.
    pub(super) product: PublishedProduct,
    /// The draws. As long as it is there, nobody else publishes.
    pub(super) kept: KeptDraws,
    signer: Signer,
    site: SiteDirectory,
}

impl Workplace {
    /// Checks the product, the key and the site, and finishes what an interrupted run has left of withdrawals and of notes.
    pub(super) fn open(publisher: &Publisher, at: &SiteArguments) -> anyhow::Result<Self> {
        let place = publisher.directory.place()?;
        upkeep::may_publish(&place).map_err(refused)?;
        let product = PublishedProduct::find(place.directory(), &publisher.product)?;
        let signer = signer(&product, at)?;
        let kept = KeptDraws::open(place.directory(), &publisher.product, today())?;
        let site = SiteDirectory::open(&at.site)?;
        let workplace = Self { place, product, kept, signer, site };
        let content = workplace.site.content()?;
        let history = workplace.history(&content, Which::All)?;
        // What a run had shown that ended before it could note that.
        history.note(&workplace.kept, workplace.standing(&content, &history)?)?;
        if history.waiting.iter().any(|waiting| matches!(waiting, Waiting::Withdrawal(_))) {
            workplace.show_only(Which::Withdrawals)?;
        }
        Ok(workplace)
    }

    /// The first page.
    pub(super) fn page(&self) -> PathBuf {
        self.site.path().join("index.html")
    }

    /// Draws, once: of what was drawn before it gives that.
    pub(super) fn draw(&self, order: &DrawOrder<'_>) -> anyhow::Result<KeptDraw> {
        let mut noise = ExactNoise::new(SystemRandomness::default());
        Ok(draw_once(&self.place, &self.kept, order, &mut noise)?)
    }

    /// Writes what waits into the site, and notes that it is there. Returns the head of the log.
    pub(super) fn show(&self) -> anyhow::Result<Head> {
        self.show_only(Which::All)
    }

    fn show_only(&self, which: Which) -> anyhow::Result<Head> {
        let before = self.site.content()?;
        let history = self.history(&before, which)?;
        self.standing(&before, &history)?;
        let keys = &self.product.publish.keys;
        let checkpoint = history.log.checkpoint(origin(&self.product.publish.site)).sign(&self.signer);
        let composition =
            Composition { log: &history.log, checkpoint: Some(checkpoint), keys, counted: &history.counted };
        self.site.replace(&before, &composition.files(&before)?)?;
        history.note(&self.kept, history.waiting.len())?;
        head_of(&history.log)
    }

    fn history(&self, content: &SiteContent, which: Which) -> anyhow::Result<History> {
        History::of(&self.kept, &self.product.manifest.product.id, content, which)
    }

    fn standing(&self, content: &SiteContent, history: &History) -> anyhow::Result<usize> {
        let leaves = leaves(content)?;
        let standing = Standing::of(&leaves, history.log.leaves(), history.published);
        standing.require(self.site.path(), history.published)
    }
}

/// The key, which must be one of the manifest's.
fn signer(product: &PublishedProduct, at: &SiteArguments) -> anyhow::Result<Signer> {
    let publish = &product.publish;
    let signer = key::read(&at.key, origin(&publish.site))?;
    let line = signer.verifier().to_string();
    ensure!(
        publish.keys.contains(&line),
        "the manifest of {} does not name the key {}, so nobody could verify what it signs; nothing was drawn. Use a key that \
         it names. If that one is lost, put this line beside the others in `keys` under [publish], raise the revision, ship it \
         and push it with `aboveboard manifest push`: {line}",
        product.manifest.product.id,
        at.key.display()
    );
    Ok(signer)
}
