//! Brings raw scores to 0..=100.

/// The best score.
pub(crate) const MAX: i64 = 100;

/// In proportion to the greatest; nothing stays nothing.
pub(crate) fn most_is_best(scores: &mut [i64]) {
    let greatest = scores.iter().copied().max().unwrap_or(0);
    if greatest > 0 {
        for score in scores {
            *score = MAX * *score / greatest;
        }
    }
}

/// In proportion to the greatest, upside down: nothing is best.
pub(crate) fn least_is_best(scores: &mut [i64]) {
    let greatest = scores.iter().copied().max().unwrap_or(0);
    for score in scores {
        *score = if greatest > 0 { MAX - MAX * *score / greatest } else { MAX };
    }
}
