//! All limits of the bridge, each with its reason.

/// Largest body of a post in bytes. The client sends at most 64 events of at most 220 bytes.
pub const MAX_BYTES: usize = 16 * 1024;

/// Most events of a post. The client sends at most 64; twice that leaves room for clients to come.
pub(crate) const MAX_EVENTS: usize = 128;

/// Posts per second that a bridge takes in the long run. A page that is in use posts once in five seconds, so this
/// carries fifty of them; a page that runs wild cannot push the server's own reports out of a spool of 1 MiB
/// before they are delivered.
pub(crate) const MAX_POSTS_PER_SECOND: f64 = 10.0;

/// Posts that a bridge takes at once: as many pages as may be closed together, as when a browser quits.
pub(crate) const MAX_POSTS_AT_ONCE: f64 = 50.0;

/// What a page is asked to wait when there are too many posts, in seconds: as long as pages collect events.
pub(crate) const WAIT_SECONDS: &str = "5";

/// How often the system's tables of connections are read until they name the owner of one. They are no snapshot: a
/// socket can be passed over, or seen between two states, while others come and go.
pub(crate) const MAX_READINGS: usize = 4;
