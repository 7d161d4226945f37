//! What senders offer: records of one request, and the key under which they would send them again.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What records are written in. Their reader takes the sender's word for it: one who sends something
/// else harms his own parcel only.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A JSON object a line.
    Json,
    /// Syslog (RFC 3164 and RFC 5424), a message a line.
    Syslog,
}

/// Records of one request: taken whole or not at all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parcel {
    /// What they are written in.
    pub form: Form,
    /// Who sends and under which key, where the sender gives one: the same again is not taken again.
    pub key: Option<ParcelKey>,
    /// The host of records that name none; may be empty.
    pub host: String,
    /// How many records there are, as the sender is told.
    pub records: u32,
    /// The records; a line end is added where the last one has none.
    pub bytes: Vec<u8>,
}

/// A sender and its name for a parcel, as a hash.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub struct ParcelKey([u64; 2]);

impl ParcelKey {
    /// The key that a sender gives, which other senders may give too.
    pub fn new(sender: &str, key: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(u64::try_from(sender.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(sender);
        hash.update(key);
        let sum = hash.finalize();
        let part = |at: usize| {
            let bytes = sum.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
            u64::from_le_bytes(bytes.unwrap_or_default())
        };
        Self([part(0), part(8)])
    }
}

/// What became of a parcel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Taken {
    /// It is durable.
    New,
    /// It was taken before, with so many records.
    Before(u32),
}
