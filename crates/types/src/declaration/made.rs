//! How the structs of a declaration are written.

/// Declares a struct that `manifest!` writes as a constant. It may get more fields, so that other crates cannot write
/// it as a literal: `new` takes the fields in their order.
macro_rules! made_by_manifest {
    ($(#[$attribute:meta])* pub struct $name:ident { $($(#[$of:meta])* pub $field:ident: $held:ty,)* }) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $name { $($(#[$of])* pub $field: $held,)* }

        impl $name {
            #[doc(hidden)]
            #[must_use]
            pub const fn new($($field: $held),*) -> Self {
                Self { $($field),* }
            }
        }
    };
}

pub(super) use made_by_manifest;
