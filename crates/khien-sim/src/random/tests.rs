use super::{Random, SplitMix64};

#[test]
fn splitmix_gives_the_published_sequence() {
    let mut mixer = SplitMix64(1_234_567);
    assert_eq!(mixer.next(), 6_457_827_717_110_365_317);
    assert_eq!(mixer.next(), 3_203_168_211_198_807_973);
}

#[test]
fn xoshiro_gives_the_published_sequence() {
    let mut random = Random { state: [1, 2, 3, 4] };
    let drawn: Vec<u64> = (0..4).map(|_| random.bits()).collect();
    assert_eq!(drawn, [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240]);
}

#[test]
fn streams_of_one_seed_differ_and_repeat() {
    let draw = |label| Random::stream(7, label).bits();
    assert_eq!(draw("a"), draw("a"));
    assert_ne!(draw("a"), draw("b"));
}

#[test]
fn range_stays_inside_and_survives_an_empty_one() {
    let mut random = Random::stream(1, "range");
    assert!((0..1000).all(|_| (-3..9).contains(&random.range(-3, 9))));
    assert_eq!(random.range(5, 5), 5);
}
