//! The list of counted installations: as it is kept, and as it is published.

use aboveboard_published::counted;
use aboveboard_types::hex;

use crate::publish::CountedLine;

/// Most bytes of a list that is kept: sixty million lines.
pub(super) const MAX_LIST: usize = 1 << 30;

pub(super) fn write(lines: &[CountedLine]) -> Vec<u8> {
    lines.concat()
}

/// None of a file that does not hold whole lines.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<CountedLine>> {
    let (lines, rest) = bytes.as_chunks();
    rest.is_empty().then(|| lines.to_vec())
}

/// The files of a list as they stand beside the publication, by their names: one line of hexadecimal digits an installation, in
/// order. Of a long list there is every file, also those in which no line stands.
#[must_use]
pub fn counted_files(lines: &[CountedLine]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    if lines.is_empty() {
        return files;
    }
    let mut rest = lines;
    for byte in 0..=u8::MAX {
        let name = counted::file(lines.len(), &hex::encode(&[byte]));
        if files.last().is_none_or(|(last, _)| *last != name) {
            files.push((name, Vec::new()));
        }
        let of_byte = rest.partition_point(|line| line[0] <= byte);
        let (of_byte, later) = rest.split_at(of_byte);
        rest = later;
        if let Some((_, file)) = files.last_mut() {
            for line in of_byte {
                file.extend(hex::encode(line).into_bytes());
                file.push(b'\n');
            }
        }
    }
    files
}
