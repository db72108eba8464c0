//! Texts and lists of a declaration.

use std::borrow::Cow;

/// A declared text: constant in a host, owned where a manifest was read from a file.
pub type Text = Cow<'static, str>;
/// A declared list.
pub type List<T> = Cow<'static, [T]>;

/// The entry of a declared list that equals `name`.
#[must_use]
pub fn find<'d>(list: &'d [Text], name: &str) -> Option<&'d str> {
    list.iter().find(|known| *known == name).map(|known| &**known)
}
