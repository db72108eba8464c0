//! The ledger: what every publication cost in privacy, and what all of them cost together.
//!
//! It follows from the documents of the log alone, so anybody computes it again. An installation is charged what a
//! publication may cost at most and not what its tables happened to need, so sums stay exact ratios of small numbers.

use serde::{Deserialize, Serialize};

use crate::canonical::Document;
use crate::epsilon;
use crate::parameters::{RHO, RHO_SMALL};
use crate::period::{CalendarPeriod, PublicationId, in_a_year};
use crate::publication::{Every, FORMAT, LogDocument, Period, Publication};
use crate::ratio::Ratio;

/// What every publication cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// [`FORMAT`].
    pub format: u32,
    /// Product id.
    pub product: String,
    /// One for each document of the log, in its order.
    pub entries: Vec<Entry>,
}

/// What one document of the log cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// The publication that it is, or that it withdraws.
    pub id: String,
    /// The day of the draw, or of the withdrawal.
    pub day: String,
    /// What it covers; of a withdrawal what the withdrawn publication covers.
    pub period: Period,
    /// Whether only this was said, that fewer installations than a small number were drawn.
    pub is_small: bool,
    /// What was drawn.
    pub groups: Vec<Drawn>,
    /// What it costs. A withdrawal costs nothing, and gives nothing back. A correction costs also what was drawn before it for the
    /// same period and never shown: that it was not shown says something of it.
    pub loss: Loss,
    /// The sum over the publications of the twelve months up to the newest one that was drawn.
    pub year: Loss,
    /// The most that this sum may be: one publication more than a year has.
    pub year_at_most: String,
    /// The sum over all.
    pub all: Loss,
}

/// What an entry is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The first publication of a period.
    Publication,
    /// Another one of the same period, with figures drawn again.
    Correction,
    /// A withdrawal.
    Withdrawal,
}

/// A group of tables that was drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    /// Its name.
    pub name: String,
    /// How many cells were published of it, rest rows as one.
    pub cells: u64,
    /// How many ones an installation adds, at most.
    pub at_most: u32,
    /// The variance of the noise.
    pub variance: u64,
}

/// A privacy loss with what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// In ρ of zero-concentrated differential privacy: `1/10`.
    pub rho: String,
    /// The same as ε, rounded up: `2.142`.
    pub epsilon: Vec<Epsilon>,
    /// How many times in 100, at most, who knows all other data guesses right whether one installation is in it.
    pub right_of_100: u32,
}

/// An ε at a δ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Epsilon {
    /// The δ, with what lists of counted installations add to it: `0.000001`.
    pub delta: String,
    /// The ε: `2.142`.
    pub epsilon: String,
}

/// The δ at which ε is told, with their numbers of decimals.
const DELTAS: [(&str, u32); 2] = [("0.000001", 6), ("0.000000001", 9)];

impl Document for Ledger {}

impl Ledger {
    /// The ledger of a log. None where a document names no period or a sum has no room in 64 bits.
    #[must_use]
    pub fn of(product: &str, documents: &[LogDocument]) -> Option<Self> {
        let mut charged: Vec<Charge> = Vec::new();
        let mut entries = Vec::new();
        for document in documents {
            let charge = Charge::of(document)?.with_unseen(&charged)?;
            charged.extend((charge.is_drawn).then_some(charge));
            entries.push(entry(document, charge, &charged)?);
        }
        Some(Self { format: FORMAT, product: product.to_owned(), entries })
    }

    /// The newest entry.
    #[must_use]
    pub fn newest(&self) -> Option<&Entry> {
        self.entries.last()
    }
}

/// What a draw or a withdrawal is charged.
#[derive(Clone, Copy, Debug)]
pub struct Charge {
    id: PublicationId,
    is_drawn: bool,
    rho: Ratio,
}

impl Charge {
    /// That of a document. None where it names no period, or its parameters are no ratios.
    #[must_use]
    pub fn of(document: &LogDocument) -> Option<Self> {
        let id = document.parsed_id()?;
        Some(match document {
            LogDocument::Publication(publication) => Self { id, is_drawn: true, rho: charged(publication)? },
            LogDocument::Withdrawal(_) => Self { id, is_drawn: false, rho: Ratio::ZERO },
        })
    }

