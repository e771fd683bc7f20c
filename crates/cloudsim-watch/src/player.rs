//! Which instant is looked at, and what keys and the passing of time do to that.

use crate::film::Film;
use cloudsim_units::{SimDuration, SimTime};

/// Simulated seconds in a second.
const SPEEDS: [u64; 13] = [1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000];
/// Chosen: a run plays in about so long, unless it takes longer at the highest speed.
const PLAYS_FOR: SimDuration = SimDuration::from_mins(1);
/// Each further zoom shows a quarter of what the one before shows.
const ZOOMS: u32 = 4;

/// What can be asked of a player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Play, or stop playing; at the end, play again.
    Pause,
    /// So much later, and stop playing.
    Forward(SimDuration),
    /// So much earlier, and stop playing.
    Back(SimDuration),
    /// To the next instant in which something happens, and stop playing.
    NextEvent,
    /// To the one before, and stop playing.
    PreviousEvent,
    /// To the first fault.
    FirstFault,
    /// To the start, and play.
    Restart,
    /// To the start.
    Start,
    /// To the end.
    End,
    /// Play faster.
    Faster,
    /// Play more slowly.
    Slower,
    /// Show a shorter stretch of time around the instant; after the shortest, all.
    Zoom,
    /// Show what keys do, or hide it.
    Help,
    /// End; what keys do is hidden first.
    Close,
    /// End.
    Quit,
}

/// Where a film is, and how it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    at: SimTime,
    end: SimTime,
    is_playing: bool,
    speed: usize,
    zoom: u32,
    shows_help: bool,
}

impl Player {
    /// At the start, playing.
    #[must_use]
    pub fn new(film: &Film) -> Self {
        let wanted = film.duration().as_nanos().div_ceil(PLAYS_FOR.as_nanos());
        let speed = SPEEDS.iter().position(|speed| *speed >= wanted).unwrap_or(SPEEDS.len() - 1);
        let (at, end) = (SimTime::ZERO, film.end());
        Self { at, end, is_playing: at < end, speed, zoom: 0, shows_help: false }
    }

    /// At an instant, or at the end if that is later; not playing.
    #[must_use]
    pub fn at(film: &Film, at: SimTime) -> Self {
        Self { at: at.min(film.end()), is_playing: false, ..Self::new(film) }
    }

    /// The instant that is looked at.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.at
    }

    /// Whether it goes on by itself.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.is_playing
    }

    /// Simulated seconds in a second.
    #[must_use]
    pub fn speed(&self) -> u64 {
        SPEEDS[self.speed]
    }

    pub(crate) fn shows_help(&self) -> bool {
        self.shows_help
    }

    /// The stretch of time that lanes show: all, or a part around the instant.
    pub(crate) fn stretch(&self) -> (SimTime, SimTime) {
        let whole = self.end.as_nanos();
        let length = whole >> (2 * self.zoom);
        let from = self.at.as_nanos().saturating_sub(length / 2).min(whole - length);
        (SimTime::from_nanos(from), SimTime::from_nanos(from + length))
    }

    /// Lets time pass.
    pub fn tick(&mut self, passed: SimDuration) {
        if self.is_playing {
            self.go(self.at.saturating_add(passed.saturating_mul(self.speed())));
            self.is_playing = self.at < self.end;
        }
    }

    /// Does what a key asks for. Returns whether it goes on after that.
    pub fn press(&mut self, key: Key, film: &Film) -> bool {
        match key {
            Key::Pause if self.at == self.end => {
                self.go(SimTime::ZERO);
                self.is_playing = self.at < self.end;
            }
            Key::Pause => self.is_playing = !self.is_playing,
            Key::Forward(span) => self.stop_at(self.at.saturating_add(span)),
            Key::Back(span) => self.stop_at(self.at.saturating_sub(span)),
            Key::NextEvent => self.stop_at(film.next_event(self.at)),
            Key::PreviousEvent => self.stop_at(film.previous_event(self.at)),
            Key::FirstFault => self.go(film.first_fault().unwrap_or(self.at)),
            Key::Restart => {
                self.go(SimTime::ZERO);
                self.is_playing = self.at < self.end;
            }
            Key::Start => self.go(SimTime::ZERO),
            Key::End => self.stop_at(self.end),
            Key::Faster => self.speed = (self.speed + 1).min(SPEEDS.len() - 1),
            Key::Slower => self.speed = self.speed.saturating_sub(1),
            Key::Zoom => self.zoom = (self.zoom + 1) % ZOOMS,
            Key::Help => self.shows_help = !self.shows_help,
            Key::Close if self.shows_help => self.shows_help = false,
            Key::Close | Key::Quit => return false,
        }
        true
    }

    fn go(&mut self, to: SimTime) {
        self.at = to.min(self.end);
    }

    fn stop_at(&mut self, to: SimTime) {
        self.go(to);
        self.is_playing = false;
    }
}
