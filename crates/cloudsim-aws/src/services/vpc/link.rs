//! The ways between zones, and between a zone and the internet: how long they are, and what is wrong with them.

use super::Latencies;
use crate::tcp;
use cloudsim_engine::mix;
use cloudsim_units::{DurationDistribution, Ratio, SimDuration};
use cloudsim_world::ZoneId;

/// Something wrong at the border of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Impairment {
    /// Packets between the zone and others vanish, in both directions.
    Cut {
        /// The zone.
        zone: ZoneId,
        /// The zones that it is cut off from.
        from: Vec<ZoneId>,
        /// Whether it is cut off from the internet too.
        internet: bool,
    },
    /// Packets that cross the border are late, or are lost and sent again.
    Grey {
        /// The zone.
        zone: ZoneId,
        /// What is wrong with a packet that leaves the zone, if something is.
        leaving: Option<Grey>,
        /// What is wrong with one that enters it.
        entering: Option<Grey>,
    },
}

/// What a packet suffers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grey {
    /// It takes so much longer.
    pub latency: SimDuration,
    /// And up to so much more.
    pub jitter: SimDuration,
    /// The share that is lost.
    pub loss: Ratio,
}

/// What is wrong with one way in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// Nothing arrives.
    pub cut: bool,
    /// What each packet suffers.
    pub grey: Grey,
    /// The zone whose border is to blame; `None` if nothing is wrong.
    pub zone: Option<ZoneId>,
}

/// How a message got through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trip {
    /// It arrives after that.
    pub after: SimDuration,
    /// The copy that arrives was sent that long after the first one.
    pub resent: SimDuration,
    /// The zone whose border made it late.
    pub late_by: Option<ZoneId>,
}

impl Trip {
    /// Nothing was in its way.
    #[inline]
    #[must_use]
    pub const fn smooth(after: SimDuration) -> Self {
        Self { after, resent: SimDuration::ZERO, late_by: None }
    }
}

/// A first message over a new connection that does not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unheard {
    /// Whether the connection was made, so that the caller waits for an answer and not for the connection.
    pub connected: bool,
    /// Whether nothing passes there at all.
    pub cut: bool,
    /// The zone whose border is to blame, if one is.
    pub border: Option<ZoneId>,
}

/// The messages to and fro of TCP's handshake that the caller waits for.
const HANDSHAKE: u64 = 2;

/// All ways. A place is a zone, or the internet (`None`).
#[derive(Debug)]
pub struct Links {
    latencies: Latencies,
    /// By place from and place to; the internet is the last place.
    conditions: Vec<Condition>,
    places: usize,
    /// Whether anything at all is wrong.
    impaired: bool,
}

impl Links {
    /// Ways on which nothing is wrong.
    #[must_use]
    pub fn new(latencies: Latencies, zones: usize) -> Self {
        let places = zones + 1;
        Self { latencies, conditions: vec![Condition::default(); places * places], places, impaired: false }
    }

