//! The closed set of values. There is no string among them: every text is a declared name.

use std::fmt;

/// A value of a declared field. Texts borrow from the declaration (`'d`), never from the caller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Value<'d> {
    /// True or false.
    Flag(bool),
    /// A bounded whole number: a count, a code, or the lower edge of a bucket or duration (milliseconds).
    Number(u64),
    /// One of a closed list.
    Choice(&'d str),
    /// Several of a closed list, in the order of the declaration, each at most once.
    Set(Vec<&'d str>),
    /// Three numbers and a closed channel.
    Version(Version),
    /// A country of ISO 3166-1.
    Country(Country),
}

/// The choice that stands for everything not declared.
pub const OTHER: &str = "other";

/// A version: three numbers and a closed channel. Build metadata and pre-release numbers are dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// First number, at most 65,535.
    pub major: u16,
    /// Second number, at most 65,535.
    pub minor: u16,
    /// Third number, at most 65,535.
    pub patch: u16,
    /// What kind of release it is.
    pub channel: Channel,
}

crate::spelled! {
    /// The channel of a release. The spelling is what follows the hyphen of a version.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Channel {
        /// `-dev`, `-snapshot`
        Dev = "dev",
        /// `-nightly`
        Nightly = "nightly",
        /// `-alpha`
        Alpha = "alpha",
        /// `-beta`
        Beta = "beta",
        /// `-rc`
        Rc = "rc",
        /// Any other pre-release.
        Other = "other",
        /// A release.
        #[default]
        Stable = "",
    }
}

impl Version {
    /// Reads any version a product may call itself (`v2.1.0-beta.3+build`), keeping only what is allowed on
    /// the wire. Missing second and third numbers are zero. `None` where there is no number to read.
    #[must_use]
    pub fn from_product(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let text = text.split('+').next().unwrap_or(text);
        let (numbers, suffix) = text.split_once('-').unwrap_or((text, ""));
        let mut parts = numbers.splitn(3, '.');
        let mut next = |required: bool| match parts.next() {
            Some(part) => part.parse::<u16>().ok(),
            None => (!required).then_some(0),
        };
        let major = next(true)?;
        let minor = next(false)?;
        let patch = next(false)?;
        Some(Self { major, minor, patch, channel: channel_of(suffix) })
    }

    /// Reads the one spelling of the wire, `MAJOR.MINOR.PATCH[-CHANNEL]`, without leading zeros.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (numbers, channel) = match text.split_once('-') {
            Some((numbers, suffix)) => (numbers, Channel::parse(suffix).filter(|_| !suffix.is_empty())?),
            None => (text, Channel::Stable),
        };
        let mut parts = numbers.split('.').map(strict_number);
        let version = Self { major: parts.next()??, minor: parts.next()??, patch: parts.next()??, channel };
        parts.next().is_none().then_some(version)
    }
}

fn strict_number(text: &str) -> Option<u16> {
    let has_zeros = text.len() > 1 && text.starts_with('0');
    let is_number = !has_zeros && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

fn channel_of(suffix: &str) -> Channel {
    if suffix.is_empty() {
        return Channel::Stable;
    }
    let word = suffix.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    match word.to_ascii_lowercase().as_str() {
        "dev" | "snapshot" => Channel::Dev,
        "nightly" => Channel::Nightly,
        "alpha" | "a" => Channel::Alpha,
        "beta" | "b" => Channel::Beta,
        "rc" | "cr" => Channel::Rc,
        _ => Channel::Other,
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        match self.channel {
            Channel::Stable => Ok(()),
            channel => write!(f, "-{}", channel.name()),
        }
    }
}

/// A country by its two letters of ISO 3166-1, upper case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// The officially assigned codes of ISO 3166-1 alpha-2 (249 in 2026), in order.
const COUNTRIES: &str = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICK\
CLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHU\
IDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMV\
MWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSV\
SXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW";

impl Country {
    /// Reads two upper-case letters; `None` unless ISO 3166-1 assigns them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let code: [u8; 2] = text.as_bytes().try_into().ok()?;
        COUNTRIES.as_bytes().chunks_exact(2).any(|known| known == code).then_some(Self(code))
    }

    /// The region that a locale states (`de_AT.UTF-8`, `pt-BR`); plain `en`, `C` or `POSIX` state none.
    #[must_use]
    pub fn from_locale(locale: &str) -> Option<Self> {
        let tag = locale.split(['.', '@']).next()?;
        tag.split(['_', '-']).skip(1).find_map(Self::parse)
    }

    /// The two letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_keeps_three_numbers_and_a_channel() {
        for (product, wire) in [
            ("1.2.3", "1.2.3"),
            ("v2.0", "2.0.0"),
            ("3.1.4-rc.2+deadbeef", "3.1.4-rc"),
            ("0.9.0-jane.doe", "0.9.0-other"),
        ] {
            assert_eq!(Version::from_product(product).unwrap().to_string(), wire);
            assert!(Version::parse(wire).is_some());
        }
        for wrong in ["", "x", "1.2.99999", "01.2.3", "1.2", "1.2.3-rc.1", "1.2.3-"] {
            assert_eq!(Version::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_country_needs_a_stated_region() {
        assert_eq!(COUNTRIES.len(), 249 * 2);
        for (locale, country) in
            [("de_AT.UTF-8", Some("AT")), ("zh-Hant-TW", Some("TW")), ("en", None), ("C", None)]
        {
            assert_eq!(Country::from_locale(locale).map(|c| c.to_string()).as_deref(), country, "{locale}");
        }
        assert_eq!(Country::parse("XX"), None);
    }
}
