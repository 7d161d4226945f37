//! Random bytes, ids, and secrets that are shown once and kept as hashes.

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};

/// Random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("an operating system that runs this has randomness");
    bytes
}

/// A new id: UUIDv7, so that ids sort by time.
pub(crate) fn new_id(now_ms: i64) -> String {
    let ms = u64::try_from(now_ms).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(ms, &random()).into_uuid().to_string()
}

/// A new secret of 256 bits, as 52 lower-case letters and digits.
pub(crate) fn new_secret() -> String {
    BASE32_NOPAD.encode(&random::<32>()).to_ascii_lowercase()
}

/// What is kept of a secret. A plain hash is enough: nobody guesses 256 random bits.
pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_secrets_differ() {
        assert!(new_id(1_700_000_000_000) < new_id(1_700_000_000_001));
        let (one, other) = (new_secret(), new_secret());
        assert_eq!(one.len(), 52);
        assert!(one.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        assert_ne!(one, other);
    }
}
