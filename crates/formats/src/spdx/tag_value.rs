//! SPDX 2.2 and 2.3 in tag-value form (<https://spdx.github.io/spdx-spec/v2.3/>, annex on tag-value).

use forewarn_exposure::Inventory;

use super::{collect, organisation, second_version};
use crate::inventory::{Collector, Described, line_place, present};
use crate::json::{Limits, Problem};

/// Reads the packages of a document, under the same rules as in JSON.
///
/// # Errors
/// A [`Problem`] with the line: a version that is not read here, a line that is no tag and value, a text without an
/// end, or a field of a package given twice.
pub fn read_tag_value(text: &str, limits: &Limits) -> Result<Inventory, Problem> {
    let mut version = None;
    let mut collector = Collector::default();
    let mut package: Option<Package<'_>> = None;
    for (count, tag) in Tags::new(text).enumerate() {
        let tag = tag?;
        if count >= limits.nodes {
            return Err(tag.problem("more values than allowed in one document"));
        }
        match tag.name {
            "SPDXVersion" if version.is_some() => return Err(tag.problem("this tag is given twice")),
            "SPDXVersion" => {
                let number = second_version(tag.value).map_err(|message| tag.problem(&message))?;
                version = Some(number);
            }
            "PackageName" => {
                finish(&mut collector, package.take());
                package = Some(Package::new(&tag));
            }
            "FileName" | "SnippetSPDXID" | "LicenseID" => finish(&mut collector, package.take()),
            _ => {
                if let Some(package) = &mut package {
                    package.take(&tag)?;
                }
            }
        }
    }
    finish(&mut collector, package);
    let version = version.ok_or_else(|| Problem::at("", "expected the tag SPDXVersion"))?;
    collector.finish(format!("SPDX {version} tag-value"))
}

/// A package as far as it was read.
struct Package<'t> {
    line: usize,
    name: &'t str,
    version: Option<&'t str>,
    supplier: Option<&'t str>,
    purls: Vec<&'t str>,
    cpe: Option<&'t str>,
}

impl<'t> Package<'t> {
    fn new(tag: &Tag<'t>) -> Self {
        Self { line: tag.line, name: tag.value, version: None, supplier: None, purls: Vec::new(), cpe: None }
    }

    fn take(&mut self, tag: &Tag<'t>) -> Result<(), Problem> {
        let field = match tag.name {
            "PackageVersion" => &mut self.version,
            "PackageSupplier" => &mut self.supplier,
            "ExternalRef" => {
                self.reference(tag.value);
                return Ok(());
            }
            _ => return Ok(()),
        };
        match field.replace(tag.value) {
            None => Ok(()),
            Some(_) => Err(tag.problem("this tag is given twice in one package")),
        }
    }

    /// `CATEGORY type locator`.
    fn reference(&mut self, value: &'t str) {
        let mut words = value.split_whitespace().skip(1);
        match (words.next(), words.next()) {
            (Some("purl"), Some(locator)) => self.purls.push(locator),
            (Some("cpe23Type"), Some(locator)) => self.cpe = self.cpe.or(Some(locator)),
            _ => {}
        }
    }
}

fn finish(collector: &mut Collector, package: Option<Package<'_>>) {
    let Some(package) = package else { return };
    let vendor = package.supplier.and_then(organisation);
    let described = Described::new(
        line_place(package.line),
        Some(package.name),
        present(package.version),
        vendor.as_deref(),
    );
    collect(collector, &described.with_cpe(package.cpe), package.purls);
}

/// One `Tag: value`.
struct Tag<'t> {
    line: usize,
    name: &'t str,
    value: &'t str,
}

impl Tag<'_> {
    fn problem(&self, message: &str) -> Problem {
        Problem { place: line_place(self.line), message: message.to_owned() }
    }
}

/// The tags of a text in order.
struct Tags<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Tags<'t> {
    fn new(text: &'t str) -> Self {
        Self { rest: text, line: 0 }
    }

    fn next_line(&mut self) -> Option<&'t str> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        self.line += 1;
        Some(line)
    }

    /// The value behind `<text>`. One over several lines is a comment or a licence, which nobody reads here: it is
    /// passed over and counts as empty.
    fn enclosed(&mut self, first: &'t str) -> Option<&'t str> {
        if let Some((inside, _)) = first.split_once("</text>") {
            return Some(inside);
        }
        loop {
            let line = self.next_line()?;
            if line.contains("</text>") {
                return Some("");
            }
        }
    }
}

impl<'t> Iterator for Tags<'t> {
    type Item = Result<Tag<'t>, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let text = self.next_line()?.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let line = self.line;
            let problem = |message: &str| Problem { place: line_place(line), message: message.to_owned() };
            let Some((name, value)) = text.split_once(':') else {
                return Some(Err(problem("expected a tag, a colon and a value")));
            };
            let value = value.trim();
            let value = match value.strip_prefix("<text>") {
                None => value,
                Some(first) => match self.enclosed(first) {
                    Some(value) => value.trim(),
                    None => return Some(Err(problem("the text that begins here has no end"))),
                },
            };
            return Some(Ok(Tag { line, name: name.trim(), value }));
        }
    }
}
