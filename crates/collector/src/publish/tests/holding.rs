//! Which figures are held.

use aboveboard_published::publication::Publication;

use super::samples::{counts, document, drawn, kiln, layout_of};
use crate::publish::held;

/// A publication with so many active installations, of which so many are new.
fn publication(id: &str, active: u64, new: u64) -> Publication {
    let manifest = kiln();
    let layout = layout_of(&manifest);
    let mut counts = counts(&layout, active);
    let age = layout.tables().find(|(_, table, _)| table.name == "age").unwrap().2 as usize;
    counts.cells[age..age + 3].copy_from_slice(&[new, 0, active - new]);
    Publication { id: id.to_owned(), ..document(&manifest, &layout, &drawn(&layout, &counts, 7)) }
}

#[test]
fn many_new_installations_and_a_total_that_is_far_off_are_held() {
    let before = publication("2026-q3", 1_000, 100);
    let why = |active: u64, new: u64| held(&publication("2026-q4", active, new), Some(&before));
    assert_eq!(why(1_000, 100), Vec::<String>::new());
    assert_eq!(why(1_300, 260), Vec::<String>::new());
    let many = why(1_400, 500);
    assert!(
        many.len() == 1 && many[0].contains("new installations") && many[0].contains("2026-q3"),
        "{many:?}"
    );
    let far = why(1_600, 100);
    assert!(far.len() == 1 && far[0].contains("active installations"), "{far:?}");
    assert_eq!(why(400, 100).len(), 1, "reporting that fails looks like decline");
    let small = why(10, 5);
    assert!(small.len() == 1 && small[0].contains("fewer than 100"), "{small:?}");
    assert_eq!(why(5_000, 4_000).len(), 2);
}

#[test]
fn few_new_installations_a_first_publication_and_another_length_of_period_are_not_held() {
    let now = publication("2026-q4", 1_000, 90);
    assert_eq!(held(&now, None), Vec::<String>::new());
    assert_eq!(held(&now, Some(&publication("2026-q3", 1_000, 0))), Vec::<String>::new(), "few");
    let mut month = publication("2026-11", 10_000, 10);
    month.period.every = aboveboard_published::publication::Every::Month;
    assert_eq!(held(&now, Some(&month)), Vec::<String>::new());
}

#[test]
fn growth_from_a_small_product_is_held_when_it_is_more_than_a_small_one_can_grow() {
    let small = publication("2026-q3", 20, 5);
    assert!(small.is_small);
    let why = |active: u64, new: u64| held(&publication("2026-q4", active, new), Some(&small));
    assert_eq!(why(10, 5), Vec::<String>::new());
    assert_eq!(why(120, 90), Vec::<String>::new());
    let many = why(1_000, 900);
    assert!(many.len() == 2 && many.iter().all(|why| why.ends_with("fewer than 100 in 2026-q3")), "{many:?}");
}
