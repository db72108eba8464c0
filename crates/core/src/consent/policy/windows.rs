//! Where policies lie on Windows: in the folder of the machine's programs, and in the registry, as group policies do.

#![allow(
    unsafe_code,
    reason = "the standard library knows neither the folders of a machine nor the registry"
)]

use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::OnceLock;

use windows_sys::Win32::Foundation::{ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND, ERROR_SUCCESS};
use windows_sys::Win32::System::Com::CoTaskMemFree;
use windows_sys::Win32::System::Registry as registry;
use windows_sys::Win32::UI::Shell::{FOLDERID_ProgramData, SHGetKnownFolderPath};

use super::found::PolicyFile;
use crate::consent::reading::Reading;

/// The key of policies, below `HKEY_LOCAL_MACHINE`, which administrators alone can write to.
const KEY: &str = r"SOFTWARE\Policies\aboveboard";

/// Whether what was recorded goes with a policy file. Any user can make a folder where they lie, and must not delete what is another's:
/// a file silences, and the registry also deletes.
pub(super) const FILES_DELETE: bool = false;

/// The directories of policy files: one, by what Windows says of the machine, since anybody can set a variable.
pub(super) fn directories() -> impl Iterator<Item = PathBuf> {
    program_data().map(|folder| folder.join("aboveboard").join("off.d")).into_iter()
}

/// A value of the registry named `all` or after the product, whatever it is.
pub(super) fn beside_files(product: &str) -> Option<PolicyFile> {
    if program_data().is_none() {
        // In the folder that cannot be found there may be a policy.
        let path = PathBuf::from("ProgramData");
        return Some(PolicyFile { path, reading: Reading::Unreadable, deletes: false });
    }
    ["all", product].into_iter().find_map(|name| {
        let reading = match has_value(name) {
            Some(false) => return None,
            Some(true) => Reading::Off,
            None => Reading::Unreadable,
        };
        let path = PathBuf::from(format!(r"HKLM\{KEY}\{name}"));
        Some(PolicyFile { path, reading, deletes: reading == Reading::Off })
    })
}

/// Whether the key has a value of this name. `None` where Windows does not say.
fn has_value(name: &str) -> Option<bool> {
    let key: Vec<u16> = wide(KEY);
    let name: Vec<u16> = wide(name);
    // SAFETY: both texts end in a 0, and nothing is asked for but whether the value is there.
    let status = unsafe {
        registry::RegGetValueW(
            registry::HKEY_LOCAL_MACHINE,
            key.as_ptr(),
            name.as_ptr(),
            registry::RRF_RT_ANY,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
        )
    };
    match status {
        ERROR_SUCCESS => Some(true),
        ERROR_FILE_NOT_FOUND | ERROR_PATH_NOT_FOUND => Some(false),
        _ => None,
    }
}

/// The folder of the machine's programs. Asked once: every decision needs it twice.
fn program_data() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER.get_or_init(find_program_data).as_deref()
}

fn find_program_data() -> Option<PathBuf> {
    let mut folder: *mut u16 = ptr::null_mut();
    // SAFETY: what comes back ends in a 0, and is freed once, whatever the call says.
    unsafe {
        let failed = SHGetKnownFolderPath(&FOLDERID_ProgramData, 0, ptr::null_mut(), &raw mut folder);
        let path = (failed == 0 && !folder.is_null()).then(|| {
            let length = (0..).take_while(|at| *folder.add(*at) != 0).count();
            PathBuf::from(String::from_utf16_lossy(std::slice::from_raw_parts(folder, length)))
        });
        CoTaskMemFree(folder.cast_const().cast());
        path
    }
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}
