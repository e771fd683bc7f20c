//! The terminal itself: drawn on, asked for keys, and left as it was found.

use crate::film::Film;
use crate::player::{Key, Player};
use crate::screen::{Look, draw};
use cloudsim_units::SimDuration;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use std::io;
use std::time::Duration;

/// A terminal that is drawn on. It is as it was before when this is dropped, and when the program panics.
#[derive(Debug)]
pub struct Screen {
    terminal: DefaultTerminal,
    colour: bool,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// What the terminal says, if it cannot be drawn on.
    pub fn open(colour: bool) -> io::Result<Self> {
        match ratatui::try_init() {
            Ok(terminal) => Ok(Self { terminal, colour }),
            Err(problem) => {
                let _ = ratatui::try_restore();
                Err(problem)
            }
        }
    }

    /// Shows the instant of a player.
    ///
    /// # Errors
    /// What the terminal says, if it cannot be drawn on.
    pub fn show(&mut self, film: &Film, player: &Player) -> io::Result<()> {
        let look = Look { colour: self.colour, keys: true };
        self.terminal.draw(|frame| draw(film, player, look, frame.area(), frame.buffer_mut()))?;
        Ok(())
    }

    /// Waits for a key, for a change of size, or for so long. Returns the key that there was.
    ///
    /// # Errors
    /// What the terminal says, if it cannot be read from.
    pub fn wait(&mut self, patience: SimDuration) -> io::Result<Option<Key>> {
        if !event::poll(Duration::from_nanos(patience.as_nanos()))? {
            return Ok(None);
        }
        Ok(match event::read()? {
            Event::Key(pressed) if pressed.kind != KeyEventKind::Release => key(pressed),
            _ => None,
        })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = ratatui::try_restore();
    }
}

/// What a key asks for.
fn key(pressed: KeyEvent) -> Option<Key> {
    let step = if pressed.modifiers.contains(KeyModifiers::SHIFT) {
        SimDuration::from_mins(1)
    } else {
        SimDuration::from_secs(1)
    };
    let tenth = SimDuration::from_millis(100);
    Some(match pressed.code {
        KeyCode::Char('c') if pressed.modifiers.contains(KeyModifiers::CONTROL) => Key::Quit,
        KeyCode::Char('q') => Key::Quit,
        KeyCode::Esc => Key::Close,
        KeyCode::Char(' ') => Key::Pause,
        KeyCode::Right => Key::Forward(step),
        KeyCode::Left => Key::Back(step),
        KeyCode::PageDown => Key::Forward(SimDuration::from_mins(1)),
        KeyCode::PageUp => Key::Back(SimDuration::from_mins(1)),
        KeyCode::Char('.') => Key::Forward(tenth),
        KeyCode::Char(',') => Key::Back(tenth),
        KeyCode::Char('n') => Key::NextEvent,
        KeyCode::Char('N') => Key::PreviousEvent,
        KeyCode::Char('f') => Key::FirstFault,
        KeyCode::Char('r') => Key::Restart,
        KeyCode::Char('g') | KeyCode::Home => Key::Start,
        KeyCode::Char('G') | KeyCode::End => Key::End,
        KeyCode::Char('+' | '=') => Key::Faster,
        KeyCode::Char('-' | '_') => Key::Slower,
        KeyCode::Char('z') => Key::Zoom,
        KeyCode::Char('?') => Key::Help,
        _ => return None,
    })
}
