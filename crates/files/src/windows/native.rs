//! The calls of Windows that reach a name by the handle of its directory.

#![allow(unsafe_code, reason = "the standard library opens by whole paths alone")]

use std::ffi::c_void;
use std::fs::File;
use std::os::windows::io::FromRawHandle as _;
use std::ptr;

use windows_sys::Wdk::Foundation::OBJECT_ATTRIBUTES;
use windows_sys::Wdk::Storage::FileSystem as nt;
use windows_sys::Wdk::System::SystemServices::FILE_FS_FULL_SIZE_INFORMATION;
use windows_sys::Win32::Foundation::{
    HANDLE, NTSTATUS, RtlNtStatusToDosError, STATUS_DELETE_PENDING, UNICODE_STRING,
};
use windows_sys::Win32::Storage::FileSystem as fs;
use windows_sys::Win32::System::IO::IO_STATUS_BLOCK;

use super::rights::Private;
use super::{Errno, Handle, Result};

/// Names are compared without regard to case, as every program of Windows does.
const OBJ_CASE_INSENSITIVE: u32 = 0x40;

/// What a deletion or a renaming does where a handle of the name is open elsewhere: the name is free at once.
const POSIX_SEMANTICS: u32 = 2;

/// An opening of a name.
pub(super) struct Open {
    /// What is to be done with it: the rights of a file.
    pub(super) access: u32,
    /// What becomes of a name that is there, or is not: `FILE_OPEN`, `FILE_CREATE` or `FILE_OPEN_IF`.
    pub(super) disposition: u32,
    /// Options of the call besides those of every opening.
    pub(super) options: u32,
}

/// Opens a name in a directory, and what a link there leads to never.
pub(super) fn open(directory: &Handle, name: &str, how: &Open) -> Result<Handle> {
    open_wide(directory, &wide(name)?, how)
}

fn open_wide(directory: &Handle, name: &[u16], how: &Open) -> Result<Handle> {
    let name = counted(name)?;
    let is_made = how.disposition != nt::FILE_OPEN;
    let descriptor = if is_made { Private::get().as_ptr()?.cast() } else { ptr::null() };
    let attributes = OBJECT_ATTRIBUTES {
        Length: size_of::<OBJECT_ATTRIBUTES>() as u32,
        RootDirectory: directory.raw(),
        ObjectName: &raw const name,
        Attributes: OBJ_CASE_INSENSITIVE,
        SecurityDescriptor: descriptor,
        SecurityQualityOfService: ptr::null(),
    };
    let mut handle: HANDLE = ptr::null_mut();
    let mut status = IO_STATUS_BLOCK::default();
    // SAFETY: everything that is pointed to lives until the call returns, and the lengths are theirs.
    let done = unsafe {
        nt::NtCreateFile(
            &raw mut handle,
            how.access | fs::SYNCHRONIZE,
            &raw const attributes,
            &raw mut status,
            ptr::null(),
            fs::FILE_ATTRIBUTE_NORMAL,
            fs::FILE_SHARE_READ | fs::FILE_SHARE_WRITE | fs::FILE_SHARE_DELETE,
            how.disposition,
            how.options | nt::FILE_SYNCHRONOUS_IO_NONALERT | nt::FILE_OPEN_REPARSE_POINT,
            ptr::null(),
            0,
        )
    };
    check(done)?;
    // SAFETY: the call has opened it for nobody else.
    Ok(Handle(unsafe { File::from_raw_handle(handle) }))
}

/// Opens a directory once more. What Windows remembers of a list that is read belongs to the handle.
pub(super) fn open_again(directory: &Handle, access: u32) -> Result<Handle> {
    open_wide(directory, &[], &Open { access, disposition: nt::FILE_OPEN, options: nt::FILE_DIRECTORY_FILE })
}

