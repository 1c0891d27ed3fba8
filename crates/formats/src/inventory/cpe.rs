//! CPE 2.3 names (NIST IR 7695) as products.

use forewarn_exposure::Identity;

/// The product and version that a formatted CPE 2.3 name stands for, such as
/// `cpe:2.3:o:siemens:s7-1500_firmware:2.9.2:*:*:*:*:*:*:*`. An update (`sp1`) belongs to the version.
///
/// # Errors
/// The reason in words, when the text is no such name or names more than one product.
pub(super) fn product(text: &str) -> Result<(Identity, Option<String>), &'static str> {
    let text = text.trim();
    let Some(rest) = strip_lead(text, "cpe:2.3:") else {
        return Err(if strip_lead(text, "cpe:/").is_some() {
            "CPE 2.2 is not read; write the name as CPE 2.3"
        } else {
            "is not a CPE 2.3 name"
        });
    };
    let fields = fields(rest).ok_or("its CPE name ends inside an escape")?;
    let [part, vendor, product, more @ ..] = fields.as_slice() else {
        return Err("its CPE name has too few parts");
    };
    if more.len() > 8 || !matches!(part, Field::Value(part) if matches!(part.as_str(), "a" | "h" | "o")) {
        return Err("is not a CPE 2.3 name");
    }
    let (Field::Value(vendor), Field::Value(product)) = (vendor, product) else {
        return Err("its CPE name does not name one vendor and one product");
    };
    let version = match (more.first(), more.get(1)) {
        (Some(Field::Several), _) => return Err("its CPE name stands for several versions"),
        (Some(Field::Value(version)), Some(Field::Value(update))) => Some(format!("{version} {update}")),
        (Some(Field::Value(version)), _) => Some(version.clone()),
        _ => None,
    };
    Ok((Identity::product(vendor, product), version))
}

fn strip_lead<'t>(text: &'t str, lead: &str) -> Option<&'t str> {
    let head = text.get(..lead.len())?;
    head.eq_ignore_ascii_case(lead).then(|| &text[lead.len()..])
}

/// One part of a name.
enum Field {
    /// `*` or `-`: any, or none.
    Unsaid,
    /// With wildcards inside.
    Several,
    /// With the escapes taken off, and `_` as the space that it stands for.
    Value(String),
}

/// The parts between the colons that are not escaped; `None` when the last escape has nothing behind it.
fn fields(text: &str) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    let (mut value, mut several) = (String::new(), false);
    let mut letters = text.chars();
    loop {
        match letters.next() {
            Some('\\') => value.push(letters.next()?),
            Some(':') => {
                fields.push(field(std::mem::take(&mut value), std::mem::take(&mut several)));
            }
            Some(wild @ ('*' | '?')) => {
                several = true;
                value.push(wild);
            }
            Some('_') => value.push(' '),
            Some(letter) => value.push(letter),
            None => {
                fields.push(field(value, several));
                return Some(fields);
            }
        }
    }
}

fn field(value: String, several: bool) -> Field {
    match value.as_str() {
        "*" | "-" | "" => Field::Unsaid,
        _ if several => Field::Several,
        _ => Field::Value(value),
    }
}
