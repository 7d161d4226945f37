use proptest::prelude::*;

use super::*;

/// A chunk whose records are these bytes.
fn chunk(records: &[u8]) -> Vec<u8> {
    let mut chunk = vec![0; HEADER_BYTES];
    chunk.extend(records);
    let free = u32::try_from(chunk.len()).unwrap();
    chunk[FREE_SPACE_AT..FREE_SPACE_AT + 4].copy_from_slice(&free.to_le_bytes());
    chunk.resize(CHUNK_BYTES, 0);
    chunk
}

#[test]
fn a_chunk_is_known_when_more_was_added_to_it() {
    let before: Vec<u8> = (0..200).collect();
    let after: Vec<u8> = before.iter().copied().chain([7; 300]).collect();
    let state = ChunkState::of(&chunk(&before)).unwrap();
    let later = ChunkState::of(&chunk(&after)).unwrap();
    assert_eq!(state.key, later.key);
    assert_ne!(state.hash, later.hash);
    assert!(state.is_start_of(&chunk(&after)));
    assert!(!later.is_start_of(&chunk(&before)));
    // A record that was changed, and another log.
    let mut changed = after.clone();
    changed[150] ^= 1;
    assert!(!state.is_start_of(&chunk(&changed)));
    changed[10] ^= 1;
    assert_ne!(ChunkState::of(&chunk(&changed)).unwrap().key, state.key);
    assert_eq!(ChunkState::of(&[0; 100]), None);
}

proptest! {
    #[test]
    fn any_bytes_are_a_chunk_or_none(bytes in prop::collection::vec(any::<u8>(), 0..1200)) {
        if let Some(state) = ChunkState::of(&bytes) {
            prop_assert!(state.is_start_of(&bytes));
        }
        let _ = first_record(&bytes);
    }
}
