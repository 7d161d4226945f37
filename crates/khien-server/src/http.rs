//! HTTP: from a request to an answer.
//!
//! Every request goes through [`answer`]: limits, host, route. Every operation goes through
//! [`operate`]: who asks, may they, is the form right; then [`handle`], which has one arm for each
//! operation of the table, held complete by the compiler.

mod accounts;
pub(crate) mod admit;
mod advisories;
mod alerts;
mod audit;
mod call;
mod cases;
mod elastic;
pub(crate) mod events;
mod headers;
mod hunts;
mod inventory;
mod jobs;
mod live;
pub(crate) mod metrics;
mod nodes;
mod osquery;
mod otlp;
mod pages;
mod problem;
pub(crate) mod rate;
mod rules;
mod session;
mod site;
pub(crate) mod stream;
mod tokens;
mod tongue;
mod updates;

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use futures::FutureExt;
use http::StatusCode;
use khien_wire::{Method, OPERATIONS, Operation, OperationId as Id, ProblemCode};

use crate::app::App;
use axum::http;
use call::Call;
pub(crate) use problem::Fault;
use tongue::Tongue;

/// Bound: how long working on one request may take; live streams go on after their answer began.
const WORK: Duration = Duration::from_secs(60);

/// Bound: the same of a request that sends an update, which may be gigabytes over a slow line.
const SENDING: Duration = Duration::from_secs(2 * 60 * 60);

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// The service that answers all requests.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let mut router = Router::new();
    for row in OPERATIONS {
        router = router.route(row.path, route(app, row));
    }
    let rest = app.clone();
    router = router.fallback(move |request: Request| {
        let app = rest.clone();
        async move {
            // A client of another protocol that asks for a path which is not there has to understand that.
            match Tongue::of(&request) {
                Tongue::Own { .. } => site::answer(&app, &request),
                tongue => tongue.say(Fault::new(ProblemCode::NotFound)),
            }
        }
    });
    router = router.method_not_allowed_fallback(|request: Request| async move {
        // Forms are used by browsers; what they show should be readable.
        Tongue::of(&request).say(Fault::new(ProblemCode::MethodNotAllowed))
    });
    let app = app.clone();
    router.layer(axum::middleware::from_fn(
        move |request: Request, next: axum::middleware::Next| {
            let app = app.clone();
            async move { answer(&app, request, next).await }
        },
    ))
}

fn route(app: &Arc<App>, row: &'static Operation) -> MethodRouter {
    let filter = match row.method {
        Method::Delete => MethodFilter::DELETE,
        Method::Get => MethodFilter::GET,
        Method::Patch => MethodFilter::PATCH,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
    };
    let app = app.clone();
    on(filter, move |request: Request| {
        let app = app.clone();
        async move { operate(app, row, request).await }
    })
}

/// What holds for every request, whatever it asks for.
async fn answer(app: &App, request: Request, next: axum::middleware::Next) -> Response {
    let api = site::is_api(request.uri().path());
    let page = site::is_page(request.uri().path());
    let tongue = Tongue::of(&request);
    let early = |fault: Fault| tongue.say(fault);
    let mut response = if let Err(fault) = admit::host(app, &request) {
        early(fault)
    } else if let Err(fault) = app.requests.of_source(app.store.now(), peer(&request)) {
        app.metrics.rate_limited();
        early(fault)
    } else {
        match AssertUnwindSafe(next.run(request)).catch_unwind().await {
            Ok(response) => response,
            Err(_) => {
                tracing::error!("a request ended in a panic");
                early(Fault::new(ProblemCode::Internal))
            }
        }
    };
    headers::add(app, api || page, &mut response);
    response
}

fn peer(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<Peer>().map(|peer| peer.0)
}

