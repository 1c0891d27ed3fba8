//! A mail server of RFC 5321 on this machine, as small as can be: it keeps what it is given, speaks TLS with a
//! certificate of its own, and answers a recipient as it is told.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// When the server speaks TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secured {
    /// Never.
    Never,
    /// After STARTTLS, and it takes no mail before.
    AfterStart,
    /// From the first byte.
    FromTheStart,
}

/// A mail as the server got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Sender of the envelope.
    pub from: String,
    /// Recipient of the envelope.
    pub to: String,
    /// The message.
    pub message: String,
    /// Whether it came over TLS.
    pub secured: bool,
}

/// The server.
pub struct SmtpServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its certificate, which is its own authority, in PEM form.
    pub certificate: String,
    state: Arc<State>,
}

struct State {
    secured: Secured,
    acceptor: TlsAcceptor,
    received: Mutex<Vec<Received>>,
    answers: Mutex<BTreeMap<String, String>>,
}

/// How one conversation ended.
enum End {
    Over,
    StartTls,
}

impl SmtpServer {
    /// Starts one on a free port of this machine; its certificate is for `localhost`.
    pub async fn start(secured: Secured) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
        let state = Arc::new(State {
            secured,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            received: Mutex::default(),
            answers: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(Arc::clone(&serving), stream));
            }
        });
        Self { address, certificate: made.cert.pem(), state }
    }

    /// From now on a recipient is answered so, such as `550 5.1.1 no such mailbox`.
    pub fn answer(&self, to: &str, line: &str) {
        self.state.answers.lock().unwrap().insert(to.into(), line.into());
    }

    /// What it got so far.
    pub fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap().clone()
    }
}

async fn converse(state: Arc<State>, stream: tokio::net::TcpStream) {
    if state.secured == Secured::FromTheStart {
        if let Ok(mut stream) = state.acceptor.accept(stream).await {
            let _ = session(&state, &mut stream, true, true).await;
        }
        return;
    }
    let mut stream = stream;
    if let Ok(End::StartTls) = session(&state, &mut stream, false, true).await
        && let Ok(mut stream) = state.acceptor.accept(stream).await
    {
        let _ = session(&state, &mut stream, true, false).await;
    }
}

async fn session<S: AsyncRead + AsyncWrite + Unpin>(
    state: &State,
    stream: &mut S,
    secured: bool,
    greet: bool,
) -> std::io::Result<End> {
    // One byte of buffer, so that nothing that belongs to TLS is read before it begins.
    let mut stream = BufReader::with_capacity(1, stream);
    if greet {
        say(&mut stream, "220 test").await?;
    }
    let (mut from, mut to) = (String::new(), String::new());
    loop {
        let line = line(&mut stream).await?;
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let path = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let late = state.secured == Secured::AfterStart && !secured;
        match word.as_str() {
            "EHLO" if late => say(&mut stream, "250-test\r\n250 STARTTLS").await?,
            "EHLO" | "HELO" => say(&mut stream, "250 test").await?,
            "STARTTLS" if late => {
                say(&mut stream, "220 go on").await?;
                return Ok(End::StartTls);
            }
            "MAIL" if late => say(&mut stream, "530 5.7.0 use STARTTLS first").await?,
            "MAIL" => {
                from = path();
                say(&mut stream, "250 ok").await?;
            }
            "RCPT" => {
                to = path();
                let told = state.answers.lock().unwrap().get(&to).cloned();
                say(&mut stream, &told.unwrap_or_else(|| "250 ok".into())).await?;
            }
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                let message = message(&mut stream).await?;
                let received = Received { from: from.clone(), to: to.clone(), message, secured };
                state.received.lock().unwrap().push(received);
                say(&mut stream, "250 taken").await?;
            }
            "QUIT" => {
                say(&mut stream, "221 bye").await?;
                return Ok(End::Over);
            }
            "RSET" | "NOOP" => say(&mut stream, "250 ok").await?,
            _ => say(&mut stream, "502 not here").await?,
        }
    }
}

async fn say<S: AsyncWrite + Unpin>(stream: &mut S, text: &str) -> std::io::Result<()> {
    stream.write_all(format!("{text}\r\n").as_bytes()).await?;
    stream.flush().await
}

async fn line<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end_matches("\r\n").to_owned())
}

async fn message<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<String> {
    let mut message = String::new();
    loop {
        let line = line(stream).await?;
        if line == "." {
            return Ok(message);
        }
        message.push_str(line.strip_prefix('.').unwrap_or(&line));
        message.push_str("\r\n");
    }
}
