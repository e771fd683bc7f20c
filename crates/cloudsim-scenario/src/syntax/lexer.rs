//! Characters to tokens.

use std::ops::Range;

/// What stands in a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// One of `( ) [ ] { } , : = # !`.
    Sign(char),
    Word(String),
    Number(String),
    Text(String),
    Char(char),
    End,
}

/// A text that is not RON.
#[derive(Clone, Debug)]
pub(crate) struct SyntaxError {
    pub(crate) at: Range<usize>,
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl SyntaxError {
    pub(crate) fn new(at: Range<usize>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { at, message: message.into(), hint: hint.into() }
    }
}

/// Reads one token after the other.
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The next token and its place.
    pub(crate) fn next(&mut self) -> Result<(Token, Range<usize>), SyntaxError> {
        self.skip_blanks()?;
        let start = self.at;
        let Some(first) = self.peek() else { return Ok((Token::End, start..start)) };
        let token = match first {
            '(' | ')' | '[' | ']' | '{' | '}' | ',' | ':' | '=' | '#' | '!' => {
                self.at += 1;
                Token::Sign(first)
            }
            '"' => Token::Text(self.quoted(start)?),
            '\'' => self.character(start)?,
            'r' if self.rest()[1..].trim_start_matches('#').starts_with('"') => self.raw_string(start)?,
            '0'..='9' | '.' | '+' | '-' => self.number(start)?,
            'a'..='z' | 'A'..='Z' | '_' => {
                let length = self.rest().find(|c| !is_word_char(c)).unwrap_or(self.rest().len());
                self.at += length;
                Token::Word(self.text[start..self.at].to_owned())
            }
            other => {
                let end = start + other.len_utf8();
                let message = format!("unexpected character `{}`", other.escape_debug());
                return Err(SyntaxError::new(start..end, message, "texts stand between double quotes"));
            }
        };
        Ok((token, start..self.at))
    }

    /// Skips white space and comments; block comments nest.
    fn skip_blanks(&mut self) -> Result<(), SyntaxError> {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches(is_blank).len();
            self.at += blank;
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.block_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    fn block_comment(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        let mut open = 0_usize;
        loop {
            let rest = self.rest();
            if rest.starts_with("/*") {
                open += 1;
                self.at += 2;
            } else if rest.starts_with("*/") {
                open -= 1;
                self.at += 2;
                if open == 0 {
                    return Ok(());
                }
            } else if let Some(c) = rest.chars().next() {
                self.at += c.len_utf8();
            } else {
                return Err(SyntaxError::new(
                    start..start + 2,
                    "a comment without an end",
                    "close it with `*/`",
                ));
            }
        }
    }

    fn quoted(&mut self, start: usize) -> Result<String, SyntaxError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let plain = self.rest().find(['"', '\\', '\n']).unwrap_or(self.rest().len());
            text.push_str(&self.rest()[..plain]);
            self.at += plain;
            match self.peek() {
                Some('"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some('\\') => {
                    if let Some(c) = self.escape()? {
                        text.push(c);
                    }
                }
                // RON lets a text go on over the end of a line; here that is a forgotten quote, found where it is.
                _ => {
                    let line = self.text[start..]
                        .find(['\r', '\n'])
                        .map_or(self.text.len(), |length| start + length);
                    return Err(SyntaxError::new(
                        start..line,
                        "a text without an end",
                        "close it with `\"` on its line",
                    ));
                }
            }
        }
    }

    /// What an escape stands for; a backslash at the end of a line stands for nothing.
    fn escape(&mut self) -> Result<Option<char>, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let wrong = |end: usize| {
            SyntaxError::new(
                start..end,
                "an unknown escape",
                "known are \\\" \\\\ \\n \\r \\t \\0 \\' \\x41 \\u{e9}; a backslash itself is written twice",
            )
        };
        let Some(c) = self.peek() else { return Err(wrong(self.at)) };
        self.at += c.len_utf8();
        let plain = match c {
            '"' | '\\' | '\'' => c,
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            'x' => {
                let digits =
                    self.rest().get(..2).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
                let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                let code = code.ok_or_else(|| wrong(self.at))?;
                self.at += 2;
                char::from(code)
            }
            'u' => {
                let digits =
                    self.rest().strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(d, _)| d);
                let digits = digits.filter(|d| d.len() <= 6 && d.bytes().all(|b| b.is_ascii_hexdigit()));
                let code =
                    digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
                let (Some(digits), Some(code)) = (digits, code) else { return Err(wrong(self.at)) };
                self.at += digits.len() + 2;
                code
            }
            '\n' | '\r' => {
                self.at += self.rest().len() - self.rest().trim_start_matches([' ', '\t', '\r', '\n']).len();
                return Ok(None);
            }
            _ => return Err(wrong(self.at)),
        };
        Ok(Some(plain))
    }

    fn character(&mut self, start: usize) -> Result<Token, SyntaxError> {
        self.at += 1;
        let c = match self.peek() {
            Some('\\') => self.escape()?,
            Some(c) if c != '\'' && c != '\n' => {
                self.at += c.len_utf8();
                Some(c)
            }
            _ => None,
        };
        match c {
            Some(c) if self.peek() == Some('\'') => {
                self.at += 1;
                Ok(Token::Char(c))
            }
            _ => Err(SyntaxError::new(
                start..self.at,
                "a single quote holds one character",
                "texts stand between double quotes",
            )),
        }
    }

    fn raw_string(&mut self, start: usize) -> Result<Token, SyntaxError> {
        let rest = &self.rest()[1..];
        let hashes = rest.len() - rest.trim_start_matches('#').len();
        let body = self.at + 1 + hashes + 1;
        let close = format!("\"{}", "#".repeat(hashes));
        let Some(length) = self.text[body..].find(&close) else {
            let message = "a raw text without an end";
            return Err(SyntaxError::new(start..body, message, format!("close it with `{close}`")));
        };
        self.at = body + length + close.len();
        Ok(Token::Text(self.text[body..body + length].to_owned()))
    }

    fn number(&mut self, start: usize) -> Result<Token, SyntaxError> {
        let mut end = start;
        let mut previous = ' ';
        for c in self.rest().chars() {
            let sign = matches!(c, '+' | '-') && (end == start || matches!(previous, 'e' | 'E'));
            if !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_') || sign) {
                break;
            }
            previous = c;
            end += 1;
        }
        self.at = end;
        let number = &self.text[start..end];
        if is_number(number) {
            return Ok(Token::Number(number.to_owned()));
        }
        let hint = if number.bytes().any(|b| b.is_ascii_digit()) {
            format!("a value with a unit stands between double quotes: \"{number}\"")
        } else {
            "texts stand between double quotes".to_owned()
        };
        Err(SyntaxError::new(start..end, format!("`{number}` is not a number"), hint))
    }
}

