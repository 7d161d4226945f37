use std::io::Write as _;

use super::*;

/// Bytes of a fixed generator, which no packing makes shorter.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[0]
    };
    (0..len).map(next).collect()
}

fn letters(len: usize) -> Vec<u8> {
    noise(len).iter().map(|byte| byte & 0x7f).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn len(bytes: &[u8]) -> Option<usize> {
    Dense::for_file(bytes.len()).len(bytes)
}

#[test]
fn streams_reach_as_far_as_they_decode() {
    let packed = gzip(&letters(50_000));
    let whole = packed.len();
    assert_eq!(len(&packed), Some(whole));
    assert_eq!(len(&[&packed[..], &noise(5000)].concat()), Some(whole));
    assert_eq!(len(&packed[..whole / 2]), None, "cut off");
    let mut wrong = packed.clone();
    wrong[whole - 6] ^= 1;
    assert_eq!(len(&wrong), None, "a wrong checksum");
    assert_eq!(len(&gzip(&noise(50_000))), None, "packing noise explains nothing");
}

#[test]
fn a_zip_member_reaches_over_its_packed_data() {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&letters(50_000)).unwrap();
    let packed = encoder.finish().unwrap();
    let head = |method: u8| {
        let mut head = b"PK\x03\x04\x14\0\0\0".to_vec();
        head.extend([method, 0]);
        head.extend([0; 16]);
        head.extend([1, 0, 0, 0, b'a']);
        head
    };
    let member = [head(8), packed, noise(900)].concat();
    assert_eq!(len(&member), Some(member.len() - 900));
    assert_eq!(len(&[head(0), noise(900)].concat()), Some(31), "plain content is not explained");
}

#[test]
fn pictures_end_where_they_say() {
    let gif = [b"GIF89a\x01\0\x01\0\0\0\0!\xfe\x03abc\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"];
    assert_eq!(len(&[gif[0], &noise(99)[..]].concat()), Some(gif[0].len()));
    let comment: Vec<u8> = noise(40_000)
        .chunks(255)
        .flat_map(|c| [&[c.len().to_le_bytes()[0]][..], c].concat())
        .collect();
    let hiding = [b"GIF89a\x01\0\x01\0\0\0\0!\xfe", &comment[..], b"\0;"].concat();
    assert_eq!(len(&hiding), Some(13), "up to the long comment");

    let jpeg = |aside: &[u8]| {
        let mut bytes = b"\xff\xd8\xff\xe9".to_vec();
        bytes.extend(u16::try_from(aside.len() + 2).unwrap().to_be_bytes());
        bytes.extend(aside);
        bytes.extend(b"\xff\xda\0\x02pixels\xff\0more\xff\xd9");
        bytes
    };
    let short = jpeg(b"a mark");
    assert_eq!(len(&[&short[..], b"behind"].concat()), Some(short.len()));
    assert_eq!(len(&jpeg(&noise(60_000))), Some(2), "up to somebody's own segment");
    assert_eq!(len(b"\xff\xd8\xff\xe0\0\x02\xff\xda\0\x02 no end"), None);
}

#[test]
fn containers_of_sound_and_fonts_are_walked() {
    let riff = |form: &[u8]| [b"RIFF\x10\0\0\0", form, b"data\x04\0\0\0abcd"].concat();
    assert_eq!(len(&riff(b"WAVE")), Some(24));
    assert_eq!(len(&riff(b"=1;\n")), None);
    assert_eq!(len(&[b"RIFF\x10\0\0\0WAVE".to_vec(), noise(50)].concat()), None);
    let page = |body: &[u8]| {
        let mut page = b"OggS".to_vec();
        page.extend([0; 22]);
        page.extend([1, u8::try_from(body.len()).unwrap()]);
        page.extend(body);
        page
    };
    let ogg = [page(b"one"), page(b"two")].concat();
    assert_eq!(len(&[&ogg[..], b"behind"].concat()), Some(ogg.len()));
    let film = b"\0\0\0\x0cftypisom\0\0\0\x08moov\0\0\0\x0cmdatfilm".to_vec();
    assert_eq!(len(&[&film[..], &noise(60)].concat()), Some(film.len()));
    assert_eq!(len(&[b"\0\0\0\x0cftypisom".to_vec(), noise(60)].concat()), None);
}

#[test]
fn nothing_and_anything_are_measured() {
    assert_eq!(len(b""), None);
    for (place, magic) in DENSE_MAGICS {
        for tail in 0..70 {
            let bytes = [&vec![0; *place][..], magic, &vec![0xff; tail]].concat();
            let _ = len(&bytes);
            let _ = len(&[&vec![0; *place][..], magic, &noise(tail)].concat());
        }
    }
    let mut spent = Dense { left: 0 };
    assert_eq!(spent.len(&gzip(&letters(500))), None);
}
