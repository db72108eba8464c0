//! Versions, and what recorded a batch.

use std::sync::Arc;

use aboveboard_store::packed_version::{pack_version, unpack_version};
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::Marks;
use aboveboard_types::value::Version;

use super::read::{Bytes, NotEncoded};
use super::write::Form;
use crate::batch::{Naming, SentContext};

/// How versions are counted, each at its stored number.
const NAMINGS: [(Naming, ()); 3] = [(Naming::Named, ()), (Naming::Other, ()), (Naming::Unkept, ())];

/// The place of one of a closed list.
pub(super) fn place<T: PartialEq, N>(all: &[(T, N)], one: &T) -> u64 {
    all.iter().position(|(known, _)| known == one).unwrap_or(all.len()) as u64
}

pub(super) fn push_version(form: &mut Form, version: Version) {
    form.number(pack_version(version));
}

pub(super) fn take_version(bytes: &mut Bytes<'_>) -> Result<Version, NotEncoded> {
    let packed = bytes.number()?;
    let version = unpack_version(packed);
    if pack_version(version) == packed { Ok(version) } else { Err(NotEncoded) }
}

pub(super) fn push_naming(form: &mut Form, naming: Naming) {
    form.number(place(&NAMINGS, &naming));
}

pub(super) fn take_naming(bytes: &mut Bytes<'_>) -> Result<Naming, NotEncoded> {
    bytes.one_of(&NAMINGS)
}

pub(super) fn push_context(form: &mut Form, context: &SentContext) {
    let SentContext { component, version, naming, os, arch, marks } = context;
    form.number(place(&Component::ALL, component));
    push_version(form, *version);
    push_naming(form, *naming);
    form.text(os);
    form.text(arch);
    form.number(marks.bits().into());
}

pub(super) fn take_context(bytes: &mut Bytes<'_>) -> Result<SentContext, NotEncoded> {
    let component = bytes.one_of(&Component::ALL)?;
    let version = take_version(bytes)?;
    let naming = take_naming(bytes)?;
    let os: Arc<str> = bytes.text()?;
    let arch: Arc<str> = bytes.text()?;
    let bits: u16 = bytes.small()?;
    let marks = Marks::from_bits(bits);
    if marks.bits() != bits {
        return Err(NotEncoded);
    }
    Ok(SentContext { component, version, naming, os, arch, marks })
}
