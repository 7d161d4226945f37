//! What is said comes back, and what is not said is refused.

use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn messages_come_back(path in ".{0,50}", size in any::<u64>(), profile in prop::collection::vec(any::<u8>(), 0..200)) {
        let all = [Message::Want(path.clone()), Message::At(path.clone(), size), Message::Unconfined(path), Message::Done(profile)];
        let mut bytes = Vec::new();
        for message in &all {
            message.write(&mut bytes).unwrap();
        }
        let mut input = bytes.as_slice();
        for message in all {
            prop_assert_eq!(Message::read(&mut input).unwrap(), Some(message));
        }
        prop_assert_eq!(Message::read(&mut input).unwrap(), None);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let mut input = bytes.as_slice();
        while let Ok(Some(_)) = Message::read(&mut input) {}
    }
}

/// A file with this content, and its handle.
fn file(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    file
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

#[test]
fn files_come_through_and_are_hashed() {
    for len in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES * 2 + 3] {
        let bytes: Vec<u8> = (0..len).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let mut sent = Vec::new();
        let hash = answer(&mut sent, Ok((len as u64, file(&bytes)))).unwrap();
        assert_eq!(hash, Some(sha256(&bytes)));
        assert_eq!(receive(&mut sent.as_slice()).unwrap(), Ok(bytes));
    }
}

#[test]
fn a_file_that_changes_its_length_is_sent_as_long_as_it_was_said_to_be() {
    for (said, there) in [(10, &b"four"[..]), (2, b"four")] {
        let mut sent = Vec::new();
        let hash = answer(&mut sent, Ok((said, file(there)))).unwrap();
        let mut expected = there.to_vec();
        expected.resize(usize::try_from(said).unwrap(), 0);
        assert_eq!(hash, Some(sha256(&expected)));
        assert_eq!(receive(&mut sent.as_slice()).unwrap(), Ok(expected));
    }
}

#[test]
fn a_refusal_comes_through() {
    let mut sent = Vec::new();
    assert_eq!(answer(&mut sent, Err("no".to_owned())).unwrap(), None);
    assert_eq!(receive(&mut sent.as_slice()).unwrap(), Err("no".to_owned()));
}

#[test]
fn lengths_beyond_the_bounds_are_refused_before_anything_is_reserved() {
    for (tag, most) in [(1_u8, NAME_BYTES_MAX), (2, NAME_BYTES_MAX), (3, PROFILE_BYTES_MAX)] {
        for len in [most + 1, u64::MAX] {
            let mut said = vec![tag];
            said.extend(len.to_le_bytes());
            assert!(Message::read(&mut said.as_slice()).is_err(), "{tag} {len}");
        }
    }
}

#[test]
fn a_file_that_is_too_large_does_not_put_the_next_answer_out_of_step() {
    // So long that no memory is enough, and then it ends; and a small one behind a refusal.
    let mut sent = vec![1];
    sent.extend(u64::MAX.to_le_bytes());
    sent.extend([7; 100]);
    assert_eq!(receive(&mut sent.as_slice()).unwrap(), Err(NO_MEMORY.to_owned()));
    let mut sent = Vec::new();
    answer(&mut sent, Err("no".to_owned())).unwrap();
    answer(&mut sent, Ok((3, file(b"yes")))).unwrap();
    let mut input = sent.as_slice();
    assert_eq!(receive(&mut input).unwrap(), Err("no".to_owned()));
    assert_eq!(receive(&mut input).unwrap(), Ok(b"yes".to_vec()));
}