/// One operation: admitted, read, done.
async fn operate(app: Arc<App>, row: &'static Operation, request: Request) -> Response {
    let began = tokio::time::Instant::now();
    let lang = pages::lang_of(request.headers(), request.uri().query());
    let tongue = Tongue::of(&request);
    let source = peer(&request);
    let work = async {
        let call = admit::call(&app, row, request, source, lang).await?;
        handle(row.id, &app, call).await
    };
    let most = match row.body {
        khien_wire::Body::Artefact => SENDING,
        _ => WORK,
    };
    let result = match tokio::time::timeout(most, work).await {
        Ok(result) => result,
        Err(_) => Err(Fault::new(ProblemCode::Overloaded).retry_after(10)),
    };
    let mut response = result.unwrap_or_else(|fault| tongue.say(fault));
    if row.tag == elastic::TAG {
        elastic::mark(&mut response);
    }
    app.metrics.request(row.id, response.status(), began.elapsed());
    response
}

/// The handler of each operation.
async fn handle(id: Id, app: &Arc<App>, call: Call) -> Result<Response, Fault> {
    match id {
        Id::AccountAdd => accounts::add(app, &call).await,
        Id::AccountChange => accounts::change(app, &call).await,
        Id::AccountRemove => accounts::remove(app, &call).await,
        Id::AccountSetupLink => accounts::setup_link(app, &call).await,
        Id::AccountShow => accounts::show(app, &call).await,
        Id::Accounts => accounts::list(app, &call).await,
        Id::Advisories => advisories::list(app, &call).await,
        Id::AdvisoryAdd => advisories::add(app, &call).await,
        Id::AdvisoryCheck => advisories::check(app, &call).await,
        Id::AdvisoryHosts => advisories::hosts(app, &call).await,
        Id::AdvisoryPreview => advisories::preview(&call).await,
        Id::AdvisoryRemove => advisories::remove(app, &call).await,
        Id::AdvisoryShow => advisories::show(app, &call).await,
        Id::AlertChange => alerts::change(app, &call).await,
        Id::AlertShow => alerts::show(app, &call).await,
        Id::Alerts => alerts::list(app, &call).await,
        Id::Audit => audit::list(app, &call).await,
        Id::AuditVerify => audit::verify(app, &call).await,
        Id::ElasticAbout | Id::ElasticAboutSlash => Ok(elastic::about(app)),
        Id::ElasticBulk | Id::ElasticBulkIndex | Id::ElasticBulkIndexPut | Id::ElasticBulkPut => {
            elastic::bulk(app, &call).await
        }
        Id::ElasticLicense => Ok(elastic::license()),
        Id::ElasticDataStream | Id::ElasticPolicy | Id::ElasticTemplate => Ok(elastic::there()),
        Id::CaseAdd => cases::add(app, &call).await,
        Id::CaseAlerts => cases::alerts(app, &call).await,
        Id::CaseChange => cases::change(app, &call).await,
        Id::CaseEntryAdd => cases::add_entry(app, &call).await,
        Id::CaseEvidenceAdd => cases::add_evidence(app, &call).await,
        Id::CaseEvidenceShow => cases::evidence(app, &call).await,
        Id::CaseHandOver => cases::hand_over(app, &call).await,
        Id::CaseHostSet => cases::set_host(app, &call).await,
        Id::CaseObligationChange => cases::change_obligation(app, &call).await,
        Id::CaseShow => cases::show(app, &call).await,
        Id::CaseSimilar => cases::similar(app, &call).await,
        Id::CaseStory => cases::story(app, &call).await,
        Id::CaseTaskAdd => cases::add_task(app, &call).await,
        Id::CaseTaskChange => cases::change_task(app, &call).await,
        Id::Cases => cases::list(app, &call).await,
        Id::EventsSend => events::send(app, &call).await,
        Id::Exposure => inventory::exposure(app, &call).await,
        Id::Health => {
            let lang = call.own_lang();
            Ok(json(StatusCode::OK, &app.parts.look(app.store.now(), lang).await))
        }
        Id::Healthz => Ok(text("ok\n")),
        Id::HostShow => inventory::host(app, &call).await,
        Id::Hosts => inventory::hosts(app, &call).await,
        Id::HuntGuide => hunts::guide(app, &call).await,
        Id::HuntRun => hunts::run(app, &call).await,
        Id::Intel => rules::intel(app, &call).await,
        Id::JobCancel => jobs::cancel(app, &call).await,
        Id::JobShow => jobs::show(app, &call).await,
        Id::Jobs => jobs::list(app, &call).await,
        Id::Live => live::open(app, &call),
        Id::Login => pages::login(app, &call).await,
        Id::LoginPage => pages::login_page(app, &call),
        Id::Logout => pages::logout(app, &call).await,
        Id::LogoutPage => pages::logout_page(&call),
        Id::Metrics => metrics::show(app).await,
        Id::NodeChange => nodes::change(app, &call).await,
        Id::Nodes => nodes::list(app, &call).await,
        Id::OsqueryConfig => osquery::config(app, &call).await,
        Id::OsqueryEnroll => osquery::enroll(app, &call).await,
        Id::OsqueryLog => osquery::log(app, &call).await,
        Id::OsqueryRead => osquery::distributed_read(app, &call).await,
        Id::OsqueryWrite => osquery::distributed_write(app, &call).await,
        Id::OtlpLogs => otlp::logs(app, &call).await,
        Id::PagesStyle => Ok(pages::style()),
        Id::Readyz => match app.store.probe().await {
            Ok(()) => Ok(text("ready\n")),
            Err(error) => {
                tracing::error!(%error, "the state does not work");
                Err(Fault::new(ProblemCode::Overloaded).retry_after(10))
            }
        },
        Id::RuleAdd => rules::add(app, &call).await,
        Id::RuleHits => rules::hits(app, &call).await,
        Id::RulePreview => rules::preview(app, &call).await,
        Id::RuleRemove => rules::remove(app, &call).await,
        Id::RuleReplace => rules::replace(app, &call).await,
        Id::RuleShow => rules::show(app, &call).await,
        Id::RuleSwitch => rules::switch(app, &call).await,
        Id::RuleTest => rules::test(app, &call).await,
        Id::RuleTestCancel => rules::cancel_test(app, &call).await,
        Id::RuleTestShow => rules::show_test(app, &call).await,
        Id::Rules => rules::list(app, &call).await,
        Id::Session => session::show(app, &call),
        Id::SessionChange => session::change(app, &call).await,
        Id::Setup => pages::setup(app, &call).await,
        Id::SetupPage => pages::setup_page(app, &call).await,
        Id::TokenAdd => tokens::add(app, &call).await,
        Id::TokenRevoke => tokens::revoke(app, &call).await,
        Id::Tokens => tokens::list(app, &call).await,
        Id::UpdateAdd => updates::add(app, &call).await,
        Id::UpdateAllowList => updates::allow_list(app, &call).await,
        Id::UpdateDecide => updates::decide(app, &call).await,
        Id::UpdateDocument => updates::document(app, &call).await,
        Id::UpdateHosts => updates::hosts(app, &call).await,
        Id::UpdateShow => updates::show(app, &call).await,
        Id::UpdateTrace => updates::trace(app, &call).await,
        Id::UpdateVet => updates::vet(app, &call).await,
        Id::Updates => updates::list(app, &call).await,
    }
}

/// An answer in JSON.
fn json(status: StatusCode, value: &impl serde::Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(bytes) => {
            (status, [(http::header::CONTENT_TYPE, "application/json")], bytes).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            Fault::new(ProblemCode::Internal).into_answer(false, khien_text::Lang::En)
        }
    }
}

fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn text(text: impl Into<String>) -> Response {
    ([(http::header::CONTENT_TYPE, "text/plain; charset=utf-8")], text.into()).into_response()
}
