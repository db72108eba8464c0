//! Ids: of a run, of a page session, and of the installation.

use crate::disk::random;
use crate::id::Id;

/// A random id for one run. `None` where the system has no randomness to give.
#[must_use]
pub fn run_id() -> Option<Id> {
    random().map(Id::from_random)
}

/// A random id for one session of a page or a token of like strength. `None` where the system has no randomness
/// to give.
#[must_use]
pub fn session() -> Option<Id> {
    random().map(Id::from_random)
}

#[cfg(feature = "delivery")]
pub use installation::{Installation, id_of, installation};

#[cfg(feature = "delivery")]
mod installation {
    use rustix::io::Errno;

    use crate::consent::{Permit, still_permitted};
    use crate::disk::{Directory, random};
    use crate::id::Id;
    use crate::places::Places;

    /// The file of the secret, in the state directory: 64 hexadecimal digits and a line feed.
    const FILE: &str = "secret";

    /// One product's installation. The secret never leaves the machine but to prove an erasure.
    #[derive(Clone, PartialEq, Eq)]
    #[non_exhaustive]
    pub struct Installation {
        /// What goes on the wire.
        pub id: Id,
        secret: [u8; 32],
    }

    impl Installation {
        /// The secret as 64 lower-case hexadecimal digits: the proof that an erasure carries.
        #[must_use]
        pub fn proof(&self) -> String {
            hex(&self.secret)
        }

        pub(crate) fn secret(&self) -> &[u8; 32] {
            &self.secret
        }
    }

    impl std::fmt::Debug for Installation {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("Installation").field("id", &self.id).finish_non_exhaustive()
        }
    }

    /// The id that belongs to a secret: whoever knows the secret can be shown to own the id, and nobody can go
    /// from the id to the secret, or from one product's id to another's.
    #[must_use]
    pub fn id_of(product: &str, secret: &[u8; 32]) -> Id {
        let mut hash = hmac_sha256::Hash::new();
        for part in [b"aboveboard installation 1\0", product.as_bytes(), b"\0", secret] {
            hash.update(part);
        }
        let mut first = [0; 16];
        first.copy_from_slice(&hash.finalize()[..16]);
        Id::from_custom(first)
    }

    /// This installation, made now if there is none. Of many processes that ask at once, all get the same.
    ///
    /// `None` where the secret cannot be read or written: no id is better than one that others share.
    #[must_use]
    pub fn installation(permit: &Permit, places: &Places) -> Option<Installation> {
        let state = Directory::make(places.state()).ok()?.0;
        let secret = match read(&state) {
            Err(Errno::NOENT) => make(&state).ok().filter(|_| still_permitted(places))?,
            found => found.ok()?,
        };
        Some(Installation { id: id_of(permit.product(), &secret), secret })
    }

    fn read(state: &Directory) -> rustix::io::Result<[u8; 32]> {
        parse(&state.content(FILE, 65)?).ok_or(Errno::ILSEQ)
    }

    fn make(state: &Directory) -> rustix::io::Result<[u8; 32]> {
        let secret: [u8; 32] = random().ok_or(Errno::AGAIN)?;
        let passing = format!("{FILE}-{}.tmp", hex(&random::<8>().ok_or(Errno::AGAIN)?));
        let file = state.create(&passing)?;
        let line = format!("{}\n", hex(&secret));
        let done = file.write(line.as_bytes(), 0).and_then(|()| file.sync());
        match done.and_then(|()| state.rename_to_new(&passing, FILE)) {
            Ok(()) => Ok(secret),
            Err(error) => {
                let _ = state.unlink(&passing);
                // Another process was first, and his is ours.
                if error == Errno::EXIST { read(state) } else { Err(error) }
            }
        }
    }

    fn hex(bytes: &[u8]) -> String {
        let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
        bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }

    fn parse(line: &[u8]) -> Option<[u8; 32]> {
        let digits = line.strip_suffix(b"\n")?;
        let mut secret = [0; 32];
        if digits.len() != 64 {
            return None;
        }
        for (byte, pair) in secret.iter_mut().zip(digits.chunks_exact(2)) {
            let nibble =
                |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(secret)
    }
}