    /// Lets these things, and no others, be wrong. Of several on one way latencies and jitters add up, and the greatest loss
    /// counts.
    pub fn impair<'a>(&mut self, impairments: impl Iterator<Item = &'a Impairment>) {
        self.conditions.fill(Condition::default());
        self.impaired = false;
        for impairment in impairments {
            self.impaired = true;
            match impairment {
                Impairment::Cut { zone, from, internet } => {
                    for other in from.iter().copied().map(Some).chain(internet.then_some(None)) {
                        for (one, two) in [(Some(*zone), other), (other, Some(*zone))] {
                            let condition = self.condition_mut(one, two);
                            condition.cut = true;
                            condition.zone = Some(*zone);
                        }
                    }
                }
                Impairment::Grey { zone, leaving, entering } => {
                    let zones = (0..self.places - 1).map(ZoneId::from_index);
                    for other in zones.filter(|other| other != zone).map(Some).chain([None]) {
                        for (one, two, grey) in
                            [(Some(*zone), other, leaving), (other, Some(*zone), entering)]
                        {
                            let Some(grey) = grey else { continue };
                            let condition = self.condition_mut(one, two);
                            let sum = &mut condition.grey;
                            sum.latency = sum.latency.saturating_add(grey.latency);
                            sum.jitter = sum.jitter.saturating_add(grey.jitter);
                            sum.loss = sum.loss.max(grey.loss);
                            condition.zone = Some(*zone);
                        }
                    }
                }
            }
        }
    }

    /// What is wrong with a way.
    #[must_use]
    pub fn condition(&self, from: Option<ZoneId>, to: Option<ZoneId>) -> Condition {
        self.conditions[self.place(from) * self.places + self.place(to)]
    }

    /// The zone that cuts a way, in one direction or the other, if one does.
    #[inline]
    #[must_use]
    pub fn cut_by(&self, one: Option<ZoneId>, other: Option<ZoneId>) -> Option<ZoneId> {
        if !self.impaired {
            return None;
        }
        let (there, back) = (self.condition(one, other), self.condition(other, one));
        [there, back].into_iter().find(|way| way.cut).and_then(|way| way.zone)
    }

    /// One way between two zones while nothing is wrong.
    #[inline]
    #[must_use]
    pub fn one_way(&self, from: ZoneId, to: ZoneId) -> SimDuration {
        self.latencies.one_way(from, to)
    }

    /// A message over a connection that stands, between two places that are `base` apart; `word` is its luck, drawn only
    /// where something is wrong.
    ///
    /// # Errors
    /// It never arrives: the zone at whose border it vanishes.
    #[inline]
    pub fn send(
        &self,
        from: Option<ZoneId>,
        to: Option<ZoneId>,
        base: SimDuration,
        word: impl Fn() -> u64,
    ) -> Result<Trip, ZoneId> {
        if !self.impaired {
            return Ok(Trip::smooth(base));
        }
        self.transmit(from, to, base, tcp::RETRANSMISSION_MIN.saturating_add(base * 2), word)
    }

    /// The handshakes of a connection and its first message: `trips` messages to and fro, of which the first two are the
    /// handshake of TCP. They wait for its initial timer when they are lost, and the caller for both of them no longer than
    /// `patience`. A single message goes over a connection that stands.
    ///
    /// # Errors
    /// The connection is not made in time, or the message never arrives.
    #[inline]
    pub fn connect(
        &self,
        from: Option<ZoneId>,
        to: Option<ZoneId>,
        base: SimDuration,
        trips: u64,
        patience: SimDuration,
        word: impl Fn() -> u64,
    ) -> Result<Trip, Unheard> {
        let handshake = if trips > 1 { HANDSHAKE } else { 0 };
        if !self.impaired {
            return if base * handshake > patience {
                Err(Unheard { connected: false, cut: false, border: None })
            } else {
                Ok(Trip::smooth(base * trips))
            };
        }
        let mut all = Trip::smooth(SimDuration::ZERO);
        for trip in 0..trips {
            let (from, to) = if trip % 2 == 0 { (from, to) } else { (to, from) };
            let luck = || mix(word(), trip);
            let one = if trip < handshake {
                self.transmit(from, to, base, tcp::RETRANSMISSION_INITIAL, luck)
            } else {
                self.send(from, to, base, luck)
            };
            let connected = handshake > 0 && trip >= handshake;
            let cut = self.condition(from, to).cut;
            let one = one.map_err(|border| Unheard { connected, cut, border: Some(border) })?;
            all.after = all.after.saturating_add(one.after);
            all.late_by = all.late_by.or(one.late_by);
            if trip < handshake && all.after > patience {
                return Err(Unheard { connected: false, cut: false, border: all.late_by });
            }
        }
        Ok(all)
    }

    /// How much later than usual a part of a stream arrives that one zone sends another; a connection that TCP gives up is
    /// made again.
    #[inline]
    #[must_use]
    pub fn late(&self, from: ZoneId, to: ZoneId, word: impl Fn() -> u64) -> SimDuration {
        if !self.impaired || self.condition(Some(from), Some(to)).cut {
            return SimDuration::ZERO;
        }
        let base = self.one_way(from, to);
        let gives_up = |_| tcp::gives_up_after(tcp::RETRANSMISSION_MIN.saturating_add(base * 2));
        let trip = self.send(Some(from), Some(to), base, word);
        trip.map_or_else(gives_up, |trip| trip.after.saturating_sub(base))
    }

    /// A segment that is sent until it arrives, `timer` after the last time and then twice as long.
    fn transmit(
        &self,
        from: Option<ZoneId>,
        to: Option<ZoneId>,
        base: SimDuration,
        mut timer: SimDuration,
        word: impl Fn() -> u64,
    ) -> Result<Trip, ZoneId> {
        let Condition { cut, grey, zone } = self.condition(from, to);
        if !cut && grey == Grey::default() {
            return Ok(Trip::smooth(base));
        }
        let border = zone.expect("something wrong is at a border");
        if cut {
            return Err(border);
        }
        let (Grey { latency, jitter, loss }, word) = (grey, word());
        let mut waited = SimDuration::ZERO;
        let mut sent = 1;
        while loss.chosen_by(mix(word, sent)) {
            if sent > tcp::RETRANSMISSIONS_MAX {
                return Err(border);
            }
            waited = waited.saturating_add(timer);
            timer = tcp::next_timer(timer);
            sent += 1;
        }
        let jitter = DurationDistribution::Uniform(SimDuration::ZERO, jitter).sample(mix(word, 0));
        let after = base.saturating_add(latency).saturating_add(jitter).saturating_add(waited);
        Ok(Trip { after, resent: waited, late_by: zone })
    }

    fn place(&self, place: Option<ZoneId>) -> usize {
        place.map_or(self.places - 1, ZoneId::index)
    }

    fn condition_mut(&mut self, from: Option<ZoneId>, to: Option<ZoneId>) -> &mut Condition {
        let place = self.place(from) * self.places + self.place(to);
        &mut self.conditions[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Option<ZoneId> = Some(ZoneId(0));
    const B: Option<ZoneId> = Some(ZoneId(1));
    const C: Option<ZoneId> = Some(ZoneId(2));
    const BASE: SimDuration = SimDuration::from_micros(400);

    fn links(impairments: &[Impairment]) -> Links {
        let mut links = Links::new(Latencies::new(3, SimDuration::from_micros(75), BASE), 3);
        links.impair(impairments.iter());
        links
    }

    #[test]
    fn a_zone_that_is_cut_off_hears_nobody_and_the_others_hear_each_other() {
        let links = links(&[Impairment::Cut { zone: ZoneId(0), from: vec![ZoneId(1)], internet: false }]);
        for (from, to) in [(A, B), (B, A)] {
            assert_eq!(links.send(from, to, BASE, || 0), Err(ZoneId(0)));
        }
        assert_eq!(links.cut_by(B, A), Some(ZoneId(0)));
        for (from, to) in [(A, C), (B, C), (A, None), (A, A)] {
            assert_eq!(links.send(from, to, BASE, || 0), Ok(Trip::smooth(BASE)));
        }
    }

    #[test]
    fn an_asymmetric_zone_delays_one_direction() {
        let grey = Grey { latency: SimDuration::from_millis(50), ..Grey::default() };
        let links = links(&[Impairment::Grey { zone: ZoneId(2), leaving: Some(grey), entering: None }]);
        let late = Trip { late_by: C, ..Trip::smooth(BASE + grey.latency) };
        assert_eq!(links.send(C, A, BASE, || 7), Ok(late));
        assert_eq!(links.send(A, C, BASE, || 7), Ok(Trip::smooth(BASE)));
    }

    /// With a loss of 1/2 the k-th copy arrives with probability 2^-k: half wait for no timer, a quarter for one of 200 ms
    /// and a round trip, an eighth for one of that and one of twice that.
    #[test]
    fn lost_segments_wait_for_timers_that_double() {
        let grey = Grey { loss: Ratio::from_percent(50), ..Grey::default() };
        let links = links(&[Impairment::Grey { zone: ZoneId(2), leaving: None, entering: Some(grey) }]);
        let timer = tcp::RETRANSMISSION_MIN + BASE * 2;
        let mut counts = [0_u32; 3];
        for word in 0..8_000 {
            let after = links.send(A, C, BASE, || mix(word, 99)).expect("not cut").after - BASE;
            for (lost, count) in counts.iter_mut().enumerate() {
                let waited: SimDuration = timer * ((1 << lost) - 1);
                *count += u32::from(after == waited);
            }
        }
        // Each count is binomial; five standard deviations are below 230.
        for (count, expected) in counts.into_iter().zip([4_000, 2_000, 1_000]) {
            assert!(count.abs_diff(expected) < 230, "{counts:?}");
        }
    }

    const PATIENT: SimDuration = SimDuration::from_mins(10);

    fn lossy(percent: u8) -> Links {
        let grey = Grey { loss: Ratio::from_percent(percent.into()), ..Grey::default() };
        links(&[Impairment::Grey { zone: ZoneId(2), leaving: None, entering: Some(grey) }])
    }

    #[test]
    fn a_lost_handshake_waits_for_a_second() {
        let nobody = Unheard { connected: false, cut: false, border: C };
        assert_eq!(lossy(100).connect(A, C, BASE, 3, PATIENT, || 1), Err(nobody));
        let links = lossy(50);
        let shortest = (0..64).filter_map(|word| links.connect(A, C, BASE, 2, PATIENT, || word).ok());
        let mut waits: Vec<SimDuration> =
            shortest.map(|trip| trip.after).filter(|after| *after > BASE * 2).collect();
        waits.sort_unstable();
        assert_eq!(waits[0], BASE * 2 + tcp::RETRANSMISSION_INITIAL);
    }

    /// A caller of half a second hears of no handshake whose first segment was lost; what is lost later is not the
    /// handshake's, and only makes the message late.
    #[test]
    fn patience_ends_a_handshake_and_nothing_after_it() {
        let (links, patience) = (lossy(30), SimDuration::from_millis(500));
        let (mut late, mut cut) = (0, 0);
        for word in 0..1_000 {
            let patient =
                links.connect(A, C, BASE, 3, PATIENT, || word).expect("sixteen losses in a row are rare");
            let first =
                links.transmit(A, C, BASE, tcp::RETRANSMISSION_INITIAL, || mix(word, 0)).expect("as above");
            match links.connect(A, C, BASE, 3, patience, || word) {
                Ok(trip) => {
                    assert_eq!((trip, first.after), (patient, BASE));
                    late += u32::from(trip.after > patience);
                }
                Err(silence) => {
                    assert_eq!(silence, Unheard { connected: false, cut: false, border: C });
                    assert!(first.after > patience);
                    cut += 1;
                }
            }
        }
        // Three in ten, and of the other seven 0.3^2: two losses of the message wait for 600 ms.
        assert!((250..350).contains(&cut), "{cut}");
        assert!((35..95).contains(&late), "{late}");
    }

    #[test]
    fn a_handshake_over_a_way_that_is_well_and_longer_than_patience_fails_too() {
        let links = links(&[]);
        assert_eq!(
            links.connect(A, C, BASE, 3, BASE, || 0),
            Err(Unheard { connected: false, cut: false, border: None })
        );
        assert_eq!(links.connect(A, C, BASE, 3, BASE * 2, || 0), Ok(Trip::smooth(BASE * 3)));
        assert_eq!(
            links.connect(A, C, BASE, 1, SimDuration::ZERO, || 0),
            Ok(Trip::smooth(BASE)),
            "it stands"
        );
    }
}
