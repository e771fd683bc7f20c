//! What pages say: links, facts that they cite, rows of tables.

use crate::TextFile;
use std::collections::BTreeSet;

/// A link of a page: the text between brackets, and where it leads.
#[derive(Debug, PartialEq, Eq)]
pub struct Link<'a> {
    /// The line that it stands in, counted from 1.
    pub line: usize,
    /// What is between the brackets.
    pub text: &'a str,
    /// What is between the parentheses.
    pub target: &'a str,
}

/// The links of a page. Blocks of code hold none.
#[must_use]
pub fn links(file: &TextFile) -> Vec<Link<'_>> {
    let mut links = Vec::new();
    let mut fenced = false;
    for (line, text) in file.lines() {
        fenced ^= text.trim_start().starts_with("```");
        if !fenced {
            links.extend(links_of(line, text));
        }
    }
    links
}

/// The links of a line, or of a part of one.
pub fn links_of(line: usize, text: &str) -> impl Iterator<Item = Link<'_>> {
    text.match_indices("](").filter_map(move |(middle, _)| {
        let before = text[..middle].rfind('[').map(|start| &text[start + 1..middle])?;
        let (target, _) = text[middle + 2..].split_once(')')?;
        Some(Link { line, text: before, target })
    })
}

/// The path that a link leads to, from the root; `None` if it leads out of the project.
#[must_use]
pub fn local(file: &TextFile, target: &str) -> Option<String> {
    let path = target.split('#').next().unwrap_or_default();
    if path.is_empty() || path.contains("://") {
        return None;
    }
    let mut parts: Vec<&str> = file.path.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The facts that a text cites, as `RDS-01`.
#[must_use]
pub fn facts(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let is_fact = |word: &&str| {
        word.split_once('-').is_some_and(|(area, number)| {
            (2..=4).contains(&area.len())
                && area.starts_with(|c: char| c.is_ascii_uppercase())
                && area.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
                && number.len() == 2
                && number.chars().all(|c| c.is_ascii_digit())
        })
    };
    words.filter(is_fact).collect()
}

/// The facts that the list of sources has: the first cell of each of its rows.
#[must_use]
pub fn listed_facts(sources: &TextFile) -> BTreeSet<&str> {
    rows(sources).into_iter().flat_map(|(_, cells)| facts(cells[0])).collect()
}

/// The rows of a page's tables, with their lines: the cells of each, without bars and blanks around. Heads are among them.
#[must_use]
pub fn rows(file: &TextFile) -> Vec<(usize, Vec<&str>)> {
    let rows = file.lines().filter_map(|(line, text)| {
        let row = text.strip_prefix("| ")?.strip_suffix('|')?;
        Some((line, row.split(" | ").map(str::trim).collect()))
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_told_from_other_words() {
        let text = "RDS-01, (ALB-14). EC2-02; us-east-1 UTF-8 SHA-256 A-01 R53-16";
        assert_eq!(facts(text).into_iter().collect::<Vec<_>>(), ["ALB-14", "EC2-02", "R53-16", "RDS-01"]);
    }

    #[test]
    fn links_are_found_but_in_blocks_of_code() {
        let text = "See [`pick`](a/b.rs) and [there](../x.md#part).\n```text\n[no](no.md)\n```\n";
        let file = TextFile { path: "docs/y.md".into(), text: text.into() };
        let found = links(&file);
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].text, local(&file, found[0].target)),
            ("`pick`", Some("docs/a/b.rs".to_owned()))
        );
        assert_eq!(local(&file, found[1].target), Some("x.md".to_owned()));
        assert_eq!(local(&file, "https://example.com"), None);
    }

    #[test]
    fn rows_have_their_cells() {
        let text = "| One | Two |\n| --- | ---: |\n| [a](b.md), c | 3 |\nnone | at all\n";
        let file = TextFile { path: "x.md".into(), text: text.into() };
        let expected = [(1, vec!["One", "Two"]), (2, vec!["---", "---:"]), (3, vec!["[a](b.md), c", "3"])];
        assert_eq!(rows(&file), expected);
    }
}
