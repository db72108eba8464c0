//! The file of roots that the environment names, and the endpoints that it counts for.
//!
//! A file of roots says whom to believe. Together with a proxy it would lead what was recorded for an endpoint to
//! somebody else; so it counts only for an endpoint that the same environment names, and never for one that the
//! product itself names.

use std::path::PathBuf;

use aboveboard_core::endpoint::Endpoint;

use crate::settings::{ROOTS, Settings};

/// What `<PREFIX>_TELEMETRY_ROOTS` says for an endpoint.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Roots {
    /// Nothing.
    Unnamed,
    /// These certificates and no others are trusted.
    File(PathBuf),
    /// It names a file that does not count, for this reason.
    Ignored(&'static str),
}

/// The roots for one endpoint.
pub(crate) fn named(settings: &Settings<'_>, endpoint: &Endpoint) -> Roots {
    match settings.path(&variable(settings)) {
        None => Roots::Unnamed,
        Some(file) => match why_ignored(settings, endpoint) {
            Some(why) => Roots::Ignored(why),
            None => Roots::File(file),
        },
    }
}

/// The name of the variable, for people.
pub(crate) fn variable(settings: &Settings<'_>) -> String {
    settings.variable_name(ROOTS)
}

fn why_ignored(settings: &Settings<'_>, endpoint: &Endpoint) -> Option<&'static str> {
    let parse = |text: &str| Endpoint::parse(text, true).ok();
    let host_of = |text: &str| Some(parse(text)?.identity_host());
    let is_at = |text: &str| host_of(text).is_some_and(|host| host == endpoint.identity_host());
    if settings.endpoint.as_deref().is_some_and(is_at) {
        return Some("the program itself names this collector");
    }
    if is_at(&settings.declaration.endpoint) {
        return Some("the product's manifest names this collector");
    }
    let named = settings.variable("TELEMETRY_ENDPOINT");
    let is_named = named.and_then(|named| parse(named.to_str()?)).is_some_and(|named| named == *endpoint);
    (!is_named).then_some("the environment names another collector, or none")
}

#[cfg(test)]
mod tests {
    use aboveboard_core::environment::Environment;
    use aboveboard_types::declaration::{Declaration, Text};
    use aboveboard_types::value::Version;

    use super::*;

    fn roots(variables: &[(&str, &str)], host: Option<&str>, endpoint: &str) -> Roots {
        let declaration = Declaration::EMPTY
            .product(Text::Borrowed("tool"))
            .endpoint(Text::Borrowed("https://telemetry.example.org"));
        let mut settings = Settings::new(&declaration, Version::default());
        settings.environment = Environment::of(variables.iter().copied());
        settings.endpoint = host.map(str::to_owned);
        named(&settings, &Endpoint::parse(endpoint, true).unwrap())
    }

    #[test]
    fn a_file_of_roots_counts_only_for_an_endpoint_that_the_environment_alone_names() {
        const FILE: (&str, &str) = ("TOOL_TELEMETRY_ROOTS", "/roots.pem");
        const OWN: (&str, &str) = ("TOOL_TELEMETRY_ENDPOINT", "https://collector.internal/path");
        const MANIFESTS: (&str, &str) = ("TOOL_TELEMETRY_ENDPOINT", "https://telemetry.example.org");
        let of = |variables: &[(&str, &str)], host, endpoint| roots(variables, host, endpoint);
        assert_eq!(of(&[OWN], None, OWN.1), Roots::Unnamed);
        assert_eq!(of(&[FILE, OWN], None, OWN.1), Roots::File("/roots.pem".into()));
        let is_ignored = |variables: &[(&str, &str)], host, endpoint| {
            assert!(
                matches!(of(variables, host, endpoint), Roots::Ignored(_)),
                "{variables:?} {host:?} {endpoint}"
            );
        };
        is_ignored(&[FILE], None, MANIFESTS.1);
        // Naming it once more makes it nobody else's, and neither does another port or path.
        is_ignored(&[FILE, MANIFESTS], None, MANIFESTS.1);
        for same in ["https://Telemetry.Example.org.", "https://telemetry.example.org:8443/path"] {
            is_ignored(&[FILE, ("TOOL_TELEMETRY_ENDPOINT", same)], None, same);
        }
        is_ignored(&[FILE, OWN], Some(OWN.1), OWN.1);
        is_ignored(&[FILE], Some(OWN.1), OWN.1);
        // A ticket or a question to a collector of another time.
        is_ignored(&[FILE, OWN], None, "https://collector.internal/other");
        is_ignored(&[FILE, ("TOOL_TELEMETRY_ENDPOINT", "nonsense")], None, OWN.1);
    }
}
