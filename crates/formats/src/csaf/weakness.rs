//! Names of weaknesses, exactly as the CWE list (MITRE, 4.15) gives them: CSAF wants id and name to agree.

/// Weaknesses that are common in practice, by number.
const NAMES: &[(u16, &str)] = &[
    (20, "Improper Input Validation"),
    (22, "Improper Limitation of a Pathname to a Restricted Directory ('Path Traversal')"),
    (77, "Improper Neutralization of Special Elements used in a Command ('Command Injection')"),
    (78, "Improper Neutralization of Special Elements used in an OS Command ('OS Command Injection')"),
    (79, "Improper Neutralization of Input During Web Page Generation ('Cross-site Scripting')"),
    (89, "Improper Neutralization of Special Elements used in an SQL Command ('SQL Injection')"),
    (94, "Improper Control of Generation of Code ('Code Injection')"),
    (119, "Improper Restriction of Operations within the Bounds of a Memory Buffer"),
    (120, "Buffer Copy without Checking Size of Input ('Classic Buffer Overflow')"),
    (121, "Stack-based Buffer Overflow"),
    (122, "Heap-based Buffer Overflow"),
    (125, "Out-of-bounds Read"),
    (190, "Integer Overflow or Wraparound"),
    (200, "Exposure of Sensitive Information to an Unauthorized Actor"),
    (269, "Improper Privilege Management"),
    (276, "Incorrect Default Permissions"),
    (287, "Improper Authentication"),
    (306, "Missing Authentication for Critical Function"),
    (352, "Cross-Site Request Forgery (CSRF)"),
    (400, "Uncontrolled Resource Consumption"),
    (416, "Use After Free"),
    (434, "Unrestricted Upload of File with Dangerous Type"),
    (476, "NULL Pointer Dereference"),
    (502, "Deserialization of Untrusted Data"),
    (787, "Out-of-bounds Write"),
    (798, "Use of Hard-coded Credentials"),
    (862, "Missing Authorization"),
    (863, "Incorrect Authorization"),
    (918, "Server-Side Request Forgery (SSRF)"),
];

/// The name of a weakness such as `CWE-79`; `None` for one that is not in this list, which is then left out of
/// documents rather than named wrongly.
#[must_use]
pub fn weakness_name(id: &str) -> Option<&'static str> {
    let number: u16 = id.strip_prefix("CWE-")?.parse().ok()?;
    NAMES.binary_search_by_key(&number, |(known, _)| *known).ok().map(|place| NAMES[place].1)
}
