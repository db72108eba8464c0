//! Standard output: the data of every verb goes through here, so that none is lost without a word.
//!
//! Who closed the pipe (`| head -1`) has read what they wanted: that is no failure, and what follows goes nowhere. Anything
//! else, such as a full disk, is one, and is kept for whoever ends the program.

use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

/// What made a write fail since [`take_failure`] last asked.
static FAILURE: Mutex<Option<io::Error>> = Mutex::new(None);

/// What became of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is written.
    Whole,
    /// Nobody reads any more.
    Unread,
    /// It is lost, and [`take_failure`] says to what.
    Lost,
}

/// Writes data.
pub fn write(data: &[u8]) -> Written {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(data).and_then(|()| stdout.flush()) {
        Ok(()) => Written::Whole,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Written::Unread,
        Err(error) => {
            FAILURE.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            Written::Lost
        }
    }
}

/// What data was lost to. The program that ends says it on standard error, and does not end well.
pub fn take_failure() -> Option<io::Error> {
    FAILURE.lock().unwrap_or_else(PoisonError::into_inner).take()
}
