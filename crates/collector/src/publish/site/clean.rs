//! Documents as text that every form of the site can hold: without what XML forbids, and without marks that turn the
//! direction of what stands beside them. What is markup, a formula or a path is dealt with where it is written.

use aboveboard_published::publication::{Publication, Withdrawal};

/// A publication that can be shown.
pub(super) fn publication(document: &Publication) -> Publication {
    let mut publication = document.clone();
    let product = &mut publication.product;
    for text in [
        &mut product.id,
        &mut product.name,
        &mut product.controller,
        &mut product.contact,
        &mut product.site,
        &mut product.licence,
        &mut product.why,
    ] {
        clean(text);
    }
    // It stands in links, which must lead nowhere but to a site.
    if !["https://", "http://"].iter().any(|scheme| product.site.starts_with(scheme)) {
        product.site.clear();
    }
    let period = &mut publication.period;
    for text in [&mut publication.id, &mut period.first, &mut period.last] {
        clean(text);
    }
    for text in [&mut publication.drawn, &mut publication.next_due, &mut publication.manifest.sha256] {
        clean(text);
    }
    for text in [&mut publication.parameters.rho, &mut publication.parameters.rho_headline] {
        clean(text);
    }
    for group in &mut publication.groups {
        clean(&mut group.name);
        group.components.iter_mut().for_each(clean);
        for table in &mut group.tables {
            for text in [&mut table.name, &mut table.title, &mut table.what, &mut table.why] {
                clean(text);
            }
            table.owner.iter_mut().for_each(clean);
            table.unit.iter_mut().for_each(clean);
            table.of.iter_mut().for_each(|figure| clean(&mut figure.sd));
            for cell in &mut table.cells {
                clean(&mut cell.key);
                clean(&mut cell.label);
                cell.figure.iter_mut().for_each(|figure| clean(&mut figure.sd));
                if let Some(share) = &mut cell.share {
                    clean(&mut share.value);
                    clean(&mut share.low);
                    clean(&mut share.high);
                }
            }
        }
    }
    for release in &mut publication.releases {
        clean(&mut release.line);
        release.day.iter_mut().for_each(clean);
    }
    for note in &mut publication.notes {
        clean(&mut note.about);
        clean(&mut note.text);
    }
    publication.corrects.iter_mut().for_each(clean);
    publication
}

/// A withdrawal that can be shown.
pub(super) fn withdrawal(document: &Withdrawal) -> Withdrawal {
    let mut withdrawal = document.clone();
    for text in
        [&mut withdrawal.withdraws, &mut withdrawal.product, &mut withdrawal.day, &mut withdrawal.reason]
    {
        clean(text);
    }
    withdrawal
}

fn clean(text: &mut String) {
    if text.chars().any(is_unfit) {
        *text = text.chars().map(|c| if is_unfit(c) { '\u{fffd}' } else { c }).collect();
    }
}

fn is_unfit(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// A name as a part of a path: what is no letter, digit, dot, hyphen or underscore becomes one, and so does a dot in front.
pub(super) fn file_name(name: &str) -> String {
    let fits = |(index, c): (usize, char)| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || (c == '.' && index > 0)
    };
    name.chars().enumerate().map(|at| if fits(at) { at.1 } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_folder() {
        assert_eq!(
            [file_name("sizes.tables"), file_name("../../etc/x"), file_name("..")],
            ["sizes.tables", "_._.._etc_x", "_."]
        );
    }

    #[test]
    fn text_is_left_as_it_is_but_for_what_no_form_can_hold() {
        let mut text = "a\u{0}b\u{202e}c ü Ω العربية".to_owned();
        clean(&mut text);
        assert_eq!(text, "a\u{fffd}b\u{fffd}c ü Ω العربية");
    }
}
