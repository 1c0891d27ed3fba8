//! How an organisation is told, and who acts for it, on the command line against a real service.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::Value;
use support::{Service, forewarn};

#[test]
fn an_operator_sets_its_channels_and_names_a_relay() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder.path().join("data"));
    let (_, bank) = service.enrol("Bank", "operator", Some("financial-services"));
    let (relay, isac) = service.enrol("Isac", "relay", None);
    let (centre, ada) = service.enrol("Centre", "coordinator", None);

    let set = [
        "notices",
        "channel",
        "set",
        "--mail",
        "desk@bank.example",
        "--webhook",
        "https://bank.example/hook",
    ];
    let more = [
        "--quiet",
        "Europe/Berlin",
        "22:00",
        "06:30",
        "--phone",
        "Night desk +49 30 0100",
        "--prefer",
        "mail",
    ];
    let said = service.said(&bank, &[&set[..], &more[..]].concat());
    assert!(said.contains("set") && said.contains("whsec_"), "{said}");
    // What is not given stays; the secret is not shown again.
    let said = service.said(&bank, &["notices", "channel", "set", "--second-mail", "duty@bank.example"]);
    assert!(!said.contains("whsec_"), "{said}");
    let show =
        || -> Value { serde_json::from_str(&service.said(&bank, &["notices", "channel", "show"])).unwrap() };
    let shown = show();
    assert_eq!(
        (&shown["mail"], &shown["second_mail"]),
        (&"desk@bank.example".into(), &"duty@bank.example".into())
    );
    assert_eq!((&shown["quiet"]["zone"], &shown["preferred"]), (&"Europe/Berlin".into(), &"mail".into()));
    assert!(service.said(&bank, &["notices", "channel", "set", "--new-secret"]).contains("whsec_"));
    service.said(&bank, &["notices", "channel", "remove", "mail"]);
    assert_eq!((&show()["mail"], &show()["preferred"]), (&Value::Null, &Value::Null));
    let bad = service.run(&bank, &["notices", "channel", "set", "--mail", "not an address"]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&bad.stderr).contains("plain mail address"));

    service.said(&bank, &["notices", "delegate", "name", &relay, "--level", "detail"]);
    assert_eq!(show()["delegates"][0]["name"], "Isac");
    let me: Value = show();
    assert_eq!(me["delegates"][0]["level"], "detail");
    assert_eq!(service.said(&isac, &["notices", "list", "--for", &centre]), "no notices");
    service.said(&bank, &["notices", "delegate", "remove", &relay]);
    assert_eq!(show()["delegates"], Value::Array(vec![]));
    assert_eq!(service.run(&bank, &["notices", "delegate", "name", &centre]).status.code(), Some(2));

    assert_eq!(service.said(&ada, &["notices", "tasks"]), "nothing waits");
    assert_eq!(service.run(&bank, &["notices", "tasks"]).status.code(), Some(2));
    let nothing = ["notices", "settle", &relay, "unanswered", "--words", "w"];
    assert_eq!(service.run(&ada, &nothing).status.code(), Some(2));
}

/// What does not go together is told by the name of the option, and no password is quoted.
#[test]
fn options_of_mail_that_do_not_go_together_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let smtp = "smtps://user:hunter2@mail.example.org";
    let from = ["--mail-from", "notices@example.org"];
    let address = ["--address", "https://notices.example.org"];
    for (arguments, words) in [
        (vec!["--smtp", smtp], "--smtp needs --address"),
        ([&["--smtp", smtp][..], &address].concat(), "--smtp needs --mail-from"),
        ([&["--smtp", "mail hunter2"][..], &address, &from].concat(), "is not a URL such as smtps://"),
        (
            [&["--smtp", smtp, "--mail-from", "a b@x"][..], &address].concat(),
            "--mail-from is not a plain address",
        ),
        ([&["--smtp", smtp, "--address", "nowhere"][..], &from].concat(), "--address is not a URL"),
        (
            [&["--smtp", smtp, "--smtp-ca", "/nowhere/ca.pem"][..], &address, &from].concat(),
            "--smtp-ca /nowhere/ca.pem",
        ),
    ] {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
        let output = forewarn(&[&serve[..], &arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(words), "{arguments:?}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}
