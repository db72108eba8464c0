//! The collector's configuration: the embedded defaults, a file above them, the environment above both.

mod check;
mod cluster;
mod digest;
mod error;
mod kinds;
mod load;
mod settings;
mod units;

pub use check::VARIABLE_PREFIX;
pub use digest::Digest;
pub use error::ConfigError;
pub use kinds::{NodeNumber, StoreKind};
pub use load::DEFAULTS;
pub use settings::{
    Apply, Config, Host, Limits, Log, ONE_SENDER, Operator, Products, Proxy, Publish, Quota, Rate, Store,
};