fn is_word_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The white space of RON.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t'
            | '\n'
            | '\r'
            | '\u{b}'
            | '\u{c}'
            | '\u{85}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'
            | '\u{2029}'
    )
}

/// Whether the `ron` crate reads it as a number.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let Some(hex) = digits.strip_prefix("0x") {
        return !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit());
    }
    digits.bytes().any(|b| b.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'_' | b'.' | b'e' | b'E' | b'+' | b'-'))
        && digits.bytes().next().is_some_and(|b| b.is_ascii_digit() || b == b'.')
        && matches!(ron::from_str(text), Ok(ron::Value::Number(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Result<Vec<Token>, SyntaxError> {
        let mut lexer = Lexer::new(text);
        let mut tokens = Vec::new();
        loop {
            match lexer.next()?.0 {
                Token::End => return Ok(tokens),
                token => tokens.push(token),
            }
        }
    }

    #[test]
    fn texts_know_escapes_and_raw_ones_do_not() {
        let text = |text: &str| Token::Text(text.to_owned());
        let read = tokens(r#" "a\"\n\x41\u{e9}" r"\n" 'x' '\'' "#).expect("tokens");
        assert_eq!(read, [text("a\"\nAé"), text("\\n"), Token::Char('x'), Token::Char('\'')]);
        assert_eq!(tokens("r#\"say \"hi\"\"#").expect("a token"), [text("say \"hi\"")]);
    }

    #[test]
    fn comments_nest_and_a_mark_of_byte_order_is_skipped() {
        let read = tokens("\u{feff}// one\n/* two /* three */ */ word").expect("tokens");
        assert_eq!(read, [Token::Word("word".into())]);
        assert!(tokens("/* /* */").is_err());
    }

    #[test]
    fn numbers_are_those_of_ron() {
        for good in ["0", "-1", "+2", "1.5", "1e3", "1_000", "0xff", ".5"] {
            assert_eq!(tokens(good).expect(good), [Token::Number(good.to_owned())], "{good}");
        }
        for bad in ["15s", "1.2.3", "10.0.0.0", "-", "1e", "0x"] {
            assert!(tokens(bad).is_err(), "{bad}");
        }
    }
}
