use proptest::prelude::*;

use super::*;
use crate::ingest::checkpoint::{Checkpoint, sha256};

/// Hands out a few bytes a call.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(out.len()).min(self.0.len());
        out[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

/// `old`: as rows were before they had a BLAKE3.
fn entry(known: &[u8], from: usize, old: bool) -> Arc<Entry> {
    let hash = blake3(known);
    let checkpoint = Checkpoint {
        length: known.len() as u64,
        blake3: if old { String::new() } else { hash },
        sha256: if old { sha256(known) } else { String::new() },
        from: (from as u64, 1),
        ..Checkpoint::default()
    };
    Arc::new(Entry { checkpoint, ..Entry::default() })
}

fn blake3(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_string()
}

fn tap(plan: Plan, fast: bool) -> StreamTap {
    StreamTap::new(plan, fast, true, Arc::default(), Arc::default())
}

fn read_all(tap: &StreamTap, bytes: &[u8], step: usize) -> (Vec<u8>, io::Result<()>) {
    let (mut stream, mut read) = (Trickle(bytes, step), Vec::new());
    let mut out = vec![0; step + 1];
    loop {
        match tap.read(&mut stream, &mut out) {
            Ok(0) => return (read, Ok(())),
            Ok(count) => read.extend(&out[..count]),
            Err(error) => return (read, Err(error)),
        }
    }
}

proptest! {
    #[test]
    fn a_known_beginning_is_passed_over_and_another_is_not(
        text in "[a-c{},\n]{1,200}",
        lengths in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..4),
        old in prop::collection::vec(any::<bool>(), 4),
        wrong in any::<bool>(),
        fast in any::<bool>(),
        step in 1_usize..60,
    ) {
        let bytes = text.as_bytes();
        let mut cuts: Vec<(usize, usize)> = lengths
            .iter()
            .map(|(length, from)| { let length = 1 + length.index(bytes.len()); (length, from.index(length)) })
            .collect();
        cuts.sort_unstable();
        let mut targets: Vec<_> =
            cuts.iter().zip(&old).map(|((length, from), old)| entry(&bytes[..*length], *from, *old)).collect();
        let (length, from) = *cuts.last().unwrap();
        if wrong {
            let mut other = bytes[..length].to_vec();
            other[length - 1] ^= 1;
            *targets.last_mut().unwrap() = entry(&other, from, old[3]);
        }
        let best = targets.iter().rev().find(|entry| {
            let bytes = &bytes[..usize::try_from(entry.checkpoint.length).unwrap()];
            entry.checkpoint.blake3 == blake3(bytes) || entry.checkpoint.sha256 == sha256(bytes)
        });
        let tap = tap(Plan::Probe { targets: targets.clone() }, fast);
        let (read, result) = read_all(&tap, bytes, step);
        let before = bytes[..from].iter().rev().find(|byte| !byte.is_ascii_whitespace());
        let inside = from > 0 && matches!(before, Some(b',' | b'['));
        if fast && !wrong && !inside {
            prop_assert!(result.is_ok());
            prop_assert_eq!(&read, &bytes[from..]);
            let standing = tap.standing();
            let spared = matches!(standing, Standing::Decided { entry: Some(_), passed_over: true });
            prop_assert!(spared);
            prop_assert_eq!(tap.mark().blake3, blake3(bytes));
        } else {
            // Nothing reaches the reader before it is known how it goes on.
            prop_assert!(result.is_err());
            prop_assert!(read.is_empty());
            let Again(found) = tap.again().unwrap();
            prop_assert_eq!(found.as_ref(), best);
        }
    }
}

#[test]
fn a_stream_that_is_shorter_than_what_was_looked_for_is_read_once_more() {
    let tap = tap(
        Plan::Probe { targets: vec![entry(b"abc", 0, true), entry(b"abcdef", 0, false)] },
        true,
    );
    let (read, result) = read_all(&tap, b"abcd", 2);
    assert!(read.is_empty() && result.is_err());
    assert_eq!(tap.again().unwrap().0.unwrap().checkpoint.length, 3);
    assert!(matches!(tap.standing(), Standing::Void));
}

#[test]
fn what_is_skipped_and_what_is_stopped_reaches_nobody() {
    let skipped = tap(Plan::Skip, false);
    assert_eq!(read_all(&skipped, b"abc", 2).0, b"");
    let stop = Arc::new(AtomicBool::new(true));
    let stopped = StreamTap::new(Plan::Read(None), false, false, stop, Arc::default());
    assert!(read_all(&stopped, b"abc", 2).1.is_err());
}

#[test]
fn the_last_chunks_can_be_asked_for() {
    let tap = tap(Plan::Read(None), false);
    let bytes: Vec<u8> =
        (0..20 * CHUNK_BYTES).map(|n| u8::try_from(n / CHUNK_BYTES).unwrap()).collect();
    let (read, _) = read_all(&tap, &bytes, CHUNK_BYTES / 2);
    assert_eq!(read.len(), bytes.len());
    assert_eq!(tap.chunk(19 * CHUNK_BYTES as u64), Some(vec![19; CHUNK_BYTES]));
    assert_eq!(tap.chunk(0), None);
    assert_eq!(tap.chunk(u64::MAX), None);
}
