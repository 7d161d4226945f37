//! A client that says exactly what a test tells it to, and keeps cookies as a browser does.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, Request, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::net::TcpStream;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}: {}", self.status, self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The code of a problem.
    pub(crate) fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        problem["code"].as_str().unwrap().to_owned()
    }

    /// Asserts a status, and shows the answer where it is another.
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }
}

/// A browser, or a machine.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pub(crate) tls: Option<Arc<ClientConfig>>,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Sent with every request.
    pub(crate) headers: Vec<(String, String)>,
}

impl Client {
    /// A browser that says that its requests come from the server's own pages.
    pub(crate) fn browser(address: SocketAddr) -> Self {
        let headers = vec![("sec-fetch-site".to_owned(), "same-origin".to_owned())];
        Self { address, tls: None, cookies: BTreeMap::new(), headers }
    }

    /// A machine with a token.
    pub(crate) fn machine(address: SocketAddr, token: &str) -> Self {
        let headers = vec![("authorization".to_owned(), format!("Bearer {token}"))];
        Self { address, tls: None, cookies: BTreeMap::new(), headers }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], Bytes::new()).await
    }

    pub(crate) async fn delete(&mut self, path: &str) -> Answer {
        self.send("DELETE", path, &[], Bytes::new()).await
    }

    pub(crate) async fn json(&mut self, method: &str, path: &str, body: Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.send(method, path, &headers, body.to_string().into()).await
    }

    pub(crate) async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let body = serde_urlencoded::to_string(fields).unwrap();
        self.send("POST", path, &headers, body.into()).await
    }

    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Answer {
        let (parts, body) = self.begin(method, path, headers, body).await.into_parts();
        let read = tokio::time::timeout(Duration::from_secs(30), body.collect()).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body: read.unwrap().to_bytes() }
    }

    /// Sends, and gives the answer when its head has come.
    pub(crate) async fn begin(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> hyper::Response<Incoming> {
        let mut request = Request::builder().method(method).uri(path);
        let given = |name: &str| headers.iter().any(|(given, _)| *given == name);
        if !given("host") {
            request = request.header("host", format!("localhost:{}", self.address.port()));
        }
        for (name, value) in self.headers.iter().filter(|(name, _)| !given(name)) {
            request = request.header(name, value);
        }
        // An empty value takes a header out.
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        if !self.cookies.is_empty() && !given("cookie") {
            let all: Vec<String> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
            request = request.header("cookie", all.join("; "));
        }
        let request = request.body(Full::new(body)).unwrap();
        let stream = TcpStream::connect(self.address).await.unwrap();
        let answer = match self.tls.clone() {
            None => exchange(TokioIo::new(stream), request).await,
            Some(config) => {
                let name = ServerName::try_from("localhost").unwrap();
                let connector = tokio_rustls::TlsConnector::from(config);
                exchange(TokioIo::new(connector.connect(name, stream).await.unwrap()), request)
                    .await
            }
        };
        self.keep_cookies(answer.headers());
        answer
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for value in headers.get_all("set-cookie") {
            let value = value.to_str().unwrap();
            let (pair, rest) = value.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Signs in, and gives what came back.
    pub(crate) async fn sign_in(&mut self, name: &str, password: &str, code: &str) -> Answer {
        self.form("/login", &[("name", name), ("password", password), ("code", code)]).await
    }
}

async fn exchange<I>(io: I, request: Request<Full<Bytes>>) -> hyper::Response<Incoming>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(async move {
        let _ = connection.await;
    });
    let answer = sender.send_request(request);
    tokio::time::timeout(Duration::from_secs(30), answer).await.unwrap().unwrap()
}
