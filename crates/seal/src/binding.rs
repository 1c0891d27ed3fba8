//! What sealed bytes are, as the associated data that they are authenticated together with.

/// The place that sealed bytes belong to. They open there and nowhere else, so rows cannot be swapped.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// Kind of thing: a table's name, or a file's.
    pub table: &'a str,
    /// Which row of it: its key, part by part, with the version where it has one.
    pub row: &'a [&'a [u8]],
    /// Scope of the data key.
    pub scope: &'a str,
}

impl Binding<'_> {
    /// The associated data: `forewarn envelope 1`, the table, the scope and each part of the row's key, each behind its
    /// length (four bytes, big endian), so that no two places have the same.
    pub(crate) fn associated_data(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(96);
        for part in [b"forewarn envelope 1", self.table.as_bytes(), self.scope.as_bytes()] {
            part_into(&mut out, part);
        }
        self.row.iter().for_each(|part| part_into(&mut out, part));
        out
    }
}

/// Adds a part behind its length. What is longer than four bytes can say does not occur: ids and names are short.
pub(crate) fn part_into(out: &mut Vec<u8>, part: &[u8]) {
    out.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(part);
}
