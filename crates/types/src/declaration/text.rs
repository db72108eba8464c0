//! Texts and lists of a declaration.

use std::borrow::Cow;

/// A declared text: constant in a host, owned where a manifest was read from a file.
pub type Text = Cow<'static, str>;
/// A declared list.
pub type List<T> = Cow<'static, [T]>;
