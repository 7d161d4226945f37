//! DER as slices of the input: tag, length, value, nothing copied and nothing re-encoded.
//!
//! Signatures are over bytes, and hidden data lie in bytes, so every structure here must give back
//! exactly the bytes it was read from. Lengths of BER are read too (indefinite ones, which Apple and
//! some time-stamping authorities write), because refusing them would leave those files unread.
//!
//! Source: ITU-T X.690. No structure read here has tags above 30; such elements are read all the same,
//! so that they count as what they are: bytes where nothing belongs.

use const_oid::ObjectIdentifier;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const UTF8_STRING: u8 = 0x0C;
const BMP_STRING: u8 = 0x1E;
const UNIVERSAL_STRING: u8 = 0x1C;

/// Tag of `[n]`, constructed.
pub(crate) const fn context(number: u8) -> u8 {
    0xA0 | number
}

/// Tag of `[n]`, primitive.
pub(crate) const fn context_primitive(number: u8) -> u8 {
    0x80 | number
}

/// One element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tlv<'a> {
    /// Identifier octet; of a high tag number the first one, which no structure here asks for.
    pub(crate) tag: u8,
    /// Header, value and end marker.
    pub(crate) raw: &'a [u8],
    /// Value.
    pub(crate) value: &'a [u8],
}

/// Reads elements one after another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

/// Bound: nesting of indefinite lengths, whose ends can only be found by walking.
const DEPTH_MAX: u8 = 24;

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What was not read yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next element, if there is a whole one.
    pub(crate) fn next(&mut self) -> Option<Tlv<'a>> {
        let (tlv, rest) = split(self.rest, DEPTH_MAX)?;
        self.rest = rest;
        Some(tlv)
    }

    /// The next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<Tlv<'a>> {
        let mut ahead = *self;
        let tlv = ahead.next().filter(|tlv| tlv.tag == tag)?;
        *self = ahead;
        Some(tlv)
    }

    /// All elements, and the bytes behind the last one that is whole. Nothing may vanish there: what
    /// no reader takes is what hides.
    pub(crate) fn all_and_rest(mut self) -> (Vec<Tlv<'a>>, &'a [u8]) {
        let mut all = Vec::new();
        while let Some(element) = self.next() {
            all.push(element);
        }
        (all, self.rest)
    }

    /// Elements until the end or the first that is none: only for bytes that a signature covers or
    /// that are accounted for elsewhere, else [`Reader::all_and_rest`].
    pub(crate) fn all(mut self) -> impl Iterator<Item = Tlv<'a>> {
        std::iter::from_fn(move || self.next())
    }
}

impl<'a> Tlv<'a> {
    /// Reads one element that must start the bytes.
    pub(crate) fn first(bytes: &'a [u8]) -> Option<Self> {
        Reader::new(bytes).next()
    }

