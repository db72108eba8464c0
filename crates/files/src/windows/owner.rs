//! Users, as far as files belong to one.

#![allow(unsafe_code, reason = "the standard library knows of no users")]

use std::fmt;
use std::ptr;
use std::sync::OnceLock;

use windows_sys::Win32::Foundation::{CloseHandle, HANDLE, LocalFree};
use windows_sys::Win32::Security as security;
use windows_sys::Win32::Security::Authorization::ConvertSidToStringSidW;
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

/// The longest security identifier, in bytes.
const MAX_SID_BYTES: usize = security::SECURITY_MAX_SID_SIZE as usize;

/// A user or a group, by its security identifier.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C, align(8))]
pub struct Owner {
    /// Aligned as Windows wants it, since it stands first.
    sid: [u8; MAX_SID_BYTES],
    length: usize,
}

impl Owner {
    /// The user of this process. Where Windows does not say who that is, nobody: no file belongs to them.
    #[must_use]
    pub fn me() -> Self {
        static ME: OnceLock<Owner> = OnceLock::new();
        *ME.get_or_init(|| user_of_this_process().unwrap_or(Self::nobody()))
    }

    /// Nobody.
    pub(super) const fn nobody() -> Self {
        Self { sid: [0; MAX_SID_BYTES], length: 0 }
    }

    /// Whether it is the system itself, or one of its administrators: they can do everything anyway.
    #[must_use]
    pub fn is_system(self) -> bool {
        [security::WinLocalSystemSid, security::WinBuiltinAdministratorsSid]
            .into_iter()
            .any(|kind| self.is(kind))
            || self.is_trusted_installer()
    }

    /// Whether everybody, or every user of this machine, is of this group.
    pub(super) fn is_everybody(self) -> bool {
        [
            security::WinWorldSid,
            security::WinAuthenticatedUserSid,
            security::WinBuiltinUsersSid,
            security::WinBuiltinGuestsSid,
            security::WinInteractiveSid,
            security::WinNetworkSid,
            security::WinAnonymousSid,
        ]
        .into_iter()
        .any(|kind| self.is(kind))
    }

    /// Whether it stands for the owner of whatever bears it.
    pub(super) fn is_owner_of_it(self) -> bool {
        [security::WinCreatorOwnerSid, security::WinCreatorOwnerRightsSid]
            .into_iter()
            .any(|kind| self.is(kind))
    }

    pub(super) fn is(self, kind: security::WELL_KNOWN_SID_TYPE) -> bool {
        // SAFETY: the identifier is whole, and is not written to.
        self.length > 0 && unsafe { security::IsWellKnownSid(self.sid.as_ptr().cast_mut().cast(), kind) } != 0
    }

    /// The service that installs Windows' own files.
    fn is_trusted_installer(self) -> bool {
        self.to_string() == "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
    }

    /// The one that a security identifier of Windows names.
    ///
    /// # Safety
    /// `sid` points to a whole identifier.
    pub(super) unsafe fn of(sid: security::PSID) -> Option<Self> {
        if sid.is_null() {
            return None;
        }
        let mut own = Self::nobody();
        // SAFETY: as the caller promises; the copy has room for the longest.
        unsafe {
            let length = security::GetLengthSid(sid) as usize;
            let copied = security::CopySid(MAX_SID_BYTES as u32, own.sid.as_mut_ptr().cast(), sid);
            (copied != 0).then_some(Self { length, ..own })
        }
    }
}

/// As messages name a user: `S-1-5-21-…`.
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text: *mut u16 = ptr::null_mut();
        // SAFETY: the identifier is whole; what comes back ends in a 0 and is freed once.
        unsafe {
            if self.length == 0
                || ConvertSidToStringSidW(self.sid.as_ptr().cast_mut().cast(), &raw mut text) == 0
            {
                return f.write_str("nobody");
            }
            let length = (0..).take_while(|at| *text.add(*at) != 0).count();
            let name = String::from_utf16_lossy(std::slice::from_raw_parts(text, length));
            LocalFree(text.cast());
            f.write_str(&name)
        }
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Owner({self})")
    }
}

fn user_of_this_process() -> Option<Owner> {
    let mut token: HANDLE = ptr::null_mut();
    // The structure is followed by the identifier that it points to.
    let mut buffer = [0_u64; (size_of::<security::TOKEN_USER>() + MAX_SID_BYTES).div_ceil(8)];
    let mut length = 0;
    // SAFETY: the buffer is as long as is said, and aligned; the token is closed once.
    unsafe {
        if OpenProcessToken(GetCurrentProcess(), security::TOKEN_QUERY, &raw mut token) == 0 {
            return None;
        }
        let got = security::GetTokenInformation(
            token,
            security::TokenUser,
            buffer.as_mut_ptr().cast(),
            size_of_val(&buffer) as u32,
            &raw mut length,
        );
        CloseHandle(token);
        if got == 0 {
            return None;
        }
        Owner::of((*buffer.as_ptr().cast::<security::TOKEN_USER>()).User.Sid)
    }
}
