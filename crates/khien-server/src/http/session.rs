//! `/api/v1/session`: who is signed in, and what they change of themselves.

use axum::http::StatusCode;
use axum::response::Response;
use khien_wire::{
    PasswordChange, ProblemCode, Session, SessionAccount, SessionAnswer, SessionChange, TotpAction,
    TotpChange, TotpEnrolment,
};

use super::call::Call;
use super::{Fault, json};
use crate::app::App;
use crate::secret::random;
use crate::sign_in::password::{Busy, check_new};
use crate::sign_in::totp;
use crate::state::Person;
use crate::state::accounts::Login;
use crate::state::own::{OwnChange, OwnTotp};

pub(super) fn show(app: &App, call: &Call) -> Result<Response, Fault> {
    Ok(json(StatusCode::OK, &session(app, call.person()?)))
}

fn session(app: &App, person: &Person) -> Session {
    Session {
        account: SessionAccount {
            id: person.id.clone(),
            name: person.name.clone(),
            display_name: person.display_name.clone(),
            role: person.role,
            locale: person.locale,
            theme: person.theme,
            totp: person.totp,
        },
        version: env!("CARGO_PKG_VERSION").to_owned(),
        organisation: app.organisation.clone(),
        synthetic: app.synthetic,
    }
}

pub(super) async fn change(app: &App, call: &Call) -> Result<Response, Fault> {
    let person = call.person()?;
    let asked: SessionChange = call.json()?;
    let unauthenticated = || Fault::new(ProblemCode::Unauthenticated);
    let login = app.store.login(&person.name).await?.ok_or_else(unauthenticated)?;
    let mut own = OwnChange { locale: asked.locale, theme: asked.theme, ..OwnChange::default() };
    let mut enrolment = None;
    if let Some(totp) = &asked.totp {
        let (change, begun) = own_totp(app, call, person, &login, totp).await?;
        own.totp = Some(change);
        enrolment = begun;
    }
    if let Some(password) = &asked.password {
        own.password = Some(own_password(app, call, person, &login, password).await?);
    }
    app.store.change_own(&call.by, &person.id, &person.session, &own).await?;
    let after = app.store.person_still(&person.session).await?.ok_or_else(unauthenticated)?;
    let answer = SessionAnswer { session: session(app, &after), totp_enrolment: enrolment };
    Ok(json(StatusCode::OK, &answer))
}

fn busy(_: Busy) -> Fault {
    Fault::new(ProblemCode::Overloaded).retry_after(2)
}

/// Whoever has the session alone (a browser left open) must not be able to guess the password here
/// faster than at the page to sign in.
async fn require_password(
    app: &App,
    call: &Call,
    person: &Person,
    login: &Login,
    given: &str,
) -> Result<(), Fault> {
    let id = Some(person.id.as_str());
    let limited = |seconds| Fault::new(ProblemCode::RateLimited).retry_after(seconds);
    app.logins.charge(app.store.now(), &person.name, call.source, id).map_err(limited)?;
    if app.passwords.verify(given, login.password.as_deref()).await.map_err(busy)? {
        app.logins.refund(&person.name, call.source, id);
        return Ok(());
    }
    app.store.note_refused_login(&call.by, Some((&person.id, &person.name))).await?;
    Err(Fault::new(ProblemCode::WrongPassword))
}

async fn own_password(
    app: &App,
    call: &Call,
    person: &Person,
    login: &Login,
    change: &PasswordChange,
) -> Result<String, Fault> {
    if let Some(problem) = check_new("password.new", &change.new, &person.name) {
        return Err(Fault::fields(vec![problem]));
    }
    require_password(app, call, person, login, &change.current).await?;
    app.passwords.hash(&change.new).await.map_err(busy)
}

async fn own_totp(
    app: &App,
    call: &Call,
    person: &Person,
    login: &Login,
    change: &TotpChange,
) -> Result<(OwnTotp, Option<TotpEnrolment>), Fault> {
    let missing = |field: &str| Fault::invalid(field, "missing");
    match change.action {
        TotpAction::Begin => {
            let given = change.password.as_deref().ok_or_else(|| missing("totp.password"))?;
            require_password(app, call, person, login, given).await?;
            let secret: [u8; totp::SECRET_BYTES] = random();
            let issuer = if app.organisation.is_empty() {
                "Khiên".to_owned()
            } else {
                format!("Khiên {}", app.organisation)
            };
            let enrolment = TotpEnrolment {
                secret: totp::typed(&secret),
                uri: totp::uri(&secret, &issuer, &person.name),
            };
            Ok((OwnTotp::Begin(secret.to_vec()), Some(enrolment)))
        }
        TotpAction::Confirm => {
            let code = change.code.as_deref().ok_or_else(|| missing("totp.code"))?;
            let pending = login.totp_pending.clone();
            let secret = pending.ok_or_else(|| Fault::invalid("totp.action", "not_begun"))?;
            let step = totp::verify(&secret, code, app.store.now(), 0);
            let step = step.ok_or_else(|| Fault::new(ProblemCode::WrongCode))?;
            Ok((OwnTotp::Confirm { secret, step }, None))
        }
        TotpAction::Remove => {
            let given = change.password.as_deref().ok_or_else(|| missing("totp.password"))?;
            require_password(app, call, person, login, given).await?;
            Ok((OwnTotp::Remove, None))
        }
    }
}
