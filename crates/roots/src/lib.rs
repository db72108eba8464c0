//! Whom a build trusts on the network: the bundled certificates, or with the feature `native` those of the system.
//!
//! A crate of its own, so that one feature of the facade says it for all agents that a program has and adds no other agent
//! to its lock file. Depend on `aboveboard`, not on this crate.
#![forbid(unsafe_code)]

/// The roots of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// Those that the agent bundles.
    Bundled,
    /// Those of the system, each in DER; none where they cannot be read.
    System(Vec<Vec<u8>>),
}

/// Whether this build trusts the system's certificates.
pub const ARE_OF_THE_SYSTEM: bool = cfg!(feature = "native");

/// The roots of this build. Those of the system are read anew each time.
#[cfg(feature = "native")]
#[must_use]
pub fn roots() -> Roots {
    // What of the system's cannot be read is missing in them, as for every other program.
    let certificates = rustls_native_certs::load_native_certs().certs;
    Roots::System(certificates.into_iter().map(|certificate| certificate.to_vec()).collect())
}

/// The roots of this build.
#[cfg(not(feature = "native"))]
#[must_use]
pub const fn roots() -> Roots {
    Roots::Bundled
}
