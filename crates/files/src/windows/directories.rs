//! Names: opening, making, renaming and removing what has one.

#![allow(
    unsafe_code,
    reason = "the standard library lists by paths, and makes directories with the rights of the one above"
)]

use std::fs::OpenOptions;
use std::os::windows::ffi::OsStrExt as _;
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use windows_sys::Wdk::Storage::FileSystem as nt;
use windows_sys::Win32::Foundation::ERROR_NO_MORE_FILES;
use windows_sys::Win32::Security::SECURITY_ATTRIBUTES;
use windows_sys::Win32::Storage::FileSystem as fs;

use super::native::{self, Open};
use super::rights::Private;
use super::{Errno, Handle, Identity, Result, stat_of};
use crate::opening::{Links, Opening};
use crate::space::Space;

/// What is done with a directory: looked into, and whose it is asked.
const DIRECTORY: u32 =
    fs::FILE_LIST_DIRECTORY | fs::FILE_TRAVERSE | fs::FILE_READ_ATTRIBUTES | fs::READ_CONTROL;

/// What is asked of every file.
pub(super) const LOOK: u32 = fs::FILE_READ_ATTRIBUTES | fs::READ_CONTROL;

/// The bytes of a list of names that are read at once.
const LIST_BYTES: usize = 32 << 10;

/// Opens what has a path.
pub(super) fn open_path(path: &Path, access: u32, links: Links) -> Result<Handle> {
    let flags = match links {
        Links::Follow => fs::FILE_FLAG_BACKUP_SEMANTICS,
        Links::Refuse => fs::FILE_FLAG_BACKUP_SEMANTICS | fs::FILE_FLAG_OPEN_REPARSE_POINT,
    };
    let file = OpenOptions::new().access_mode(access).custom_flags(flags).open(path)?;
    Ok(Handle(file))
}

/// Opens a directory.
pub(crate) fn open_directory(path: &Path, links: Links) -> Result<Handle> {
    checked_directory(open_path(path, DIRECTORY, links)?)
}

/// Opens a directory inside another. No link is followed.
pub(crate) fn open_directory_in(directory: &Handle, name: &str) -> Result<Handle> {
    let how = Open { access: DIRECTORY, disposition: nt::FILE_OPEN, options: 0 };
    checked_directory(native::open(directory, name, &how)?)
}

fn checked_directory(opened: Handle) -> Result<Handle> {
    if stat_of(&opened)?.is_directory() { Ok(opened) } else { Err(Errno::NOTDIR) }
}

/// Makes a directory for its owner alone.
pub(crate) fn make_directory(path: &Path) -> Result<()> {
    let wide: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
    let attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: Private::get().as_ptr()?.cast_mut(),
        bInheritHandle: 0,
    };
    // SAFETY: the path ends in a 0, and both live until the call returns.
    let made = unsafe { fs::CreateDirectoryW(wide.as_ptr(), &raw const attributes) };
    if made == 0 { Err(Errno::last()) } else { Ok(()) }
}

/// The same inside another.
pub(crate) fn make_directory_in(directory: &Handle, name: &str) -> Result<()> {
    let options = nt::FILE_DIRECTORY_FILE;
    native::open(directory, name, &Open { access: DIRECTORY, disposition: nt::FILE_CREATE, options })
        .map(drop)
}

/// Opens a file to read it. The last name of `path` may be no link.
pub(crate) fn open_file(path: &Path) -> Result<Handle> {
    checked_file(open_path(path, fs::FILE_GENERIC_READ, Links::Refuse)?)
}

/// Opens a file inside a directory. One that is made is for its owner alone.
pub(crate) fn open_file_in(directory: &Handle, name: &str, opening: Opening) -> Result<Handle> {
    // A lock needs the right to read, and the time of a change the right to set attributes. Without the right to write anywhere
    // else, every write goes to the end.
    let append = fs::FILE_GENERIC_READ | fs::FILE_APPEND_DATA | fs::FILE_WRITE_ATTRIBUTES;
    let (access, disposition) = match opening {
        Opening::Read => (fs::FILE_GENERIC_READ, nt::FILE_OPEN),
        Opening::Append => (append, nt::FILE_OPEN),
        Opening::Create => (append, nt::FILE_CREATE),
        Opening::AppendOrCreate => (append, nt::FILE_OPEN_IF),
        Opening::WriteOrCreate => (fs::FILE_GENERIC_READ | fs::FILE_GENERIC_WRITE, nt::FILE_OPEN_IF),
    };
    let how = Open { access, disposition, options: nt::FILE_NON_DIRECTORY_FILE };
    match native::open(directory, name, &how) {
        Err(Errno::ACCESS) => Err(what_is_there(directory, name)),
        opened => checked_file(opened?),
    }
}

/// Why a name is not opened as a file.
fn what_is_there(directory: &Handle, name: &str) -> Errno {
    match super::stat_in(directory, name) {
        Ok(found) if found.is_link() => Errno::LOOP,
        Ok(found) if found.is_directory() => Errno::ISDIR,
        _ => Errno::ACCESS,
    }
}

fn checked_file(opened: Handle) -> Result<Handle> {
    let found = stat_of(&opened)?;
    if found.is_link() { Err(Errno::LOOP) } else { Ok(opened) }
}

