//! A descriptor of ours that stays open while the host does its work.
//!
//! A host may close every descriptor that it does not know, as a program does that goes into the background, and open files
//! of its own, which get the same numbers. So before a kept one is used or closed it is compared with what was opened; the
//! host's is left alone.

use std::mem::ManuallyDrop;

use super::system::{Errno, Identity, Result, Stat};

/// What is open by a handle of the system.
pub trait Opened {
    /// What is open under its number now: a host may have closed it, and opened something else.
    ///
    /// # Errors
    /// Those of the system.
    fn identity(&self) -> Result<Identity>;
}

/// A file or directory that was opened, and what it was then.
#[derive(Debug)]
pub struct Kept<T: Opened> {
    /// Nothing once it was taken or dropped.
    opened: Option<T>,
    known: Identity,
}

impl<T: Opened> Kept<T> {
    /// Keeps it.
    ///
    /// # Errors
    /// Those of the system.
    pub fn new(opened: T) -> Result<Self> {
        let known = opened.identity()?;
        Ok(Self { opened: Some(opened), known })
    }

    /// Keeps what `known` describes.
    pub fn of(opened: T, known: &Stat) -> Self {
        Self { opened: Some(opened), known: known.identity() }
    }

    /// The same as when it was opened.
    ///
    /// # Errors
    /// `BADF` where the host has closed it.
    pub fn get(&self) -> Result<&T> {
        match &self.opened {
            Some(opened) if self.is(opened) => Ok(opened),
            _ => Err(Errno::BADF),
        }
    }

    /// Whatever has its number now: for what does no harm to another.
    ///
    /// # Errors
    /// Only once it was taken.
    pub fn unchecked(&self) -> Result<&T> {
        self.opened.as_ref().ok_or(Errno::BADF)
    }

    /// The same for good, to be used and closed at once.
    ///
    /// # Errors
    /// Those of [`Kept::get`].
    pub fn take(mut self) -> Result<T> {
        match self.opened.take() {
            Some(opened) if self.is(&opened) => Ok(opened),
            Some(opened) => {
                leave(opened);
                Err(Errno::BADF)
            }
            None => Err(Errno::BADF),
        }
    }

    /// What was opened.
    pub(super) fn identity(&self) -> Identity {
        self.known
    }

    fn is(&self, opened: &T) -> bool {
        opened.identity() == Ok(self.known)
    }
}

impl<T: Opened> Drop for Kept<T> {
    fn drop(&mut self) {
        if let Some(opened) = self.opened.take()
            && !self.is(&opened)
        {
            leave(opened);
        }
    }
}

/// Leaves a descriptor that is the host's by now open.
fn leave<T>(opened: T) {
    let _ = ManuallyDrop::new(opened);
}
