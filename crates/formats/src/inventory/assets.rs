//! CSV (RFC 4180) of assets, as a site keeps them in a spreadsheet: a heading, then one asset a row.

use forewarn_exposure::Inventory;

use super::Settings;
use super::collect::{Collector, Described, present};
use super::lines::place;
use super::rows::{Row, Rows};
use crate::json::{Limits, Problem};

/// What may stand between cells.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// What a column says of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Vendor,
    Product,
    Version,
    Site,
    Serial,
    Purl,
    Cpe,
}

/// Headings in lower case without anything but letters and digits. Of several columns with one role the first
/// listed here counts.
const HEADINGS: &[(Role, &[&str])] = &[
    (
        Role::Vendor,
        &[
            "vendor",
            "vendorname",
            "manufacturer",
            "manufacturername",
            "make",
            "maker",
            "supplier",
            "brand",
            "hersteller",
            "fabricant",
            "fabricante",
        ],
    ),
    (
        Role::Product,
        &[
            "product",
            "productname",
            "model",
            "modelname",
            "modelnumber",
            "devicemodel",
            "devicetype",
            "device",
            "produkt",
            "modell",
            "produit",
            "modele",
            "modèle",
            "producto",
            "modelo",
        ],
    ),
    (
        Role::Version,
        &[
            "firmwareversion",
            "firmware",
            "fwversion",
            "softwareversion",
            "swversion",
            "version",
            "productversion",
            "release",
            "revision",
        ],
    ),
    (
        Role::Site,
        &["site", "sitename", "location", "plant", "facility", "area", "standort", "werk", "emplacement"],
    ),
    (
        Role::Serial,
        &[
            "serial",
            "serialnumber",
            "serialno",
            "serialnr",
            "sn",
            "seriennummer",
            "numerodeserie",
            "numérodesérie",
        ],
    ),
    (Role::Purl, &["purl", "packageurl"]),
    (Role::Cpe, &["cpe", "cpe23", "cpename"]),
];

/// Which column has which role.
struct Heading {
    delimiter: u8,
    roles: Vec<(Role, usize)>,
    columns: usize,
    twice: bool,
}

impl Heading {
    fn column(&self, role: Role) -> Option<usize> {
        self.roles.iter().find(|(known, _)| *known == role).map(|(_, column)| *column)
    }

    /// The heading in the first row of a text, with the delimiter under which most of it is understood.
    fn of(text: &str) -> Option<Self> {
        let candidates = DELIMITERS.iter().filter_map(|delimiter| {
            let mut rows = Rows::new(text, *delimiter);
            let row = rows.next()?.ok()?;
            Some(Self::from_cells(*delimiter, &row.cells().collect::<Vec<_>>()))
        });
        let best = candidates.max_by_key(|heading| heading.roles.len())?;
        let names_something = best.column(Role::Product).is_some()
            || best.column(Role::Purl).is_some()
            || best.column(Role::Cpe).is_some();
        (best.roles.len() >= 2 && names_something).then_some(best)
    }

    fn from_cells(delimiter: u8, cells: &[&str]) -> Self {
        let folded: Vec<String> = cells
            .iter()
            .map(|cell| cell.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect())
            .collect();
        let mut roles = Vec::new();
        let mut twice = false;
        for (role, names) in HEADINGS {
            let found = names.iter().find_map(|name| folded.iter().position(|cell| cell == name));
            if let Some(column) = found {
                twice |= folded.iter().filter(|cell| **cell == folded[column]).count() > 1;
                roles.push((*role, column));
            }
        }
        Self { delimiter, roles, columns: cells.len(), twice }
    }
}

/// Whether a text begins with a heading that is understood.
pub(super) fn claims(text: &str) -> bool {
    Heading::of(without_separator_line(text).0).is_some()
}

/// The text behind a first line `sep=;`, which Excel writes, and whether there was one.
fn without_separator_line(text: &str) -> (&str, bool) {
    match text.split_once('\n') {
        Some((first, rest)) if first.trim_end().len() == 5 && first.starts_with("sep=") => (rest, true),
        _ => (text, false),
    }
}

pub(super) fn read(text: &str, limits: &Limits, settings: &Settings) -> Result<Inventory, Problem> {
    let (text, moved) = without_separator_line(text);
    let above = usize::from(moved);
    let no_heading = || Problem { place: place(1 + above), message: EXPECTED.to_owned() };
    let heading = Heading::of(text).ok_or_else(no_heading)?;
    if heading.twice {
        return Err(Problem {
            place: place(1 + above),
            message: "two columns have the same heading".to_owned(),
        });
    }
    let mut collector = Collector::for_length(text.len());
    let mut rows = Rows::new(text, heading.delimiter);
    let mut cells = 0_usize;
    while let Some(row) = rows.next() {
        let row = row.map_err(|(line, message)| Problem { place: place(line + above), message })?;
        cells += row.ends.len();
        if cells > limits.nodes {
            let message = "more cells than allowed in one document".to_owned();
            return Err(Problem { place: place(row.line + above), message });
        }
        if row.first || row.cells().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        collect(&mut collector, &heading, &row, above, settings);
    }
    let unread = heading.columns - heading.roles.len();
    collector.finish(match unread {
        0 => "CSV of assets".to_owned(),
        _ => format!("CSV of assets, {unread} of {} columns not read", heading.columns),
    })
}

/// What the heading must have.
const EXPECTED: &str =
    "a CSV of assets begins with a heading that names the columns vendor, product and version";

fn collect(collector: &mut Collector, heading: &Heading, row: &Row<'_>, above: usize, settings: &Settings) {
    let cell = |role| heading.column(role).and_then(|column| present(row.cells().nth(column)).map(str::trim));
    let serial = cell(Role::Serial).filter(|_| settings.serials).map(|serial| format!("serial {serial}"));
    let site = cell(Role::Site).map(|site| format!("site {site}"));
    let detail: Vec<String> = site.into_iter().chain(serial).collect();
    let detail = detail.join(", ");
    let described =
        Described::new(place(row.line + above), cell(Role::Product), cell(Role::Version), cell(Role::Vendor));
    let detail = (!detail.is_empty()).then_some(detail.as_str());
    let described = Described { detail, ..described.with_cpe(cell(Role::Cpe)) };
    if row.cells().skip(heading.columns).any(|cell| !cell.trim().is_empty()) {
        collector.skip(&described, "has more cells than the heading");
    } else if let Some(purl) = cell(Role::Purl) {
        collector.package(&described, purl);
    } else {
        collector.product(&described);
    }
}
