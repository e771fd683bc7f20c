//! The tutorial, followed to the letter.

use std::path::Path;
use std::process::Command;

/// A command of the page, and what the page shows of its output.
struct Step<'a> {
    command: &'a str,
    shown: Option<&'a str>,
}

/// The commands of cloudsim, each with the block of text behind it if one follows.
fn steps(page: &str) -> Vec<Step<'_>> {
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut rest = page;
    while let Some((before, block)) = rest.split_once("```") {
        let (kind, block) = block.split_once('\n').expect("a block has lines");
        let (text, after) = block.split_once("```").expect("a block ends");
        if kind == "sh" {
            let commands = text.lines().filter(|line| line.starts_with("cloudsim "));
            steps.extend(commands.map(|command| Step { command, shown: None }));
        } else if let Some(step) = steps.last_mut().filter(|_| before.trim().is_empty()) {
            step.shown = Some(text);
        }
        rest = after;
    }
    steps
}

/// Whether a page shows parts of an output, in order; `…` stands for whatever is between, within a line or as one.
fn shows(shown: &str, output: &str) -> Result<(), String> {
    let mut rest = output;
    for part in shown.split('…').map(|part| part.trim_start_matches('\n')).filter(|part| !part.is_empty()) {
        let found = rest.find(part).ok_or_else(|| format!("not there, or not in order:\n{part}"))?;
        rest = &rest[found + part.len()..];
    }
    Ok(())
}

#[test]
fn every_command_of_the_tutorial_prints_what_the_page_shows() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tutorial.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let steps = steps(&page);
    assert!(steps.len() > 8 && steps.iter().filter(|step| step.shown.is_some()).count() > 6);
    for Step { command, shown } in steps {
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        let output = Command::new(env!("CARGO_BIN_EXE_cloudsim"))
            .args(words)
            .current_dir(folder.path())
            .output()
            .expect("the program starts");
        let printed = String::from_utf8(output.stdout).expect("text");
        assert_eq!(output.status.code(), Some(0), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        if let Some(problem) = shown.and_then(|shown| shows(shown, &printed).err()) {
            panic!("{command}: {problem}\nin:\n{printed}");
        }
    }
}

#[test]
fn parts_of_an_output_stand_in_its_order() {
    let output = "one two\nthree\nfour\n";
    assert_eq!(shows("one …\nfour\n", output), Ok(()));
    assert!(shows("four\n…\nthree\n", output).is_err());
    assert!(shows("five\n", output).is_err());
}
