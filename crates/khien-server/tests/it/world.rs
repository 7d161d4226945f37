//! A server with a clock that stands still, and people on it.

use std::sync::Arc;

use khien_server::{Clock, Config, Server, SetClock, Started};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::Client;

pub(crate) const PASSWORD: &str = "mot cau du dai 1";
pub(crate) const HOUR_MS: i64 = 60 * 60 * 1000;

/// A server that runs.
pub(crate) struct World {
    pub(crate) started: Started,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) folder: Arc<TempDir>,
    pub(crate) bus: Arc<khien_server::Bus>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        Self::start_in(folder, Arc::new(SetClock::at(1_790_000_000_000)), change).await
    }

    pub(crate) async fn start_in(
        folder: Arc<TempDir>,
        clock: Arc<SetClock>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let mut config = Config::new("127.0.0.1:0".parse().unwrap(), folder.path().join("state"));
        config.clock = clock.clone() as Arc<dyn Clock>;
        change(&mut config);
        let server = Server::start(config).await.unwrap();
        let (started, bus) = (server.started().clone(), server.bus());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            let until = async {
                let _ = stopped.await;
            };
            server.run(until).await.unwrap();
        });
        Self { started, clock, folder, bus, stop: Some(stop), running }
    }

    /// Stops it in order.
    pub(crate) async fn stop(mut self) -> (Arc<TempDir>, Arc<SetClock>) {
        self.stop.take().unwrap().send(()).unwrap();
        (&mut self.running).await.unwrap();
        (self.folder, self.clock)
    }

    pub(crate) fn browser(&self) -> Client {
        Client::browser(self.started.address)
    }

    /// The path of the link that makes the first account.
    pub(crate) fn setup_path(&self) -> &str {
        let setup = self.started.setup.as_deref().unwrap();
        setup.get(setup.find("/setup/").unwrap()..).unwrap()
    }

    /// Makes the first account, and signs in.
    pub(crate) async fn admin(&self) -> Client {
        let mut browser = self.browser();
        let fields = [
            ("name", "admin"),
            ("display_name", "Chị Quản Trị"),
            ("password", PASSWORD),
            ("again", PASSWORD),
        ];
        browser.form(self.setup_path(), &fields).await.expect(303);
        browser.sign_in("admin", PASSWORD, "").await.expect(303);
        browser
    }

    /// Makes an account, sets its password and signs in; gives its id, too.
    pub(crate) async fn person(
        &self,
        admin: &mut Client,
        name: &str,
        role: &str,
    ) -> (Client, String) {
        let new = json!({ "name": name, "display_name": name, "role": role });
        let made = admin.json("POST", "/api/v1/accounts", new).await.expect(201).json();
        let id = made["id"].as_str().unwrap().to_owned();
        let mut browser = self.browser();
        set_password(admin, &mut browser, &id, PASSWORD).await;
        browser.sign_in(name, PASSWORD, "").await.expect(303);
        (browser, id)
    }

    /// Makes a token with these scopes; gives a client with it, and its id.
    pub(crate) async fn machine(&self, admin: &mut Client, scopes: &[&str]) -> (Client, String) {
        let new = json!({ "name": "a machine", "scopes": scopes });
        let made = admin.json("POST", "/api/v1/tokens", new).await.expect(201).json();
        let client = Client::machine(self.started.address, made["secret"].as_str().unwrap());
        (client, made["token"]["id"].as_str().unwrap().to_owned())
    }
}

/// Has an admin make a setup link, and uses it.
pub(crate) async fn set_password(
    admin: &mut Client,
    browser: &mut Client,
    id: &str,
    password: &str,
) {
    let path = format!("/api/v1/accounts/{id}/setup-link");
    let link: Value = admin.json("POST", &path, json!({})).await.expect(201).json();
    let fields = [("password", password), ("again", password)];
    browser.form(link["path"].as_str().unwrap(), &fields).await.expect(303);
}
