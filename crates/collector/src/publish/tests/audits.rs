//! What an audit finds.

use super::samples::{counts, drawn, kiln, layout_of};
use crate::publish::audit::held_against;
use crate::publish::{Drawn, DrawnTable};

fn each(drawn: &mut Drawn, change: impl Fn(&mut DrawnTable)) {
    drawn.groups.iter_mut().flat_map(|group| &mut group.tables).for_each(change);
}

#[test]
fn fair_noise_is_not_odd_and_noise_that_is_not_is_named() {
    let layout = layout_of(&kiln());
    let exact = counts(&layout, 2_000);
    for seed in 0..20 {
        let audit = held_against(&layout, &exact, &drawn(&layout, &exact, seed)).unwrap();
        assert_eq!(audit.odd, Vec::<String>::new());
        assert_eq!(audit.cells.len(), layout.cells());
    }
    let fair = drawn(&layout, &exact, 1);
    let odd = |drawn: &Drawn| held_against(&layout, &exact, drawn).unwrap().odd;
    let mut none = fair.clone();
    let mut cells = exact.cells().iter();
    for table in none.groups.iter_mut().flat_map(|group| &mut group.tables) {
        for cell in &mut table.cells {
            *cell = i64::try_from(*cells.next().unwrap()).unwrap();
        }
    }
    assert!(odd(&none)[0].contains("less noise"), "{:?}", odd(&none));
    let mut more = fair.clone();
    each(&mut more, |table| table.cells.iter_mut().for_each(|cell| *cell += 12));
    assert!(
        odd(&more).iter().any(|why| why.contains("too large") && why.contains("erased")),
        "{:?}",
        odd(&more)
    );
    let mut one = fair;
    one.groups[0].tables[0].cells[0] += 100;
    assert!(odd(&one)[0].starts_with("active active:"), "{:?}", odd(&one));
}
