//! What a plan says.

use aboveboard_store::contributions::Layout;

use super::samples::{kiln, layout_of};
use crate::publish::{Plan, PlannedSize, PlannedTable};

/// The cells of the demo, if it published these tables.
fn quarry(tables: &str) -> Layout {
    let text = include_str!("../../../../../examples/quarry/telemetry.toml");
    let own = "tables = [\"commands\", \"sizes\", \"events.migrations-ended\"]\n";
    assert!(text.contains(own));
    let tables = if tables.is_empty() { String::new() } else { format!("tables = [{tables}]\n") };
    layout_of(&aboveboard_manifest::parse(&text.replace(own, &tables), "telemetry.toml").unwrap())
}

fn off_by(layout: &Layout) -> Vec<(String, i64, i64)> {
    let plan = Plan::of(layout, None).unwrap();
    plan.groups.into_iter().map(|group| (group.name, group.off_by, group.off_by_alone)).collect()
}

#[test]
fn fewer_tables_make_the_others_sharper() {
    assert_eq!(off_by(&quarry("")), [("headline".to_owned(), 14, 14)]);
    // Nine commands.
    assert_eq!(off_by(&quarry("\"commands\""))[1], ("commands".to_owned(), 19, 19));
    let both = off_by(&quarry("\"commands\", \"actions\""));
    assert!(both[1].1 > 19 && both[1].2 == 19, "{both:?}");
    let plan = Plan::of(&layout_of(&kiln()), None).unwrap();
    assert!(plan.groups.iter().all(|group| group.off_by >= group.off_by_alone), "{plan:?}");
    assert_eq!((plan.groups[0].variance, plan.groups[0].shown_from), (50, 22));
}

fn table<'p>(size: &'p PlannedSize, name: &str) -> &'p PlannedTable {
    size.tables.iter().find(|table| table.name == name).unwrap()
}

#[test]
fn more_installations_show_more_and_a_plan_says_the_same_each_time() {
    let layout = quarry("\"commands\", \"sizes\"");
    let plan = Plan::of(&layout, Some(1_500)).unwrap();
    assert_eq!(Plan::of(&layout, Some(1_500)).unwrap(), plan);
    let sizes: Vec<u64> = plan.sizes.iter().map(|size| size.installations).collect();
    assert_eq!(sizes, [100, 300, 1_000, 1_500, 3_000, 10_000, 100_000]);
    let shown: Vec<u64> = plan.sizes.iter().map(|size| table(size, "commands.worked").shown).collect();
    assert!(shown.is_sorted(), "{shown:?}");
    assert_eq!(shown.last(), Some(&100));
    let largest: Vec<Option<u64>> =
        plan.sizes.iter().map(|size| table(size, "commands.worked").largest).collect();
    assert!(largest.last() == Some(&Some(100)) && largest[0] < Some(90), "{largest:?}");
    assert!(plan.sizes[0].published < 80 && plan.sizes[1].published == 100);
    assert_eq!(
        plan.sizes.iter().map(|size| size.active_off_by).collect::<Vec<_>>(),
        [14_000, 4_666, 1_400, 933, 466, 140, 14]
    );
}
