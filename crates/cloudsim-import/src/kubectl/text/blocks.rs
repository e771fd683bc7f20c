//! YAML as kubectl prints it, fast: blocks, scalars on one line, literal texts.
//!
//! A dump of a large cluster has hundreds of megabytes, all in this form, and the reader of all of YAML takes minutes for
//! it. What is in any other form is left to that reader: comments, anchors, flow, folded texts, tabs, and every scalar
//! whose meaning needs thought.

/// More levels are left to the other reader, which has a limit.
const DEPTH_MAX: usize = 40;

/// Mappings with more keys are left to the other reader, which does not compare each with all.
const KEYS_MAX: usize = 256;

/// What is passed over in every object: who wrote which field.
const MANAGED: (&str, &str) = ("metadata", "managedFields");

/// Appends an object as JSON. Returns `None` if it is in another form, with any text appended.
pub(super) fn to_json(text: &str, out: &mut String) -> Option<()> {
    let mut reader = Reader { lines: lines(text)?, at: 0, out };
    let first = *reader.lines.first()?;
    // An item of a list begins with its dash.
    if let Some(rest) = first.text.strip_prefix("- ") {
        reader.lines[0] = Line { indent: first.indent + 2, text: rest };
    }
    let indent = reader.lines[0].indent;
    reader.mapping(indent, 0, "")?;
    (reader.at == reader.lines.len()).then_some(())
}

/// A line that is not blank, without its indent; or a blank one, which only literal texts may have.
#[derive(Clone, Copy)]
struct Line<'a> {
    indent: usize,
    text: &'a str,
}

fn lines(text: &str) -> Option<Vec<Line<'_>>> {
    let mut lines = Vec::with_capacity(text.len() / 32);
    for line in text.strip_prefix("---\n").unwrap_or(text).lines() {
        let content = line.trim_start_matches(' ');
        if content.starts_with(['\t', '#', '%']) || line.ends_with('\r') {
            return None;
        }
        lines.push(Line { indent: line.len() - content.len(), text: content });
    }
    while lines.last().is_some_and(|line| line.text.is_empty()) {
        lines.pop();
    }
    Some(lines)
}

struct Reader<'t, 'o> {
    lines: Vec<Line<'t>>,
    at: usize,
    out: &'o mut String,
}

