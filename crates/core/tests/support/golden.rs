//! Documents that are rendered from the code and must stay as they are.

use std::path::Path;

/// Compares `text` with `docs/reference/NAME` byte for byte; `UPDATE_GOLDEN=1` writes it instead.
pub fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|set| set == "1") {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("docs/reference can be made");
        std::fs::write(&path, text).expect("the document can be written");
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == text,
        "docs/reference/{name} is not what the code says; read the difference, then run the test again with \
         UPDATE_GOLDEN=1\n--- document\n{written}\n--- code\n{text}"
    );
}
