//! The collector's configuration: the embedded defaults, a file above them, the environment above both.

mod check;
mod digest;
mod load;
mod settings;
mod units;

pub use check::VARIABLE_PREFIX;
pub use digest::Digest;
pub use load::{ConfigError, DEFAULTS};
pub use settings::{Apply, Config, Host, Limits, Log, ONE_SENDER, Operator, Products, Proxy, Quota, Rate};
