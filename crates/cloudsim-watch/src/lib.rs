//! A run, played in the terminal: zones, services, databases, faults and events at any time of it.
//!
//! A [`Film`] is a run that is over and was measured. A [`Player`] says which instant of it is looked at, and what keys and
//! the passing of time do to that. [`draw`] shows it in a terminal of any size, [`text`] writes the same as lines. None of
//! these know a clock: whoever has one tells the player how much time has passed. [`Screen`] is the terminal itself.
//!
//! # Invariants
//! - What is shown is a function of the film, the player and the size: an instant looks the same however it was come to.
//! - The instant that is looked at lies within the run.
//! - What a colour says, a word or a sign says too.
//! - Names are text, whatever characters they are made of: nothing of them reaches the terminal as a command.

mod events;
mod film;
mod lines;
mod player;
mod screen;
mod sections;
mod terminal;

pub use film::Film;
pub use player::{Key, Player};
pub use screen::{Look, draw, text};
pub use terminal::Screen;
