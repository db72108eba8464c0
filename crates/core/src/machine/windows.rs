//! A machine by the calls of Windows.

#![allow(unsafe_code, reason = "the standard library knows neither the name nor the age of a machine")]

use aboveboard_types::event::Seconds;
use windows_sys::Win32::System::SystemInformation::{
    ComputerNamePhysicalDnsHostname, GetComputerNameExW, GetTickCount64,
};

/// The longest name of a machine, in units: that of DNS has 255.
const MAX_NAME: usize = 256;

/// The name of this machine on the network, as it is compared.
pub(super) fn with_name<T>(look: impl FnOnce(&[u8]) -> T) -> T {
    let mut name = [0_u16; MAX_NAME];
    let mut length = MAX_NAME as u32;
    // SAFETY: the buffer has as many units as is said.
    let got =
        unsafe { GetComputerNameExW(ComputerNamePhysicalDnsHostname, name.as_mut_ptr(), &raw mut length) };
    let length = if got == 0 { 0 } else { (length as usize).min(MAX_NAME) };
    look(String::from_utf16_lossy(&name[..length]).as_bytes())
}

/// For how many seconds this machine has been on, sleep included.
pub(crate) fn uptime() -> Seconds {
    // SAFETY: the call takes nothing.
    unsafe { GetTickCount64() / 1_000 }
}
