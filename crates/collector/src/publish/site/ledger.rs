//! What a publication cost in privacy, for people. The numbers are those of the ledger.

use aboveboard_published::epsilon::right_of_100;
use aboveboard_published::ledger::{Entry, Ledger};
use aboveboard_published::parameters::RHO;
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
    /// Of all publications so far.
    pub(super) all: String,
    pub(super) all_right_of_100: u32,
    /// Of this one, whether any of three installations is in it.
    pub(super) three_right_of_100: u32,
    /// Whether it cost what a publication with details costs.
    pub(super) is_usual: bool,
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
                at_most: rows_of(group.at_most),
                half_width: format!("±{}", number(half_width_of(group.variance))),
            })
            .collect();
        if rows.is_empty() {
            let half_width =
                format!("±{}", number(half_width_of(aboveboard_published::parameters::HEADLINE_VARIANCE)));
            rows.push(LossRow { name: "Active".to_owned(), at_most: rows_of(1), half_width });
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
            all: entry.all.rho.clone(),
            all_right_of_100: entry.all.right_of_100,
            three_right_of_100: of_group(&entry.loss.rho, 3).map_or(100, right_of_100),
            is_usual: Ratio::parse(&entry.loss.rho) == Some(RHO),
        }
    }
}

/// `5 rows`
fn rows_of(at_most: u32) -> String {
    if at_most == 1 { "1 row".to_owned() } else { format!("{} rows", number(i64::from(at_most))) }
}

/// What so many installations lose together: the loss grows with the square of their number.
fn of_group(rho: &str, installations: u64) -> Option<Ratio> {
    Ratio::parse(rho)?.times(Ratio::whole(installations.pow(2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_loses_by_the_square_of_its_number() {
        assert_eq!(of_group("1/10", 3).map(right_of_100), Some(84));
        assert_eq!(of_group("1/10", 10).map(right_of_100), Some(100));
    }
}
