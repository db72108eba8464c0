//! What a publication cost in privacy, for people. The numbers are those of the ledger.

use aboveboard_published::ledger::{Entry, Ledger};
use aboveboard_published::publication::LogDocument;
use aboveboard_published::ratio::Ratio;

use super::history::Shown;
use super::input::SiteInput;
use super::interval::half_width_of;
use super::words::{capital, number};

/// The ledger of the documents of a site.
pub(super) fn ledger(input: &SiteInput) -> Option<Ledger> {
    let documents: Vec<LogDocument> = input.documents.iter().map(|entry| entry.document.clone()).collect();
    let product = documents.first()?.product().to_owned();
    Ledger::of(&product, &documents)
}

/// What one publication cost.
#[derive(Clone, Debug, Default)]
pub(super) struct Loss {
    pub(super) rows: Vec<LossRow>,
    /// `1/10`
    pub(super) here: String,
    /// `2.142`
    pub(super) epsilon: String,
    pub(super) right_of_100: u32,
    /// Of the twelve months up to the newest publication then.
    pub(super) year: String,
    pub(super) year_epsilon: String,
    pub(super) year_right_of_100: u32,
    pub(super) allowed: String,
    /// How much of what is allowed that is, in thousandths.
    pub(super) bar: u64,
}

/// Tables that share a loss.
#[derive(Clone, Debug)]
pub(super) struct LossRow {
    pub(super) name: String,
    pub(super) at_most: String,
    pub(super) half_width: String,
}

impl Loss {
    /// As the ledger says it.
    pub(super) fn of(ledger: &Ledger, shown: &Shown) -> Self {
        ledger.entries.get(shown.place).map(|entry| Self::said(entry, shown)).unwrap_or_default()
    }

    fn said(entry: &Entry, shown: &Shown) -> Self {
        let groups = shown.publication.groups.iter();
        let mut rows: Vec<_> = groups
            .map(|group| LossRow {
                name: capital(&group.name.replace('.', ": ")),
                at_most: number(i64::from(group.at_most)),
                half_width: format!("±{}", number(half_width_of(group.variance))),
            })
            .collect();
        if rows.is_empty() {
            let half_width =
                format!("±{}", number(half_width_of(aboveboard_published::parameters::HEADLINE_VARIANCE)));
            rows.push(LossRow { name: "Active".to_owned(), at_most: "1".to_owned(), half_width });
        }
        let epsilon = |loss: &aboveboard_published::ledger::Loss| {
            loss.epsilon.first().map(|epsilon| epsilon.epsilon.clone()).unwrap_or_default()
        };
        Self {
            rows,
            here: entry.loss.rho.clone(),
            epsilon: epsilon(&entry.loss),
            right_of_100: entry.loss.right_of_100,
            year: entry.year.rho.clone(),
            year_epsilon: epsilon(&entry.year),
            year_right_of_100: entry.year.right_of_100,
            allowed: entry.year_at_most.clone(),
            bar: part(&entry.year.rho, &entry.year_at_most).unwrap_or(0),
        }
    }
}

/// How much of a ratio another one is, in thousandths.
fn part(of: &str, whole: &str) -> Option<u64> {
    let of = Ratio::parse(of)?;
    let whole = Ratio::parse(whole).filter(|whole| *whole > Ratio::ZERO)?;
    let part = of.times(Ratio::new(whole.denominator(), whole.numerator())?)?;
    Some((part.numerator().checked_mul(1_000)? / part.denominator()).min(1_000))
}
