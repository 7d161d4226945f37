//! What an operation of the server is: the columns of the [table](crate::OPERATIONS).

use crate::{Access, ProblemCode, Shape};

/// A method of HTTP.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Method {
    /// DELETE.
    Delete,
    /// GET.
    Get,
    /// PATCH.
    Patch,
    /// POST.
    Post,
    /// PUT.
    Put,
}

impl Method {
    /// As it stands in a request.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }

    /// Whether it changes nothing.
    pub const fn is_safe(self) -> bool {
        matches!(self, Self::Get)
    }
}

/// Names of operations. The server has a handler for each, and the compiler holds that it has.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum OperationId {
    /// `POST /api/v1/accounts`
    AccountAdd,
    /// `PATCH /api/v1/accounts/{id}`
    AccountChange,
    /// `DELETE /api/v1/accounts/{id}`
    AccountRemove,
    /// `POST /api/v1/accounts/{id}/setup-link`
    AccountSetupLink,
    /// `GET /api/v1/accounts/{id}`
    AccountShow,
    /// `GET /api/v1/accounts`
    Accounts,
    /// `GET /api/v1/advisories`
    Advisories,
    /// `POST /api/v1/advisories`
    AdvisoryAdd,
    /// `POST /api/v1/advisories/{id}/check`
    AdvisoryCheck,
    /// `GET /api/v1/advisories/{id}/hosts`
    AdvisoryHosts,
    /// `POST /api/v1/advisories/preview`
    AdvisoryPreview,
    /// `DELETE /api/v1/advisories/{id}`
    AdvisoryRemove,
    /// `GET /api/v1/advisories/{id}`
    AdvisoryShow,
    /// `PATCH /api/v1/alerts/{id}`
    AlertChange,
    /// `GET /api/v1/alerts/{id}`
    AlertShow,
    /// `GET /api/v1/alerts`
    Alerts,
    /// `GET /api/v1/audit`
    Audit,
    /// `GET /api/v1/audit/verify`
    AuditVerify,
    /// `GET /elastic`
    ElasticAbout,
    /// `GET /elastic/`
    ElasticAboutSlash,
    /// `POST /elastic/_bulk`
    ElasticBulk,
    /// `POST /elastic/{index}/_bulk`
    ElasticBulkIndex,
    /// `PUT /elastic/{index}/_bulk`
    ElasticBulkIndexPut,
    /// `PUT /elastic/_bulk`
    ElasticBulkPut,
    /// `GET /elastic/_data_stream/{name}`
    ElasticDataStream,
    /// `GET /elastic/_license`
    ElasticLicense,
    /// `GET /elastic/_ilm/policy/{name}`
    ElasticPolicy,
    /// `GET /elastic/_index_template/{name}`
    ElasticTemplate,
    /// `POST /api/v1/cases`
    CaseAdd,
    /// `POST /api/v1/cases/{id}/alerts`
    CaseAlerts,
    /// `PATCH /api/v1/cases/{id}`
    CaseChange,
    /// `POST /api/v1/cases/{id}/entries`
    CaseEntryAdd,
    /// `POST /api/v1/cases/{id}/evidence`
    CaseEvidenceAdd,
    /// `GET /api/v1/cases/{id}/evidence/{evidence}`
    CaseEvidenceShow,
    /// `POST /api/v1/cases/{id}/hand-over`
    CaseHandOver,
    /// `POST /api/v1/cases/{id}/hosts`
    CaseHostSet,
    /// `PATCH /api/v1/cases/{id}/obligations/{duty}`
    CaseObligationChange,
    /// `GET /api/v1/cases/{id}`
    CaseShow,
    /// `GET /api/v1/cases/{id}/similar`
    CaseSimilar,
    /// `GET /api/v1/cases/{id}/story`
    CaseStory,
    /// `POST /api/v1/cases/{id}/tasks`
    CaseTaskAdd,
    /// `PATCH /api/v1/cases/{id}/tasks/{task}`
    CaseTaskChange,
    /// `GET /api/v1/cases`
    Cases,
    /// `POST /api/v1/events`
    EventsSend,
    /// `GET /api/v1/exposure`
    Exposure,
    /// `GET /api/v1/health`
    Health,
    /// `GET /healthz`
    Healthz,
    /// `GET /api/v1/hosts/{id}`
    HostShow,
    /// `GET /api/v1/hosts`
    Hosts,
    /// `GET /api/v1/hunts`
    HuntGuide,
    /// `POST /api/v1/hunts`
    HuntRun,
    /// `GET /api/v1/intel`
    Intel,
    /// `POST /api/v1/jobs/{id}/cancel`
    JobCancel,
    /// `GET /api/v1/jobs/{id}`
    JobShow,
    /// `GET /api/v1/jobs`
    Jobs,
    /// `GET /api/v1/live`
    Live,
    /// `POST /login`
    Login,
    /// `GET /login`
    LoginPage,
    /// `POST /logout`
    Logout,
    /// `GET /logout`
    LogoutPage,
    /// `GET /metrics`
    Metrics,
    /// `PATCH /api/v1/nodes/{id}`
    NodeChange,
    /// `GET /api/v1/nodes`
    Nodes,
    /// `POST /osquery/config`
    OsqueryConfig,
    /// `POST /osquery/enroll`
    OsqueryEnroll,
    /// `POST /osquery/log`
    OsqueryLog,
    /// `POST /osquery/distributed/read`
    OsqueryRead,
    /// `POST /osquery/distributed/write`
    OsqueryWrite,
    /// `POST /otlp/v1/logs`
    OtlpLogs,
    /// `GET /pages.css`
    PagesStyle,
    /// `GET /readyz`
    Readyz,
    /// `POST /api/v1/rules`
    RuleAdd,
    /// `GET /api/v1/rules/{id}/hits`
    RuleHits,
    /// `POST /api/v1/rules/preview`
    RulePreview,
    /// `DELETE /api/v1/rules/{id}`
    RuleRemove,
    /// `PUT /api/v1/rules/{id}`
    RuleReplace,
    /// `GET /api/v1/rules/{id}`
    RuleShow,
    /// `PATCH /api/v1/rules/{id}`
    RuleSwitch,
    /// `POST /api/v1/rules/test`
    RuleTest,
    /// `POST /api/v1/rules/test/{id}/cancel`
    RuleTestCancel,
    /// `GET /api/v1/rules/test/{id}`
    RuleTestShow,
    /// `GET /api/v1/rules`
    Rules,
    /// `GET /api/v1/session`
    Session,
    /// `PATCH /api/v1/session`
    SessionChange,
    /// `POST /setup/{token}`
    Setup,
    /// `GET /setup/{token}`
    SetupPage,
    /// `POST /api/v1/tokens`
    TokenAdd,
    /// `DELETE /api/v1/tokens/{id}`
    TokenRevoke,
    /// `GET /api/v1/tokens`
    Tokens,
    /// `POST /api/v1/updates`
    UpdateAdd,
    /// `GET /api/v1/updates/allow-list`
    UpdateAllowList,
    /// `POST /api/v1/updates/{id}/decision`
    UpdateDecide,
    /// `GET /api/v1/updates/{id}/dossier`
    UpdateDocument,
    /// `GET /api/v1/updates/{id}/hosts`
    UpdateHosts,
    /// `GET /api/v1/updates/{id}`
    UpdateShow,
    /// `POST /api/v1/updates/{id}/trace`
    UpdateTrace,
    /// `POST /api/v1/updates/{id}/vet`
    UpdateVet,
    /// `GET /api/v1/updates`
    Updates,
}