    /// That of a draw which nobody sees: the most that one may cost, since nobody sees what it drew.
    #[must_use]
    pub const fn unseen(id: PublicationId) -> Self {
        Self { id, is_drawn: true, rho: RHO }
    }

    /// With those of the draws of its period that must have been before it and are not among these.
    fn with_unseen(self, before: &[Self]) -> Option<Self> {
        let known = before.iter().map(|other| other.id).filter(|other| other.period == self.id.period);
        let newest = known.map(|id| id.draw).max().unwrap_or(0);
        let unseen = u64::from(self.id.draw.saturating_sub(1).saturating_sub(newest));
        let rho = if self.is_drawn { self.rho.plus(RHO.times(Ratio::whole(unseen))?)? } else { self.rho };
        Some(Self { rho, ..self })
    }
}

/// What a publication is charged: what its parameters allow to the groups that it has. None where they are no ratios.
#[must_use]
pub fn charged(publication: &Publication) -> Option<Ratio> {
    match publication.groups.len() {
        _ if publication.is_small => Some(RHO_SMALL),
        0 | 1 => Ratio::parse(&publication.parameters.rho_headline),
        _ => Ratio::parse(&publication.parameters.rho),
    }
}

/// The most that the publications of twelve months may cost together: one publication more than a year has.
#[must_use]
pub fn year_at_most(every: Every) -> Ratio {
    RHO.times(Ratio::whole(u64::from(in_a_year(every)) + 1)).unwrap_or(RHO)
}

/// What the draws of the twelve months cost that end with `newest`. None where a sum has no room.
#[must_use]
pub fn year_loss(charges: &[Charge], newest: CalendarPeriod) -> Option<Ratio> {
    sum(in_the_year_of(charges, newest))
}

fn in_the_year_of(charges: &[Charge], newest: CalendarPeriod) -> impl Iterator<Item = &Charge> {
    let last = newest.last_month();
    charges.iter().filter(move |charge| {
        charge.id.period.last_month() <= last && charge.id.period.last_month() + 12 > last
    })
}

fn sum<'a>(charges: impl IntoIterator<Item = &'a Charge>) -> Option<Ratio> {
    charges.into_iter().try_fold(Ratio::ZERO, |rho, charge| rho.plus(charge.rho))
}

/// The entry of a document; `drawn` is what was charged up to it.
fn entry(document: &LogDocument, charge: Charge, drawn: &[Charge]) -> Option<Entry> {
    let newest = drawn
        .iter()
        .map(|charge| charge.id.period)
        .max_by_key(|period| period.last_month())
        .unwrap_or(charge.id.period);
    let (kind, is_small, groups) = match document {
        LogDocument::Withdrawal(_) => (Kind::Withdrawal, false, Vec::new()),
        LogDocument::Publication(publication) => {
            let is_correction = document.parsed_id()?.is_correction();
            let kind = if is_correction { Kind::Correction } else { Kind::Publication };
            (kind, publication.is_small, groups(publication))
        }
    };
    Some(Entry {
        kind,
        id: document.publication_id().to_owned(),
        day: document.day().to_owned(),
        period: charge.id.period.document(),
        is_small,
        groups,
        loss: loss(charge.rho)?,
        year: loss(sum(in_the_year_of(drawn, newest))?)?,
        year_at_most: year_at_most(newest.every()).to_string(),
        all: loss(sum(drawn)?)?,
    })
}

fn groups(publication: &Publication) -> Vec<Drawn> {
    let groups = publication.groups.iter();
    groups
        .map(|group| Drawn {
            name: group.name.clone(),
            cells: group.tables.iter().map(|table| table.cells.len() as u64).sum(),
            at_most: group.at_most,
            variance: group.variance,
        })
        .collect()
}

