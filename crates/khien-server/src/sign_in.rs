//! Signing in: passwords, codes of authenticators, and limits that lock out who guesses and nobody else.

pub(crate) mod device;
pub(crate) mod password;
pub(crate) mod throttle;
pub(crate) mod totp;

use std::net::IpAddr;

use crate::app::App;
use crate::state::accounts::Login;
use crate::state::sessions::SignedIn;
use crate::state::{By, StateError};
use device::Device;
use password::Busy;

/// What was typed, and by which browser.
#[derive(Clone, Copy)]
pub(crate) struct Attempt<'a> {
    pub(crate) name: &'a str,
    pub(crate) password: &'a str,
    pub(crate) code: &'a str,
    /// The cookie by which a browser shows that this account signed in there before.
    pub(crate) device: Option<&'a str>,
    /// The session that the browser has, which ends.
    pub(crate) session: Option<&'a str>,
    pub(crate) source: Option<IpAddr>,
}

/// How an attempt ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Signed in.
    Begun {
        /// The secret of the session.
        session: String,
        /// The new cookie of the browser.
        device: String,
    },
    /// Too many attempts: wait for so many seconds.
    Limited(u32),
    /// Too many others sign in at this moment.
    Overloaded,
    /// Unknown name, wrong password or wrong code: the same answer, after the same work.
    Refused,
}

/// Tries to sign in.
pub(crate) async fn sign_in(
    app: &App,
    by: &By,
    attempt: Attempt<'_>,
) -> Result<Outcome, StateError> {
    let now = app.store.now();
    let device = attempt.device.and_then(|cookie| Device::read(&app.device_key, cookie));
    let device = device.filter(|device| device.name == attempt.name);
    // What was typed as a name may be long, and is kept as a hash only.
    let charged = app.logins.charge(
        now,
        attempt.name,
        attempt.source,
        device.as_ref().map(|d| d.id.as_str()),
    );
    if let Err(seconds) = charged {
        return Ok(Outcome::Limited(seconds));
    }
    let login = app.store.login(attempt.name).await?;
    let known = login.as_ref().and_then(|login| login.password.as_deref());
    // Unknown names are checked against a hash that nothing fits, so that they take as long.
    let fits = match app.passwords.verify(attempt.password, known).await {
        Ok(fits) => fits,
        Err(Busy) => {
            app.logins.refund(attempt.name, attempt.source, device.as_ref().map(|d| d.id.as_str()));
            return Ok(Outcome::Overloaded);
        }
    };
    if let Some(login) = login.as_ref().filter(|_| fits)
        && let Some(outcome) = begin(app, by, &attempt, login, now).await?
    {
        app.logins.refund(attempt.name, attempt.source, device.as_ref().map(|d| d.id.as_str()));
        return Ok(outcome);
    }
    let named = login.as_ref().map(|login| (login.id.as_str(), login.name.as_str()));
    app.store.note_refused_login(by, named).await?;
    Ok(Outcome::Refused)
}

/// The password fits; the code has to fit as well, where one is asked for.
async fn begin(
    app: &App,
    by: &By,
    attempt: &Attempt<'_>,
    login: &Login,
    now: i64,
) -> Result<Option<Outcome>, StateError> {
    let Some(password) = login.password.as_deref() else { return Ok(None) };
    let totp_step = match &login.totp_secret {
        None => None,
        Some(secret) => match totp::verify(secret, attempt.code, now, login.totp_step) {
            None => return Ok(None),
            step => step,
        },
    };
    let signed_in =
        SignedIn { id: &login.id, name: &login.name, totp_step, password, before: attempt.session };
    let Some(session) = app.store.begin_session(by, &signed_in).await? else { return Ok(None) };
    let device = Device::new(&login.name).cookie(&app.device_key);
    Ok(Some(Outcome::Begun { session, device }))
}
