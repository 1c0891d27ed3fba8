//! Keys are made, rotated and retired at the machine; without the key there is nothing to read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use support::{Service, forewarn, said};

fn refused(arguments: &[&str]) -> String {
    let output = forewarn(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn keys_are_rotated_while_the_service_runs_and_the_old_one_goes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let key = folder.path().join("data.key");
    let service = Service::start(&data);
    service.enrol("First", "finder", None);
    let shown = service.admin(&["key", "show"]);
    let old = shown.lines().nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert!(shown.lines().next().unwrap().ends_with("data.key"), "{shown}");
    let admin = |words: &[&str]| refused(&[&["admin", "--data", data.to_str().unwrap()], words].concat());
    assert!(admin(&["key", "retire", &old]).contains("still wraps"));
    assert!(service.admin(&["key", "rotate"]).contains(&format!("retire {old}")));
    // The service goes on, and what it makes is under the new key.
    service.enrol("Second", "operator", Some("energy"));
    service.admin(&["key", "retire", &old]);
    assert!(!fs::read_to_string(&key).unwrap().contains(&old));
    assert_eq!(service.admin(&["key", "show"]).lines().count(), 2);
    service.stop();
    let service = Service::start(&data);
    assert!(service.admin(&["list"]).contains("Second"));
    service.stop();

    // Others can use it; it is in the data folder; it is gone.
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(admin(&["list"]).contains("chmod 600"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let inside = data.join("key");
    fs::copy(&key, &inside).unwrap();
    assert!(admin(&["--key-file", inside.to_str().unwrap(), "list"]).contains("lies in the data folder"));
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&key, &elsewhere).unwrap();
    let told = admin(&["list"]);
    assert!(told.contains("is missing, and the data are sealed under key"), "{told}");
    assert!(!key.exists(), "no new key is made over sealed data");
    let named =
        ["admin", "--data", data.to_str().unwrap(), "--key-file", elsewhere.to_str().unwrap(), "list"];
    assert!(said(&named).contains("First"));
    let another = folder.path().join("another");
    said(&["admin", "key", "new", another.to_str().unwrap()]);
    assert!(refused(&["admin", "key", "new", another.to_str().unwrap()]).contains("never overwritten"));
    let wrong = admin(&["--key-file", another.to_str().unwrap(), "list"]);
    assert!(wrong.contains("which is not at hand"), "{wrong}");
}