fn loss(rho: Ratio) -> Option<Loss> {
    let epsilon = DELTAS.map(|(delta, digits)| {
        let epsilon = epsilon::text(epsilon::thousandths(rho, digits)?);
        Some(Epsilon { delta: delta.to_owned(), epsilon })
    });
    Some(Loss {
        rho: rho.to_string(),
        epsilon: epsilon.into_iter().collect::<Option<_>>()?,
        right_of_100: epsilon::right_of_100(rho),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{publication, withdrawal};

    fn ledger(ids: &[&str]) -> Ledger {
        let documents: Vec<_> = ids.iter().map(|id| publication(id)).collect();
        Ledger::of("quarry", &documents).unwrap()
    }

    fn epsilon(loss: &Loss) -> [&str; 2] {
        [&loss.epsilon[0].epsilon, &loss.epsilon[1].epsilon]
    }

    #[test]
    fn one_publication_four_quarters_and_twelve_months_cost_what_is_said() {
        let quarters = ledger(&["2026-q1", "2026-q2", "2026-q3", "2026-q4", "2027-q1"]);
        let first = &quarters.entries[0];
        assert_eq!((first.loss.rho.as_str(), first.loss.right_of_100), ("1/10", 62));
        assert_eq!(epsilon(&first.loss), ["2.142", "2.716"]);
        let fourth = &quarters.entries[3].year;
        assert_eq!((fourth.rho.as_str(), fourth.right_of_100), ("2/5", 73));
        assert_eq!(epsilon(fourth), ["4.605", "5.729"]);
        let newest = quarters.newest().unwrap();
        assert_eq!(
            (newest.year.rho.as_str(), newest.all.rho.as_str(), newest.year_at_most.as_str()),
            ("2/5", "1/2", "1/2")
        );
        let ids: Vec<_> = (1..=12).map(|month| format!("2026-{month:02}")).collect();
        let months = ledger(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        let year = &months.newest().unwrap().year;
        assert_eq!((year.rho.as_str(), year.right_of_100, epsilon(year)[0]), ("6/5", 89, "8.637"));
        assert_eq!(months.newest().unwrap().year_at_most, "13/10");
    }

    #[test]
    fn a_correction_is_charged_and_a_withdrawal_is_free() {
        let documents = ["2026-q3", "2026-q4"].map(publication);
        let documents = [&documents[..], &[withdrawal("2026-q4"), publication("2026-q4.2")]].concat();
        let ledger = Ledger::of("quarry", &documents).unwrap();
        let sums: Vec<_> = ledger.entries.iter().map(|entry| (entry.kind, entry.all.rho.as_str())).collect();
        let expected = [
            (Kind::Publication, "1/10"),
            (Kind::Publication, "1/5"),
            (Kind::Withdrawal, "1/5"),
            (Kind::Correction, "3/10"),
        ];
        assert_eq!(sums, expected);
        assert_eq!(ledger.entries[2].loss.rho, "0");
        let first_of_2027 = CalendarPeriod::parse("2027-q3").unwrap();
        let charges: Vec<_> = documents.iter().filter_map(Charge::of).collect();
        assert_eq!(year_loss(&charges, first_of_2027), Ratio::new(1, 5));
    }

    #[test]
    fn a_draw_that_was_never_shown_is_charged_with_the_one_that_corrects_it() {
        let sums = |ids: &[&str]| {
            let entries = ledger(ids).entries.into_iter();
            entries.map(|entry| format!("{} {}", entry.loss.rho, entry.all.rho)).collect::<Vec<_>>()
        };
        assert_eq!(sums(&["2026-q3", "2026-q4.2"]), ["1/10 1/10", "1/5 3/10"]);
        assert_eq!(sums(&["2026-q4", "2026-q4.4"]), ["1/10 1/10", "3/10 2/5"]);
        assert_eq!(sums(&["2026-q4.2", "2026-q4.3"]), ["1/5 1/5", "1/10 3/10"]);
    }

    #[test]
    fn fewer_tables_and_a_small_publication_cost_less() {
        let with = |change: fn(&mut Publication)| {
            let LogDocument::Publication(mut publication) = publication("2026-q4") else { unreachable!() };
            change(&mut publication);
            let ledger = Ledger::of("quarry", &[LogDocument::Publication(publication)]).unwrap();
            ledger.entries[0].loss.rho.clone()
        };
        assert_eq!(with(|publication| publication.groups.truncate(1)), "1/20");
        let small = |publication: &mut Publication| {
            publication.is_small = true;
            publication.groups.clear();
        };
        assert_eq!(with(small), "1/100");
    }
}
