//! How much noise there is. It is no setting: a maker makes figures sharper by publishing fewer tables.

use aboveboard_published::parameters::HEADLINE_VARIANCE;
use aboveboard_store::contributions::{Layout, LayoutGroup};

/// What each one that an installation adds asks of the variance, for Σ c ÷ (2 v) ≤ 1/20.
const VARIANCE_OF_ONE: u64 = 10;

/// The variance of the noise in each cell of a group of a layout.
///
/// Each component has the loss of the details to itself, since an installation is published under one. What it can add to all
/// the groups that it feeds, Σ c, is drawn with Σ c ÷ (2 v) ≤ 1/20. A group that several components feed has the noise that
/// the widest of them needs.
#[must_use]
pub fn group_variance(layout: &Layout, group: &LayoutGroup) -> u64 {
    if group.is_headline() {
        return HEADLINE_VARIANCE;
    }
    let details = || layout.groups.iter().filter(|other| !other.is_headline());
    let fed = |component| details().filter(move |other| other.is_fed_by(component));
    let sums =
        group.components.iter().map(|component| fed(*component).map(|other| u64::from(other.at_most)).sum());
    sums.max().unwrap_or(0).max(1) * VARIANCE_OF_ONE
}

#[cfg(test)]
mod tests {
    use aboveboard_published::parameters::{RHO_HEADLINE, loss};
    use aboveboard_published::ratio::Ratio;
    use aboveboard_types::declaration::Component;

    use super::*;

    #[test]
    fn the_details_of_each_component_lose_at_most_their_half() {
        let group = |name: &str, components: &[Component], at_most: u32| LayoutGroup {
            name: name.to_owned(),
            components: components.to_vec(),
            at_most,
            tables: Vec::new(),
        };
        let layout = Layout {
            groups: vec![
                group("headline", &[Component::Server, Component::Cli], 5),
                group("commands", &[Component::Cli], 10),
                group("actions", &[Component::Server, Component::Cli], 3),
                group("sizes", &[Component::Server], 11),
            ],
        };
        let variances: Vec<_> = layout.groups.iter().map(|group| group_variance(&layout, group)).collect();
        assert_eq!(variances, [50, 130, 140, 140]);
        for component in [Component::Server, Component::Cli] {
            let fed = layout.groups.iter().zip(&variances).filter(|(group, _)| group.is_fed_by(component));
            let details = fed.filter(|(group, _)| !group.is_headline());
            let sum = details.fold(Ratio::ZERO, |sum, (group, variance)| {
                sum.plus(loss(group.at_most, *variance).unwrap()).unwrap()
            });
            assert!(sum <= RHO_HEADLINE, "{component:?}: {sum}");
        }
    }
}
