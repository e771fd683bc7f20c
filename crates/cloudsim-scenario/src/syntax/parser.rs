//! Tokens to a tree.

use super::lexer::{Lexer, SyntaxError, Token};
use super::{DEPTH_MAX, Field, Node, VALUES_MAX, Value};
use crate::diagnostics::{Problem, SourceId, Span, codes};
use crate::limits::{ITEMS_MAX, items_max};
use std::ops::Range;

/// Reads a whole file: extensions, then one value. `values` counts those of all files.
pub(crate) fn parse_document(source: SourceId, text: &str, values: &mut usize) -> Result<Node, Problem> {
    read(source, text, 0, values, Parser::document)
}

/// Reads one value that fills `text`, which starts `offset` bytes into its source.
pub(crate) fn parse_value(source: SourceId, text: &str, offset: usize) -> Result<Node, Problem> {
    read(source, text, offset, &mut 0, Parser::value_to_the_end)
}

fn read<'a>(
    source: SourceId,
    text: &'a str,
    offset: usize,
    values: &'a mut usize,
    rule: fn(&mut Parser<'a>) -> Result<Node, SyntaxError>,
) -> Result<Node, Problem> {
    let mut lexer = Lexer::new(text);
    let span = |at: &Range<usize>| Span::new(source, offset + at.start, offset + at.end);
    lexer
        .next()
        .and_then(|(token, at)| {
            rule(&mut Parser { lexer, token, at, source, offset, depth: 0, parts_max: ITEMS_MAX, values })
        })
        .map_err(|error| Problem::error(&codes::SYNTAX, error.message).at(span(&error.at)).hint(error.hint))
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token,
    at: Range<usize>,
    source: SourceId,
    offset: usize,
    depth: usize,
    /// The next pair of brackets may hold so many parts.
    parts_max: usize,
    values: &'a mut usize,
}

type Parsed<T> = Result<T, SyntaxError>;

