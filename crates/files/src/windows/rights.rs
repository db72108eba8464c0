//! Who may do what with a file: read from its access control list, and given to what is made.

#![allow(unsafe_code, reason = "the standard library knows of no access control lists")]

use std::ffi::c_void;
use std::ptr;
use std::sync::OnceLock;

use windows_sys::Win32::Foundation::{ERROR_SUCCESS, GENERIC_ALL, GENERIC_WRITE, LocalFree};
use windows_sys::Win32::Security as security;
use windows_sys::Win32::Security::Authorization as authorization;
use windows_sys::Win32::Storage::FileSystem as fs;
use windows_sys::Win32::System::SystemServices::{
    ACCESS_ALLOWED_ACE_TYPE, ACCESS_ALLOWED_CALLBACK_ACE_TYPE, ACCESS_DENIED_ACE_TYPE,
    ACCESS_DENIED_CALLBACK_ACE_TYPE, ACCESS_DENIED_CALLBACK_OBJECT_ACE_TYPE, ACCESS_DENIED_OBJECT_ACE_TYPE,
};

use super::{Errno, Handle, Owner, Result, Stat};

/// The rights by which somebody changes a file, what is in a directory, or who may do so.
const CHANGE: u32 = GENERIC_ALL
    | GENERIC_WRITE
    | fs::FILE_WRITE_DATA
    | fs::FILE_APPEND_DATA
    | fs::FILE_WRITE_ATTRIBUTES
    | fs::FILE_WRITE_EA
    | fs::FILE_DELETE_CHILD
    | fs::DELETE
    | fs::WRITE_DAC
    | fs::WRITE_OWNER;

/// Whose a file is, and whom it lets in besides its owner and the system.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rights {
    pub(super) owner: Owner,
    /// Whether some other user may change it.
    pub(super) others_change: bool,
    /// Whether everybody may.
    pub(super) everybody_changes: bool,
    /// Whether some other user may do anything with it.
    pub(super) others_use: bool,
}

impl Rights {
    /// Those of what is open with the right to ask for them.
    pub(super) fn of(handle: &Handle) -> Result<Self> {
        let mut owner: security::PSID = ptr::null_mut();
        let mut list: *mut security::ACL = ptr::null_mut();
        let mut descriptor: security::PSECURITY_DESCRIPTOR = ptr::null_mut();
        // SAFETY: what comes back points into the descriptor, which is freed when all of it was read.
        unsafe {
            let failed = authorization::GetSecurityInfo(
                handle.raw(),
                authorization::SE_FILE_OBJECT,
                security::OWNER_SECURITY_INFORMATION | security::DACL_SECURITY_INFORMATION,
                &raw mut owner,
                ptr::null_mut(),
                &raw mut list,
                ptr::null_mut(),
                &raw mut descriptor,
            );
            if failed != ERROR_SUCCESS {
                return Err(Errno::of(failed));
            }
            let rights = Owner::of(owner).map(|owner| Self::read(owner, list));
            LocalFree(descriptor);
            rights.ok_or(Errno::PERM)
        }
    }

    /// Those of which nothing is known: everybody may do everything, and nobody owns it.
    pub(super) fn unknown() -> Self {
        Self::of_owner_alone(Owner::nobody()).of_everybody()
    }

    /// Those of what lets nobody in besides its owner and the system.
    fn of_owner_alone(owner: Owner) -> Self {
        Self { owner, others_change: false, everybody_changes: false, others_use: false }
    }

    /// The same where everybody may do everything, or nobody knows.
    fn of_everybody(self) -> Self {
        Self { others_change: true, everybody_changes: true, others_use: true, ..self }
    }

