//! CPE names as products.

use forewarn_exposure::Identity;
use forewarn_exposure::cpe::{Cpe, Value};

/// The product and version that a CPE name stands for, such as
/// `cpe:2.3:o:siemens:s7-1500_firmware:2.9.2:*:*:*:*:*:*:*`. An update (`sp1`) belongs to the version, and `_` is the
/// space that it stands for.
///
/// # Errors
/// The reason in words, when the text is no such name or names more than one product.
pub(super) fn product(text: &str) -> Result<(Identity, Option<String>), String> {
    let cpe = Cpe::shortened(text).map_err(|problem| format!("its CPE name: {problem}"))?;
    let Some((vendor, product)) = cpe.vendor_and_product() else {
        return Err("its CPE name does not name one vendor and one product".to_owned());
    };
    let said =
        |attribute: &str| cpe.get(attribute).and_then(Value::single).map(|text| text.replace('_', " "));
    let version = match (cpe.get("version"), said("version"), said("update")) {
        (Some(Value::Text { .. }), None, _) => {
            return Err("its CPE name stands for several versions".to_owned());
        }
        (_, Some(version), Some(update)) => Some(format!("{version} {update}")),
        (_, version, _) => version,
    };
    Ok((Identity::product(&vendor, &product), version))
}
