//! What leaves the house: the bytes of mails and requests, real servers on the other side, and addresses that are not
//! connected to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use forewarn_core::notice::Outcome;
use forewarn_server::outgoing::addresses::is_public;
use forewarn_server::outgoing::mail::{Mail, waiting};
use forewarn_server::outgoing::smtp::{Smtp, SmtpProblem};
use forewarn_server::outgoing::webhook::{self, BODY, Lookup, SystemLookup, Webhooks};
use forewarn_server::outgoing::{Caller, Mailer, Outgoing, Sent};
use forewarn_testkit::{Secured, SmtpServer};
use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn mail(to: &str) -> Mail {
    waiting(&means(), to, Uuid::from_u128(7), at(1_780_000_000))
}

fn means() -> Outgoing {
    let (address, from) = ("https://notices.test.example/".into(), "notices@test.example".into());
    Outgoing { address, from, ..Outgoing::default() }
}

/// The bytes of a mail without what may differ: recipient and message id.
fn bare(mail: &Mail) -> String {
    let text = String::from_utf8(mail.bytes.clone()).unwrap();
    let kept = text.split("\r\n").filter(|l| !l.starts_with("To: ") && !l.starts_with("Message-ID: "));
    kept.collect::<Vec<_>>().join("\r\n")
}

#[test]
fn the_bytes_of_a_mail_are_exactly_these() {
    let expected = "From: Forewarn <notices@test.example>\r\n\
        To: <desk@bank.example>\r\n\
        Date: Thu, 28 May 2026 20:26:40 -0000\r\n\
        Message-ID: <00000000000000000000000000000007@test.example>\r\n\
        Subject: A notice waits\r\n\
        Auto-Submitted: auto-generated\r\n\
        MIME-Version: 1.0\r\n\
        Content-Type: text/plain; charset=us-ascii\r\n\
        Content-Transfer-Encoding: 7bit\r\n\
        \r\n\
        A notice waits for your organisation.\r\n\
        \r\n\
        Sign in to read it: https://notices.test.example/";
    assert_eq!(String::from_utf8(mail("desk@bank.example").bytes).unwrap(), expected);
}

#[test]
fn where_bounces_have_an_address_each_mail_has_its_own_tag_there() {
    let bounces = Some("bounces@test.example".to_owned());
    let tagged =
        waiting(&Outgoing { bounces, ..means() }, "desk@bank.example", Uuid::from_u128(7), at(1_780_000_000));
    assert_eq!(tagged.from, "bounces+00000000000000000000000000000007@test.example");
    assert_eq!(tagged.bytes, mail("desk@bank.example").bytes, "the mail itself is the same");
    assert_eq!(mail("desk@bank.example").from, "notices@test.example");
}

