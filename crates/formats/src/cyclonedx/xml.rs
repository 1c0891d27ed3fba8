//! CycloneDX XML: the same object model, where the namespace names the version.

use forewarn_exposure::Inventory;

use super::{Parts, VERSIONS, collect};
use crate::inventory::{Collector, line_place};
use crate::json::{Limits, Problem, token};
use crate::xml::{Element, Piece, Pieces};

/// Beginning of the namespace; the version follows.
const NAMESPACE: &str = "http://cyclonedx.org/schema/bom/";

/// Reads the components, under the same rules as in JSON. Elements of other namespaces are passed over.
///
/// # Errors
/// A [`Problem`] with the line when the text is not well-formed XML, has a document type or entities, is another
/// kind of document or version, or gives a field of a component twice.
pub fn read_xml(text: &str, limits: &Limits) -> Result<Inventory, Problem> {
    let mut pieces = Pieces::new(text, limits);
    let mut reading = Reading::default();
    while let Some(piece) = pieces.next()? {
        match piece {
            Piece::Open(element) => reading.open(&element)?,
            Piece::Text(text) => reading.text(&text),
            Piece::Close => reading.close().map_err(|message| pieces.problem(message))?,
        }
    }
    let mut collector = Collector::default();
    for draft in &reading.drafts {
        draft.collect(&mut collector);
    }
    collector.finish(format!("CycloneDX {} XML", reading.version))
}

/// What an open element is.
enum Frame {
    Bom,
    Metadata,
    Components,
    /// A component, by its number.
    Component(usize),
    /// Somebody who makes or supplies the component around it.
    Organisation(Field),
    /// A field of the component of this number.
    Field(usize, Field, String),
    Other,
}

/// Fields that are read of a component.
#[derive(Clone, Copy)]
enum Field {
    Name,
    Version,
    Purl,
    Cpe,
    Publisher,
    Supplier,
    Manufacturer,
}

#[derive(Default)]
struct Reading {
    version: String,
    namespace: String,
    open: Vec<Frame>,
    /// In the order in which they begin.
    drafts: Vec<Draft>,
}

#[derive(Default)]
struct Draft {
    line: usize,
    kind: Option<String>,
    fields: [Option<String>; 7],
}

impl Reading {
    fn open(&mut self, element: &Element<'_>) -> Result<(), Problem> {
        let frame = match self.open.last() {
            None => self.root(element)?,
            _ if element.namespace != self.namespace => Frame::Other,
            Some(Frame::Bom) => match element.name.as_str() {
                "metadata" => Frame::Metadata,
                "components" => Frame::Components,
                _ => Frame::Other,
            },
            Some(Frame::Metadata | Frame::Components) if element.name == "component" => {
                self.drafts.push(Draft {
                    line: element.line,
                    kind: element.attribute("type")?,
                    ..Draft::default()
                });
                Frame::Component(self.drafts.len() - 1)
            }
            Some(Frame::Component(number)) => within(*number, &element.name),
            Some(Frame::Organisation(field)) if element.name == "name" => {
                let around = self.open.iter().rev().find_map(|frame| match frame {
                    Frame::Component(number) => Some(*number),
                    _ => None,
                });
                around.map_or(Frame::Other, |number| Frame::Field(number, *field, String::new()))
            }
            Some(_) => Frame::Other,
        };
        self.open.push(frame);
        Ok(())
    }

    fn root(&mut self, element: &Element<'_>) -> Result<Frame, Problem> {
        let problem = |message: String| Problem { place: line_place(element.line), message };
        let version = element.namespace.strip_prefix(NAMESPACE);
        let Some(version) = version.filter(|_| element.name == "bom") else {
            return Err(problem(format!("expected the element bom of a namespace {NAMESPACE}1.2 to 1.7")));
        };
        if !VERSIONS.contains(&version) {
            return Err(problem(format!("CycloneDX 1.2 to 1.7 is read, not {}", token(version))));
        }
        self.version = version.to_owned();
        self.namespace = element.namespace.clone();
        Ok(Frame::Bom)
    }

    fn text(&mut self, text: &str) {
        if let Some(Frame::Field(_, _, value)) = self.open.last_mut() {
            value.push_str(text);
        }
    }

    fn close(&mut self) -> Result<(), &'static str> {
        if let Some(Frame::Field(number, field, value)) = self.open.pop()
            && let Some(place) =
                self.drafts.get_mut(number).and_then(|draft| draft.fields.get_mut(field as usize))
            && place.replace(value).is_some()
        {
            return Err("this element is given twice in one component");
        }
        Ok(())
    }
}

fn within(component: usize, name: &str) -> Frame {
    let field = match name {
        "components" => return Frame::Components,
        "supplier" => return Frame::Organisation(Field::Supplier),
        "manufacturer" => return Frame::Organisation(Field::Manufacturer),
        "name" => Field::Name,
        "version" => Field::Version,
        "purl" => Field::Purl,
        "cpe" => Field::Cpe,
        "publisher" => Field::Publisher,
        _ => return Frame::Other,
    };
    Frame::Field(component, field, String::new())
}

impl Draft {
    fn field(&self, field: Field) -> Option<&str> {
        self.fields.get(field as usize).and_then(Option::as_deref).map(str::trim)
    }

    fn collect(&self, collector: &mut Collector) {
        let vendors = [Field::Manufacturer, Field::Supplier, Field::Publisher];
        let parts = Parts {
            kind: self.kind.as_deref(),
            name: self.field(Field::Name),
            version: self.field(Field::Version),
            vendor: vendors.into_iter().find_map(|field| self.field(field)),
            purl: self.field(Field::Purl),
            cpe: self.field(Field::Cpe),
        };
        collect(collector, line_place(self.line), &parts);
    }
}
