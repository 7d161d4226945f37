//! TLS: made and kept, given, and plain HTTP.

use std::sync::Arc;

use axum::http::HeaderName;
use khien_server::Tls;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::client::Client;
use crate::world::{PASSWORD, World};

/// A client that trusts this certificate and no other.
pub(crate) fn trusting(
    pem: &std::path::Path,
    version: &'static rustls::SupportedProtocolVersion,
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::fs::File::open(pem).unwrap(), &mut bytes).unwrap();
    roots.add(CertificateDer::from_pem_slice(&bytes).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// On all addresses of this machine, so that TLS is what is taken by itself.
async fn everywhere(change: impl FnOnce(&mut khien_server::Config)) -> World {
    World::start_with(|config| {
        config.listen = "0.0.0.0:0".parse().unwrap();
        change(config);
    })
    .await
}

fn client(world: &World, tls: Option<Arc<ClientConfig>>) -> Client {
    let address = ([127, 0, 0, 1], world.started.address.port()).into();
    Client { tls, ..Client::browser(address) }
}

#[tokio::test]
async fn elsewhere_than_on_loopback_a_certificate_is_made_and_kept() {
    let world = everywhere(|_| {}).await;
    assert!(world.started.url.starts_with("https://localhost:"), "{}", world.started.url);
    let pem = world.folder.path().join("state/tls/certificate.pem");
    let mut browser = client(&world, Some(trusting(&pem, &rustls::version::TLS13)));
    let fields =
        [("name", "admin"), ("display_name", "A"), ("password", PASSWORD), ("again", PASSWORD)];
    browser.form(world.setup_path(), &fields).await.expect(303);
    let answer = browser.sign_in("admin", PASSWORD, "").await.expect(303);
    assert_eq!(answer.header("strict-transport-security"), "max-age=63072000");
    for cookie in answer.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.starts_with("__Host-khien_") && cookie.contains("; Secure"), "{cookie}");
    }
    browser.get("/api/v1/session").await.expect(200);
    // The origin is the one of TLS.
    let origin = format!("http://localhost:{}", world.started.address.port());
    let headers = [("sec-fetch-site", ""), ("origin", origin.as_str())];
    browser.send("POST", "/logout", &headers, "".into()).await.expect(403);
    let mut old = client(&world, Some(trusting(&pem, &rustls::version::TLS12)));
    old.get("/healthz").await.expect(200);
    let health = browser.get("/api/v1/health").await.json();
    let certificate = health["parts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|part| part["id"] == "certificate")
        .unwrap();
    assert_eq!(certificate["state"], "ok");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = world.folder.path().join("state/tls/key.pem");
        assert_eq!(std::fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let first = world.started.fingerprint.clone().unwrap();
    let (folder, clock) = world.stop().await;
    let listen = |config: &mut khien_server::Config| config.listen = "0.0.0.0:0".parse().unwrap();
    let world = World::start_in(folder, clock, listen).await;
    assert_eq!(world.started.fingerprint.as_ref(), Some(&first), "kept over a restart");
    let (folder, clock) = world.stop().await;
    clock.advance(340 * 24 * 60 * 60 * 1000);
    let world = World::start_in(folder, clock, listen).await;
    assert_ne!(world.started.fingerprint, Some(first), "made anew before it ends");
    world.stop().await;
}

#[tokio::test]
async fn who_speaks_no_tls_or_stops_half_way_is_in_nobodys_way() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let world = everywhere(|_| {}).await;
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], world.started.address.port()));
    let mut plain = tokio::net::TcpStream::connect(address).await.unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "nothing is said without TLS");
    let half = tokio::net::TcpStream::connect(address).await.unwrap();
    let pem = world.folder.path().join("state/tls/certificate.pem");
    let trust = trusting(&pem, &rustls::version::TLS13);
    client(&world, Some(trust)).get("/healthz").await.expect(200);
    drop(half);
}

#[tokio::test]
async fn a_certificate_that_is_given_is_used() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let files = Tls::Files { certificate: certificate.clone(), key };
    let world = World::start_with(|config| config.tls = files).await;
    let mut browser = client(&world, Some(trusting(&certificate, &rustls::version::TLS13)));
    browser.get("/healthz").await.expect(200);
    let bad = folder.path().join("bad.pem");
    std::fs::write(&bad, "no certificate").unwrap();
    let mut config =
        khien_server::Config::new("127.0.0.1:0".parse().unwrap(), folder.path().join("s"));
    config.tls = Tls::Files { certificate: bad.clone(), key: bad };
    let refused = khien_server::Server::start(config).await.err().unwrap().to_string();
    assert!(refused.contains("bad.pem"), "{refused}");
}

/// HTTP/2, as browsers speak it with TLS.
#[tokio::test]
async fn http_2_is_spoken_with_tls() {
    use http_body_util::{BodyExt, Empty};
    let world = everywhere(|_| {}).await;
    let pem = world.folder.path().join("state/tls/certificate.pem");
    let mut config = (*trusting(&pem, &rustls::version::TLS13)).clone();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream =
        tokio::net::TcpStream::connect(("127.0.0.1", world.started.address.port())).await.unwrap();
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let io = hyper_util::rt::TokioIo::new(connector.connect(name, stream).await.unwrap());
    let executor = hyper_util::rt::TokioExecutor::new();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(executor, io).await.unwrap();
    tokio::spawn(connection);
    let uri = format!("https://localhost:{}/login", world.started.address.port());
    let post = axum::http::Request::post(&uri)
        .header("origin", format!("https://localhost:{}", world.started.address.port()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Empty::<bytes::Bytes>::new())
        .unwrap();
    let answer = sender.send_request(post).await.unwrap();
    assert_eq!(answer.status().as_u16(), 403);
    assert!(answer.headers().contains_key(HeaderName::from_static("content-security-policy")));
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&text).contains("are not right"), "the form came through");
}

#[tokio::test]
async fn plain_http_is_spoken_elsewhere_only_when_told_to() {
    let world = everywhere(|config| config.tls = Tls::Plain).await;
    let mut browser = client(&world, None);
    // Behind a proxy that speaks TLS the host is the proxy's.
    let proxied = [
        ("host", "soc.example"),
        ("origin", "https://soc.example"),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let answer = browser.send("POST", "/login", &proxied, "".into()).await.expect(403);
    assert!(answer.text().contains("are not right"), "{}", answer.text());
}
