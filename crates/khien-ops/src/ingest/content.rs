//! The hash by which the bytes of a stream are known, made as they pass.
//!
//! It is BLAKE3, which takes two thirds of the time of SHA-256 and is as hard to deceive: nobody can make another
//! stream that passes for one that is stored.
//!
//! Compat: lakes have rows that know their source by SHA-256. They stay, and a stream that may be one
//! of them is hashed both ways for as long as it takes to tell.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::checkpoint::{Checkpoint, Entry, hex};

/// Hashes a stream.
#[derive(Clone, Debug, Default)]
pub struct ContentHasher {
    blake3: blake3::Hasher,
    sha256: Option<Sha256>,
}

/// What the bytes so far come to.
#[derive(Clone, Debug)]
pub struct Content {
    /// BLAKE3, as text.
    pub blake3: String,
    /// SHA-256, where somebody may ask for it.
    sha256: Option<String>,
}

impl ContentHasher {
    /// For a stream that is held against these.
    pub fn for_targets(targets: &[Arc<Entry>]) -> Self {
        let is_old = |target: &Arc<Entry>| target.checkpoint.blake3.is_empty();
        Self { blake3: blake3::Hasher::new(), sha256: targets.iter().any(is_old).then(Sha256::new) }
    }

    /// More bytes passed.
    pub fn update(&mut self, bytes: &[u8]) {
        self.blake3.update(bytes);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
    }

    /// It is told which source the stream is: nothing of before is compared any more.
    pub fn compared(&mut self) {
        self.sha256 = None;
    }

    /// What the bytes so far come to.
    pub fn content(&self) -> Content {
        Content {
            blake3: self.blake3.finalize().to_string(),
            sha256: self.sha256.as_ref().map(|sha256| hex(&sha256.clone().finalize())),
        }
    }
}

impl Content {
    /// Whether these are the bytes that a checkpoint speaks of.
    pub fn is_of(&self, checkpoint: &Checkpoint) -> bool {
        if checkpoint.blake3.is_empty() {
            self.sha256.as_ref().is_some_and(|sha256| *sha256 == checkpoint.sha256)
        } else {
            self.blake3 == checkpoint.blake3
        }
    }
}
