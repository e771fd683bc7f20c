//! `watch`: a run, played in the terminal.

use super::{loaded, refuse};
use crate::args::WatchArgs;
use crate::interrupt::Interrupt;
use crate::output::quoted;
use crate::runner::{self, Also, RunError};
use crate::{Exit, output};
use cloudsim_scenario::printable;
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_watch::{Film, Player, Screen};
use std::io::{self, IsTerminal};

/// Chosen: a film that plays is drawn so often.
const FRAME: SimDuration = SimDuration::from_millis(50);
/// Chosen: one that stands waits so long for a key before it looks whether somebody wants it to end.
const PATIENCE: SimDuration = SimDuration::from_millis(200);
/// Chosen: what is printed is as large as the terminals of old, unless `COLUMNS` and `LINES` say otherwise.
const SIZE: (u16, u16) = (80, 24);
/// Chosen: what is printed has no more columns and lines.
const SIZE_MAX: u16 = 1_000;

pub(crate) async fn watch(args: WatchArgs) -> Result<Exit, RunError> {
    if args.at.is_none() && !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        let file = quoted(&args.file);
        return Ok(refuse(
            "`watch` plays in a terminal, and this is none",
            &format!(
                "`cloudsim watch {file} --at 6m` prints what it shows at a time, `cloudsim get all {file} --at 6m` what \
                 stands there then, and `cloudsim run {file} --report run.html` writes the whole run as a page"
            ),
        ));
    }
    let plan = match loaded(&args.file, &args.scenario.overrides()) {
        Ok(loaded) => loaded.plan,
        Err(exit) => return Ok(exit),
    };
    let end = args.scenario.until.unwrap_or(plan.duration).min(plan.duration);
    if let Some(at) = args.at.filter(|at| *at > end) {
        let what = format!("{at} is after the end of {}", quoted(&args.file));
        return Ok(refuse(&what, &format!("it ends at {end}")));
    }
    let interrupt = Interrupt::listen();
    let ran = runner::run(plan, args.scenario.until, Also::default(), &interrupt).await?;
    if ran.document.interrupted {
        output::error(&format!("interrupted at {}", cloudsim_measures::instant(ran.document.reached)));
        return Ok(Exit::Interrupted);
    }
    let film = Film::new(ran.document, printable);
    match args.at {
        Some(at) => {
            let (columns, lines) = (size_of("COLUMNS", SIZE.0), size_of("LINES", SIZE.1));
            output::data(&cloudsim_watch::text(&film, SimTime::ZERO + at, columns, lines))?;
        }
        None => play(&film, &interrupt)?,
    }
    Ok(if interrupt.happened() { Exit::Interrupted } else { Exit::Fine })
}

/// What a variable says about the size of the terminal.
fn size_of(variable: &str, otherwise: u16) -> u16 {
    let said = std::env::var_os(variable).and_then(|said| said.to_str()?.parse().ok());
    said.filter(|size| *size > 0).unwrap_or(otherwise).min(SIZE_MAX)
}

#[expect(clippy::disallowed_types, reason = "a film is played for people, who live in wall-clock time")]
type WallClock = std::time::Instant;

/// Plays until somebody has seen enough.
fn play(film: &Film, interrupt: &Interrupt) -> io::Result<()> {
    interrupt.hears_termination();
    let mut player = Player::new(film);
    let mut screen = Screen::open(output::wants_colour(&io::stdout()))?;
    let mut before = WallClock::now();
    while !interrupt.happened() {
        screen.show(film, &player)?;
        let key = screen.wait(if player.is_playing() { FRAME } else { PATIENCE })?;
        let now = WallClock::now();
        let passed = now.duration_since(before).as_nanos();
        player.tick(SimDuration::from_nanos(u64::try_from(passed).unwrap_or(u64::MAX)));
        before = now;
        if key.is_some_and(|key| !player.press(key, film)) {
            break;
        }
    }
    Ok(())
}
