//! The values of random streams, pinned: a change here moves every result there is.
//!
//! The numbers were computed apart from this crate, from the definitions of `BLAKE3` and `ChaCha8`.

use cloudsim_engine::{Refill, Streams, WordIndex};
use rand::Rng;
use std::collections::BTreeSet;

#[test]
fn the_first_words_of_a_stream_are_known() {
    let mut stream = Streams::new(42).stream("zone/a/web-1", "boot");
    let words: Vec<u64> = (0..4).map(|_| stream.word()).collect();
    assert_eq!(
        words,
        [
            5_676_410_787_957_831_672,
            9_793_409_568_155_131_787,
            16_528_097_955_540_801_194,
            15_399_417_591_712_705_600
        ]
    );
}

#[test]
fn the_words_of_a_refill_are_known() {
    let stream = Streams::new(42).stream("visitors", "requests");
    let edges = |refill: Refill| [refill.0[0], refill.0[1], refill.0[31]];
    assert_eq!(
        edges(stream.refill(0, 0)),
        [3_576_537_017_628_034_726, 2_986_855_851_403_472_305, 8_320_769_202_832_350_046]
    );
    assert_eq!(
        edges(stream.refill(1_000_000_007, 0)),
        [10_156_903_639_649_056_881, 15_630_836_324_017_916_491, 15_552_566_576_289_691_808]
    );
    assert_eq!(
        edges(stream.refill(1_000_000_007, 3)),
        [14_118_944_178_239_734_927, 1_520_110_214_914_081_927, 6_261_021_798_994_630_543]
    );
}

#[test]
fn a_shuffle_is_known() {
    let mut stream = Streams::new(42).stream("zones", "order");
    let mut items = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    stream.shuffle(&mut items);
    assert_eq!(items.iter().collect::<String>(), "bfghecad");
}

#[test]
fn numbers_below_are_known() {
    let mut stream = Streams::new(42).stream("zones", "choice");
    let numbers: Vec<u64> = (0..8).map(|_| stream.below(100)).collect();
    assert_eq!(numbers, [78, 99, 28, 38, 47, 95, 24, 35]);
}

#[test]
fn seed_path_and_purpose_each_make_another_stream() {
    let firsts: BTreeSet<u64> =
        [(1, "ab", "c"), (2, "ab", "c"), (1, "a", "bc"), (1, "abc", ""), (1, "", "abc"), (1, "ab", "d")]
            .into_iter()
            .map(|(seed, path, purpose)| Streams::new(seed).stream(path, purpose).word())
            .collect();
    assert_eq!(firsts.len(), 6);
}

#[test]
fn a_stream_does_not_depend_on_others_made_before() {
    let streams = Streams::new(1);
    let mut other = streams.stream("other", "words");
    other.word();
    let mut late = streams.stream("web", "words");
    let mut early = Streams::new(1).stream("web", "words");
    assert_eq!(late.word(), early.word());
}

#[test]
fn refills_neither_move_the_words_nor_repeat_them() {
    let mut plain = Streams::new(1).stream("web", "words");
    let mut mixed = plain.clone();
    let mut seen = BTreeSet::new();
    for number in 0..100 {
        for retry in 0..3 {
            seen.extend(mixed.refill(number, retry).0);
        }
        let word = mixed.word();
        assert_eq!(word, plain.word());
        seen.insert(word);
    }
    assert_eq!(seen.len(), 100 * (3 * 32 + 1));
}

#[test]
fn a_refill_is_the_same_whenever_it_is_drawn() {
    let stream = Streams::new(1).stream("web", "words");
    let before = stream.refill(5, 1);
    for number in 0..10 {
        let _ = stream.refill(number, 0);
    }
    assert_eq!(stream.refill(5, 1), before);
    assert_eq!(before.word(WordIndex::new(31)), before.0[31]);
}

#[test]
#[should_panic(expected = "32 words")]
fn a_refill_has_no_word_33() {
    let _ = WordIndex::new(32);
}

#[test]
fn numbers_below_stay_below_and_reach_everything() {
    let mut stream = Streams::new(1).stream("dice", "throws");
    let seen: BTreeSet<u64> = (0..1000).map(|_| stream.below(6)).collect();
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    assert_eq!(stream.below(1), 0);
    assert!(stream.below(u64::MAX) < u64::MAX);
}

#[test]
fn every_order_of_a_shuffle_is_about_as_likely() {
    let mut stream = Streams::new(1).stream("cards", "order");
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..6000 {
        let mut items = [1, 2, 3];
        stream.shuffle(&mut items);
        *counts.entry(items).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), 6);
    assert!(counts.values().all(|count| (850..1150).contains(count)), "{counts:?}");
}

#[test]
fn a_stream_is_a_generator_of_rand() {
    let mut stream = Streams::new(1).stream("web", "words");
    let mut same = stream.clone();
    assert_eq!(stream.next_u64(), same.word());
    let mut bytes = [0; 8];
    stream.fill_bytes(&mut bytes);
    assert_eq!(u64::from_le_bytes(bytes), same.word());
}