/// Renames what is open into a directory. Where `replaces` is false, nothing may have the new name.
pub(super) fn rename(opened: &Handle, into: &Handle, name: &str, replaces: bool) -> Result<()> {
    let wide = wide(name)?;
    // The structure ends in a name of one unit, behind which the rest of it stands.
    let length = size_of::<nt::FILE_RENAME_INFORMATION>() + wide.len() * 2;
    let mut buffer = vec![0_u64; length.div_ceil(8)];
    let information = buffer.as_mut_ptr().cast::<nt::FILE_RENAME_INFORMATION>();
    let set = |class, flags: u32| {
        // SAFETY: the buffer is as long as the structure and the name together, and aligned for it.
        let done = unsafe {
            (*information).Anonymous.Flags = flags;
            (*information).RootDirectory = into.raw();
            (*information).FileNameLength = (wide.len() * 2) as u32;
            let place = (&raw mut (*information).FileName).cast::<u16>();
            ptr::copy_nonoverlapping(wide.as_ptr(), place, wide.len());
            set_information(opened, information.cast(), length, class)
        };
        check(done)
    };
    let flag = u32::from(replaces);
    match set(nt::FileRenameInformationEx, flag | POSIX_SEMANTICS) {
        // A file system, or a Windows, without it. Then the one that is replaced may not be open.
        Err(Errno::INVAL | Errno::NOSYS) => set(nt::FileRenameInformation, flag),
        done => done,
    }
}

/// Removes the name of what is open.
pub(super) fn delete(opened: &Handle) -> Result<()> {
    let flags: u32 = nt::FILE_DISPOSITION_DELETE | POSIX_SEMANTICS;
    // SAFETY: the structure of the first class is these flags alone, and that of the second one byte.
    let done = unsafe {
        let place = (&raw const flags).cast_mut().cast();
        set_information(opened, place, size_of::<u32>(), nt::FileDispositionInformationEx)
    };
    match check(done) {
        Err(Errno::INVAL | Errno::NOSYS) => {}
        done => return done,
    }
    let deletes = 1_u8;
    // SAFETY: as above.
    let done = unsafe {
        set_information(opened, (&raw const deletes).cast_mut().cast(), 1, nt::FileDispositionInformation)
    };
    check(done)
}

/// The bytes that a file system has left for this user.
pub(super) fn free_bytes(directory: &Handle) -> Result<u64> {
    let mut size = FILE_FS_FULL_SIZE_INFORMATION::default();
    let mut status = IO_STATUS_BLOCK::default();
    // SAFETY: the structure is of the class that is asked for, and as long as is said.
    let done = unsafe {
        nt::NtQueryVolumeInformationFile(
            directory.raw(),
            &raw mut status,
            (&raw mut size).cast(),
            size_of::<FILE_FS_FULL_SIZE_INFORMATION>() as u32,
            nt::FileFsFullSizeInformation,
        )
    };
    check(done)?;
    let unit = u64::from(size.SectorsPerAllocationUnit) * u64::from(size.BytesPerSector);
    Ok(size.CallerAvailableAllocationUnits.cast_unsigned().saturating_mul(unit))
}

/// # Safety
/// `information` is of the class, and `length` bytes long.
unsafe fn set_information(opened: &Handle, information: *mut c_void, length: usize, class: i32) -> NTSTATUS {
    let mut status = IO_STATUS_BLOCK::default();
    // SAFETY: as the caller promises.
    unsafe { nt::NtSetInformationFile(opened.raw(), &raw mut status, information, length as u32, class) }
}

/// A name of one directory as Windows writes it. One with a separator would lead elsewhere.
fn wide(name: &str) -> Result<Vec<u16>> {
    if name.is_empty() || name.contains(['\\', '/', ':', '\0']) || name == "." || name == ".." {
        return Err(Errno::INVAL);
    }
    Ok(name.encode_utf16().collect())
}

fn counted(wide: &[u16]) -> Result<UNICODE_STRING> {
    let length = u16::try_from(wide.len() * 2).map_err(|_| Errno::NAMETOOLONG)?;
    Ok(UNICODE_STRING { Length: length, MaximumLength: length, Buffer: wide.as_ptr().cast_mut() })
}

fn check(status: NTSTATUS) -> Result<()> {
    if status >= 0 {
        return Ok(());
    }
    // The code of Windows for it is the one of a right that is missing.
    if status == STATUS_DELETE_PENDING {
        return Err(Errno::NOENT);
    }
    // SAFETY: the call only looks its argument up.
    Err(Errno::of(unsafe { RtlNtStatusToDosError(status) }))
}
