//! The page of one publication.

use askama::Template;

use super::chart::{self, Chart};
use super::frame::{Frame, PageName};
use super::history::{Counted, History, Shown, table};
use super::ledger::Loss;
use super::panel::{Panel, panels};
use super::sentences::{self, Sentence};
use super::words::{day, number, period, short_period};
use crate::publish::held;

/// The page as the template sees it.
#[derive(Template)]
#[template(path = "published/publication.html")]
pub(super) struct PublicationPage {
    frame: Frame,
    /// The way to the files of the publication.
    data: String,
    product: String,
    /// What the user calls the program, as far as the document knows.
    program: String,
    why: String,
    period_short: String,
    banners: Vec<Banner>,
    is_struck: bool,
    is_made_up: bool,
    is_small: bool,
    small: String,
    sentence: Sentence,
    doubt: Option<String>,
    drawn: String,
    next_due: String,
    chart: Option<Chart>,
    change: Option<String>,
    age: Vec<[String; 2]>,
    age_what: String,
    panels: Vec<Panel>,
    /// The publication before, in words.
    since: Option<String>,
    counted: Counted,
    loss: Loss,
    withdrawal: Option<&'static str>,
}

/// What has to be known before the figures are read.
struct Banner {
    lead: String,
    text: String,
    link: Option<BannerLink>,
    is_bad: bool,
}

/// Where more is said. The address is seen from the root of the site.
struct BannerLink {
    name: String,
    address: String,
}

impl PublicationPage {
    /// The page of `shown`, at the root of the site or in its folder.
    pub(super) fn of(history: &History, shown: &Shown, here: PageName, loss: Loss) -> Self {
        let publication = &shown.publication;
        let before = history
            .before(shown)
            .map(|before| &before.publication)
            .filter(|_| !publication.is_small && shown.stands());
        let series = history.up_to(shown);
        let data = if here == PageName::Publication { String::new() } else { format!("{}/", shown.folder()) };
        Self {
            frame: Frame::around(here, history),
            data,
            product: publication.product.name.clone(),
            program: publication.product.id.clone(),
            why: publication.product.why.clone(),
            period_short: short_period(&publication.period),
            banners: banners(history, shown, here),
            is_struck: !shown.stands(),
            is_made_up: publication.is_made_up,
            is_small: publication.is_small,
            small: number(i64::from(publication.parameters.small)),
            sentence: sentences::headline(publication),
            doubt: sentences::doubt(publication),
            drawn: day(&publication.drawn),
            next_due: day(&publication.next_due),
            chart: chart::draw(&series, publication).filter(|_| !publication.is_small || series.len() > 1),
            change: before.and_then(|before| sentences::change(publication, before)),
            age: sentences::age(publication, before),
            age_what: table(publication, "age").map(|table| table.what.clone()).unwrap_or_default(),
            panels: panels(publication, before),
            since: before.map(|before| period(&before.period)),
            counted: shown.counted,
            loss,
            withdrawal: shown.withdrawal.as_ref().map(|_| "withdrawal.json"),
        }
    }
}

fn banners(history: &History, shown: &Shown, here: PageName) -> Vec<Banner> {
    let publication = &shown.publication;
    let mut banners = Vec::new();
    let link = |id: &str| BannerLink {
        name: "See it".to_owned(),
        address: format!("{}/index.html", super::clean::file_name(id)),
    };
    if let Some(withdrawal) = &shown.withdrawal {
        let text = format!("{} These figures do not hold.", withdrawal.reason);
        banners.push(Banner { lead: sentences::withdrawn(withdrawal), text, link: None, is_bad: true });
    }
    if let Some(correction) = &shown.corrected_by {
        let text = "These figures do not hold: a correction takes their place.".to_owned();
        banners.push(Banner {
            lead: "Corrected.".to_owned(),
            text,
            link: Some(link(correction)),
            is_bad: true,
        });
    }
    if let Some(corrected) = &publication.corrects {
        let text = format!("This publication takes the place of {corrected}.");
        banners.push(Banner {
            lead: "Correction.".to_owned(),
            text,
            link: Some(link(corrected)),
            is_bad: false,
        });
    }
    for note in &publication.notes {
        let (lead, text) = if note.about == "held" {
            ("Held back at first.", format!("{}Shown because: {}", jumped(history, shown), note.text))
        } else {
            ("The maker says:", note.text.clone())
        };
        banners.push(Banner { lead: lead.to_owned(), text, link: None, is_bad: false });
    }
    if here == PageName::Newest {
        banners.extend(newer_without_figures(history, shown));
    } else if history.newest().publication.period.first > publication.period.first {
        let text = format!("The newest covers {}.", period(&history.newest().publication.period));
        let link = BannerLink { name: "Go there".to_owned(), address: "index.html".to_owned() };
        banners.push(Banner {
            lead: "An earlier publication.".to_owned(),
            text,
            link: Some(link),
            is_bad: false,
        });
    }
    banners
}

/// What made figures be held, as it follows from what is published now.
fn jumped(history: &History, shown: &Shown) -> String {
    let why = held(&shown.publication, history.before(shown).map(|before| &before.publication));
    if why.is_empty() { String::new() } else { format!("{}. ", why.join("; ")) }
}

/// That a newer publication than the one that the first page shows does not hold.
fn newer_without_figures(history: &History, shown: &Shown) -> Option<Banner> {
    let latest = Some(history.latest())
        .filter(|latest| latest.publication.period.first > shown.publication.period.first)?;
    let withdrawal = latest.withdrawal.as_ref()?;
    let lead = format!(
        "The publication of {} was withdrawn on {}.",
        period(&latest.publication.period),
        day(&withdrawal.day)
    );
    let link = BannerLink { name: "See it".to_owned(), address: format!("{}/index.html", latest.folder()) };
    let text = format!("{} What stands here is the one before.", withdrawal.reason);
    Some(Banner { lead, text, link: Some(link), is_bad: true })
}
