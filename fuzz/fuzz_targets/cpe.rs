//! Two CPE names: read or refused, written as they are read, and a product that is named by the one covers the other as
//! their relation says.
#![no_main]

use forewarn_exposure::cpe::Cpe;
use forewarn_exposure::{Affected, Component, Identity, Matcher, ProductNames};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|names: (&str, &str, Option<&str>)| {
    let (source, target, version) = names;
    let Ok(cpe) = Cpe::shortened(source) else { return };
    assert_eq!(cpe.to_string().parse().as_ref(), Ok(&cpe));
    let identity = Identity::product("vendor", "product");
    let product = ProductNames {
        vendor: "vendor".into(),
        product: "product".into(),
        cpe: Some(cpe.to_string()),
    };
    let affected = Affected {
        identity: identity.clone(),
        names: Some(product),
        ranges: vec![],
        versions: vec![],
        needs_person: None,
    };
    let component = Component { identity, version: version.map(str::to_owned), label: target.to_owned() };
    let _ = Matcher::new(&affected).covers(&component);
    let _ = Cpe::shortened(target).map(|target| cpe.relation(&target));
});