proptest! {
    #[test]
    fn mails_differ_in_recipient_and_message_id_only(one in "[a-z]{1,9}@[a-z]{1,9}\\.example", id in any::<u128>()) {
        let other = waiting(&means(), &one, Uuid::from_u128(id), at(1_780_000_000));
        prop_assert_eq!(bare(&other), bare(&mail("desk@bank.example")));
        prop_assert!(other.bytes.is_ascii());
    }

    #[test]
    fn requests_differ_in_headers_only(id in any::<u128>(), second in 0..4_000_000_000_i64, secret in any::<[u8; 32]>()) {
        let request = webhook::waiting("https://bank.example/hook", &secret, Uuid::from_u128(id), at(second));
        prop_assert_eq!(request.body, r#"{"type":"notice.waiting","data":{}}"#);
        prop_assert_eq!(request.timestamp, second);
    }
}

/// The example of the specification's reference libraries.
#[test]
fn the_signature_is_that_of_the_published_example() {
    use base64::Engine as _;
    let secret =
        base64::engine::general_purpose::STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let signed =
        webhook::signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
    assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn secrets_differ_by_name_and_by_key_and_are_written_as_the_specification_says() {
    let one = webhook::secret(&[1; 32], Uuid::from_u128(1));
    assert_ne!(one, webhook::secret(&[1; 32], Uuid::from_u128(2)));
    assert_ne!(one, webhook::secret(&[2; 32], Uuid::from_u128(1)));
    let written = webhook::written(&one);
    assert!(written.starts_with("whsec_") && written.len() == 6 + 44, "{written}");
}

/// The independent library of the specification's authors verifies what is sent (`pip install standardwebhooks`).
#[test]
fn the_independent_library_verifies_a_request() {
    let Some(python) = std::env::var_os("FOREWARN_PEERS_PYTHON") else {
        assert!(std::env::var_os("CI").is_none(), "CI must run the peers: set FOREWARN_PEERS_PYTHON");
        let _ =
            writeln!(std::io::stderr(), "NOT RUN against standardwebhooks: FOREWARN_PEERS_PYTHON is not set");
        return;
    };
    let secret = webhook::secret(&[3; 32], Uuid::from_u128(4));
    // The library refuses what is older than five minutes, so it is told the time of the request.
    let now =
        std::process::Command::new(&python).args(["-c", "import time; print(int(time.time()))"]).output();
    let now: i64 = String::from_utf8(now.unwrap().stdout).unwrap().trim().parse().unwrap();
    let request = webhook::waiting("https://bank.example/", &secret, Uuid::from_u128(5), at(now));
    let script = "import sys\nfrom standardwebhooks.webhooks import Webhook\n\
        s, i, t, g, b = sys.argv[1:]\n\
        h = {'webhook-id': i, 'webhook-timestamp': t, 'webhook-signature': g}\n\
        print(Webhook(s).verify(b, h)['type'])\n";
    let verify = |body: &str| {
        std::process::Command::new(&python)
            .args(["-c", script, &webhook::written(&secret), &request.id, &request.timestamp.to_string()])
            .args([&request.signature, body])
            .output()
            .unwrap()
    };
    let good = verify(request.body);
    let shown = String::from_utf8_lossy(&good.stderr);
    assert_eq!(String::from_utf8_lossy(&good.stdout).trim(), "notice.waiting", "{shown}");
    let bad = verify(r#"{"type":"notice.other","data":{}}"#);
    assert!(!bad.status.success(), "a changed body is not verified");
}

fn mailer(server: &SmtpServer, scheme: &str, more: &str) -> Smtp {
    let url = format!("{scheme}://localhost:{}{more}", server.address.port());
    Smtp::new(&url, Some(server.certificate.as_bytes())).unwrap()
}

fn accepted(code: u16) -> Sent {
    Sent { outcome: Outcome::Accepted, code: Some(code) }
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written_over_tls() {
    for (secured, scheme) in [(Secured::AfterStart, "smtp"), (Secured::FromTheStart, "smtps")] {
        let server = SmtpServer::start(secured).await;
        let sent = mailer(&server, scheme, "").send(&mail("desk@bank.example")).await;
        assert_eq!(sent, accepted(250), "{secured:?}");
        let [got] = &server.received()[..] else { panic!("one mail") };
        assert!(got.secured);
        assert_eq!((got.from.as_str(), got.to.as_str()), ("notices@test.example", "desk@bank.example"));
        let written = String::from_utf8(mail("desk@bank.example").bytes).unwrap();
        assert_eq!(got.message, written + "\r\n", "{secured:?}");
    }
}

#[tokio::test]
async fn without_tls_or_with_a_certificate_of_somebody_else_no_mail_leaves() {
    let unreachable = Sent { outcome: Outcome::Unreachable, code: None };
    // The server offers no STARTTLS: the mail is not sent in the clear.
    let server = SmtpServer::start(Secured::Never).await;
    let sent = mailer(&server, "smtp", "").send(&mail("desk@bank.example")).await;
    assert_eq!((sent.outcome, server.received().len()), (Outcome::Unreachable, 0));
    // The server shows a certificate that is not trusted.
    let server = SmtpServer::start(Secured::AfterStart).await;
    let other = SmtpServer::start(Secured::AfterStart).await;
    let url = format!("smtp://localhost:{}", server.address.port());
    let mailer = Smtp::new(&url, Some(other.certificate.as_bytes())).unwrap();
    assert_eq!(mailer.send(&mail("desk@bank.example")).await, unreachable);
    assert_eq!(server.received(), []);
}

#[tokio::test]
async fn a_relay_on_this_machine_may_do_without_tls() {
    let server = SmtpServer::start(Secured::Never).await;
    let url = format!("smtp://127.0.0.1:{}?tls=none", server.address.port());
    assert_eq!(Smtp::new(&url, None).unwrap().send(&mail("a@b.example")).await, accepted(250));
    assert!(!server.received()[0].secured);
}

#[tokio::test]
async fn what_the_server_answers_decides_whether_it_is_tried_again() {
    let server = SmtpServer::start(Secured::AfterStart).await;
    let mailer = mailer(&server, "smtp", "");
    for (line, outcome, code) in [
        ("550 5.1.1 no such mailbox A secret", Outcome::Refused, 550),
        ("552 5.2.2 mailbox full", Outcome::Refused, 552),
        ("450 4.2.1 come again", Outcome::Deferred, 450),
        ("421 4.3.2 closing", Outcome::Deferred, 421),
        ("535 5.7.8 who are you", Outcome::Deferred, 535),
    ] {
        server.answer("x@bank.example", line);
        let sent = mailer.send(&mail("x@bank.example")).await;
        assert_eq!(sent, Sent { outcome, code: Some(code) }, "{line}");
        assert_eq!(outcome.is_final(), outcome == Outcome::Refused);
    }
    assert_eq!(server.received(), []);
    // Nobody listens.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = Smtp::new(&format!("smtp://localhost:{}", gone.port()), None).unwrap();
    assert_eq!(nobody.send(&mail("a@b.example")).await.outcome, Outcome::Unreachable);
}

#[test]
fn an_address_of_a_mail_server_is_refused_without_its_password() {
    for (url, problem) in [
        ("mail.example.org", SmtpProblem::Url),
        ("ftp://user:hunter2@mail.example.org", SmtpProblem::Url),
        ("smtp://user:hunter2@mail.example.org?tls=maybe", SmtpProblem::Url),
        ("smtp://user:hunter2@mail.example.org?tls=none", SmtpProblem::Plain),
        ("smtps://localhost?tls=none", SmtpProblem::Url),
        ("smtp://user:%zz@mail.example.org", SmtpProblem::Url),
    ] {
        let found = Smtp::new(url, None).err().unwrap();
        assert_eq!(found, problem, "{url}");
        assert!(!found.to_string().contains("hunter2"));
    }
    for pem in ["", "not a certificate", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"] {
        let found = Smtp::new("smtps://mail.example.org", Some(pem.as_bytes())).err();
        assert_eq!(found, Some(SmtpProblem::Certificates), "{pem}");
    }
    assert!(Smtp::new("smtps://us%40er:pa%3Ass@mail.example.org", None).is_ok());
}

/// A service of an organisation.
#[derive(Clone, Default)]
struct Hook {
    seen: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    status: Arc<Mutex<u16>>,
}

impl Hook {
    async fn serve(status: u16) -> (Self, SocketAddr) {
        let hook = Self { status: Arc::new(Mutex::new(status)), ..Self::default() };
        let router = axum::Router::new().route("/hook", post(take)).with_state(hook.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (hook, address)
    }

    fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

async fn take(State(hook): State<Hook>, headers: HeaderMap, body: String) -> (StatusCode, HeaderMap, String) {
    hook.seen.lock().unwrap().push((headers, body));
    let status = StatusCode::from_u16(*hook.status.lock().unwrap()).unwrap();
    let mut answer = HeaderMap::new();
    if status.is_redirection() {
        answer.insert("location", "/hook".parse().unwrap());
    }
    (status, answer, "x".repeat(1 << 20))
}

fn request(url: &str) -> webhook::Request {
    webhook::waiting(url, &[1; 32], Uuid::from_u128(1), at(1_780_000_000))
}

#[tokio::test]
async fn a_request_carries_the_headers_of_the_specification_and_is_not_redirected() {
    let webhooks = Webhooks::new(true, Arc::new(SystemLookup)).unwrap();
    for (status, outcome) in [
        (204, Outcome::Accepted),
        (200, Outcome::Accepted),
        (302, Outcome::Deferred),
        (307, Outcome::Deferred),
        (404, Outcome::Deferred),
        (410, Outcome::Refused),
        (429, Outcome::Deferred),
        (500, Outcome::Deferred),
    ] {
        let (hook, address) = Hook::serve(status).await;
        let sent = webhooks.send(&request(&format!("http://{address}/hook"))).await;
        assert_eq!(sent, Sent { outcome, code: Some(status) });
        assert_eq!(hook.count(), 1, "{status}: one request, whatever the answer");
        let (headers, body) = hook.seen.lock().unwrap()[0].clone();
        assert_eq!(body, BODY);
        for (name, value) in [
            ("webhook-id", "msg_00000000000000000000000000000001"),
            ("webhook-timestamp", "1780000000"),
            ("content-type", "application/json"),
        ] {
            assert_eq!(headers[name], value);
        }
        assert!(headers["webhook-signature"].to_str().unwrap().starts_with("v1,"));
    }
}

/// Every way to write an address of the inside is the same address, and is not connected to.
#[tokio::test]
async fn an_address_of_the_inside_is_not_connected_to_however_it_is_written() {
    let (hook, address) = Hook::serve(200).await;
    let port = address.port();
    let webhooks = Webhooks::new(false, Arc::new(SystemLookup)).unwrap();
    let blocked = Sent { outcome: Outcome::Blocked, code: None };
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "100.100.100.200",
        "168.63.129.16",
        "0.0.0.0",
        "[::]",
        "192.168.1.1",
        "172.31.255.255",
        "user@93.184.216.34",
    ] {
        let sent = webhooks.send(&request(&format!("https://{host}:{port}/hook"))).await;
        assert_eq!(sent, blocked, "{host}");
    }
    for url in [format!("http://example.org:{port}/"), "ftp://example.org/".into(), "nonsense".into()] {
        assert_eq!(webhooks.send(&request(&url)).await, blocked, "{url}");
    }
    assert_eq!(hook.count(), 0);
}

/// A name that is looked up differently each time.
struct Rebinding(Mutex<Vec<IpAddr>>);

impl Lookup for Rebinding {
    fn lookup(
        &self,
        _host: String,
    ) -> futures_util::future::BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
        let next = self.0.lock().unwrap().pop();
        Box::pin(std::future::ready(Ok(next.into_iter().map(|ip| (ip, 0).into()).collect())))
    }
}

/// The check and the connection use one look-up: what a second one would say does not matter.
#[tokio::test]
async fn a_name_that_changes_between_check_and_connection_changes_nothing() {
    let inside: IpAddr = "127.0.0.1".parse().unwrap();
    let (hook, address) = Hook::serve(200).await;
    // A public answer first, the inside second: the one that was checked is connected to, and there nobody answers.
    let public: IpAddr = "192.0.2.1".parse().unwrap();
    let lookup = Arc::new(Rebinding(Mutex::new(vec![inside, inside])));
    let webhooks = Webhooks::new(false, Arc::<Rebinding>::clone(&lookup)).unwrap();
    let sent = webhooks.send(&request(&format!("https://rebind.example:{}/hook", address.port()))).await;
    assert_eq!((sent.outcome, hook.count()), (Outcome::Blocked, 0));
    assert!(!is_public(public));
    // Names are looked up here and nowhere else: an allowed name leads to the address of the one look-up.
    let lookup = Arc::new(Rebinding(Mutex::new(vec![public, inside])));
    let webhooks = Webhooks::new(true, Arc::<Rebinding>::clone(&lookup)).unwrap();
    let sent = webhooks.send(&request(&format!("http://rebind.example:{}/hook", address.port()))).await;
    assert_eq!((sent.outcome, hook.count()), (Outcome::Accepted, 1));
    assert_eq!(lookup.0.lock().unwrap().len(), 1, "one look-up for one request");
}

/// A server that takes the connection and never answers costs the time limit and no more.
#[tokio::test]
async fn a_service_that_never_answers_is_given_up() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let webhooks = Webhooks::new(true, Arc::new(SystemLookup)).unwrap();
    let sent = tokio::time::timeout(Duration::from_secs(60), webhooks.send(&request(&url))).await;
    assert_eq!(sent.unwrap(), Sent { outcome: Outcome::Unreachable, code: None });
}

#[test]
fn addresses_of_the_special_registries_are_not_public() {
    let public = [
        "1.1.1.1",
        "93.184.216.34",
        "172.32.0.1",
        "100.128.0.1",
        "2606:4700::1111",
        "2a00:1450::1",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
        "168.63.129.17",
    ];
    for text in public {
        assert!(is_public(text.parse().unwrap()), "{text}");
    }
    let inside = [
        "0.1.2.3",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.255.255.255",
        "169.254.0.1",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::",
        "3fff::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "5f00::1",
    ];
    for text in inside {
        assert!(!is_public(text.parse().unwrap()), "{text}");
    }
}
