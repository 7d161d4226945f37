//! TLS: a certificate that is given, or one that is made and kept in the state folder.

use std::io::{Read, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use khien_wire::{HealthState, Time};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};

use crate::health::{Found, HealthSource};
use crate::server::ServerError;
use crate::state::StateError;

/// Where the certificate comes from.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Tls {
    /// On loopback none; elsewhere one that is made and kept.
    #[default]
    Auto,
    /// These files in PEM: the chain, the server's first, and its key.
    Files {
        /// The chain.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// None, wherever it listens: something in front speaks TLS.
    Plain,
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A certificate that is made works so long. Browsers take no longer ones.
const DAYS: i64 = 397;

/// So long before its end another is made, at the next start.
const RENEW_DAYS: i64 = 60;

/// Bound: bytes of a file with certificates or a key.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// TLS, ready.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) config: Arc<ServerConfig>,
    /// SHA-256 of the certificate, to be compared with what the browser shows.
    pub(crate) fingerprint: String,
    /// When the certificate ends, where we made it.
    pub(crate) ends: Option<i64>,
}

/// Reads the certificate of these files.
pub(crate) fn from_files(certificate: &Path, key: &Path) -> Result<Ready, ServerError> {
    let bad = |path: &Path, why: String| ServerError::Tls { path: path.to_owned(), why };
    let chain = CertificateDer::pem_slice_iter(&read(certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| bad(certificate, error.to_string()))?;
    if chain.is_empty() {
        return Err(bad(certificate, "there is no certificate in it".to_owned()));
    }
    let key_der =
        PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|error| bad(key, error.to_string()))?;
    let fingerprint = fingerprint(chain.first());
    let config =
        server_config(chain, key_der).map_err(|error| bad(certificate, error.to_string()))?;
    Ok(Ready { config: Arc::new(config), fingerprint, ends: None })
}

/// Takes the certificate in the folder, or makes one where there is none or it ends soon.
pub(crate) fn kept(folder: &Path, address: IpAddr, now: i64) -> Result<Ready, ServerError> {
    let tls = folder.join("tls");
    let (certificate, key) = (tls.join("certificate.pem"), tls.join("key.pem"));
    // What the certificate is good for: its end, and its names.
    let note = tls.join("certificate.txt");
    let names = names(address);
    let noted = read(&note).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let ends = noted.as_deref().and_then(|text| {
        let (ends, rest) = text.trim().split_once(' ')?;
        Time::parse(ends).filter(|_| rest == names.join(" ")).map(Time::as_ms)
    });
    let lasts =
        ends.is_some_and(|ends| ends.saturating_sub(now) > RENEW_DAYS.saturating_mul(DAY_MS));
    if lasts && certificate.exists() && key.exists() {
        return Ok(Ready { ends, ..from_files(&certificate, &key)? });
    }
    crate::state::make_private_folder(&tls)?;
    let ends = now.saturating_add(DAYS.saturating_mul(DAY_MS));
    let (chain, secret) = make(names.clone(), now, ends)
        .map_err(|error| ServerError::Tls { path: certificate.clone(), why: error.to_string() })?;
    write(&key, &secret)?;
    write(&certificate, &chain)?;
    write(&note, &format!("{} {}\n", Time::from_ms(ends), names.join(" ")))?;
    Ok(Ready { ends: Some(ends), ..from_files(&certificate, &key)? })
}

/// The names of this machine.
fn names(address: IpAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !address.is_unspecified() && !address.is_loopback() {
        names.push(address.to_string());
    }
    names.extend(host_name());
    names.dedup();
    names
}

/// A certificate that signs itself, and its key.
fn make(names: Vec<String>, now: i64, ends: i64) -> Result<(String, String), rcgen::Error> {
    let mut params = rcgen::CertificateParams::new(names)?;
    params.distinguished_name.push(rcgen::DnType::CommonName, "Khiên");
    // A day back, for clocks that are behind.
    let day = |ms| {
        let (year, month, day) = date(ms);
        rcgen::date_time_ymd(year, month, day)
    };
    params.not_before = day(now.saturating_sub(DAY_MS));
    params.not_after = day(ends);
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let key = rcgen::KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

fn date(ms: i64) -> (i32, u8, u8) {
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let date = at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let part = |n: i8| u8::try_from(n).unwrap_or(1);
    (i32::from(date.year()), part(date.month()), part(date.day()))
}

#[cfg(unix)]
fn host_name() -> Option<String> {
    let name = rustix::system::uname().nodename().to_str().ok()?.to_owned();
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    (plain && !name.is_empty()).then_some(name)
}

#[cfg(not(unix))]
const fn host_name() -> Option<String> {
    None
}

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn fingerprint(certificate: Option<&CertificateDer<'_>>) -> String {
    let hash = certificate.map(Sha256::digest).unwrap_or_default();
    let pairs: Vec<String> = hash.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

fn read(path: &Path) -> Result<Vec<u8>, ServerError> {
    let io =
        |error: std::io::Error| ServerError::Tls { path: path.to_owned(), why: error.to_string() };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(io)?;
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}

/// Writes a file that only its owner can read, in one step.
fn write(path: &Path, text: &str) -> Result<(), ServerError> {
    let io = |error| ServerError::State(StateError::io(path)(error));
    let partial = path.with_extension("partial");
    let _ = std::fs::remove_file(&partial);
    let mut file =
        crate::state::private().write(true).create_new(true).open(&partial).map_err(io)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io)?;
    std::fs::rename(&partial, path).map_err(io)
}

/// Whether the certificate that was made still lasts.
pub(crate) struct CertificateHealth {
    pub(crate) ends: i64,
    pub(crate) clock: Arc<dyn crate::Clock>,
}

#[async_trait::async_trait]
impl HealthSource for CertificateHealth {
    fn id(&self) -> &'static str {
        "certificate"
    }

    async fn look(&self) -> Found {
        let days = self.ends.saturating_sub(self.clock.now_ms()).div_euclid(DAY_MS);
        match days {
            ..0 => Found::new(HealthState::Failed, "ended", days),
            0..30 => Found::new(HealthState::Degraded, "ends_soon", days),
            _ => Found::new(HealthState::Ok, "lasts", days),
        }
    }
}