/// A parameter of the query.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Query {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// Which values.
    pub values: QueryValues,
}

/// Values of a parameter of the query.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum QueryValues {
    /// A whole number from 1 to this.
    Number(u32),
    /// Any text.
    Text,
    /// A time as in RFC 3339.
    Time,
    /// One of these words.
    Words(&'static [&'static str]),
}

/// What a request carries.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// The bytes of an update, as they are; read as they come, and never held in memory as a whole.
    Artefact,
    /// JSON of this shape, with a document inside: up to [`DOCUMENT_BYTES_MAX`](crate::DOCUMENT_BYTES_MAX).
    Document(Shape),
    /// A form of a page.
    Form(Shape),
    /// JSON of this shape.
    Json(Shape),
    /// Nothing.
    Nothing,
    /// Records: JSON lines, or syslog as plain text.
    Records,
    /// What another protocol sends, as one of these media types; as large as records.
    Spoken(&'static [&'static str]),
}

/// What comes back when all is well.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// 204, without a body.
    Empty,
    /// 200 with server-sent events, whose data have this shape.
    Events(Shape),
    /// A page of HTML, or 303 to one after a form.
    Html,
    /// JSON of this shape, with this status.
    Json(u16, Shape),
    /// 200 with a style sheet.
    Style,
    /// 200 with plain text.
    Text,
}

/// An operation.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Its name.
    pub id: OperationId,
    /// The method.
    pub method: Method,
    /// The path, with `{names}` of parts.
    pub path: &'static str,
    /// The group in the document.
    pub tag: &'static str,
    /// What it does, as a sentence without full stop.
    pub summary: &'static str,
    /// Who may.
    pub access: Access,
    /// Parameters of the query.
    pub query: &'static [Query],
    /// What the request carries.
    pub body: Body,
    /// What comes back.
    pub answer: Answer,
    /// What may go wrong, besides what may go wrong everywhere.
    pub problems: &'static [ProblemCode],
}
