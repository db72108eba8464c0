//! What a publication says in words.

use aboveboard_published::figures;
use aboveboard_published::publication::{Publication, Withdrawal};

use super::history::{active, figure, table};
use super::interval::{Derived, less};
use super::words::{about, day, day_number, number, period, range, unit};

/// The sentence at the top, in parts, so that the number can stand out.
#[derive(Clone, Debug)]
pub(super) struct Sentence {
    pub(super) before: String,
    pub(super) number: String,
    pub(super) after: String,
}

/// How many installations were active.
pub(super) fn headline(publication: &Publication) -> Sentence {
    let about_or_fewer = active(publication).map_or("fewer than", |_| "about");
    let number = active(publication).map_or_else(|| number(i64::from(publication.parameters.small)), about);
    Sentence {
        before: format!("In {} {about_or_fewer}", period(&publication.period)),
        number,
        after: format!("installations of {} were active", publication.product.name),
    }
}

impl Sentence {
    /// In one line.
    pub(super) fn text(&self) -> String {
        format!("{} {} {}", self.before, self.number, self.after)
    }
}

/// What the noise leaves open of the headline; nothing where a publication is small.
pub(super) fn doubt(publication: &Publication) -> Option<String> {
    active(publication).map(|figure| format!("{}, in 95 of 100 cases", range(figure)))
}

/// How the headline compares with that of the publication before.
pub(super) fn change(publication: &Publication, before: &Publication) -> Option<String> {
    let change = figures::difference(active(publication)?, active(before)?)?;
    let since = period(&before.period);
    if !change.is_visible() {
        return Some(format!("No visible change since {since}."));
    }
    let word = if change.value > 0 { "more" } else { "fewer" };
    let size = Derived { value: change.value, low: change.low, high: change.high }.size();
    let [about, low, high] = [size.value, size.low, size.high].map(number);
    Some(format!("That is about {about} {word} than in {since} ({low} to {high})."))
}

/// What became of installations: who is new, who stayed, who is gone.
pub(super) fn age(publication: &Publication, before: Option<&Publication>) -> Vec<[String; 2]> {
    let mut sentences = Vec::new();
    let unit = unit(publication.period.every);
    if let Some(new) = figure(publication, "age", "new") {
        sentences.push([
            "New".to_owned(),
            format!("About {} were seen for the first time ({}).", number(new.value), range(new)),
        ]);
    }
    sentences.extend(stayed(publication, before));
    sentences.extend(gone(publication, before));
    if sentences.is_empty() && table(publication, "age").is_some() {
        let text = "There are too few of one kind to tell them from the others.".to_owned();
        sentences.push(["New, came back".to_owned(), text]);
    } else if sentences.len() == 1 && before.is_none() {
        sentences.push([
            "Stayed, gone".to_owned(),
            format!("The next publication can say it: it takes a {unit} to compare with."),
        ]);
    }
    sentences
}

fn stayed(publication: &Publication, before: Option<&Publication>) -> Option<[String; 2]> {
    let back = figure(publication, "age", "before")?;
    let share = before.filter(|before| is_next(before, publication)).and_then(|before| {
        let new = figure(before, "age", "new")?;
        // Who stayed need not have been counted as new then. A share of all and more says nothing.
        let share = figures::share(back, new).filter(|_| back.value < new.value)?;
        Some((number(new.value), share))
    });
    let unit = unit(publication.period.every);
    let back_about = number(back.value);
    let text = match share {
        Some((new, share)) => format!(
            "Of about {new} that were new in the {unit} before, about {back_about} were active again: {}\u{a0}% ({} to {}\u{a0}%).",
            share.value, share.low, share.high
        ),
        None => {
            let range = range(back);
            format!(
                "About {back_about} were first seen in the {unit} before and were active again ({range})."
            )
        }
    };
    Some(["New ones that stayed".to_owned(), text])
}

/// Who was active before and is not now: at least all of then less those of now that are not new. Some of now may have been
/// away before, so it may be more.
fn gone(publication: &Publication, before: Option<&Publication>) -> Option<[String; 2]> {
    let before = before.filter(|before| is_next(before, publication))?;
    let stayed = [figure(publication, "age", "before")?, figure(publication, "age", "older")?];
    let gone = less(active(before)?, &stayed);
    let unit = unit(publication.period.every);
    let text = if gone.low > 0 {
        let low = number(gone.low);
        format!("At least {low} that were active in the {unit} before were not seen again.")
    } else {
        format!("How many of the {unit} before were not seen again cannot be told from the noise.")
    };
    Some(["Gone".to_owned(), text])
}

/// Whether a period begins where the one before ends.
fn is_next(before: &Publication, publication: &Publication) -> bool {
    let days = [&before.period.last, &publication.period.first].map(|day| day_number(day));
    matches!(days, [Some(last), Some(first)] if last + 1 == first)
        && before.period.every == publication.period.every
}

/// That a publication is withdrawn.
pub(super) fn withdrawn(withdrawal: &Withdrawal) -> String {
    format!("Withdrawn on {}.", day(&withdrawal.day))
}
