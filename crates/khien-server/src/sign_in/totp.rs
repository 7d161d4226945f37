//! Codes of authenticators. Source: RFC 6238 with HMAC-SHA-1, six digits and steps of 30 seconds, which
//! is what every authenticator does.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

const STEP_MS: i64 = 30_000;

/// How many steps a clock may be off, either way.
const SKEW: i64 = 1;

/// Bytes of a secret. Source: RFC 4226, 160 bits recommended.
pub(crate) const SECRET_BYTES: usize = 20;

/// The step whose code this is, if it is one of now, the step before or the next, and later than the
/// last that was taken. All are compared, so that time tells nothing.
pub(crate) fn verify(secret: &[u8], code: &str, now_ms: i64, last_taken: i64) -> Option<i64> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let now = now_ms.div_euclid(STEP_MS);
    let mut taken = None;
    for step in now.saturating_sub(SKEW)..=now.saturating_add(SKEW) {
        let fits = bool::from(code_of(secret, step, 6).as_bytes().ct_eq(digits.as_bytes()));
        if fits && step > last_taken && taken.is_none() {
            taken = Some(step);
        }
    }
    taken
}

fn code_of(secret: &[u8], step: i64, digits: usize) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let bytes = mac.finalize().into_bytes();
    // Source: RFC 4226, 5.3, dynamic truncation.
    let offset = usize::from(bytes.last().copied().unwrap_or_default() & 0x0f);
    let four = bytes.get(offset..offset.saturating_add(4)).unwrap_or_default();
    let number = four.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let number = (number & 0x7fff_ffff) % 10_u64.pow(u32::try_from(digits).unwrap_or(6));
    format!("{number:0digits$}")
}

/// The secret to be typed.
pub(crate) fn typed(secret: &[u8]) -> String {
    BASE32_NOPAD.encode(secret)
}

/// The address that authenticators read from a drawn code.
pub(crate) fn uri(secret: &[u8], issuer: &str, name: &str) -> String {
    let issuer = percent(issuer);
    let name = percent(name);
    format!(
        "otpauth://totp/{issuer}:{name}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
        typed(secret)
    )
}

fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The code at a time, for tests of others.
#[cfg(test)]
pub(crate) fn code_at(secret: &[u8], now_ms: i64) -> String {
    code_of(secret, now_ms.div_euclid(STEP_MS), 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    /// Source: RFC 6238, appendix B, the rows with SHA-1.
    #[test]
    fn the_vectors_of_the_standard() {
        let vectors = [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ];
        for (seconds, code) in vectors {
            assert_eq!(code_of(SECRET, seconds / 30, 8), code, "{seconds}");
        }
    }

    #[test]
    fn a_code_is_taken_once_and_only_near_its_time() {
        let now = 1_111_111_111_000;
        let (step, code) = (now / STEP_MS, code_at(SECRET, now));
        assert_eq!(code, "050471");
        assert_eq!(verify(SECRET, &code, now, 0), Some(step));
        assert_eq!(verify(SECRET, " 050 471 ", now, 0), Some(step));
        assert_eq!(verify(SECRET, &code, now + STEP_MS, 0), Some(step));
        assert_eq!(verify(SECRET, &code, now - STEP_MS, 0), Some(step));
        assert_eq!(verify(SECRET, &code, now + 2 * STEP_MS, 0), None);
        assert_eq!(verify(SECRET, &code, now - 2 * STEP_MS, 0), None);
        // Once taken, neither it nor an earlier one is taken again.
        assert_eq!(verify(SECRET, &code, now, step), None);
        assert_eq!(verify(SECRET, &code_at(SECRET, now - STEP_MS), now, step), None);
        for wrong in ["", "05047", "0504711", "050472", "０５０４７１"] {
            assert_eq!(verify(SECRET, wrong, now, 0), None, "{wrong}");
        }
    }

    #[test]
    fn the_address_escapes_names() {
        let uri = uri(SECRET, "Khiên & Co", "a@b");
        assert!(
            uri.starts_with("otpauth://totp/Khi%C3%AAn%20%26%20Co:a%40b?secret=GEZDGNBV"),
            "{uri}"
        );
    }
}
