//! A closed list as an enum.

use super::source::RustSource;
use crate::grammar::name::camel;

/// What becomes of a text that the list does not have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unlisted {
    /// A variant of its own.
    Other,
    /// Nothing: `from_external` gives `None`.
    None,
}

/// The order of the variants is that of the declaration, which sets are recorded in.
pub(super) fn closed_list<T: AsRef<str>>(
    doc: &str,
    name: &str,
    entries: &[T],
    unlisted: Unlisted,
    out: &mut RustSource,
) {
    let name = camel(name);
    let entries: Vec<_> = entries.iter().map(|entry| (entry.as_ref(), camel(entry.as_ref()))).collect();
    out.doc(&[doc]);
    out.line("#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]");
    out.line(&format!("pub enum {name} {{"));
    for (entry, variant) in &entries {
        out.line(&format!("/// `{entry}`\n{variant},"));
    }
    let (doc, result, rest) = match unlisted {
        Unlisted::Other => {
            out.line("/// Everything that is not listed.\nOther,");
            ("becomes `Other`, and the text itself goes no further", "Self", "Self::Other")
        }
        Unlisted::None => ("gives `None`", "::core::option::Option<Self>", "::core::option::Option::None"),
    };
    out.line(&format!(
        "}}\nimpl {name} {{\n/// Reads a text from outside. One that is not listed {doc}.\n#[must_use]\n\
         pub fn from_external(text: &str) -> {result} {{ match text {{"
    ));
    for (entry, variant) in &entries {
        out.line(&match unlisted {
            Unlisted::Other => format!("{entry:?} => Self::{variant},"),
            Unlisted::None => format!("{entry:?} => ::core::option::Option::Some(Self::{variant}),"),
        });
    }
    out.line(&format!("_ => {rest}, }} }}"));
    if unlisted == Unlisted::Other {
        out.line(
            "/// The declared name.\n#[must_use]\npub const fn name(self) -> &'static str { match self {",
        );
        for (entry, variant) in &entries {
            out.line(&format!("Self::{variant} => {entry:?},"));
        }
        out.line("Self::Other => \"other\", } }");
    }
    out.line("}");
}
