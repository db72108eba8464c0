//! Which revision of a manifest rules a publication.

use aboveboard_manifest::{Manifest, Publish};
use aboveboard_published::period::PublicationId;
use aboveboard_published::publication::Every;
use aboveboard_store::in_force::ManifestsInForce;

use super::error::PublishError;

/// The manifest that rules a publication: the revision that was named, or the newest. Where what is published changed since the
/// `last` publication's revision, or among the revisions that are here before there is one, it must be named: nothing says when
/// a revision came into force at those who recorded.
pub(super) fn ruling<'m>(
    in_force: &'m ManifestsInForce,
    product: &str,
    id: PublicationId,
    named: Option<u32>,
    last: Option<u32>,
) -> Result<&'m Manifest, PublishError> {
    let unknown = || PublishError::UnknownProduct(product.to_owned());
    let revisions = in_force.revisions(product).ok_or_else(unknown)?;
    let (newest, _) = revisions.last_key_value().ok_or_else(unknown)?;
    let revision = named.unwrap_or(*newest);
    let ruling = revisions.get(&revision).ok_or_else(|| PublishError::UnknownRevision {
        product: product.to_owned(),
        revision,
        known: revisions.keys().map(u32::to_string).collect::<Vec<_>>().join(", "),
    })?;
    let nothing = || PublishError::NothingPublished { product: product.to_owned(), revision };
    let publish = ruling.manifest.publish.as_ref().ok_or_else(nothing)?;
    if named.is_none() {
        let last = last.filter(|last| revisions.contains_key(last));
        let compared = revisions.iter().filter(|(number, _)| last.is_none_or(|last| **number == last));
        let other = compared.filter_map(|(number, of)| Some((*number, of.manifest.publish.as_ref()?)));
        if let Some((older, _)) = other.into_iter().find(|(_, of)| is_other(of, publish)) {
            let product = product.to_owned();
            return Err(PublishError::Changed { product, id: id.to_string(), older, newer: revision });
        }
    }
    let every = publish.every.name();
    let is_of_length = match id.period.every() {
        Every::Month => every == "month",
        Every::Quarter => every == "quarter",
    };
    if !is_of_length {
        return Err(PublishError::OtherLength { id: id.to_string(), revision, every });
    }
    Ok(&ruling.manifest)
}

fn is_other(one: &Publish, other: &Publish) -> bool {
    one.tables != other.tables || one.every != other.every
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aboveboard_store::in_force::ManifestRevision;

    use super::*;

    const KILN: &str = include_str!("../../tests/data/kiln.toml");

    fn revisions(all: &[(u32, (&str, &str))]) -> ManifestsInForce {
        let mut in_force = ManifestsInForce::default();
        for (number, (from, to)) in all {
            assert!(KILN.contains(from), "{from}");
            let text = KILN.replace("revision = 3", &format!("revision = {number}")).replacen(from, to, 1);
            let manifest = aboveboard_manifest::parse(&text, "kiln.toml").unwrap();
            in_force.insert(Arc::new(ManifestRevision::from(manifest)));
        }
        in_force
    }

    const SAME: (&str, &str) = ("", "");
    const FEWER: (&str, &str) = ("\"sizes\", ", "");
    const MONTHS: (&str, &str) = ("every = \"quarter\"", "every = \"month\"");

    fn rules(
        all: &[(u32, (&str, &str))],
        named: Option<u32>,
        last: Option<u32>,
    ) -> Result<u32, PublishError> {
        let in_force = revisions(all);
        let id = PublicationId::parse("2026-q4").unwrap();
        ruling(&in_force, "kiln", id, named, last).map(|manifest| manifest.product.revision)
    }

    #[test]
    fn the_newest_revision_rules_as_long_as_what_is_published_does_not_change() {
        assert_eq!(rules(&[(3, SAME)], None, None).unwrap(), 3);
        assert_eq!(rules(&[(3, SAME), (4, SAME)], None, Some(3)).unwrap(), 4);
        assert_eq!(rules(&[(3, FEWER), (4, SAME), (5, SAME)], None, Some(4)).unwrap(), 5);
        assert_eq!(rules(&[(4, SAME), (5, SAME)], None, Some(2)).unwrap(), 5);
    }

    #[test]
    fn a_change_must_be_decided_by_a_name() {
        for (all, last) in [
            (&[(3, FEWER), (4, SAME)][..], Some(3)),
            (&[(3, FEWER), (4, SAME)], None),
            (&[(3, MONTHS), (4, SAME)], Some(3)),
            (&[(3, FEWER), (4, SAME)], Some(2)),
        ] {
            let why = rules(all, None, last).unwrap_err().to_string();
            assert!(
                why.contains("revision 4") && why.contains("revision 3") && why.contains("--revision"),
                "{why}"
            );
            assert_eq!(rules(all, Some(4), last).unwrap(), 4);
        }
        assert_eq!(rules(&[(3, FEWER), (4, SAME)], Some(3), Some(3)).unwrap(), 3);
    }

    #[test]
    fn what_cannot_rule_is_refused() {
        let why = rules(&[(3, SAME)], Some(7), None).unwrap_err().to_string();
        assert!(why.contains("revision 7"), "{why}");
        let why = rules(&[(3, MONTHS)], None, None).unwrap_err().to_string();
        assert!(why.contains("name a month"), "{why}");
        let id = PublicationId::parse("2026-q4").unwrap();
        let why = ruling(&ManifestsInForce::default(), "kiln", id, None, None).unwrap_err();
        assert!(matches!(why, PublishError::UnknownProduct(_)));
    }
}
