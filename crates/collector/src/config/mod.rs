//! The collector's configuration: the embedded defaults, a file above them, the environment above both.

mod digest;
mod load;
mod settings;
mod units;

pub use digest::Digest;
pub use load::{ConfigError, DEFAULTS, VARIABLE_PREFIX};
pub use settings::{Apply, Config, Limits, Log, Operator, Products, Proxy, Rate};