impl Parser<'_> {
    fn advance(&mut self) -> Parsed<()> {
        (self.token, self.at) = self.lexer.next()?;
        Ok(())
    }

    fn is(&self, sign: char) -> bool {
        self.token == Token::Sign(sign)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, self.offset + start, self.offset + end)
    }

    fn unexpected<T>(&self, wanted: &str, hint: &str) -> Parsed<T> {
        let found = match &self.token {
            Token::Sign(sign) => format!("`{sign}`"),
            Token::Word(word) => format!("`{word}`"),
            Token::Number(number) => format!("`{number}`"),
            Token::Text(_) => "a text".to_owned(),
            Token::Char(_) => "a character".to_owned(),
            Token::End => "the end".to_owned(),
        };
        Err(SyntaxError::new(self.at.clone(), format!("expected {wanted}, found {found}"), hint))
    }

    fn document(&mut self) -> Parsed<Node> {
        while self.is('#') {
            self.extension()?;
        }
        self.value_to_the_end()
    }

    fn value_to_the_end(&mut self) -> Parsed<Node> {
        let node = self.value()?;
        if self.token != Token::End {
            return self.unexpected("the end of the file", "a file holds one value, `( … )`");
        }
        Ok(node)
    }

    /// `#![enable(implicit_some)]`, which this language has anyway; no other extension is one of its own.
    fn extension(&mut self) -> Parsed<()> {
        let start = self.at.start;
        let mut names = Vec::new();
        while !self.is(']') {
            match &self.token {
                Token::Word(word) => names.push(word.clone()),
                Token::Sign(_) => {}
                _ => return self.unexpected("`]`", "an extension reads `#![enable(implicit_some)]`"),
            }
            self.advance()?;
        }
        let end = self.at.end;
        self.advance()?;
        if names == ["enable", "implicit_some"] {
            return Ok(());
        }
        let hint = "leave the line out: `Some(…)` need not be written, everything else is as in plain RON";
        Err(SyntaxError::new(start..end, "extensions of RON change how a file reads", hint))
    }

    fn value(&mut self) -> Parsed<Node> {
        *self.values += 1;
        if *self.values > VALUES_MAX {
            let message = format!("more than {VALUES_MAX} values in all files together");
            return Err(SyntaxError::new(self.at.clone(), message, "make the scenario smaller"));
        }
        let start = self.at.start;
        let (value, end) = match &self.token {
            Token::Number(number) => (Value::Number(number.clone()), self.end_of_token()?),
            Token::Text(text) => (Value::Text(text.clone()), self.end_of_token()?),
            Token::Char(c) => (Value::Char(*c), self.end_of_token()?),
            Token::Word(word) => {
                let word = word.clone();
                let end = self.end_of_token()?;
                if self.is('(') { self.parentheses(Some(word))? } else { (Value::Word(word), end) }
            }
            Token::Sign('(') => self.parentheses(None)?,
            Token::Sign('[') => {
                let (items, end) = self.sequence(']', Self::value)?;
                (Value::List(items), end)
            }
            Token::Sign('{') => {
                let (entries, end) = self.sequence('}', Self::entry)?;
                (Value::Map(entries), end)
            }
            Token::End => return self.unexpected("a value", "a file holds one struct, `( … )`"),
            Token::Sign(_) => return self.unexpected("a value", "texts stand between double quotes"),
        };
        Ok(Node { span: self.span(start, end), value })
    }

    fn end_of_token(&mut self) -> Parsed<usize> {
        let end = self.at.end;
        self.advance()?;
        Ok(end)
    }

    fn entry(&mut self) -> Parsed<(Node, Node)> {
        let key = self.value()?;
        if !self.is(':') {
            return self.unexpected("`:`", "a map reads `{ \"key\": value }`");
        }
        self.advance()?;
        Ok((key, self.value()?))
    }

    /// A struct if its first part has a name, else a tuple.
    fn parentheses(&mut self, name: Option<String>) -> Parsed<(Value, usize)> {
        let (parts, end) = self.sequence(')', Self::part)?;
        if parts.first().is_some_and(|(name, _)| name.is_some()) {
            let mut fields = Vec::with_capacity(parts.len());
            for (field, value) in parts {
                let Some((name, name_span)) = field else {
                    let at = value.span.start as usize - self.offset..value.span.end as usize - self.offset;
                    return Err(SyntaxError::new(at, "a value without a name", "write `name: value`"));
                };
                fields.push(Field { name, name_span, value });
            }
            return Ok((Value::Struct(name, fields), end));
        }
        let mut items = Vec::with_capacity(parts.len());
        for (field, value) in parts {
            if let Some((_, span)) = field {
                let at = span.start as usize - self.offset..span.end as usize - self.offset;
                return Err(SyntaxError::new(at, "a name among values without names", "name all or none"));
            }
            items.push(value);
        }
        Ok((Value::Tuple(name, items), end))
    }

    fn part(&mut self) -> Parsed<(Option<(String, Span)>, Node)> {
        let value = self.value()?;
        if !self.is(':') {
            return Ok((None, value));
        }
        let Value::Word(name) = value.value else {
            return self.unexpected("`,` or `)`", "the name of a field has no quotes");
        };
        self.advance()?;
        self.parts_max = items_max(&name);
        let read = self.value();
        self.parts_max = ITEMS_MAX;
        Ok((Some((name, value.span)), read?))
    }

    /// Parts between an opening sign, which is the present token, and `close`; returns where the closing sign ends.
    fn sequence<T>(&mut self, close: char, part: fn(&mut Self) -> Parsed<T>) -> Parsed<(Vec<T>, usize)> {
        let open = self.at.clone();
        let most = std::mem::replace(&mut self.parts_max, ITEMS_MAX);
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let message = format!("nested deeper than {DEPTH_MAX} levels");
            return Err(SyntaxError::new(open, message, "no scenario needs that"));
        }
        self.advance()?;
        let mut parts = Vec::new();
        while !self.is(close) {
            if parts.len() == most {
                let message = format!("more than {most} parts in one pair of brackets");
                return Err(SyntaxError::new(open, message, "make the scenario smaller"));
            }
            if self.token != Token::End {
                parts.push(part(self)?);
            }
            if self.token == Token::End {
                let message = format!("no `{close}` for this bracket");
                return Err(SyntaxError::new(open, message, "every bracket is closed by its own kind"));
            }
            if self.is(',') {
                self.advance()?;
            } else if !self.is(close) {
                return self.unexpected(&format!("`,` or `{close}`"), "parts are separated by commas");
            }
        }
        self.depth -= 1;
        Ok((parts, self.end_of_token()?))
    }
}
