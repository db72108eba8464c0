//! The rules of one publication, apart from those of its tables: what it covers, when it was drawn, and what it may cost.

use std::collections::{BTreeMap, BTreeSet};

use aboveboard_types::clock::{day_stamp, parse_day_stamp};

use super::finding::{ASK, Findings, Outcome};
use crate::parameters::{HEADLINE_VARIANCE, loss, parameters};
use crate::paths;
use crate::period::PublicationId;
use crate::publication::{FORMAT, Group, Publication};
use crate::ratio::Ratio;

/// Checks a publication, whose document stands at `path`.
pub(super) fn check(publication: &Publication, path: &str, findings: &mut Findings) {
    let mut broken = |what: String| findings.add(Outcome::Figures, path, what, ASK);
    if publication.format != FORMAT {
        broken(format!("of format {}, and this program knows format {FORMAT}", publication.format));
        return;
    }
    if publication.is_made_up {
        broken("its figures are made up, and it is in the log".to_owned());
    }
    if publication.parameters != parameters() {
        broken(format!("its parameters are not those of every publication of format {FORMAT}"));
    }
    days(publication, &mut broken);
    names(publication, &mut broken);
    if publication.is_small {
        if !publication.groups.is_empty() || !publication.files.is_empty() {
            broken("it is small, and says more than that".to_owned());
        }
        return;
    }
    match publication.groups.first().filter(|group| group.name == "headline") {
        None => broken("it has no headline".to_owned()),
        Some(headline) if headline.variance != HEADLINE_VARIANCE => {
            let variance = headline.variance;
            broken(format!(
                "its headline is of variance {variance}, and every headline is of {HEADLINE_VARIANCE}"
            ));
        }
        Some(_) => {}
    }
    privacy_loss(publication, &mut broken);
}

fn days(publication: &Publication, broken: &mut dyn FnMut(String)) {
    // Only publications whose ids are ids are read.
    let Some(id) = PublicationId::parse(&publication.id) else { return };
    if publication.period != id.period.document() {
        broken(format!("its days are not those of {}", id.period));
    }
    match parse_day_stamp(&publication.drawn) {
        None => broken("its day of drawing is no day".to_owned()),
        Some(drawn) if drawn < id.period.earliest_draw() => {
            broken(format!(
                "drawn on {}, before {}",
                publication.drawn,
                day_stamp(id.period.earliest_draw())
            ));
        }
        Some(_) => {}
    }
    let due = day_stamp(id.period.next().due());
    if publication.next_due != due {
        broken(format!("the next one is due on {due}, and it says another day"));
    }
    let corrected = id.draw.checked_sub(1).filter(|draw| *draw > 0).map(|draw| PublicationId { draw, ..id });
    if publication.corrects != corrected.map(|id| id.to_string()) {
        broken("it does not name the publication that its id says it corrects".to_owned());
    }
    if id.is_correction() && !publication.notes.iter().any(|note| note.about == "correction") {
        broken("it is a correction, and does not say why".to_owned());
    }
}

fn names(publication: &Publication, broken: &mut dyn FnMut(String)) {
    let mut seen = BTreeSet::new();
    for table in publication.groups.iter().flat_map(|group| &group.tables) {
        if !paths::is_plain(&table.name) || !seen.insert(&table.name) {
            broken(format!("its table {} has a name that no file can have, or that another has", table.name));
        }
    }
}

/// What an installation of each component loses by all groups, and by the headline.
fn privacy_loss(publication: &Publication, broken: &mut dyn FnMut(String)) {
    let parameters = &publication.parameters;
    let Some((rho, rho_headline)) = Ratio::parse(&parameters.rho).zip(Ratio::parse(&parameters.rho_headline))
    else {
        broken("its privacy loss is no ratio".to_owned());
        return;
    };
    let mut of_components: BTreeMap<&str, Option<Ratio>> = BTreeMap::new();
    for group in &publication.groups {
        let lost = loss(group.at_most, group.variance);
        if group.name == "headline" && lost.is_none_or(|lost| lost > rho_headline) {
            broken(exceeded(group, rho_headline));
        }
        for component in &group.components {
            let sum = of_components.entry(component).or_insert(Some(Ratio::ZERO));
            *sum = sum.zip(lost).and_then(|(sum, lost)| sum.plus(lost));
        }
    }
    for (component, lost) in of_components {
        if lost.is_none_or(|lost| lost > rho) {
            broken(format!("an installation of component {component} loses more by it than {rho}"));
        }
    }
}

fn exceeded(group: &Group, rho: Ratio) -> String {
    format!("an installation loses more by group {} than {rho}", group.name)
}