    /// # Safety
    /// `list` is a whole list, or none.
    unsafe fn read(owner: Owner, list: *const security::ACL) -> Self {
        // What an elevated program makes belongs to the administrators; it is as good as one's own.
        let owner = if owner.is(security::WinBuiltinAdministratorsSid) { Owner::me() } else { owner };
        let mut rights = Self::of_owner_alone(owner);
        if list.is_null() {
            // No list lets everybody in.
            return rights.of_everybody();
        }
        // SAFETY: as the caller promises, the list has as many entries as it says.
        for at in 0..u32::from(unsafe { (*list).AceCount }) {
            let mut entry: *mut c_void = ptr::null_mut();
            // SAFETY: an entry begins with its header, and one that allows has a mask and an identifier behind it.
            let allowed = unsafe {
                if security::GetAce(list, at, &raw mut entry) == 0 {
                    return rights.of_everybody();
                }
                let header = *entry.cast::<security::ACE_HEADER>();
                if u32::from(header.AceFlags) & security::INHERIT_ONLY_ACE != 0 {
                    continue;
                }
                match u32::from(header.AceType) {
                    ACCESS_DENIED_ACE_TYPE
                    | ACCESS_DENIED_CALLBACK_ACE_TYPE
                    | ACCESS_DENIED_CALLBACK_OBJECT_ACE_TYPE
                    | ACCESS_DENIED_OBJECT_ACE_TYPE => continue,
                    ACCESS_ALLOWED_ACE_TYPE | ACCESS_ALLOWED_CALLBACK_ACE_TYPE => {}
                    // What it allows to whom is not known.
                    _ => return rights.of_everybody(),
                }
                let entry = entry.cast::<security::ACCESS_ALLOWED_ACE>();
                let sid = (&raw mut (*entry).SidStart).cast::<c_void>();
                Owner::of(sid).map(|who| (who, (*entry).Mask))
            };
            let Some((who, mask)) = allowed else { return rights.of_everybody() };
            if who == owner || who == Owner::me() || who.is_system() || who.is_owner_of_it() || mask == 0 {
                continue;
            }
            rights.others_use = true;
            rights.others_change |= mask & CHANGE != 0;
            rights.everybody_changes |= mask & CHANGE != 0 && who.is_everybody();
        }
        rights
    }
}

/// Refuses what others may change.
///
/// # Errors
/// `PERM` where another user may write.
pub(crate) fn keep_to_ourselves(_handle: &Handle, stat: &Stat) -> Result<()> {
    if stat.is_shared() { Err(Errno::PERM) } else { Ok(()) }
}

/// The rights of what is made: of the user of this process, the system and its administrators, and of nobody else whatever
/// the directory above says.
pub(super) struct Private(security::PSECURITY_DESCRIPTOR);

// SAFETY: it is never written to once it was made.
unsafe impl Send for Private {}
// SAFETY: as above.
unsafe impl Sync for Private {}

impl Private {
    /// The one of this process, which is made once and stays.
    pub(super) fn get() -> &'static Self {
        static PRIVATE: OnceLock<Private> = OnceLock::new();
        PRIVATE.get_or_init(|| Self(Self::make().unwrap_or(ptr::null_mut())))
    }

    fn make() -> Option<security::PSECURITY_DESCRIPTOR> {
        let me = Owner::me();
        let text = format!("O:{me}D:P(A;OICI;FA;;;{me})(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)");
        let wide: Vec<u16> = text.encode_utf16().chain([0]).collect();
        let mut descriptor: security::PSECURITY_DESCRIPTOR = ptr::null_mut();
        // SAFETY: the text ends in a 0; what comes back is kept for the life of the process.
        let made = unsafe {
            authorization::ConvertStringSecurityDescriptorToSecurityDescriptorW(
                wide.as_ptr(),
                authorization::SDDL_REVISION_1,
                &raw mut descriptor,
                ptr::null_mut(),
            )
        };
        (made != 0).then_some(descriptor)
    }

    /// Where it is.
    ///
    /// # Errors
    /// `PERM` where it could not be made: what is made without it would have the rights of the directory above.
    pub(super) fn as_ptr(&self) -> Result<*const c_void> {
        if self.0.is_null() { Err(Errno::PERM) } else { Ok(self.0.cast_const()) }
    }
}