/// Renames, over whatever has the new name.
pub(crate) fn rename(directory: &Handle, from: &str, into: &Handle, to: &str) -> Result<()> {
    native::rename(&open_to_delete(directory, from)?, into, to, true)
}

/// Renames unless something has the new name.
pub(crate) fn rename_to_new(directory: &Handle, from: &str, to: &str) -> Result<()> {
    native::rename(&open_to_delete(directory, from)?, directory, to, false)
}

fn open_to_delete(directory: &Handle, name: &str) -> Result<Handle> {
    let how = Open { access: fs::DELETE | fs::FILE_READ_ATTRIBUTES, disposition: nt::FILE_OPEN, options: 0 };
    native::open(directory, name, &how)
}

/// Removes a file.
pub(crate) fn unlink(path: &Path) -> Result<()> {
    let opened = open_path(path, fs::DELETE | LOOK, Links::Refuse)?;
    if stat_of(&opened)?.is_directory() { Err(Errno::ISDIR) } else { native::delete(&opened) }
}

/// Removes a file inside a directory.
pub(crate) fn unlink_in(directory: &Handle, name: &str) -> Result<()> {
    let opened = native::open(
        directory,
        name,
        &Open { access: fs::DELETE | LOOK, disposition: nt::FILE_OPEN, options: 0 },
    )?;
    if stat_of(&opened)?.is_directory() { Err(Errno::ISDIR) } else { native::delete(&opened) }
}

/// Removes an empty directory.
pub(crate) fn remove_directory(path: &Path) -> Result<()> {
    let opened = open_path(path, fs::DELETE | LOOK, Links::Refuse)?;
    if stat_of(&opened)?.is_directory() { native::delete(&opened) } else { Err(Errno::NOTDIR) }
}

/// The same inside another.
pub(crate) fn remove_directory_in(directory: &Handle, name: &str) -> Result<()> {
    let how = Open { access: fs::DELETE, disposition: nt::FILE_OPEN, options: nt::FILE_DIRECTORY_FILE };
    native::delete(&native::open(directory, name, &how)?)
}

/// The names in a directory that are Unicode, in no order.
pub(crate) fn names(directory: &Handle) -> Result<Vec<String>> {
    let directory = native::open_again(directory, fs::FILE_LIST_DIRECTORY)?;
    let mut names = Vec::new();
    let mut buffer = vec![0_u64; LIST_BYTES / 8];
    let mut class = fs::FileIdBothDirectoryRestartInfo;
    loop {
        // SAFETY: the buffer is as long as is said, and aligned for the structures that are put there.
        let read = unsafe {
            fs::GetFileInformationByHandleEx(
                directory.raw(),
                class,
                buffer.as_mut_ptr().cast(),
                LIST_BYTES as u32,
            )
        };
        if read == 0 {
            let error = std::io::Error::last_os_error();
            let is_end = error.raw_os_error() == Some(ERROR_NO_MORE_FILES.cast_signed());
            return if is_end { Ok(names) } else { Err(error.into()) };
        }
        class = fs::FileIdBothDirectoryInfo;
        take_names(&buffer, &mut names);
    }
}

/// Takes the names out of a list that Windows has put into a buffer.
fn take_names(buffer: &[u64], names: &mut Vec<String>) {
    let mut at = 0_usize;
    loop {
        // SAFETY: Windows puts whole entries into the buffer, each aligned and at the distance that the one before says; the
        // name stands within it, behind the fields.
        let (next, name) = unsafe {
            let entry = buffer.as_ptr().cast::<u8>().add(at).cast::<fs::FILE_ID_BOTH_DIR_INFO>();
            let length = (*entry).FileNameLength as usize / 2;
            let name = std::slice::from_raw_parts((&raw const (*entry).FileName).cast::<u16>(), length);
            ((*entry).NextEntryOffset as usize, String::from_utf16(name))
        };
        names.extend(name.ok().filter(|name| name != "." && name != ".."));
        if next == 0 {
            return;
        }
        at += next;
    }
}

/// Windows has no call for this: a file system keeps a journal of its names.
pub(crate) fn sync_directory(_directory: &Handle) -> Result<()> {
    Ok(())
}

/// The space that the file system of a directory has left for this user.
pub(crate) fn space(directory: &Handle) -> Result<Space> {
    Ok(Space { bytes: native::free_bytes(directory)?, files: None })
}

/// The space that the file system at a path has left for this user.
///
/// # Errors
/// Those of the system.
pub fn space_at(path: &Path) -> Result<Space> {
    space(&open_path(path, fs::FILE_READ_ATTRIBUTES, Links::Follow)?)
}

/// Where a link leads that an operator may have made: none is followed.
pub(crate) fn link_of_ours(path: &Path) -> Result<Option<PathBuf>> {
    match super::stat(path) {
        Err(Errno::NOENT) => Ok(None),
        found if found?.is_link() => Err(Errno::LOOP),
        _ => Ok(None),
    }
}

/// No container of Windows is known by its disk.
pub(crate) fn is_on_device_of_root(_known: Identity) -> bool {
    false
}

/// The same of what is mounted into one.
pub(crate) fn is_on_passing_mount(_directory: &Handle) -> bool {
    false
}
