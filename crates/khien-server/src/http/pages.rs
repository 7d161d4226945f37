//! Pages that need no script: signing in and out, setting a first password, errors.

use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use khien_text::Lang;
use khien_wire::{AccountNew, FieldProblem, Locale, LoginForm, ProblemCode, Role, SetupForm};

use super::Fault;
use super::call::{Call, Principal, cookie};
use super::metrics::LoginEnd;
use crate::app::App;
use crate::sign_in::password::{self, Busy};
use crate::sign_in::{Attempt, Outcome, sign_in};
use crate::state::accounts::check_first;
use crate::state::{SESSION_MS, Setup, StateError};

/// The cookie that remembers the language of the pages.
const LANG_COOKIE: &str = "khien_lang";

/// How long a browser is known: 90 days.
const DEVICE_SECONDS: i64 = 90 * 24 * 60 * 60;

/// The name of the session's cookie. With TLS the prefix has browsers hold that it is ours alone.
pub(super) const fn session_cookie(tls: bool) -> &'static str {
    if tls { "__Host-khien_session" } else { "khien_session" }
}

const fn device_cookie(tls: bool) -> &'static str {
    if tls { "__Host-khien_device" } else { "khien_device" }
}

/// The language asked for: in the address, else by a cookie, else by the browser.
pub(super) fn lang_of(headers: &HeaderMap, query: Option<&str>) -> Lang {
    let asked = query.unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("lang="));
    let known = |word: &str| matches!(word, "en" | "vi").then(|| Lang::from_locale(word));
    if let Some(lang) = asked.and_then(known) {
        return lang;
    }
    if let Some(lang) = cookie(headers, LANG_COOKIE).and_then(known) {
        return lang;
    }
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    preferred(accepted.unwrap_or_default())
}

/// The language with the greatest weight among those that there are; the first of equals.
fn preferred(accepted: &str) -> Lang {
    let mut best = (0.0, Lang::En);
    for part in accepted.split(',') {
        let mut words = part.split(';').map(str::trim);
        let tag = words.next().unwrap_or_default();
        let weight = words.find_map(|word| word.strip_prefix("q=")?.parse::<f64>().ok());
        let weight = weight.unwrap_or(1.0);
        let primary = tag.split('-').next().unwrap_or_default();
        let lang = match primary.to_ascii_lowercase().as_str() {
            "en" => Lang::En,
            "vi" => Lang::Vi,
            _ => continue,
        };
        if weight > best.0 {
            best = (weight, lang);
        }
    }
    best.1
}

/// What every page has.
struct Frame {
    lang: Lang,
    /// What is wrong, as a sentence.
    error: String,
}

impl Frame {
    const fn new(lang: Lang) -> Self {
        Self { lang, error: String::new() }
    }

    fn t(&self, key: &str) -> String {
        self.lang.text(key, &[])
    }

    const fn tag(&self) -> &'static str {
        self.lang.tag()
    }

    const fn other_tag(&self) -> &'static str {
        match self.lang {
            Lang::En => "vi",
            Lang::Vi => "en",
        }
    }

    const fn other_name(&self) -> &'static str {
        match self.lang {
            Lang::En => "Tiếng Việt",
            Lang::Vi => "English",
        }
    }
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    frame: Frame,
    name: String,
    next: String,
}

