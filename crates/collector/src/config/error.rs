//! Why a configuration cannot be used.

use std::path::PathBuf;

/// Why a configuration cannot be used. The text names the key and where it was read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there.
    #[error("no configuration at {}", .0.display())]
    Missing(PathBuf),
    /// What is there is no regular file.
    #[error("the configuration at {} is no regular file", .0.display())]
    NoFile(PathBuf),
    /// A key is unknown, missing or of the wrong kind, or a value makes no sense.
    #[error("configuration: {0}")]
    Invalid(String),
}
