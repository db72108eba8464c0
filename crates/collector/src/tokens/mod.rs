//! The operators' tokens: those of the configuration, those in the data directory, the cookies of browsers, and the links
//! that make one.

mod book;
mod change;
mod error;
mod file;
mod links;
mod stated;

pub use change::TokenChange;
pub use error::TokensError;
pub use file::StoredToken;

pub(crate) use book::TokenBook;
pub(crate) use links::LINK_LIFE;
pub(crate) use stated::{stated_cookies, stated_token};