#[derive(Template)]
#[template(path = "logout.html")]
struct LogoutPage {
    frame: Frame,
    who: String,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    frame: Frame,
    /// Whether the first account is made.
    first: bool,
    name: String,
    display_name: String,
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage {
    frame: Frame,
    title: String,
    text: String,
    /// Whether a link to the start helps.
    home: bool,
}

fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The style sheet.
pub(super) fn style() -> Response {
    const STYLE: &str = include_str!("../../templates/pages.css");
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

/// A problem, for people.
pub(super) fn problem(status: StatusCode, code: ProblemCode, lang: Lang) -> Response {
    let word = serde_json::to_value(code).unwrap_or_default();
    let word = word.as_str().unwrap_or_default();
    let key = match code {
        ProblemCode::BadRequest
        | ProblemCode::CrossSite
        | ProblemCode::Misdirected
        | ProblemCode::NotFound
        | ProblemCode::Overloaded
        | ProblemCode::RateLimited => format!("server.problem.{word}"),
        _ => "server.problem.other".to_owned(),
    };
    let frame = Frame::new(lang);
    let (title, text) = (frame.t("server.problem.title"), frame.t(&key));
    page(status, &MessagePage { frame, title, text, home: true })
}

/// Where the console would be.
pub(super) fn no_console(lang: Lang) -> Response {
    let frame = Frame::new(lang);
    let (title, text) = (frame.t("server.no-console.title"), frame.t("server.no-console.text"));
    page(StatusCode::OK, &MessagePage { frame, title, text, home: false })
}

/// A path on this server, or the start: nobody is sent elsewhere after signing in.
fn local(next: &str) -> &str {
    let plain = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if plain && !super::site::is_page(next.split('?').next().unwrap_or_default()) {
        next
    } else {
        "/"
    }
}

fn see(place: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let place = HeaderValue::from_str(place).unwrap_or_else(|_| HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, place);
    response
}

fn set_cookie(response: &mut Response, tls: bool, name: &str, value: &str, seconds: i64) {
    let secure = if tls { "; Secure" } else { "" };
    let text =
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// A language that was chosen in the address is remembered for the next page.
fn remember_lang(call: &Call, app: &App, mut response: Response) -> Response {
    if let Some(lang) = call.asked("lang") {
        set_cookie(&mut response, app.tls, LANG_COOKIE, lang, DEVICE_SECONDS);
    }
    response
}

/// `GET /login`.
pub(super) fn login_page(app: &App, call: &Call) -> Result<Response, Fault> {
    let next = local(call.asked("next").unwrap_or("/")).to_owned();
    let shown = LoginPage { frame: Frame::new(call.lang), name: String::new(), next };
    Ok(remember_lang(call, app, page(StatusCode::OK, &shown)))
}

/// `POST /login`.
pub(super) async fn login(app: &App, call: &Call) -> Result<Response, Fault> {
    let form: LoginForm = call.form()?;
    let attempt = Attempt {
        name: &form.name.trim().to_lowercase(),
        password: &form.password,
        code: &form.code,
        device: call.cookie(device_cookie(app.tls)),
        session: call.cookie(session_cookie(app.tls)),
        source: call.source,
    };
    let outcome = sign_in(app, &call.by, attempt).await?;
    let (end, status, key, wait) = match outcome {
        Outcome::Begun { session, device } => {
            app.metrics.login(LoginEnd::Begun);
            let mut response = see(local(&form.next));
            let seconds = SESSION_MS / 1000;
            set_cookie(&mut response, app.tls, session_cookie(app.tls), &session, seconds);
            set_cookie(&mut response, app.tls, device_cookie(app.tls), &device, DEVICE_SECONDS);
            return Ok(response);
        }
        Outcome::Refused => {
            (LoginEnd::Refused, StatusCode::FORBIDDEN, "server.login.refused", None)
        }
        Outcome::Limited(wait) => {
            (LoginEnd::Limited, StatusCode::TOO_MANY_REQUESTS, "server.login.limited", Some(wait))
        }
        Outcome::Overloaded => {
            let busy = StatusCode::SERVICE_UNAVAILABLE;
            (LoginEnd::Overloaded, busy, "server.problem.overloaded", Some(2))
        }
    };
    app.metrics.login(end);
    let minutes = wait.unwrap_or_default().div_ceil(60);
    let error = call.lang.text(key, &[("minutes", &minutes)]);
    let frame = Frame { lang: call.lang, error };
    // A password typed into the wrong field is not sent back.
    let shown = LoginPage { frame, name: String::new(), next: local(&form.next).to_owned() };
    let mut response = page(status, &shown);
    if let Some(seconds) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// `GET /logout`.
pub(super) fn logout_page(call: &Call) -> Result<Response, Fault> {
    let who = match &call.principal {
        Principal::Person(person) => person.display_name.clone(),
        _ => String::new(),
    };
    Ok(page(StatusCode::OK, &LogoutPage { frame: Frame::new(call.lang), who }))
}

/// `POST /logout`.
pub(super) async fn logout(app: &App, call: &Call) -> Result<Response, Fault> {
    if let Principal::Person(person) = &call.principal {
        app.store.end_session(&call.by, person).await?;
    }
    let mut response = see("/login");
    set_cookie(&mut response, app.tls, session_cookie(app.tls), "", 0);
    Ok(response)
}

/// `GET /setup/{token}`. Looking does not use the link up: mail programs look at links, too.
pub(super) async fn setup_page(app: &App, call: &Call) -> Result<Response, Fault> {
    let setup = app.store.setup(call.part("token")).await?;
    let setup = setup.ok_or_else(|| Fault::new(ProblemCode::NotFound))?;
    let (first, name) = match setup {
        Setup::First => (true, String::new()),
        Setup::Password { name, .. } => (false, name),
    };
    let frame = Frame::new(call.lang);
    let shown = SetupPage { frame, first, name, display_name: String::new() };
    Ok(remember_lang(call, app, page(StatusCode::OK, &shown)))
}

/// `POST /setup/{token}`.
pub(super) async fn setup(app: &App, call: &Call) -> Result<Response, Fault> {
    let gone = || Fault::new(ProblemCode::NotFound);
    let setup = app.store.setup(call.part("token")).await?.ok_or_else(gone)?;
    let form: SetupForm = call.form()?;
    let first = setup == Setup::First;
    let name = match setup {
        Setup::First => form.name.trim().to_lowercase(),
        Setup::Password { name, .. } => name,
    };
    let new = AccountNew {
        display_name: form.display_name.trim().to_owned(),
        role: Role::Admin,
        locale: if call.lang == Lang::Vi { Locale::Vi } else { Locale::En },
        name,
    };
    if let Some(problem) = check_setup(first, &new, &form) {
        let key = format!("server.setup.{}.{}", problem.field, problem.code);
        let count = password::LENGTH_MIN;
        let frame = Frame { lang: call.lang, error: call.lang.text(&key, &[("count", &count)]) };
        let shown = SetupPage { frame, first, name: new.name, display_name: new.display_name };
        return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &shown));
    }
    let hashed = app.passwords.hash(&form.password).await;
    let hashed = hashed.map_err(|_: Busy| Fault::new(ProblemCode::Overloaded).retry_after(2))?;
    app.store.use_setup(&call.by, call.part("token"), &new, &hashed).await?;
    app.bus.publish(khien_wire::ChangeKind::Account, []);
    Ok(see("/login"))
}

fn check_setup(first: bool, new: &AccountNew, form: &SetupForm) -> Option<FieldProblem> {
    if first && let Err(StateError::Invalid(fields)) = check_first(new) {
        return fields.into_iter().next();
    }
    if let Some(problem) = password::check_new("password", &form.password, &new.name) {
        return Some(problem);
    }
    (form.password != form.again)
        .then(|| FieldProblem { field: "again".to_owned(), code: "differs".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for fine in ["/", "/alerts?sort=-time", "/cases/1#notes"] {
            assert_eq!(local(fine), fine);
        }
        for bad in [
            "",
            "//evil.test",
            "https://evil.test",
            "/\\evil.test",
            "/a\r\nb",
            "/ô",
            "/logout",
            "/login?next=/",
        ] {
            assert_eq!(local(bad), "/", "{bad}");
        }
    }

    #[test]
    fn the_browser_says_which_language() {
        let check =
            |accepted: &str, expected| assert_eq!(preferred(accepted), expected, "{accepted}");
        check("", Lang::En);
        check("vi-VN,vi;q=0.9,en;q=0.8", Lang::Vi);
        check("en;q=0.5, vi", Lang::Vi);
        check("fr, en;q=0.1, vi;q=0", Lang::En);
        check("fr;q=x,*", Lang::En);
    }
}
