//! How long answers took, second by second: what a heat map is drawn of.

use crate::buckets::{BUCKET_NANOS, Bucket};
use cloudsim_units::{SimDuration, SimTime};

/// Classes of time, each twice as long as the one before.
pub const ROWS: usize = 15;

/// A heat map has at most so many columns.
const COLUMNS_MAX: usize = 180;

/// What ended up in a stretch of time, by when it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeatColumn {
    /// Its beginning.
    pub from: SimTime,
    /// Its end.
    pub to: SimTime,
    /// Good answers by how long they took: row 0 has those of less than 2 ms, each further one those of less than twice as
    /// long, the last one all that took longer.
    pub good: [u32; ROWS],
    /// Requests that failed.
    pub failed: u32,
}

/// The longest time that belongs to a row; `None` of the last.
#[must_use]
pub fn row_end(row: usize) -> Option<SimDuration> {
    (row + 1 < ROWS).then(|| SimDuration::from_millis(2 << row))
}

/// Good answers by the second of their arrival and by how long they took.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heat(Vec<[u32; ROWS]>);

impl Heat {
    pub(crate) fn observe(&mut self, arrived: SimTime, took: SimDuration) {
        let second = usize::try_from(arrived.as_nanos() / BUCKET_NANOS).expect("a count of seconds");
        if second >= self.0.len() {
            self.0.resize(second + 1, [0; ROWS]);
        }
        self.0[second][row(took)] += 1;
    }

    /// Columns of equal length up to the last second in which a request arrived.
    pub(crate) fn columns(&self, buckets: &[Bucket]) -> Vec<HeatColumn> {
        let seconds = buckets.len().div_ceil(COLUMNS_MAX).max(1);
        let at = |second: usize| SimTime::from_secs(u64::try_from(second).expect("a count of seconds"));
        let column = |(place, of): (usize, &[Bucket])| {
            let begin = place * seconds;
            let mut good = [0; ROWS];
            for row in self.0.iter().skip(begin).take(seconds).flat_map(|second| second.iter().enumerate()) {
                good[row.0] += row.1;
            }
            let failed = of.iter().map(|bucket| bucket.valid - bucket.good).sum();
            HeatColumn { from: at(begin), to: at(begin + of.len()), good, failed }
        };
        buckets.chunks(seconds).enumerate().map(column).collect()
    }
}

fn row(took: SimDuration) -> usize {
    let millis = took.as_nanos() / 1_000_000;
    let row = millis.max(1).ilog2() as usize;
    row.min(ROWS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_begins_where_the_one_before_ends() {
        let rows = |millis: u64| row(SimDuration::from_millis(millis));
        assert_eq!((rows(0), rows(1), rows(2), rows(3), rows(4)), (0, 0, 1, 1, 2));
        for place in 0..ROWS - 1 {
            let end = row_end(place).expect("not the last");
            assert_eq!((row(end.saturating_sub(SimDuration::from_nanos(1))), row(end)), (place, place + 1));
        }
        assert_eq!((rows(1 << 40), row_end(ROWS - 1)), (ROWS - 1, None));
    }

    #[test]
    fn no_request_is_lost_in_columns() {
        let mut heat = Heat::default();
        let mut buckets = vec![Bucket::default(); 400];
        for second in 0..400_u64 {
            for took in [1, 50, 3000] {
                heat.observe(SimTime::from_secs(second), SimDuration::from_millis(took));
            }
            buckets[usize::try_from(second).expect("small")] = Bucket { valid: 4, good: 3, unfinished: 0 };
        }
        let columns = heat.columns(&buckets);
        assert!(columns.len() <= COLUMNS_MAX);
        assert_eq!(columns.iter().flat_map(|column| column.good).sum::<u32>(), 1200);
        assert_eq!(columns.iter().map(|column| column.failed).sum::<u32>(), 400);
        assert_eq!(columns.last().map(|column| column.to), Some(SimTime::from_secs(400)));
    }
}