impl<'t> Reader<'t, '_> {
    fn line(&self) -> Option<Line<'t>> {
        self.lines.get(self.at).copied()
    }

    /// What begins at the current line, which is indented so.
    fn node(&mut self, indent: usize, depth: usize, key: &str) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        if is_item(self.line()?.text) {
            self.sequence(indent, depth)
        } else {
            self.mapping(indent, depth, key)
        }
    }

    fn sequence(&mut self, indent: usize, depth: usize) -> Option<()> {
        self.out.push('[');
        let mut first = true;
        while let Some(line) = self.line().filter(|line| line.indent == indent && is_item(line.text)) {
            if !first {
                self.out.push(',');
            }
            first = false;
            let rest = line.text.strip_prefix("- ").filter(|rest| !rest.starts_with(' '))?;
            if is_item(rest) || key_of(rest).is_some() {
                self.lines[self.at] = Line { indent: indent + 2, text: rest };
                self.node(indent + 2, depth + 1, "")?;
            } else {
                self.at += 1;
                self.scalar(rest, indent)?;
            }
        }
        self.out.push(']');
        // What is deeper than the items belongs to none of them.
        self.line()
            .is_none_or(|line| line.indent < indent || !line.text.is_empty() && line.indent == indent)
            .then_some(())
    }

    fn mapping(&mut self, indent: usize, depth: usize, parent: &str) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.out.push('{');
        let mut keys: Vec<&str> = Vec::new();
        let mut first = true;
        while let Some(line) = self.line().filter(|line| line.indent == indent && !is_item(line.text)) {
            let (key, rest) = key_of(line.text)?;
            // A key in quotes that hold neither is the key without them.
            let name = key.trim_matches(['"', '\'']);
            if key.starts_with(['"', '\'']) && name.contains(['"', '\'', '\\']) {
                return None;
            }
            if key == "<<" || key.is_empty() || keys.contains(&name) || keys.len() == KEYS_MAX {
                return None;
            }
            keys.push(name);
            self.at += 1;
            if (parent, key) == MANAGED && depth == 1 && rest.is_empty() {
                while self.line().is_some_and(|line| is_below(line, indent)) {
                    self.at += 1;
                }
                continue;
            }
            if !first {
                self.out.push(',');
            }
            first = false;
            if key.starts_with(['"', '\'']) {
                self.scalar(key, usize::MAX)?;
            } else {
                self.key(key)?;
            }
            self.out.push(':');
            if !rest.is_empty() {
                self.scalar(rest, indent)?;
            } else if let Some(below) = self.line().filter(|line| is_below(*line, indent)) {
                if below.text.is_empty() {
                    return None;
                }
                self.node(below.indent, depth + 1, key)?;
            } else {
                self.out.push_str("null");
            }
        }
        self.out.push('}');
        // A line that is deeper than the keys goes on with a scalar, which is not for here.
        self.line().is_none_or(|line| line.indent < indent && !line.text.is_empty()).then_some(())
    }

    fn key(&mut self, key: &str) -> Option<()> {
        // A number or a word of YAML as a key is for the other reader.
        if key.starts_with(|c: char| c.is_ascii_digit()) || plain(key)? != Plain::Text {
            return None;
        }
        quote(key, self.out)
    }

    /// A scalar whose parent is indented so; literal texts go on in lines that are deeper.
    fn scalar(&mut self, text: &str, indent: usize) -> Option<()> {
        match *text.as_bytes().first()? {
            b'"' => {
                double_quoted(text)?;
                self.out.push_str(text);
            }
            b'\'' => single_quoted(text, self.out)?,
            b'|' => return self.literal(text, indent),
            b'{' if text == "{}" => self.out.push_str(text),
            b'[' if text == "[]" => self.out.push_str(text),
            _ => match plain(text)? {
                Plain::Null => self.out.push_str("null"),
                Plain::AsIs => self.out.push_str(text),
                Plain::Text => quote(text, self.out)?,
            },
        }
        // Such a scalar may go on in deeper lines.
        self.line().is_none_or(|line| line.indent <= indent && !line.text.is_empty()).then_some(())
    }

    fn literal(&mut self, header: &str, indent: usize) -> Option<()> {
        let keeps_end = match header {
            "|" => true,
            "|-" => false,
            _ => return None,
        };
        let inner = self.line().filter(|line| line.indent > indent && !line.text.is_empty())?.indent;
        self.out.push('"');
        let mut blank = 0;
        let mut first = true;
        while let Some(line) = self.line() {
            if line.text.is_empty() {
                // Blanks beyond the indent are a part of the text.
                if line.indent > inner {
                    return None;
                }
                blank += 1;
            } else if line.indent >= inner {
                for _ in 0..blank + usize::from(!first) {
                    self.out.push_str("\\n");
                }
                (blank, first) = (0, false);
                self.out.extend(std::iter::repeat_n(' ', line.indent - inner));
                escape(line.text, self.out)?;
            } else if line.indent > indent {
                return None;
            } else {
                break;
            }
            self.at += 1;
        }
        self.out.push_str(if keeps_end { "\\n\"" } else { "\"" });
        Some(())
    }
}

fn is_item(text: &str) -> bool {
    text.starts_with("- ") || text == "-"
}

/// Whether a line is a part of the value of a key that is indented so.
fn is_below(line: Line<'_>, indent: usize) -> bool {
    line.text.is_empty() || line.indent > indent || line.indent == indent && is_item(line.text)
}

