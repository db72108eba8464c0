//! What the address of the overview asks for.

use crate::page::query::{PageQuery, decode};

/// The key of the text that products are found by.
const FIND: &str = "find";

/// What the address of the overview asks for: products by their name, and what goes along to the page of each.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OverviewQuery {
    /// Empty for every product.
    pub(crate) find: String,
    pub(crate) along: PageQuery,
}

impl OverviewQuery {
    /// Reads the part of an address after the question mark.
    ///
    /// # Errors
    /// The first key whose value cannot be meant, for people.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let is_find = |pair: &&str| pair.split('=').next() == Some(FIND);
        let (find, along): (Vec<&str>, Vec<&str>) = text.split('&').partition(is_find);
        if find.len() > 1 {
            return Err(format!("{FIND} may be there once"));
        }
        let mut found = String::new();
        for (_, value) in find.iter().filter_map(|pair| pair.split_once('=')) {
            found = decode(value).ok_or_else(|| format!("{FIND} is not UTF-8"))?.trim().to_owned();
        }
        let along = PageQuery::parse(&along.join("&"))?;
        if along.product.is_some() || along.table.is_some() {
            return Err("product and table belong to the page of one product: leave them out here".to_owned());
        }
        Ok(Self { find: found, along })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_read_and_the_rest_goes_along() {
        let query = OverviewQuery::parse("find=%20Qu+a&days=7").unwrap();
        assert_eq!((query.find.as_str(), query.along.days), ("Qu a", Some(7)));
        assert_eq!(OverviewQuery::parse("").unwrap().find, "");
        for wrong in [
            "find=%FF",
            "x=1",
            "product=quarry",
            "find=a&table=active",
            "finds=a",
            "find=a&find=b",
            "days=7&days=30",
        ] {
            assert!(OverviewQuery::parse(wrong).is_err(), "{wrong}");
        }
    }
}
