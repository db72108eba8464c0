//! Who delivers what this process records. Nothing is started that is not named here.

use std::path::{Path, PathBuf};

use super::companion;
use super::executable::{self, Unstartable};
use crate::settings::Settings;

/// A program that may be started to deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deliverer {
    /// The program that the host names.
    Named(PathBuf),
    /// This executable once more: its `main` called [`start`](crate::start), and runs a command or a resident.
    Itself(PathBuf),
    /// The agent of the machine.
    Companion(PathBuf),
}

/// Why nothing may be started, where the agent of the machine is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Nobody {
    /// This is a library in another program, or not on the thread of `main`.
    Library,
    /// It was built without the uploader.
    Uploader,
    /// This executable cannot be started once more.
    Unstartable(Unstartable),
}

impl Deliverer {
    /// The first that there is, of the program that the host names, this executable, and the agent of the machine.
    ///
    /// # Errors
    /// Why there is none: what is recorded waits until somebody sends it.
    pub(crate) fn find(settings: &Settings<'_>) -> Result<Self, Nobody> {
        if let Some(named) = settings.helper.as_ref().filter(|named| named.is_absolute()) {
            return Ok(Self::Named(named.clone()));
        }
        itself(settings).or_else(|why| companion::find().map(Self::Companion).ok_or(why))
    }

    /// The file that is started.
    pub(crate) fn program(&self) -> &Path {
        match self {
            Self::Named(program) | Self::Itself(program) | Self::Companion(program) => program,
        }
    }
}

fn itself(settings: &Settings<'_>) -> Result<Deliverer, Nobody> {
    if !settings.starts_itself {
        return Err(Nobody::Library);
    }
    if cfg!(not(feature = "uploader")) {
        return Err(Nobody::Uploader);
    }
    executable::this().map(Deliverer::Itself).map_err(Nobody::Unstartable)
}