/// The key that a line begins with, quotes included, and what follows it.
fn key_of(text: &str) -> Option<(&str, &str)> {
    let end = match text.as_bytes().first()? {
        b'"' => 2 + text.as_bytes()[1..].windows(2).position(|two| two[1] == b'"' && two[0] != b'\\')? + 1,
        b'\'' => text[1..].find('\'')? + 2,
        _ => {
            let colon = text.as_bytes().windows(2).position(|two| two == b": ");
            colon.map_or_else(|| text.strip_suffix(':').map(str::len), Some)?
        }
    };
    let rest = text.get(end..)?.strip_prefix(':')?;
    match rest.strip_prefix(' ') {
        Some(rest) if rest.starts_with(' ') || rest.ends_with(' ') || rest.is_empty() => None,
        Some(rest) => Some((&text[..end], rest)),
        None => rest.is_empty().then_some((&text[..end], "")),
    }
}

#[derive(PartialEq, Eq)]
enum Plain {
    Null,
    /// A number or a truth value, written as JSON writes it.
    AsIs,
    Text,
}

/// What a plain scalar is; `None` where that needs thought.
fn plain(text: &str) -> Option<Plain> {
    let first = *text.as_bytes().first()?;
    let bytes = text.as_bytes();
    if bytes.windows(2).any(|two| matches!(two, b" #" | b": "))
        || text.ends_with([':', ' '])
        || bytes.contains(&b'\t')
    {
        return None;
    }
    if first.is_ascii_alphabetic() || matches!(first, b'/' | b'_' | b'$' | b'(') || !first.is_ascii() {
        return match text {
            "null" => Some(Plain::Null),
            "true" | "false" => Some(Plain::AsIs),
            _ if text.len() <= 5 && is_word(&text.to_ascii_lowercase()) => None,
            _ => Some(Plain::Text),
        };
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.starts_with(|c: char| c == '-' || c.is_ascii_alphabetic()) && digits != text {
        // `-c`, `--flag=1`
        return text.bytes().any(|byte| byte.is_ascii_alphabetic()).then_some(Plain::Text);
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    // `602401143452.dkr.ecr.us-east-1.amazonaws.com/eks/pause:3.5`: nothing but a text has a slash.
    if digits == text && text.contains('/') {
        return Some(Plain::Text);
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return (digits == "0" || !digits.starts_with('0') && digits.len() <= 18).then_some(Plain::AsIs);
    }
    if text.strip_suffix('%').is_some_and(|share| share.bytes().all(|byte| byte.is_ascii_digit())) {
        return Some(Plain::Text);
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return (digits.matches('.').count() > 1 && !digits.contains("..")).then_some(Plain::Text);
    }
    // `100m`, `256Mi`, `7d9f4c8b6`: a letter that no number has.
    let of_no_number = |byte: u8| byte.is_ascii_alphabetic() && !b"eExXoObB_".contains(&byte);
    let is_prefixed = digits.starts_with('0') && digits.as_bytes()[1].is_ascii_alphabetic();
    (digits == text && !is_prefixed && !text.contains([':', '_', '+']) && text.bytes().any(of_no_number))
        .then_some(Plain::Text)
}

/// Words that YAML 1.1 takes for something else than a text.
fn is_word(text: &str) -> bool {
    matches!(text, "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null")
}

/// Checks that a text in double quotes means the same in JSON.
fn double_quoted(text: &str) -> Option<()> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = inner.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' | 0..0x20 | 0x7f => return None,
            b'\\' if !matches!(bytes.next()?, b'"' | b'\\' | b'n' | b't' | b'r' | b'/' | b'b' | b'f') => {
                return None;
            }
            _ => {}
        }
    }
    Some(())
}

fn single_quoted(text: &str, out: &mut String) -> Option<()> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'').filter(|_| text.len() > 1)?;
    if inner.replace("''", "").contains('\'') {
        return None;
    }
    quote(&inner.replace("''", "'"), out)
}

fn quote(text: &str, out: &mut String) -> Option<()> {
    out.push('"');
    escape(text, out)?;
    out.push('"');
    Some(())
}

