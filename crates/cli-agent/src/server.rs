//! The server that a command talks to, as its link header names it.

use aboveboard_core::endpoint::Endpoint;
use aboveboard_types::id::Id;
use aboveboard_types::value::{Channel, Version};
use aboveboard_types::{hex, host};

/// How far the first number of a server's version may be from the program's own: people talk to servers that are a release
/// behind or ahead. The numbers are the server's to choose, so what it can carry in them into events is bounded.
const MAX_MAJOR_DISTANCE: u16 = 1;

/// The largest second and third number of a server's version.
const MAX_MINOR: u16 = 255;

/// What a server says of itself. It may say anything of the right shape, so nothing of it is recorded as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    installation: Id,
    version: Version,
    /// The tag of the host that it reports to.
    host: [u8; 4],
}

impl Server {
    /// Reads a value of the link header; `None` where it is not whole and in its one spelling.
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let mut parts = value.split(';');
        let installation = Id::parse(parts.next()?).filter(|id| *id == Id::from_custom(*id.bytes()))?;
        let version = Version::parse(parts.next()?)?;
        let tag = parts.next().filter(|tag| !tag.bytes().any(|byte| byte.is_ascii_uppercase()))?;
        let host = hex::decode(tag.as_bytes())?;
        parts.next().is_none().then_some(Self { installation, version, host })
    }

    /// How events refer to it, where it reports to the same host: there alone the reference means anything.
    pub(crate) fn reference(&self, product: &str, endpoint: &Endpoint) -> Option<Id> {
        let is_same = host::tag(&endpoint.identity_host()) == hex::encode(&self.host);
        is_same.then(|| Id::server_reference(product, self.installation))
    }

    /// Its version as it is recorded by a program of this version: one that is far from ours is `0.0.0-other`.
    pub(crate) fn version(&self, own: Version) -> Version {
        let Version { major, minor, patch, channel } = self.version;
        let is_near = major.abs_diff(own.major) <= MAX_MAJOR_DISTANCE && minor.max(patch) <= MAX_MINOR;
        if is_near && channel != Channel::Other {
            return self.version;
        }
        Version { channel: Channel::Other, ..Version::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "a0a1a2a3-a4a5-86a7-98a9-aaabacadaeaf";

    /// The value of a server that reports to this host.
    fn value(version: &str, to: &str) -> String {
        format!("{ID};{version};{}", host::tag(to))
    }

    fn server(value: &str) -> Option<Server> {
        Server::parse(value)
    }

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn a_server_is_referred_to_by_a_hash_and_only_where_it_reports_to_the_same_host() {
        let server = server(&value("2.1.0-beta", "telemetry.example.org")).unwrap();
        let same = Endpoint::parse("https://Telemetry.Example.org.:8443/path", false).unwrap();
        let reference = server.reference("quarry", &same).unwrap();
        assert_eq!(reference, Id::server_reference("quarry", Id::parse(ID).unwrap()));
        assert_ne!(reference.to_string(), ID);
        assert_ne!(server.reference("kiln", &same), Some(reference));
        let other = Endpoint::parse("https://telemetry.example.com", false).unwrap();
        assert_eq!(server.reference("quarry", &other), None);
    }

    #[test]
    fn a_version_of_the_servers_own_making_is_other() {
        let recorded = |text: &str| server(&value(text, "h")).unwrap().version(version("2.3.0")).to_string();
        for near in ["2.3.0", "1.255.255", "3.0.0-rc", "2.9.1-beta"] {
            assert_eq!(recorded(near), near);
        }
        for far in ["65535.12345.54321-other", "4.0.0", "0.9.0", "2.256.0", "2.0.256", "2.3.0-other"] {
            assert_eq!(recorded(far), "0.0.0-other", "{far}");
        }
    }

    #[test]
    fn what_is_not_whole_and_in_its_one_spelling_says_nothing() {
        let tag = host::tag("h");
        let values = [
            String::new(),
            ";;".to_owned(),
            "OFF".to_owned(),
            "waiting".to_owned(),
            ID.to_owned(),
            format!("{ID};1.0.0"),
            format!("{ID};1.0.0;"),
            format!("{ID};1.0.0;{tag}0"),
            format!("{ID};1.0.0;{tag};x"),
            format!("{ID};1.0.0;{}", "ABCDEF01"),
            format!("{ID};<script>;{tag}"),
            format!("{ID};01.0.0;{tag}"),
            format!("{ID};1.0;{tag}"),
            format!("{};1.0.0;{tag}", Id::NIL),
            // No id of version 8: text, and a random one.
            format!("616c6963-6540-6578-616d-706c652e636f;1.0.0;{tag}"),
            format!("{};1.0.0;{tag}", Id::from_random([7; 16])),
            // The version of one, and another variant.
            format!("a0a1a2a3-a4a5-86a7-18a9-aaabacadaeaf;1.0.0;{tag}"),
        ];
        for value in values {
            assert_eq!(server(&value), None, "{value}");
        }
    }
}
