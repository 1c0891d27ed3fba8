//! Strict reading of foreign XML: bounded in depth and count, without document types and entities.
//!
//! What an error may say is as in [`crate::json`]; the place is a line.

use std::borrow::Cow;

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

use crate::json::{Limits, Problem};

/// Deepest nesting whatever the limits say.
const DEEPEST: usize = 120;
/// Most attributes of one element.
const ATTRIBUTES: usize = 64;

/// What comes next in a document.
pub(crate) enum Piece<'t> {
    /// An element begins.
    Open(Element<'t>),
    /// Text inside the innermost element.
    Text(Cow<'t, str>),
    /// The innermost element ends.
    Close,
}

/// The beginning of an element.
pub(crate) struct Element<'t> {
    /// Namespace, empty for none.
    pub namespace: String,
    /// Name without prefix.
    pub name: String,
    /// Line of its end bracket.
    pub line: usize,
    start: BytesStart<'t>,
}

impl Element<'_> {
    /// The value of an attribute without a prefix.
    ///
    /// # Errors
    /// When the attributes are not well-formed, too many, or one is given twice.
    pub fn attribute(&self, name: &str) -> Result<Option<String>, Problem> {
        let problem = |message: &str| Problem { place: place(self.line), message: message.to_owned() };
        let mut found = None;
        for (count, attribute) in self.start.attributes().with_checks(false).enumerate() {
            let attribute = attribute.map_err(|_| problem("not XML: an attribute is not well-formed"))?;
            if count >= ATTRIBUTES {
                return Err(problem("more attributes than allowed in one element"));
            }
            if attribute.key.as_ref() != name {
                continue;
            }
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Explicit1_0)
                .map_err(|_| problem("entities are not read here"))?;
            if found.replace(value.into_owned()).is_some() {
                return Err(problem("this attribute is given twice"));
            }
        }
        Ok(found)
    }
}

/// The place of a line.
fn place(line: usize) -> String {
    format!("line {line}")
}

/// The pieces of a document in order.
pub(crate) struct Pieces<'t> {
    reader: NsReader<&'t [u8]>,
    text: &'t str,
    /// How far lines are counted, and how many there were.
    counted: (usize, usize),
    open: usize,
    deepest: usize,
    elements_left: usize,
    closing: bool,
    begun: bool,
}

impl<'t> Pieces<'t> {
    /// The pieces of a text.
    pub fn new(text: &'t str, limits: &Limits) -> Self {
        let reader = NsReader::from_str(text);
        Self {
            reader,
            text,
            counted: (0, 1),
            open: 0,
            deepest: limits.depth.min(DEEPEST),
            elements_left: limits.nodes,
            closing: false,
            begun: false,
        }
    }

    /// The next piece; `None` behind the end of the outermost element.
    ///
    /// # Errors
    /// A [`Problem`] where the text is not well-formed, has a document type or an entity of its own, or is nested
    /// too deeply.
    pub fn next(&mut self) -> Result<Option<Piece<'t>>, Problem> {
        if std::mem::take(&mut self.closing) {
            return Ok(Some(self.close()));
        }
        loop {
            let event = self.reader.read_resolved_event();
            let (namespace, event) = match event {
                Ok((ResolveResult::Bound(bound), event)) => (bound.as_ref().to_owned(), event),
                Ok((_, event)) => (String::new(), event),
                Err(_) => return Err(self.problem("not XML: the text is not well-formed here")),
            };
            match event {
                Event::Start(start) => return self.element(namespace, start).map(Some),
                Event::Empty(start) => {
                    self.closing = true;
                    return self.element(namespace, start).map(Some);
                }
                Event::End(_) => return Ok(Some(self.close())),
                Event::Text(text) if self.open > 0 => return Ok(Some(Piece::Text(text.into_inner()))),
                Event::CData(text) if self.open > 0 => return Ok(Some(Piece::Text(text.into_inner()))),
                Event::Text(text) if text.trim().is_empty() => {}
                Event::Text(_) | Event::CData(_) => {
                    return Err(self.problem("not XML: text outside the outermost element"));
                }
                Event::GeneralRef(reference) => {
                    let letter = match reference.resolve_char_ref() {
                        Ok(Some(letter)) => Some(letter),
                        Ok(None) => predefined(&reference),
                        Err(_) => None,
                    };
                    let Some(letter) = letter else { return Err(self.problem("entities are not read here")) };
                    return Ok(Some(Piece::Text(letter.to_string().into())));
                }
                Event::DocType(_) => return Err(self.problem("a document type is not read here")),
                Event::Decl(declaration) => match declaration.encoding() {
                    Some(Ok(name)) if !is_utf8(&name) => {
                        return Err(self.problem("an encoding other than UTF-8 is not read here"));
                    }
                    Some(Err(_)) => return Err(self.problem("not XML: the declaration is not well-formed")),
                    _ => {}
                },
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof if self.open > 0 || !self.begun => {
                    return Err(self.problem("not XML: the document ends too early"));
                }
                Event::Eof => return Ok(None),
            }
        }
    }

    fn element(&mut self, namespace: String, start: BytesStart<'t>) -> Result<Piece<'t>, Problem> {
        if self.open == 0 && self.begun {
            return Err(self.problem("not XML: a second outermost element"));
        }
        if self.open >= self.deepest {
            return Err(self.problem(&format!("nested more than {} deep", self.deepest)));
        }
        match self.elements_left.checked_sub(1) {
            Some(left) => self.elements_left = left,
            None => return Err(self.problem("more elements than allowed in one document")),
        }
        self.begun = true;
        self.open += 1;
        let name = start.local_name().as_ref().to_owned();
        Ok(Piece::Open(Element { namespace, name, line: self.line(), start }))
    }

    fn close(&mut self) -> Piece<'t> {
        self.open = self.open.saturating_sub(1);
        Piece::Close
    }

    /// The line that the reader has come to.
    fn line(&mut self) -> usize {
        let at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.text.len());
        let (from, lines) = self.counted;
        let passed = self.text.as_bytes().get(from..at).unwrap_or_default();
        let lines = lines + passed.iter().filter(|byte| **byte == b'\n').count();
        self.counted = (at.max(from), lines);
        lines
    }

    /// A problem at the line that the reader has come to.
    pub fn problem(&mut self, message: &str) -> Problem {
        Problem { place: place(self.line()), message: message.to_owned() }
    }
}

/// The letter of the five entities that XML itself has.
fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "apos" => '\'',
        "gt" => '>',
        "lt" => '<',
        "quot" => '"',
        _ => return None,
    })
}

fn is_utf8(encoding: &str) -> bool {
    ["utf-8", "utf8", "us-ascii", "ascii"].iter().any(|known| encoding.eq_ignore_ascii_case(known))
}
