//! Single values of a Zeek TSV log.

use std::borrow::Cow;

use khien_model::Timestamp;

/// Reads `T` or `F`.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "T" => Some(true),
        "F" => Some(false),
        _ => None,
    }
}

/// Reads a whole number; `None` beyond 64 signed bits.
pub(super) fn whole(text: &str) -> Option<i64> {
    // Most are a few digits long and cannot overflow.
    if text.len() <= 18
        && let Some(number) = digits(text.as_bytes())
    {
        return Some(number);
    }
    text.parse().ok()
}

/// Reads a number with a fraction; not infinities, which JSON could not hold.
pub(super) fn decimal(text: &str) -> Option<f64> {
    if let Some((mantissa, decimals)) = split_decimal(text)
        && let Some(number) = exact(mantissa, decimals)
    {
        return Some(number);
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Reads seconds since the epoch: as the number written, and as a time where it is in range.
pub(super) fn time(text: &str) -> Option<(f64, Option<Timestamp>)> {
    if let Some((mantissa, decimals)) = split_decimal(text)
        && let (Some(number), Some(scale)) = (exact(mantissa, decimals), nanos_scale(decimals))
    {
        return Some((number, mantissa.checked_mul(scale).map(Timestamp::from_nanos)));
    }
    let seconds = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    Some((seconds, Timestamp::from_seconds_f64(seconds)))
}

/// Decodes Zeek's escapes: `\xNN` is a byte, two backslashes are one. Bytes that make no UTF-8 are
/// replaced.
pub(super) fn unescape<'b>(text: &str, scratch: &'b mut Vec<u8>) -> Cow<'b, str> {
    scratch.clear();
    let mut rest = text.as_bytes();
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        scratch.extend_from_slice(before);
        let (byte, len) = match from {
            [_, b'x', high, low, ..] => match (nibble(*high), nibble(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, 4),
                _ => (b'\\', 1),
            },
            [_, b'\\', ..] => (b'\\', 2),
            _ => (b'\\', 1),
        };
        scratch.push(byte);
        rest = from.get(len..).unwrap_or_default();
    }
    scratch.extend_from_slice(rest);
    String::from_utf8_lossy(scratch)
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

/// Reads up to 18 digits; the caller has checked the length.
fn digits(text: &[u8]) -> Option<i64> {
    let mut number = 0_i64;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number.wrapping_mul(10).wrapping_add(i64::from(digit));
    }
    (!text.is_empty()).then_some(number)
}

/// Takes `123.456` for (123456, 3): at most 18 digits in all, no sign, no exponent.
fn split_decimal(text: &str) -> Option<(i64, usize)> {
    let bytes = text.as_bytes();
    if bytes.len() > 18 {
        return None;
    }
    let mut number = 0_i64;
    let mut decimals = None;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            number = number.wrapping_mul(10).wrapping_add(i64::from(digit));
            decimals = decimals.map(|count: usize| count.wrapping_add(1));
        } else if *byte == b'.' && decimals.is_none() {
            decimals = Some(0);
        } else {
            return None;
        }
    }
    (!bytes.is_empty() && bytes != b".").then_some((number, decimals.unwrap_or(0)))
}

/// The number itself, correctly rounded: both parts are exact in an `f64`, so one division is too.
///
/// Source: W. D. Clinger, "How to Read Floating Point Numbers Accurately", the fast path.
fn exact(mantissa: i64, decimals: usize) -> Option<f64> {
    const POWERS: [f64; 19] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18,
    ];
    if mantissa > 1 << 53 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "at most 2^53, which is exact")]
    Some(mantissa as f64 / POWERS.get(decimals)?)
}

fn nanos_scale(decimals: usize) -> Option<i64> {
    let missing = u32::try_from(9_usize.checked_sub(decimals)?).ok()?;
    10_i64.checked_pow(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes() {
        for (text, expected) in [
            (r"plain", "plain"),
            (r"\\\\10.0.0.1\\IPC$", r"\\10.0.0.1\IPC$"),
            (r"a\x2cb\x09", "a,b\t"),
            (r"\xc4\x91", "đ"),
            (r"\xff", "\u{fffd}"),
            (r"\x4", r"\x4"),
            (r"\xzz\", r"\xzz\"),
        ] {
            assert_eq!(unescape(text, &mut Vec::new()), expected, "{text}");
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(whole("18446744073709551615"), None);
        assert_eq!(whole("9223372036854775807"), Some(i64::MAX));
        assert_eq!(whole("-12"), Some(-12));
        assert_eq!(whole(""), None);
        assert_eq!(whole("12a"), None);
        assert_eq!(decimal("1e-05"), Some(1e-5));
        assert_eq!(decimal("nan"), None);
        assert_eq!(decimal("."), None);
        assert_eq!(decimal("-0.5"), Some(-0.5));
        let (seconds, time) = time("1713740391.343651").unwrap();
        assert_eq!(seconds, 1_713_740_391.343_651);
        assert_eq!(time.unwrap().to_string(), "2024-04-21T22:59:51.343651Z");
        assert_eq!(self::time("99999999999999"), Some((99_999_999_999_999.0, None)));
    }

    proptest! {
        #[test]
        fn the_fast_way_rounds_as_the_standard_library(whole in 0_u64..99_999_999_999, part in "[0-9]{1,9}") {
            let text = format!("{whole}.{part}");
            prop_assert_eq!(decimal(&text), text.parse().ok());
        }

        #[test]
        fn unescape_undoes_what_zeek_does(text in any::<String>()) {
            let written: String = text.bytes().map(|byte| match byte {
                b'\\' => r"\\".to_owned(),
                b' '..=b'~' => char::from(byte).to_string(),
                _ => format!(r"\x{byte:02x}"),
            }).collect();
            let mut scratch = Vec::new();
            prop_assert_eq!(unescape(&written, &mut scratch), text);
        }

        #[test]
        fn nothing_panics(text in any::<String>()) {
            let _ = (truth(&text), whole(&text), decimal(&text), time(&text));
            let _ = unescape(&text, &mut Vec::new());
        }
    }
}
