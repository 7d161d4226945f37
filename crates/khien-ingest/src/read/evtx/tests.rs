use super::*;
use crate::testing::{Collected, collect};

/// `<Event>` with nothing but a name in it, for the record whose body starts here.
fn body(at: usize) -> Vec<u8> {
    let name_at = u32::try_from(at + 4 + 1 + 4 + 4).unwrap();
    let mut body = vec![0x0f, 1, 1, 0, 1];
    body.extend([0; 4]);
    body.extend(name_at.to_le_bytes());
    body.extend([0; 6]);
    body.extend(5_u16.to_le_bytes());
    body.extend("Event".encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
    // The start tag's end, a text of one letter, the end tag, the fragment's end.
    body.extend([2, 5, 1, 1, 0, b'x', 0, 4, 0]);
    body
}

/// A chunk with records of these ids, in the layout of the libevtx format description.
fn chunk(ids: &[u64]) -> Vec<u8> {
    let mut chunk = vec![0; CHUNK_HEADER_BYTES];
    let mut last_at = CHUNK_HEADER_BYTES;
    for id in ids {
        last_at = chunk.len();
        let body = body(last_at + 24);
        let size = u32::try_from(body.len() + 28).unwrap().to_le_bytes();
        chunk.extend(b"**\0\0");
        chunk.extend(size);
        chunk.extend(id.to_le_bytes());
        chunk.extend(133_000_000_000_000_000_u64.to_le_bytes());
        chunk.extend(body);
        chunk.extend(size);
    }
    let free = chunk.len();
    chunk.resize(CHUNK_BYTES, 0);
    put(&mut chunk, 0, CHUNK_MAGIC);
    for at in [8, 24] {
        put(&mut chunk, at, &ids.first().unwrap_or(&1).to_le_bytes());
        put(&mut chunk, at + 8, &ids.last().unwrap_or(&u64::MAX).to_le_bytes());
    }
    for (at, number) in [(40, 128), (44, last_at), (48, free)] {
        put(&mut chunk, at, &u32::try_from(number).unwrap().to_le_bytes());
    }
    seal(chunk)
}

/// Sets both checksums right.
fn seal(mut chunk: Vec<u8>) -> Vec<u8> {
    let free = u32::from_le_bytes(chunk[48..52].try_into().unwrap()) as usize;
    let records = evtx::checksum_ieee(&chunk[CHUNK_HEADER_BYTES..free]);
    put(&mut chunk, 52, &records.to_le_bytes());
    let header = [&chunk[..120], &chunk[128..CHUNK_HEADER_BYTES]].concat();
    put(&mut chunk, 124, &evtx::checksum_ieee(&header).to_le_bytes());
    chunk
}

fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    bytes[at..at + what.len()].copy_from_slice(what);
}

fn file(chunks: u16, next: u64, parts: &[Vec<u8>]) -> Vec<u8> {
    let mut file = vec![0; FILE_HEADER_BYTES];
    put(&mut file, 0, FILE_MAGIC);
    put(&mut file, 24, &next.to_le_bytes());
    put(&mut file, 42, &chunks.to_le_bytes());
    [file, parts.concat()].concat()
}

fn check(what: &str, bytes: &[u8], records: usize, reasons: &[Reason]) -> Collected {
    let found = collect(read, "a.evtx", bytes);
    let why: Vec<Reason> = found.dead.iter().map(|letter| letter.reason).collect();
    assert_eq!(
        (found.events.len(), why.as_slice()),
        (records, reasons),
        "{what}: {:?}",
        found.dead
    );
    found
}

#[test]
fn whole_files_have_no_gap() {
    let zeros = vec![0; CHUNK_BYTES];
    check("one chunk", &file(1, 4, &[chunk(&[1, 2, 3])]), 3, &[]);
    check("two and room", &file(2, 6, &[chunk(&[1, 2, 3]), chunk(&[4, 5]), zeros]), 5, &[]);
    check("a ring", &file(2, 6, &[chunk(&[4, 5]), chunk(&[1, 2, 3])]), 5, &[]);
    check("not closed", &file(1, 3, &[chunk(&[1, 2, 3]), chunk(&[4])]), 4, &[]);
    check("a chunk alone", &chunk(&[7, 8]), 2, &[]);
    check("no record yet", &file(1, 1, &[chunk(&[])]), 0, &[]);
}

#[test]
fn a_wrong_checksum_is_a_gap() {
    let mut changed = chunk(&[1, 2, 3]);
    changed[CHUNK_HEADER_BYTES + 16] ^= 1;
    check("a record's byte", &file(1, 4, &[changed]), 3, &[Reason::DamagedPart]);
    let mut changed = chunk(&[1, 2, 3]);
    changed[200] ^= 1;
    assert!(!collect(read, "a.evtx", &changed).dead.is_empty());
}

#[test]
fn records_cut_off_by_a_header_with_fitting_checksums_are_a_gap() {
    let whole = chunk(&[1, 2, 3, 4]);
    let record = u32::from_le_bytes(whole[516..520].try_into().unwrap());
    let cut = |records: u32, last: u64, id_at: usize| {
        let mut chunk = whole.clone();
        put(&mut chunk, 48, &(512 + records * record).to_le_bytes());
        put(&mut chunk, id_at, &last.to_le_bytes());
        seal(chunk)
    };
    let gap = [Reason::DamagedPart];
    let found = check("fewer named", &cut(2, 2, 32), 2, &gap);
    assert!(found.dead[0].detail.as_raw().contains("behind 2"), "{:?}", found.dead);
    let found = check("free space early", &cut(2, 4, 32), 2, &gap);
    assert!(found.dead[0].detail.as_raw().contains("1 to 4; 2 were read"), "{:?}", found.dead);
    check("all of it free", &cut(0, 4, 32), 0, &gap);
    check("none named", &cut(0, 0, 32), 0, &gap);
    check("more named", &cut(4, 9, 32), 4, &gap);
    check("an earlier one named", &cut(4, 0, 24), 4, &gap);
}

#[test]
fn missing_ids_are_a_gap() {
    let gap = [Reason::DamagedPart];
    check("inside a chunk", &file(1, 6, &[chunk(&[1, 2, 4, 5])]), 4, &gap);
    check("one swallowed by its neighbour", &swallowed(), 2, &gap);
    check("between chunks", &file(2, 7, &[chunk(&[1, 2]), chunk(&[5, 6])]), 4, &gap);
    let gap = [Reason::Truncated];
    check("a chunk cut off", &file(2, 5, &[chunk(&[1, 2])]), 2, &gap);
    let zeros = vec![0; CHUNK_BYTES];
    check("the first set to zeros", &file(2, 5, &[zeros, chunk(&[3, 4])]), 2, &gap);
    check("cut off, and the count changed", &file(1, 5, &[chunk(&[1, 2])]), 2, &gap);
    check("no chunk at all", &file(0, 1, &[]), 0, &[Reason::Empty]);
}

/// Record 1 says that it is as long as records 1 and 2 together.
fn swallowed() -> Vec<u8> {
    let mut chunk = chunk(&[1, 2, 3]);
    let size = u32::from_le_bytes(chunk[516..520].try_into().unwrap()) * 2;
    put(&mut chunk, 516, &size.to_le_bytes());
    seal(chunk)
}
