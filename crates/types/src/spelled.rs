//! Closed lists whose entries have one spelling each.

/// Declares an enum with the spelling of each variant, so that a spelling is written once.
#[doc(hidden)]
#[macro_export]
macro_rules! spelled {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident { $($(#[$of:meta])* $variant:ident = $spelling:literal,)* }
    ) => {
        $(#[$attribute])*
        pub enum $name { $($(#[$of])* $variant,)* }

        impl $name {
            /// Every variant with its spelling.
            pub const ALL: [(Self, &'static str); [$($spelling),*].len()] = [$((Self::$variant, $spelling)),*];

            /// The spelling.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $spelling,)* }
            }

            /// Reads a spelling.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($spelling => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}
