//! Attack A10: no manifest makes an installation lose more than the ledger says.

use std::path::Path;

use aboveboard_manifest::Manifest;
use aboveboard_published::ledger::charged;
use aboveboard_published::parameters::{RHO, RHO_HEADLINE, loss};
use aboveboard_published::ratio::Ratio;
use aboveboard_store::contributions::{Layout, LayoutGroup};
use aboveboard_types::declaration::Component;
use proptest::prelude::*;

use super::samples::{counts, document, drawn, layout_of};
use crate::publish::group_variance;

const COMPONENTS: [Component; 3] = [Component::Server, Component::Cli, Component::App];

/// What an installation of a component loses by the groups that it feeds.
fn lost(layout: &Layout, component: Component) -> Ratio {
    let fed = layout.groups.iter().filter(|group| group.is_fed_by(component));
    fed.fold(Ratio::ZERO, |sum, group| {
        sum.plus(loss(group.at_most, group_variance(layout, group)).unwrap()).unwrap()
    })
}

/// The manifests of this repository that publish figures.
fn manifests() -> Vec<Manifest> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let profiles = ["devfile-registry", "hasura", "openvino", "pcf-dev", "podman-desktop"];
    let profiles = profiles.iter().map(|name| format!("config/profiles/{name}.toml"));
    let others =
        ["examples/quarry/telemetry.toml", "crates/collector/tests/data/kiln.toml"].map(str::to_owned);
    let read = |file: String| {
        aboveboard_manifest::parse(&std::fs::read_to_string(root.join(&file)).unwrap(), &file).unwrap()
    };
    profiles.chain(others).map(read).filter(|manifest| manifest.publish.is_some()).collect()
}

#[test]
fn the_manifests_here_lose_no_more_than_they_are_charged() {
    let manifests = manifests();
    assert!(manifests.len() >= 5, "{}", manifests.len());
    for manifest in manifests {
        let layout = layout_of(&manifest);
        let publication = document(&manifest, &layout, &drawn(&layout, &counts(&layout, 3_000), 1));
        let charged = charged(&publication).unwrap();
        for component in COMPONENTS {
            let lost = lost(&layout, component);
            assert!(
                lost <= charged && charged <= RHO,
                "{}, {component:?}: {lost} of {charged}",
                manifest.product.id
            );
        }
    }
}

fn group() -> impl Strategy<Value = LayoutGroup> {
    let components = prop::sample::subsequence(COMPONENTS.to_vec(), 1..=3);
    // As many fields as a manifest may have, each with ten entries.
    (components, 1_u32..=2_000).prop_map(|(components, at_most)| LayoutGroup {
        name: "commands".to_owned(),
        components,
        at_most,
        tables: Vec::new(),
    })
}

proptest! {
    #[test]
    fn no_groups_lose_more_than_their_half(details in prop::collection::vec(group(), 0..12)) {
        let headline = LayoutGroup {
            name: "headline".to_owned(),
            components: COMPONENTS.to_vec(),
            at_most: 5,
            tables: Vec::new(),
        };
        let layout = Layout { groups: std::iter::once(headline).chain(details).collect() };
        for component in COMPONENTS {
            let headline = loss(layout.groups[0].at_most, group_variance(&layout, &layout.groups[0])).unwrap();
            prop_assert_eq!(headline, RHO_HEADLINE);
            // Exact sums of many different variances have no room; one that is rounded up has.
            let details = layout.groups[1..].iter().filter(|group| group.is_fed_by(component));
            let billionths: u64 = details
                .map(|group| (u64::from(group.at_most) * 1_000_000_000).div_ceil(2 * group_variance(&layout, group)))
                .sum();
            prop_assert!(billionths <= 50_000_000 + layout.groups.len() as u64, "{component:?}: {billionths}");
        }
    }
}
