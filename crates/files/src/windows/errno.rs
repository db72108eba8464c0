//! Errors of Windows under the names that Unix has for what they mean.

use std::fmt;
use std::io;

use windows_sys::Win32::Foundation as win;

/// What an operation failed of. Codes of Windows that mean the same are one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(u32);

/// What comes of an operation.
pub type Result<T> = std::result::Result<T, Errno>;

/// Codes that are ours alone: Windows uses none that has this bit.
const OWN: u32 = 1 << 29;

#[allow(missing_docs, reason = "they mean what they do on Unix")]
impl Errno {
    pub const ACCESS: Self = Self(win::ERROR_ACCESS_DENIED);
    pub const AGAIN: Self = Self(win::ERROR_LOCK_VIOLATION);
    pub const WOULDBLOCK: Self = Self::AGAIN;
    pub const BADF: Self = Self(win::ERROR_INVALID_HANDLE);
    pub const DQUOT: Self = Self(win::ERROR_DISK_QUOTA_EXCEEDED);
    pub const EXIST: Self = Self(win::ERROR_ALREADY_EXISTS);
    pub const FBIG: Self = Self(win::ERROR_FILE_TOO_LARGE);
    pub const ILSEQ: Self = Self(win::ERROR_NO_UNICODE_TRANSLATION);
    pub const INTR: Self = Self(win::ERROR_OPERATION_ABORTED);
    pub const INVAL: Self = Self(win::ERROR_INVALID_PARAMETER);
    pub const IO: Self = Self(win::ERROR_IO_DEVICE);
    pub const ISDIR: Self = Self(OWN | 1);
    pub const LOOP: Self = Self(OWN | 2);
    pub const MFILE: Self = Self(win::ERROR_TOO_MANY_OPEN_FILES);
    pub const NAMETOOLONG: Self = Self(win::ERROR_FILENAME_EXCED_RANGE);
    pub const NFILE: Self = Self(win::ERROR_NO_SYSTEM_RESOURCES);
    pub const NODATA: Self = Self(win::ERROR_HANDLE_EOF);
    pub const NODEV: Self = Self(win::ERROR_DEV_NOT_EXIST);
    pub const NOENT: Self = Self(win::ERROR_FILE_NOT_FOUND);
    pub const NOMEM: Self = Self(win::ERROR_NOT_ENOUGH_MEMORY);
    pub const NOSPC: Self = Self(win::ERROR_DISK_FULL);
    pub const NOSYS: Self = Self(win::ERROR_NOT_SUPPORTED);
    pub const NOTDIR: Self = Self(win::ERROR_DIRECTORY);
    pub const NOTEMPTY: Self = Self(win::ERROR_DIR_NOT_EMPTY);
    pub const NXIO: Self = Self(OWN | 3);
    pub const PERM: Self = Self(OWN | 4);
    pub const ROFS: Self = Self(win::ERROR_WRITE_PROTECT);
    pub const STALE: Self = Self(win::ERROR_FILE_INVALID);

    /// The error of a code of Windows.
    pub(super) const fn of(code: u32) -> Self {
        match code {
            win::ERROR_PATH_NOT_FOUND | win::ERROR_INVALID_DRIVE | win::ERROR_DELETE_PENDING => Self::NOENT,
            // A name that Windows allows to nothing, such as one with a `:`, is nobody's.
            win::ERROR_INVALID_NAME | win::ERROR_BAD_PATHNAME => Self::NOENT,
            win::ERROR_FILE_EXISTS => Self::EXIST,
            win::ERROR_HANDLE_DISK_FULL => Self::NOSPC,
            win::ERROR_IO_PENDING => Self::AGAIN,
            win::ERROR_OUTOFMEMORY => Self::NOMEM,
            win::ERROR_STOPPED_ON_SYMLINK | win::ERROR_CANT_ACCESS_FILE => Self::LOOP,
            win::ERROR_INVALID_FUNCTION | win::ERROR_CALL_NOT_IMPLEMENTED => Self::NOSYS,
            code => Self(code),
        }
    }

    /// The error of the last call of this thread.
    pub(super) fn last() -> Self {
        io::Error::last_os_error().into()
    }
}

impl From<io::Error> for Errno {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(code) => Self::of(code.cast_unsigned()),
            None if error.kind() == io::ErrorKind::WriteZero => Self::NOSPC,
            None => Self::IO,
        }
    }
}

impl From<Errno> for io::Error {
    fn from(error: Errno) -> Self {
        let own = |kind, text| Self::new(kind, text);
        match error {
            Errno::ISDIR => own(io::ErrorKind::IsADirectory, "it is a directory"),
            Errno::LOOP => own(io::ErrorKind::Other, "a link is there, which is not followed"),
            Errno::NXIO => own(io::ErrorKind::Other, "it is no file"),
            Errno::PERM => own(
                io::ErrorKind::PermissionDenied,
                "it is no file or directory of this user that nobody else can write to",
            ),
            Errno(code) => Self::from_raw_os_error(code.cast_signed()),
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&io::Error::from(*self), f)
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&io::Error::from(*self), f)
    }
}

impl std::error::Error for Errno {}
