//! What a vulnerability affects: an identity and the versions of it.

use serde::{Deserialize, Serialize};

use crate::identity::Identity;

/// One end of a version interval.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// The version itself is inside.
    Included(String),
    /// The version itself is outside.
    Excluded(String),
    /// No end on this side.
    Open,
}

/// A contiguous interval of versions in the ecosystem's order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Range {
    /// Lower end.
    pub from: Bound,
    /// Upper end.
    pub to: Bound,
}

/// A vendor's product as its source writes it; an [`Identity`] holds the folded form, which is for comparing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProductNames {
    /// Vendor.
    pub vendor: String,
    /// Product.
    pub product: String,
    /// Its CPE 2.3 name, where the source gives one; what it says beyond vendor and product counts too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpe: Option<String>,
}

/// One affected package or product.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Affected {
    /// What is affected.
    pub identity: Identity,
    /// Names to show, for a product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<ProductNames>,
    /// Affected intervals; a version is affected when it is in any of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<Range>,
    /// Affected versions listed one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
    /// Why a person must decide (a commit range, a range text that is not understood); kept beside whatever
    /// could be understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_person: Option<String>,
}

impl Affected {
    /// What is affected, as people know it.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.names {
            Some(ProductNames { vendor, product, .. }) => format!("{vendor} {product}"),
            None => self.identity.to_string(),
        }
    }

    /// The same versions of what is held under another name.
    #[must_use]
    pub fn as_held(&self, held: &Identity) -> Self {
        Self { identity: held.clone(), ..self.clone() }
    }
}
