//! Which publications there are, which of them stand, and which came before which.

use aboveboard_published::publication::{Figure, LogDocument, Publication, Table, Withdrawal};

use super::clean;
use super::input::SiteInput;

/// The publications of a site, as they are shown. There is at least one.
pub(super) struct History {
    /// In the order of the log.
    pub(super) publications: Vec<Shown>,
    newest: usize,
    latest: usize,
}

/// A publication with what became of it.
pub(super) struct Shown {
    pub(super) publication: Publication,
    /// Where its document stands in the log, from 0.
    pub(super) place: usize,
    pub(super) withdrawal: Option<Withdrawal>,
    /// Where that stands in the log.
    pub(super) withdrawal_place: Option<usize>,
    /// The publication that corrects it.
    pub(super) corrected_by: Option<String>,
    pub(super) counted: Counted,
}

/// The list of counted installations beside a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    Missing,
    /// In `counted.txt`.
    Whole,
    /// In many files, since it is long.
    Parted,
}

impl Counted {
    fn of(files: &[(String, Vec<u8>)]) -> Self {
        match files {
            [] => Self::Missing,
            [_] => Self::Whole,
            _ => Self::Parted,
        }
    }

    /// Whether there is one.
    pub(super) fn is_there(self) -> bool {
        self != Self::Missing
    }
}

impl Shown {
    /// Whether its figures hold.
    pub(super) fn stands(&self) -> bool {
        self.withdrawal.is_none() && self.corrected_by.is_none()
    }

    /// Its folder.
    pub(super) fn folder(&self) -> String {
        clean::file_name(&self.publication.id)
    }
}

impl History {
    /// Of everything that a site is made of; none where no publication is in it.
    pub(super) fn of(input: &SiteInput) -> Option<Self> {
        let mut publications: Vec<Shown> = Vec::new();
        for (place, entry) in input.documents.iter().enumerate() {
            match &entry.document {
                LogDocument::Publication(document) => {
                    let publication = clean::publication(document);
                    let corrected = publications
                        .iter_mut()
                        .filter(|shown| Some(&shown.publication.id) == publication.corrects.as_ref());
                    corrected.for_each(|shown| shown.corrected_by = Some(publication.id.clone()));
                    let counted = Counted::of(&entry.counted);
                    publications.push(Shown {
                        publication,
                        place,
                        withdrawal: None,
                        withdrawal_place: None,
                        corrected_by: None,
                        counted,
                    });
                }
                LogDocument::Withdrawal(document) => {
                    let withdrawal = clean::withdrawal(document);
                    let withdrawn =
                        publications.iter_mut().find(|shown| shown.publication.id == withdrawal.withdraws);
                    if let Some(shown) = withdrawn {
                        shown.withdrawal = Some(withdrawal);
                        shown.withdrawal_place = Some(place);
                    }
                }
            }
        }
        let period = |(_, shown): &(usize, &Shown)| shown.publication.period.first.clone();
        let all = || publications.iter().enumerate();
        let latest = all().max_by_key(period).map(|(at, _)| at)?;
        let newest =
            all().filter(|(_, shown)| shown.stands()).max_by_key(period).map_or(latest, |(at, _)| at);
        Some(Self { publications, newest, latest })
    }

    /// The one that the first page shows: the newest that stands, or the newest of all if none does.
    pub(super) fn newest(&self) -> &Shown {
        &self.publications[self.newest]
    }

    /// The one of the newest period, whether it stands or not.
    pub(super) fn latest(&self) -> &Shown {
        &self.publications[self.latest]
    }

    /// The newest that stands of the periods before that of `shown`.
    pub(super) fn before(&self, shown: &Shown) -> Option<&Shown> {
        let earlier = |other: &&Shown| other.publication.period.first < shown.publication.period.first;
        let standing = self.publications.iter().filter(|other| other.stands());
        standing.filter(earlier).max_by_key(|other| &other.publication.period.first)
    }

    /// Up to that of `shown` by period; of each period the one that stands, or the last if none does.
    pub(super) fn up_to<'a>(&'a self, shown: &'a Shown) -> Vec<&'a Shown> {
        let last = &shown.publication.period.first;
        let mut series: Vec<&Shown> =
            self.publications.iter().filter(|other| other.publication.period.first <= *last).collect();
        series.sort_by_key(|other| (&other.publication.period.first, other.stands(), other.place));
        let is_followed = |at: usize| {
            series
                .get(at + 1)
                .is_some_and(|next| next.publication.period.first == series[at].publication.period.first)
        };
        (0..series.len()).filter(|at| !is_followed(*at)).map(|at| series[at]).collect()
    }
}

/// A table of a publication.
pub(super) fn table<'a>(publication: &'a Publication, name: &str) -> Option<&'a Table> {
    publication.groups.iter().flat_map(|group| &group.tables).find(|table| table.name == name)
}

/// The figure of a cell; none where it is not shown.
pub(super) fn figure<'a>(publication: &'a Publication, name: &str, key: &str) -> Option<&'a Figure> {
    table(publication, name)?.cells.iter().find(|cell| cell.key == key)?.figure.as_ref()
}

/// How many installations were active.
pub(super) fn active(publication: &Publication) -> Option<&Figure> {
    table(publication, "active")?.cells.first()?.figure.as_ref()
}
