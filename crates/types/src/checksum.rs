//! The checksum of a line and of a declared item.

/// CRC-32 as in gzip and PNG (reflected 0xEDB88320), four bytes at a time: the record path takes three of them.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    let (fours, rest) = bytes.as_chunks::<4>();
    let crc = fours.iter().fold(!0, |crc: u32, four| {
        let [a, b, c, d] = (crc ^ u32::from_le_bytes(*four)).to_le_bytes();
        let [of_last, of_third, of_second, of_first] = &TABLES;
        of_first[usize::from(a)]
            ^ of_second[usize::from(b)]
            ^ of_third[usize::from(c)]
            ^ of_last[usize::from(d)]
    });
    !rest.iter().fold(crc, |crc: u32, byte| crc >> 8 ^ TABLES[0][usize::from(crc as u8 ^ byte)])
}

/// What a byte does to the checksum, with none to three bytes behind it.
static TABLES: [[u32; 256]; 4] = {
    let mut tables = [[0; 256]; 4];
    let mut at = 0;
    while at < 256 {
        let mut crc = at as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
            bit += 1;
        }
        tables[0][at] = crc;
        at += 1;
    }
    let mut behind = 1;
    while behind < 4 {
        let mut at = 0;
        while at < 256 {
            let before = tables[behind - 1][at];
            tables[behind][at] = before >> 8 ^ tables[0][(before & 255) as usize];
            at += 1;
        }
        behind += 1;
    }
    tables
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_common_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
        assert_eq!(crc32(b"a"), 0xE8B7_BE43);
        assert_eq!(crc32(b"The quick brown fox jumps over the lazy dog"), 0x414F_A339);
    }
}
