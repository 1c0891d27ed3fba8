//! What is submitted to a witness: whatever is read is written in one way, and nothing is cosigned without the log's key.
#![no_main]

use forewarn_tlog::{Signature, Signer, Submission};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    if let Ok(line) = Signature::parse(data) {
        assert_eq!(Signature::parse(&line.to_string()), Ok(line));
    }
    let Ok(read) = Submission::parse(data) else { return };
    let written = Submission::body(read.old, &read.proof, &read.note.to_string());
    assert_eq!(Submission::parse(&written).as_ref(), Ok(&read));
    // Nobody has signed with this key.
    if let Ok(signer) = Signer::new(read.origin(), &[171; 32]) {
        assert!(read.check(&[signer.verifier().clone()], None).is_err());
    }
});
