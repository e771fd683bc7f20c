//! What goes where: stdout is data, stderr is talk.

use crate::Exit;
use cloudsim_scenario::{Problem, Sources, is_unprintable, legible, render};
use std::io::{self, IsTerminal, Write};

/// Prints data. A reader that went away, such as `head`, is no failure.
pub(crate) fn data(text: &str) -> io::Result<()> {
    bytes(text.as_bytes())
}

/// Prints a part of data. Returns whether anybody still reads: a reader that went away, such as `head`, is no failure.
pub(crate) fn part(bytes: &[u8]) -> io::Result<bool> {
    let mut out = io::stdout().lock();
    // What does not end with a line would wait, and nobody would learn that a disk is full.
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(problem) if problem.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        ended => ended.map(|()| true),
    }
}

/// Prints data that need not be a text.
pub(crate) fn bytes(bytes: &[u8]) -> io::Result<()> {
    part(bytes).map(|_| ())
}

/// Says something to the person at the terminal. Whoever closed stderr does not want to hear it.
pub(crate) fn talk(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Says that something failed. What it says may hold words of the command line or names of files.
pub(crate) fn error(text: &str) {
    talk(&format!("error: {}", printable(text)));
}

/// Each line as a person can read it, whatever words of a command line are in it.
fn printable(text: &str) -> String {
    text.lines().map(legible).collect::<Vec<_>>().join("\n")
}

/// Says that the command line is wrong, or prints the help that it asks for.
pub(crate) fn usage(problem: &clap::Error) -> io::Result<Exit> {
    if !problem.use_stderr() {
        return match problem.print().and_then(|()| io::stdout().flush()) {
            Err(problem) if problem.kind() != io::ErrorKind::BrokenPipe => Err(problem),
            _ => Ok(Exit::Fine),
        };
    }
    // Words that the command line holds are in the message; those that would steer a terminal cost it its colours.
    let mut words = std::env::args_os();
    if words.any(|word| word.len() > 200 || word.to_string_lossy().chars().any(is_unprintable)) {
        talk(printable(&problem.render().to_string()).trim_end());
    } else {
        // Whoever closed stderr does not want to hear it.
        let _ = problem.print();
    }
    Ok(Exit::Invalid)
}

/// Says everything that is wrong, or doubtful, with a scenario.
pub(crate) fn problems(problems: &[Problem], sources: &Sources) {
    let colour = wants_colour(&io::stderr());
    for problem in problems {
        talk(render(problem, sources, colour).trim_end());
        talk("");
    }
}

/// Whether escape sequences are welcome: on a terminal, unless `NO_COLOR` is set to anything.
pub(crate) fn wants_colour(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// The columns of what is printed where there is no terminal.
pub(crate) const WIDTH: usize = 100;

/// The columns of the terminal.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0))
}

/// A word of a command line, in quotes if a shell would read it otherwise.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@+,%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if word.chars().any(is_unprintable) {
        // As shells that know $'…' read it; raw, it could speak to the terminal.
        format!("$'{}'", word.escape_default())
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_a_shell_would_take_apart_are_quoted() {
        assert_eq!(quoted("databases.orders.multi_az=false"), "databases.orders.multi_az=false");
        assert_eq!(quoted("faults=[]"), "'faults=[]'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a\u{1b}[31m"), r"$'a\u{1b}[31m'");
    }
}
