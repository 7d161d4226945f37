//! Functions as one piece of bytes where nobody reads along: a large program has a million, and as
//! maps with named fields they are most of a stored release, and most of the time to store it.
//!
//! All hashes, then all places, then all lengths, little-endian; 20 bytes a function.

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Function;

const BYTES: usize = 20;

pub(super) fn serialize<S: Serializer>(all: &[Function], to: S) -> Result<S::Ok, S::Error> {
    if to.is_human_readable() {
        return all.serialize(to);
    }
    let mut bytes = Vec::with_capacity(all.len().saturating_mul(BYTES));
    bytes.extend(all.iter().flat_map(|function| function.hash.to_le_bytes()));
    bytes.extend(all.iter().flat_map(|function| function.offset.to_le_bytes()));
    bytes.extend(all.iter().flat_map(|function| function.len.to_le_bytes()));
    to.serialize_bytes(&bytes)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Function>, D::Error> {
    if from.is_human_readable() {
        return Vec::deserialize(from);
    }
    from.deserialize_bytes(Packed)
}

struct Packed;

impl<'de> Visitor<'de> for Packed {
    type Value = Vec<Function>;

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("functions, 20 bytes each")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        let count = bytes.len() / BYTES;
        let wrong = || E::invalid_length(bytes.len(), &self);
        if !bytes.len().is_multiple_of(BYTES) {
            return Err(wrong());
        }
        let (hashes, rest) = bytes.split_at_checked(count * 8).ok_or_else(wrong)?;
        let (offsets, lens) = rest.split_at_checked(count * 8).ok_or_else(wrong)?;
        let (hashes, offsets) = (hashes.as_chunks().0, offsets.as_chunks().0);
        let functions = hashes.iter().zip(offsets).zip(lens.as_chunks().0);
        Ok(functions
            .map(|((hash, offset), len)| Function {
                hash: u64::from_le_bytes(*hash),
                offset: u64::from_le_bytes(*offset),
                len: u32::from_le_bytes(*len),
            })
            .collect())
    }

    /// Formats that have no bytes give them one by one.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = seq.next_element::<u8>()? {
            bytes.push(byte);
        }
        self.visit_bytes(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use crate::image::{Function, FunctionSource, Functions};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn functions_come_back(all in prop::collection::vec(any::<(u64, u64, u32)>(), 0..50)) {
            let all = all.into_iter().map(|(hash, offset, len)| Function { hash, offset, len });
            let functions = Functions { source: FunctionSource::default(), all: all.collect() };
            let bytes = rmp_serde::to_vec_named(&functions).unwrap();
            prop_assert_eq!(rmp_serde::from_slice::<Functions>(&bytes).unwrap(), functions.clone());
            let text = serde_json::to_string(&functions).unwrap();
            prop_assert_eq!(serde_json::from_str::<Functions>(&text).unwrap(), functions);
        }
    }

    #[test]
    fn half_a_function_is_refused() {
        #[derive(serde::Serialize)]
        struct Forged {
            source: FunctionSource,
            all: Bytes,
        }
        struct Bytes;
        impl serde::Serialize for Bytes {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_bytes(&[0; 30])
            }
        }
        let forged = Forged { source: FunctionSource::default(), all: Bytes };
        let bytes = rmp_serde::to_vec_named(&forged).unwrap();
        assert!(rmp_serde::from_slice::<Functions>(&bytes).is_err());
    }
}
