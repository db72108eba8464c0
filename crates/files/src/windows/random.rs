//! Randomness.

#![allow(unsafe_code, reason = "the standard library gives none")]

use windows_sys::Win32::Security::Cryptography::{BCRYPT_USE_SYSTEM_PREFERRED_RNG, BCryptGenRandom};

/// `N` random bytes of the system; `None` where it has none now.
pub fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let length = u32::try_from(N).ok()?;
    // SAFETY: the bytes are as many as is said.
    let failed = unsafe {
        BCryptGenRandom(std::ptr::null_mut(), bytes.as_mut_ptr(), length, BCRYPT_USE_SYSTEM_PREFERRED_RNG)
    };
    (failed == 0).then_some(bytes)
}
