use super::*;
use crate::made::{library, release};

/// Any MessagePack as a stored profile.
fn stored(packed: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(MAGIC.to_vec(), flate2::Compression::fast());
    out.write_all(packed).unwrap();
    out.finish().unwrap()
}

#[test]
fn a_profile_comes_back_as_it_was() {
    let profile = release("1.0.1", vec![library("a.dll", "a", 0..100)]);
    assert_eq!(decode(&encode(&profile).unwrap()).unwrap(), profile);
}

#[test]
fn a_profile_that_unpacks_to_more_than_any_release_is_refused() {
    let profile = release("1.0.1", vec![library("a.dll", "a", 0..100)]);
    let bytes = encode(&profile).unwrap();
    let packed = rmp_serde::to_vec_named(&profile).unwrap().len() as u64;
    assert!(decode_within(&bytes, packed, VALUES_MAX).is_ok());
    let refused = decode_within(&bytes, packed - 1, VALUES_MAX);
    assert!(matches!(refused, Err(BaselineError::TooLarge(_))));
}

#[test]
fn values_are_counted_before_anything_is_built() {
    // A list that says it has 2^32 - 1 empty texts, and has a million.
    let mut list = vec![0xdd, 0xff, 0xff, 0xff, 0xff];
    list.resize(1 << 20, 0xa0);
    let refused = decode_within(&stored(&list), 1 << 30, 1000);
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("1000 values"), "{said}");
    assert!(matches!(decode(&stored(&list)), Err(BaselineError::Damaged(_))));
}

#[test]
fn a_profile_is_refused_at_one_value_less_than_it_has() {
    let profile = release("1.0.1", vec![library("a.dll", "a", 0..100)]);
    let packed = rmp_serde::to_vec_named(&profile).unwrap();
    let values = count::values(&packed, VALUES_MAX).unwrap().unwrap();
    assert!(decode_within(&stored(&packed), 1 << 30, values).is_ok());
    let refused = decode_within(&stored(&packed), 1 << 30, values - 1);
    assert!(matches!(refused, Err(BaselineError::TooLarge(_))));
}

#[test]
fn lists_in_lists_without_end_are_no_profile() {
    assert!(matches!(decode(&stored(&[0x91; 100_000])), Err(BaselineError::Damaged(_))));
}