fn escape(text: &str, out: &mut String) -> Option<()> {
    if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return None;
    }
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\\']) {
        out.push_str(&rest[..at]);
        out.push('\\');
        out.push_str(&rest[at..=at]);
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::to_json;
    use crate::kubectl::text::yaml;
    use proptest::prelude::*;
    use serde_json::Value;

    fn fast(text: &str) -> Option<Value> {
        let mut json = String::new();
        to_json(text, &mut json)?;
        Some(serde_json::from_str(&json).unwrap_or_else(|problem| panic!("{problem}: {json}")))
    }

    #[test]
    fn what_kubectl_prints_is_read() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    app: web\n  managedFields:\n  - apiVersion: v1\n    \
                    fieldsV1:\n      f:metadata: {}\n  name: web-7d9\nspec:\n  containers:\n  - args:\n    - --flag\n    \
                    name: 'it''s'\n    note: |\n      two\n\n        lines\n  tolerations: []\n  x: 100m\n";
        let read = fast(text).expect("it is in this form");
        let mut whole: Value = yaml::read(text).expect("it is YAML");
        whole["metadata"].as_object_mut().expect("a map").remove("managedFields");
        assert_eq!(read, whole);
        assert_eq!(read["spec"]["containers"][0]["note"], "two\n\n  lines\n");
    }

    #[test]
    fn images_of_registries_that_are_numbers_are_read() {
        let image = "602401143452.dkr.ecr.us-east-1.amazonaws.com/eks/pause:3.5";
        let read = fast(&format!("names:\n- {image}\n")).expect("every node of EKS has some");
        assert_eq!(read["names"][0], image);
    }

    #[test]
    fn what_needs_thought_is_left_to_the_reader_of_all_of_yaml() {
        for text in [
            "a: 0755\n",
            "a: yes\n",
            "a: On\n",
            "a: 0x1f\n",
            "a: 1e3\n",
            "a: 1_000\n",
            "a: 12:30:45\n",
            "a: .5\n",
            "a: 1.5\n",
            "a: +1\n",
            "a: ~\n",
            "a: &x 1\n",
            "a: *x\n",
            "a: !!str 1\n",
            "a: {b: 1}\n",
            "a: [1]\n",
            "a: >\n  b\n",
            "a: |2\n  b\n",
            "a: b # c\n",
            "a: b\n  c\n",
            "a: \"b\n  c\"\n",
            "a: 1\na: 2\n",
            "<<: 1\n",
            "\ta: 1\n",
            "a: b: c\n",
            "1: a\n",
            "a: \"\\x41\"\n",
            "? a\n: b\n",
            "a:\n - b\n  - c\n",
            "a: 99999999999999999999\n",
            "true: 1\n",
            "# a\nb: 1\n",
        ] {
            assert_eq!(fast(text), None, "{text:?}");
        }
    }

    proptest! {
        /// Whatever is put together of the pieces of YAML: where this reader answers, the other gives the same answer.
        #[test]
        fn where_both_readers_answer_they_agree(pieces in prop::collection::vec(prop::sample::select(vec![
            "a", "b:", "c: ", "- ", "\n", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", "1", "-1", "0", "07", "1.0", "1.2.3", "true",
            "null", "no", "\"q\"", "\"\\n\"", "'s'", "''", "|\n", "|-\n", "x y", "100m", "{}", "[]", "#", ": ", ":", "é", "/p", "-",
            "602.dkr.ecr", ":v1",
        ]), 0..24)) {
            let text = pieces.concat();
            if let Some(value) = fast(&text) {
                let other: Value = yaml::read(text.strip_prefix("- ").map_or(text.clone(), |rest| format!("  {rest}")).as_str())
                    .unwrap_or_else(|wrong| panic!("{text:?} is {value} here, but {wrong:?}"));
                prop_assert_eq!(value, other, "{:?}", text);
            }
        }
    }
}