    /// The elements within.
    pub(crate) const fn reader(&self) -> Reader<'a> {
        Reader::new(self.value)
    }

    /// The value as an object identifier.
    pub(crate) fn oid(&self) -> Option<ObjectIdentifier> {
        if self.tag != OID {
            return None;
        }
        ObjectIdentifier::from_bytes(self.value).ok()
    }

    /// The octets of an OCTET STRING, joined where BER has split it.
    pub(crate) fn octets(&self) -> Option<std::borrow::Cow<'a, [u8]>> {
        match self.tag {
            OCTET_STRING => Some(self.value.into()),
            0x24 => {
                let mut joined = Vec::new();
                let (parts, rest) = self.reader().all_and_rest();
                if !rest.is_empty() {
                    return None;
                }
                for part in parts {
                    if part.tag != OCTET_STRING {
                        return None;
                    }
                    joined.extend_from_slice(part.value);
                }
                Some(joined.into())
            }
            _ => None,
        }
    }

    /// The bits of a BIT STRING of whole octets.
    pub(crate) fn bits(&self) -> Option<&'a [u8]> {
        match (self.tag, self.value) {
            (BIT_STRING, [0, bits @ ..]) => Some(bits),
            _ => None,
        }
    }

    /// A small non-negative INTEGER.
    pub(crate) fn small(&self) -> Option<u32> {
        if self.tag != INTEGER || self.value.len() > 4 || self.value.first()? & 0x80 != 0 {
            return None;
        }
        Some(self.value.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// A string of any of the types that names use.
    pub(crate) fn text(&self) -> String {
        match self.tag {
            UTF8_STRING => String::from_utf8_lossy(self.value).into_owned(),
            BMP_STRING => {
                let (units, _) = self.value.as_chunks::<2>();
                char::decode_utf16(units.iter().map(|unit| u16::from_be_bytes(*unit)))
                    .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect()
            }
            UNIVERSAL_STRING => {
                let (units, _) = self.value.as_chunks::<4>();
                units
                    .iter()
                    .map(|unit| {
                        char::from_u32(u32::from_be_bytes(*unit))
                            .unwrap_or(char::REPLACEMENT_CHARACTER)
                    })
                    .collect()
            }
            // Printable, IA5 and Teletex: the last is written as Latin-1 in practice.
            _ => self.value.iter().map(|byte| char::from(*byte)).collect(),
        }
    }

    /// Seconds since 1970 of a UTCTime or GeneralizedTime in UTC; fractions are cut off.
    pub(crate) fn time(&self) -> Option<i64> {
        let text = std::str::from_utf8(self.value).ok()?.strip_suffix('Z')?;
        let text = text.split('.').next()?;
        let digit = |at: usize, len: usize| text.get(at..at + len)?.parse::<i64>().ok();
        let (year, rest) = match self.tag {
            UTC_TIME => {
                let year = digit(0, 2)?;
                (if year < 50 { 2000 + year } else { 1900 + year }, 2)
            }
            GENERALIZED_TIME => (digit(0, 4)?, 4),
            _ => return None,
        };
        let (month, day) = (digit(rest, 2)?, digit(rest + 2, 2)?);
        let (hour, minute) = (digit(rest + 4, 2)?, digit(rest + 6, 2)?);
        let second = if text.len() > rest + 8 { digit(rest + 8, 2)? } else { 0 };
        let sane = (1..=12).contains(&month) && (1..=31).contains(&day);
        let sane = sane && (0..24).contains(&hour) && (0..60).contains(&minute) && second <= 60;
        sane.then(|| days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
    }
}

/// Days from 1970-01-01 in the Gregorian calendar (years 0 to 9999).
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Splits the first element off.
fn split(bytes: &[u8], depth: u8) -> Option<(Tlv<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    if tag == 0 {
        return None;
    }
    let rest = if tag & 0x1F == 0x1F { after_high_tag(rest)? } else { rest };
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7F => (usize::from(first), rest),
        0x80 => return indefinite(bytes, tag, rest, depth),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
            (digits.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (value, after) = rest.split_at_checked(length)?;
    let raw = bytes.get(..bytes.len() - after.len())?;
    Some((Tlv { tag, raw, value }, after))
}

/// What follows a tag number of seven bits an octet, at most four of them.
fn after_high_tag(bytes: &[u8]) -> Option<&[u8]> {
    let last = bytes.iter().take(4).position(|octet| octet & 0x80 == 0)?;
    bytes.get(last + 1..)
}

/// An element of indefinite length: its value is elements up to two zero bytes.
fn indefinite<'a>(
    bytes: &'a [u8],
    tag: u8,
    value: &'a [u8],
    depth: u8,
) -> Option<(Tlv<'a>, &'a [u8])> {
    let depth = depth.checked_sub(1)?;
    if tag & 0x20 == 0 {
        return None;
    }
    let mut rest = value;
    while rest.first_chunk::<2>()? != &[0, 0] {
        rest = split(rest, depth)?.1;
    }
    let value = value.get(..value.len() - rest.len())?;
    let after = rest.get(2..)?;
    let raw = bytes.get(..bytes.len() - after.len())?;
    Some((Tlv { tag, raw, value }, after))
}

/// Where a slice lies within another one it was cut from.
pub(crate) fn offset_in(whole: &[u8], part: &[u8]) -> Option<usize> {
    let offset = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    (offset.checked_add(part.len())? <= whole.len()).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_all_forms() {
        let check = |bytes: &[u8], value: &[u8], rest: usize| {
            let mut reader = Reader::new(bytes);
            let tlv = reader.next().unwrap();
            assert_eq!((tlv.value, reader.rest().len()), (value, rest));
            assert_eq!(tlv.raw.len() + rest, bytes.len());
        };
        check(&[4, 1, 9, 7], &[9], 1);
        check(&[4, 0x81, 1, 9], &[9], 0);
        check(&[4, 0x84, 0, 0, 0, 1, 9], &[9], 0);
        check(&[0x30, 0x80, 4, 1, 9, 0, 0, 7], &[4, 1, 9], 1);
        check(&[0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0], &[0x30, 0x80, 0, 0], 0);
        // High tag numbers of one and three octets; five are too many.
        check(&[0x9F, 0x1F, 2, 9, 8, 7], &[9, 8], 1);
        check(&[0x9F, 0x81, 0x80, 0x01, 1, 9], &[9], 0);
        assert!(Tlv::first(&[0x9F, 0x81, 0x81, 0x81, 0x81, 1, 0]).is_none());
        for bad in [&[4_u8, 2, 9][..], &[4], &[], &[4, 0x80, 0, 0], &[0x30, 0x80, 4], &[0x1F, 0]] {
            assert!(Tlv::first(bad).is_none(), "{bad:?}");
        }
        assert!(Tlv::first(&[0x30, 0x80].repeat(1000)).is_none());
    }

    #[test]
    fn times() {
        let time = |tag, text: &str| Tlv { tag, raw: &[], value: text.as_bytes() }.time();
        assert_eq!(time(UTC_TIME, "700101000000Z"), Some(0));
        assert_eq!(time(GENERALIZED_TIME, "20230329120000.123Z"), Some(1_680_091_200));
        assert_eq!(time(UTC_TIME, "491231235959Z"), Some(2_524_607_999));
        assert_eq!(time(UTC_TIME, "991331000000Z"), None);
        assert_eq!(time(UTC_TIME, "9912310000-Z"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let mut reader = Reader::new(&bytes);
            while let Some(tlv) = reader.next() {
                assert!(offset_in(&bytes, tlv.raw).is_some());
                let _ = (tlv.oid(), tlv.octets(), tlv.bits(), tlv.small(), tlv.text(), tlv.time());
            }
        }
    }
}
