//! How a file is opened and locked.

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// To read it.
    Read,
    /// To append to it and to read it.
    Append,
    /// To append to it; nothing may have its name before.
    Create,
    /// To append to it; it is made where it is missing.
    AppendOrCreate,
    /// To read it and to write over it; it is made where it is missing.
    WriteOrCreate,
}

/// What becomes of a link at the last name of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    /// It is followed.
    Follow,
    /// It is an error: `LOOP`, or `NOTDIR` where a directory is opened.
    Refuse,
}

/// What a lock excludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// The exclusive one.
    Shared,
    /// Every other.
    Exclusive,
}
