//! Randomness.

/// `N` random bytes of the system; `None` where it has none now.
#[cfg(not(target_vendor = "apple"))]
pub fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let got = rustix::rand::getrandom(&mut bytes[..], rustix::rand::GetRandomFlags::NONBLOCK).ok()?;
    (got == N).then_some(bytes)
}

/// The same where the system has no call for them that does not wait: its device never does.
#[cfg(target_vendor = "apple")]
pub fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let device = super::open_named(std::path::Path::new("/dev/urandom"), true).ok()?;
    std::io::Read::read_exact(&mut device.into_std(), &mut bytes).ok()?;
    Some(bytes)
}
