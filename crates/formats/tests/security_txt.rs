//! security.txt files, as they stand on the web and as they should.

use forewarn_formats::security_txt::{LARGEST, read};

const PLAIN: &str = "# Our contact\nContact: mailto:security@example.org\nContact: https://example.org/report\n\
    Expires: 2027-01-31T12:00:00Z\nEncryption: https://example.org/key.txt\nPreferred-Languages: en, de\n\
    Policy: https://example.org/policy\nCanonical: https://example.org/.well-known/security.txt\n\
    Hiring: https://example.org/jobs\nX-Unknown: whatever it is\n";

#[test]
fn everything_that_says_how_to_reach_somebody_is_kept_in_order() {
    let read = read(PLAIN.as_bytes()).expect("readable");
    let contact = read.contact;
    assert_eq!(contact.contacts, ["mailto:security@example.org", "https://example.org/report"]);
    assert_eq!(contact.expires.to_string(), "2027-01-31T12:00:00Z");
    assert_eq!(contact.encryption, ["https://example.org/key.txt"]);
    assert_eq!(contact.languages, ["en", "de"]);
    assert_eq!(contact.policy, ["https://example.org/policy"]);
    assert_eq!(contact.canonical, ["https://example.org/.well-known/security.txt"]);
    assert!(!contact.signed && read.passed_over.is_empty());
}

#[test]
fn a_signed_file_is_read_without_its_armour() {
    let signed = format!(
        "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA512\r\n\r\n{}- Contact: mailto:dashed@example.org\r\n\
         -----BEGIN PGP SIGNATURE-----\r\n\r\nContact: mailto:forged@example.org\r\n-----END PGP SIGNATURE-----\r\n",
        PLAIN.replace('\n', "\r\n")
    );
    let contact = read(signed.as_bytes()).expect("readable").contact;
    assert!(contact.signed);
    assert_eq!(contact.contacts.last().map(String::as_str), Some("mailto:dashed@example.org"));
}

#[test]
fn small_faults_are_forgiven_and_a_line_that_cannot_be_used_is_named() {
    let text = "\u{feff}contact:mailto:a@example.org\nCONTACT: http://example.org/plain\nnonsense\n\
                Contact: tel:+1-201-555-0123\nExpires:2027-01-31T12:00:00-05:00";
    let read = read(text.as_bytes()).expect("readable");
    assert_eq!(read.contact.contacts, ["mailto:a@example.org", "tel:+1-201-555-0123"]);
    assert_eq!(read.contact.expires.to_string(), "2027-01-31T17:00:00Z");
    let places: Vec<String> = read.passed_over.iter().map(|problem| problem.to_string()).collect();
    assert!(places.iter().any(|text| text.contains("line 2")), "{places:?}");
    assert!(places.iter().any(|text| text.contains("line 3")), "{places:?}");
    assert!(places.iter().all(|text| !text.contains("example.org")), "no content is quoted: {places:?}");
}

#[test]
fn what_reaches_nobody_is_refused_with_its_place() {
    let refusal = |text: &str| read(text.as_bytes()).expect_err("refused").to_string();
    assert!(refusal("").contains("needs a Contact"));
    assert!(refusal("Contact: mailto:a@example.org\n").contains("needs an Expires"));
    assert!(refusal("Contact: mailto:a@example.org\nExpires: soon\n").contains("line 2"));
    assert!(refusal("Contact: ftp://example.org\nExpires: 2027-01-31T12:00:00Z\n").contains("line 1"));
    let twice =
        "Contact: mailto:a@example.org\nExpires: 2027-01-31T12:00:00Z\nExpires: 2028-01-31T12:00:00Z\n";
    assert!(refusal(twice).contains("line 3"));
    assert!(read(&vec![b'#'; LARGEST + 1]).is_err());
    assert!(read(b"Contact: \xff").is_err());
    let many = "Contact: mailto:a@example.org\n".repeat(21) + "Expires: 2027-01-31T12:00:00Z\n";
    let read = read(many.as_bytes()).expect("readable");
    assert_eq!((read.contact.contacts.len(), read.passed_over.len()), (20, 1));
}
