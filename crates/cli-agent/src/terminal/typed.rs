//! Which process a person typed.

/// The process that a person typed, if it is to be asked after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// This process.
    This,
    /// The process that called this one.
    Caller,
    /// None: the host wants nobody to be asked.
    Nothing,
}
