//! The table of all operations. The server registers its routes from it and enforces its access, and
//! the OpenAPI document is made from it; a route that is not here does not exist.

mod cases;
mod nodes;
mod rules;
mod updates;

use crate::operation::QueryValues::{Number, Text, Time, Words};
use crate::{
    Access, Account, AccountChange, AccountNew, AccountPage, Advisory, AdvisoryDetail,
    AdvisoryHostPage, AdvisoryNew, AdvisoryPage, AdvisoryReading, AdvisoryText, Alert, AlertChange,
    AlertDetail, AlertPage, Answer, AuditPage, AuditVerification, Body, BulkReceived, Change,
    ElasticAbout, ElasticLicense, ElasticThere, ExposurePage, Health, HostDetail, HostPage,
    HuntAnswer, HuntGuide, HuntNew, Job, JobPage, LIMIT_MAX, LoginForm, Method, Operation,
    OperationId, ProblemCode, Query, Received, Role, Scope, Session, SessionAnswer, SessionChange,
    SetupForm, SetupLink, Shape, TokenCreated, TokenNew, TokenPage,
};

const fn people(role: Role) -> Access {
    Access::Asked { role, scope: None }
}

const fn people_and(role: Role, scope: Scope) -> Access {
    Access::Asked { role, scope: Some(scope) }
}

const fn query(name: &'static str, description: &'static str) -> Query {
    Query { name, description, values: Text }
}

const LIMIT: Query = Query {
    name: "limit",
    description: "Items of a page, 200 by default",
    values: Number(LIMIT_MAX),
};
const AFTER: Query = query("after", "The cursor `next` of the page before");
const Q: Query = query("q", "Only items that contain this text, whatever the case");

const fn sort(words: &'static [&'static str]) -> Query {
    Query { name: "sort", description: "The order; a minus turns it round", values: Words(words) }
}

const STATES_OF_JOBS: Query = Query {
    name: "state",
    description: "Only jobs in this state",
    values: Words(&["cancelled", "done", "failed", "queued", "running"]),
};
const ROLES: Query = Query {
    name: "role",
    description: "Only accounts with this role",
    values: Words(&["viewer", "analyst", "responder", "approver", "admin"]),
};
const STATES_OF_ACCOUNTS: Query = Query {
    name: "state",
    description: "Only accounts in this state",
    values: Words(&["active", "disabled", "invited"]),
};
const SINCE: Query =
    Query { name: "since", description: "Only entries at or after this time", values: Time };
const UNTIL: Query =
    Query { name: "until", description: "Only entries before this time", values: Time };

const STATES_OF_ALERTS: Query = Query {
    name: "state",
    description: "Only alerts in this state; `active` is open and acknowledged",
    values: Words(&["acknowledged", "active", "closed", "open", "withdrawn"]),
};
const KINDS_OF_ALERTS: Query = Query {
    name: "kind",
    description: "Only alerts of this kind",
    values: Words(&["correlation", "departure", "indicator", "rule"]),
};
const SEVERITIES: Query = Query {
    name: "severity",
    description: "Only alerts of this severity or above",
    values: Words(&["critical", "high", "informational", "low", "medium"]),
};
const HOST: Query = query("host", "Only what was seen on this host");

const VERDICTS: Query = Query {
    name: "verdict",
    description: "Only with this verdict",
    values: Words(&["clear", "hit", "not_applicable", "unknown"]),
};
const ORG: Query = query("org", "The organisation, where several have a host of this name");
const PRODUCT: Query = query("product", "Only hosts on which this product was seen to run");
const VERSION: Query = query("version", "Only in this version");
const SILENT: Query = Query {
    name: "silent",
    description: "Only hosts whose last record is longer ago than a day or a week",
    values: Words(&["day", "week"]),
};

const LANG: Query = Query {
    name: "lang",
    description: "The language; else that of the cookie, else of `Accept-Language`",
    values: Words(&["en", "vi"]),
};

/// A row with what most have; the rest is said by struct update.
const fn row(
    id: OperationId,
    method: Method,
    path: &'static str,
    tag: &'static str,
    access: Access,
    answer: Answer,
) -> Operation {
    Operation {
        id,
        method,
        path,
        tag,
        summary: "",
        access,
        query: &[],
        body: Body::Nothing,
        answer,
        problems: &[],
    }
}

/// What shippers that speak with Elasticsearch ask before they send.
const fn elastic(id: OperationId, path: &'static str, answer: Shape) -> Operation {
    let access = people_and(Role::Admin, Scope::EventsWrite);
    Operation {
        summary: "What a shipper for Elasticsearch asks before it sends",
        ..row(id, Method::Get, path, "elastic", access, Answer::Json(200, answer))
    }
}

/// Documents as shippers for Elasticsearch send them.
const fn bulk(id: OperationId, method: Method, path: &'static str) -> Operation {
    let access = people_and(Role::Admin, Scope::EventsWrite);
    let answer = Answer::Json(200, Shape::of::<BulkReceived>());
    Operation {
        summary: "Send documents as to Elasticsearch: when this is answered, they are on disk",
        body: Body::Records,
        problems: &[ProblemCode::Overloaded, ProblemCode::RateLimited],
        ..row(id, method, path, "elastic", access, answer)
    }
}

use Method::{Delete, Get, Patch, Post, Put};
use OperationId as Id;
use ProblemCode as Code;

/// All operations, sorted by path and method.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        summary: "All accounts",
        query: &[
            LIMIT,
            AFTER,
            sort(&["name", "-name", "created", "-created"]),
            Q,
            ROLES,
            STATES_OF_ACCOUNTS,
        ],
        ..row(
            Id::Accounts,
            Get,
            "/api/v1/accounts",
            "accounts",
            people(Role::Admin),
            Answer::Json(200, Shape::of::<AccountPage>()),
        )
    },
    Operation {
        summary: "Make an account; its owner then needs a setup link",
        body: Body::Json(Shape::of::<AccountNew>()),
        problems: &[Code::Invalid, Code::NameTaken],
        ..row(
            Id::AccountAdd,
            Post,
            "/api/v1/accounts",
            "accounts",
            people(Role::Admin),
            Answer::Json(201, Shape::of::<Account>()),
        )
    },
    Operation {
        summary: "One account",
        problems: &[Code::NotFound],
        ..row(
            Id::AccountShow,
            Get,
            "/api/v1/accounts/{id}",
            "accounts",
            people(Role::Admin),
            Answer::Json(200, Shape::of::<Account>()),
        )
    },
    Operation {
        summary: "Change an account",
        body: Body::Json(Shape::of::<AccountChange>()),
        problems: &[Code::Invalid, Code::LastAdmin, Code::NotFound],
        ..row(
            Id::AccountChange,
            Patch,
            "/api/v1/accounts/{id}",
            "accounts",
            people(Role::Admin),
            Answer::Json(200, Shape::of::<Account>()),
        )
    },
    Operation {
        summary: "Remove an account and end its sessions; the audit log keeps its name",
        problems: &[Code::LastAdmin, Code::NotFound],
        ..row(
            Id::AccountRemove,
            Delete,
            "/api/v1/accounts/{id}",
            "accounts",
            people(Role::Admin),
            Answer::Empty,
        )
    },
    Operation {
        summary: "Make a one-time link with which the owner sets a password; an earlier one ends",
        problems: &[Code::NotFound],
        ..row(
            Id::AccountSetupLink,
            Post,
            "/api/v1/accounts/{id}/setup-link",
            "accounts",
            people(Role::Admin),
            Answer::Json(201, Shape::of::<SetupLink>()),
        )
    },
    Operation {
        summary: "Advisories: those that ship with the program, and those that people added",
        query: &[
            LIMIT,
            AFTER,
            sort(&["added", "-added", "title", "-title"]),
            Q,
            Query { description: "Only those whose last check came out so", ..VERDICTS },
        ],
        ..row(
            Id::Advisories,
            Get,
            "/api/v1/advisories",
            "advisories",
            people_and(Role::Viewer, Scope::AdvisoriesRead),
            Answer::Json(200, Shape::of::<AdvisoryPage>()),
        )
    },
    Operation {
        summary: "Add an advisory, in whatever form it was published",
        body: Body::Document(Shape::of::<AdvisoryNew>()),
        problems: &[Code::Invalid],
        ..row(
            Id::AdvisoryAdd,
            Post,
            "/api/v1/advisories",
            "advisories",
            people_and(Role::Analyst, Scope::AdvisoriesWrite),
            Answer::Json(201, Shape::of::<Advisory>()),
        )
    },
    Operation {
        summary: "Read an advisory without keeping it",
        body: Body::Document(Shape::of::<AdvisoryText>()),
        problems: &[Code::Invalid],
        ..row(
            Id::AdvisoryPreview,
            Post,
            "/api/v1/advisories/preview",
            "advisories",
            people_and(Role::Analyst, Scope::AdvisoriesWrite),
            Answer::Json(200, Shape::of::<AdvisoryReading>()),
        )
    },
    Operation {
        summary: "One advisory with what was read in it, and the last answer",
        problems: &[Code::NotFound],
        ..row(
            Id::AdvisoryShow,
            Get,
            "/api/v1/advisories/{id}",
            "advisories",
            people_and(Role::Viewer, Scope::AdvisoriesRead),
            Answer::Json(200, Shape::of::<AdvisoryDetail>()),
        )
    },
    Operation {
        summary: "Remove an advisory that somebody added, and its answers",
        problems: &[Code::Invalid, Code::NotFound],
        ..row(
            Id::AdvisoryRemove,
            Delete,
            "/api/v1/advisories/{id}",
            "advisories",
            people_and(Role::Analyst, Scope::AdvisoriesWrite),
            Answer::Empty,
        )
    },
    Operation {
        summary: "Are we hit? Asks the whole lake, as a job; where one is at work already, that one is answered",
        problems: &[Code::NoLake, Code::NotFound, Code::Overloaded],
        ..row(
            Id::AdvisoryCheck,
            Post,
            "/api/v1/advisories/{id}/check",
            "advisories",
            people_and(Role::Analyst, Scope::AdvisoriesWrite),
            Answer::Json(202, Shape::of::<Job>()),
        )
    },
    Operation {
        summary: "The last answer host by host: hits first, then what is unknown",
        query: &[LIMIT, AFTER, sort(&["rank", "-rank", "host", "-host"]), Q, VERDICTS],
        problems: &[Code::NotFound],
        ..row(
            Id::AdvisoryHosts,
            Get,
            "/api/v1/advisories/{id}/hosts",
            "advisories",
            people_and(Role::Viewer, Scope::AdvisoriesRead),
            Answer::Json(200, Shape::of::<AdvisoryHostPage>()),
        )
    },
    Operation {
        summary: "Alerts",
        query: &[
            LIMIT,
            AFTER,
            sort(&[
                "last",
                "-last",
                "first",
                "-first",
                "severity",
                "-severity",
                "count",
                "-count",
                "updated",
                "-updated",
            ]),
            Q,
            STATES_OF_ALERTS,
            KINDS_OF_ALERTS,
            SEVERITIES,
            HOST,
        ],
        ..row(
            Id::Alerts,
            Get,
            "/api/v1/alerts",
            "alerts",
            people_and(Role::Viewer, Scope::AlertsRead),
            Answer::Json(200, Shape::of::<AlertPage>()),
        )
    },
    Operation {
        summary: "One alert with what it rests on",
        problems: &[Code::NotFound],
        ..row(
            Id::AlertShow,
            Get,
            "/api/v1/alerts/{id}",
            "alerts",
            people_and(Role::Viewer, Scope::AlertsRead),
            Answer::Json(200, Shape::of::<AlertDetail>()),
        )
    },
    Operation {
        summary: "Say where an alert stands, who looks after it, and why",
        body: Body::Json(Shape::of::<AlertChange>()),
        problems: &[Code::Invalid, Code::NotFound],
        ..row(
            Id::AlertChange,
            Patch,
            "/api/v1/alerts/{id}",
            "alerts",
            people(Role::Analyst),
            Answer::Json(200, Shape::of::<Alert>()),
        )
    },
    Operation {
        summary: "The audit log",
        query: &[
            LIMIT,
            AFTER,
            sort(&["time", "-time"]),
            Q,
            query("action", "Only entries with this action"),
            query("actor", "Only entries of the account, token or other actor with this name"),
            query("target", "Only entries about the thing with this id"),
            SINCE,
            UNTIL,
        ],
        ..row(
            Id::Audit,
            Get,
            "/api/v1/audit",
            "audit",
            people_and(Role::Admin, Scope::AuditRead),
            Answer::Json(200, Shape::of::<AuditPage>()),
        )
    },
    Operation {
        summary: "Read the whole audit log and say whether it is unbroken",
        query: &[query("head", "A head `N:HASH` noted earlier, to hold the log against")],
        problems: &[Code::Invalid, Code::Overloaded],
        ..row(
            Id::AuditVerify,
            Get,
            "/api/v1/audit/verify",
            "audit",
            people_and(Role::Admin, Scope::AuditRead),
            Answer::Json(200, Shape::of::<AuditVerification>()),
        )
    },
    cases::LIST,
    cases::ADD,
    cases::SHOW,
    cases::CHANGE,
    cases::ALERTS,
    cases::ENTRY_ADD,
    cases::EVIDENCE_ADD,
    cases::EVIDENCE_SHOW,
    cases::HAND_OVER,
    cases::HOST_SET,
    cases::OBLIGATION_CHANGE,
    cases::SIMILAR,
    cases::STORY,
    cases::TASK_ADD,
    cases::TASK_CHANGE,
    Operation {
        summary: "Send records: when this is answered, they are on disk",
        body: Body::Records,
        problems: &[Code::Invalid, Code::Overloaded, Code::RateLimited],
        ..row(
            Id::EventsSend,
            Post,
            "/api/v1/events",
            "events",
            people_and(Role::Admin, Scope::EventsWrite),
            Answer::Json(202, Shape::of::<Received>()),
        )
    },
    Operation {
        summary: "Products and their releases, and on how many hosts each was seen to run",
        query: &[
            LIMIT,
            AFTER,
            sort(&["product", "-product", "hosts", "-hosts", "first", "-first", "last", "-last"]),
            Q,
            query("product", "Only releases of this product"),
        ],
        problems: &[Code::NoLake, Code::Overloaded],
        ..row(
            Id::Exposure,
            Get,
            "/api/v1/exposure",
            "inventory",
            people_and(Role::Viewer, Scope::InventoryRead),
            Answer::Json(200, Shape::of::<ExposurePage>()),
        )
    },
    Operation {
        summary: "How the server's parts are",
        ..row(
            Id::Health,
            Get,
            "/api/v1/health",
            "health",
            people_and(Role::Viewer, Scope::HealthRead),
            Answer::Json(200, Shape::of::<Health>()),
        )
    },
    Operation {
        summary: "Hosts that there are records of",
        query: &[
            LIMIT,
            AFTER,
            sort(&["host", "-host", "first", "-first", "last", "-last", "events", "-events"]),
            Q,
            PRODUCT,
            VERSION,
            SILENT,
        ],
        problems: &[Code::NoLake, Code::Overloaded],
        ..row(
            Id::Hosts,
            Get,
            "/api/v1/hosts",
            "inventory",
            people_and(Role::Viewer, Scope::InventoryRead),
            Answer::Json(200, Shape::of::<HostPage>()),
        )
    },
    Operation {
        summary: "One host by its name: its records, and the releases that ran on it",
        query: &[ORG],
        problems: &[Code::NoLake, Code::NotFound, Code::Overloaded],
        ..row(
            Id::HostShow,
            Get,
            "/api/v1/hosts/{id}",
            "inventory",
            people_and(Role::Viewer, Scope::InventoryRead),
            Answer::Json(200, Shape::of::<HostDetail>()),
        )
    },
    Operation {
        summary: "Hunts that are ready to be run, and the tables that can be asked",
        ..row(
            Id::HuntGuide,
            Get,
            "/api/v1/hunts",
            "hunt",
            people_and(Role::Analyst, Scope::HuntRun),
            Answer::Json(200, Shape::of::<HuntGuide>()),
        )
    },
    Operation {
        summary: "Ask one question in SQL over all that is stored; it reads only, within limits, and the audit log keeps \
                  question and purpose",
        body: Body::Json(Shape::of::<HuntNew>()),
        problems: &[Code::Invalid, Code::NoLake, Code::Overloaded],
        ..row(
            Id::HuntRun,
            Post,
            "/api/v1/hunts",
            "hunt",
            people_and(Role::Analyst, Scope::HuntRun),
            Answer::Json(200, Shape::of::<HuntAnswer>()),
        )
    },
    rules::INTEL,
    Operation {
        summary: "Jobs",
        query: &[
            LIMIT,
            AFTER,
            sort(&["created", "-created"]),
            Q,
            STATES_OF_JOBS,
            query("kind", "Only jobs of this kind"),
        ],
        ..row(
            Id::Jobs,
            Get,
            "/api/v1/jobs",
            "jobs",
            people_and(Role::Viewer, Scope::JobsRead),
            Answer::Json(200, Shape::of::<JobPage>()),
        )
    },
    Operation {
        summary: "One job",
        problems: &[Code::NotFound],
        ..row(
            Id::JobShow,
            Get,
            "/api/v1/jobs/{id}",
            "jobs",
            people_and(Role::Viewer, Scope::JobsRead),
            Answer::Json(200, Shape::of::<Job>()),
        )
    },
    Operation {
        summary: "Stop a job; one at work stops at its next step",
        problems: &[Code::JobEnded, Code::NotFound],
        ..row(
            Id::JobCancel,
            Post,
            "/api/v1/jobs/{id}/cancel",
            "jobs",
            people_and(Role::Responder, Scope::JobsWrite),
            Answer::Json(200, Shape::of::<Job>()),
        )
    },
    Operation {
        summary: "Changes as they happen, as server-sent events: `id: N`, `event: change`, data as below. \
                  `Last-Event-ID` resumes; where that is too long ago, `event: reset` comes first",
        problems: &[Code::TooManyStreams],
        ..row(
            Id::Live,
            Get,
            "/api/v1/live",
            "live",
            people_and(Role::Viewer, Scope::LiveRead),
            Answer::Events(Shape::of::<Change>()),
        )
    },
    nodes::LIST,
    nodes::CHANGE,
    rules::LIST,
    rules::ADD,
    rules::PREVIEW,
    rules::TEST,
    rules::TEST_SHOW,
    rules::TEST_CANCEL,
    rules::SHOW,
    rules::SWITCH,
    rules::REPLACE,
    rules::REMOVE,
    rules::HITS,
    Operation {
        summary: "Who is signed in",
        ..row(
            Id::Session,
            Get,
            "/api/v1/session",
            "session",
            people(Role::Viewer),
            Answer::Json(200, Shape::of::<Session>()),
        )
    },
    Operation {
        summary: "Change one's own settings, password or authenticator, one or several at once; all or nothing",
        body: Body::Json(Shape::of::<SessionChange>()),
        problems: &[Code::Invalid, Code::WrongCode, Code::WrongPassword],
        ..row(
            Id::SessionChange,
            Patch,
            "/api/v1/session",
            "session",
            people(Role::Viewer),
            Answer::Json(200, Shape::of::<SessionAnswer>()),
        )
    },
    Operation {
        summary: "Tokens of machines",
        query: &[LIMIT, AFTER, sort(&["name", "-name", "created", "-created"]), Q],
        ..row(
            Id::Tokens,
            Get,
            "/api/v1/tokens",
            "tokens",
            people(Role::Admin),
            Answer::Json(200, Shape::of::<TokenPage>()),
        )
    },
    Operation {
        summary: "Make a token; its secret is in this answer and nowhere else",
        body: Body::Json(Shape::of::<TokenNew>()),
        problems: &[Code::Invalid],
        ..row(
            Id::TokenAdd,
            Post,
            "/api/v1/tokens",
            "tokens",
            people(Role::Admin),
            Answer::Json(201, Shape::of::<TokenCreated>()),
        )
    },
    Operation {
        summary: "Revoke a token; it stays in the list",
        problems: &[Code::NotFound],
        ..row(
            Id::TokenRevoke,
            Delete,
            "/api/v1/tokens/{id}",
            "tokens",
            people(Role::Admin),
            Answer::Empty,
        )
    },
    updates::LIST,
    updates::ADD,
    updates::ALLOW_LIST,
    updates::SHOW,
    updates::DECIDE,
    updates::DOCUMENT,
    updates::HOSTS,
    updates::TRACE,
    updates::VET,
    elastic(Id::ElasticAbout, "/elastic", Shape::of::<ElasticAbout>()),
    elastic(Id::ElasticAboutSlash, "/elastic/", Shape::of::<ElasticAbout>()),
    bulk(Id::ElasticBulk, Post, "/elastic/_bulk"),
    bulk(Id::ElasticBulkPut, Put, "/elastic/_bulk"),
    elastic(Id::ElasticDataStream, "/elastic/_data_stream/{name}", Shape::of::<ElasticThere>()),
    elastic(Id::ElasticPolicy, "/elastic/_ilm/policy/{name}", Shape::of::<ElasticThere>()),
    elastic(Id::ElasticTemplate, "/elastic/_index_template/{name}", Shape::of::<ElasticThere>()),
    elastic(Id::ElasticLicense, "/elastic/_license", Shape::of::<ElasticLicense>()),
    bulk(Id::ElasticBulkIndex, Post, "/elastic/{index}/_bulk"),
    bulk(Id::ElasticBulkIndexPut, Put, "/elastic/{index}/_bulk"),
    Operation {
        summary: "Whether the process is alive",
        ..row(Id::Healthz, Get, "/healthz", "health", Access::Public, Answer::Text)
    },
    Operation {
        summary: "The page to sign in",
        query: &[LANG, query("next", "The path to go to afterwards")],
        ..row(Id::LoginPage, Get, "/login", "pages", Access::Public, Answer::Html)
    },
    Operation {
        summary: "Sign in: sets the session's cookie. The same answer for unknown names, wrong passwords and wrong codes",
        query: &[LANG],
        body: Body::Form(Shape::of::<LoginForm>()),
        ..row(Id::Login, Post, "/login", "pages", Access::Public, Answer::Html)
    },
    Operation {
        summary: "The page to sign out",
        query: &[LANG],
        ..row(Id::LogoutPage, Get, "/logout", "pages", Access::Public, Answer::Html)
    },
    Operation {
        summary: "Sign out: ends the session, and goes to the page to sign in",
        query: &[LANG],
        ..row(Id::Logout, Post, "/logout", "pages", Access::Public, Answer::Html)
    },
    Operation {
        summary: "Metrics in the text format of Prometheus",
        ..row(
            Id::Metrics,
            Get,
            "/metrics",
            "health",
            people_and(Role::Admin, Scope::MetricsRead),
            Answer::Text,
        )
    },
    nodes::OSQUERY_CONFIG,
    nodes::OSQUERY_READ,
    nodes::OSQUERY_WRITE,
    nodes::OSQUERY_ENROLL,
    nodes::OSQUERY_LOG,
    nodes::OTLP_LOGS,
    Operation {
        summary: "The style sheet of the pages",
        ..row(Id::PagesStyle, Get, "/pages.css", "pages", Access::Public, Answer::Style)
    },
    Operation {
        summary: "Whether the server can work: 503 when its state cannot be read",
        problems: &[Code::Overloaded],
        ..row(Id::Readyz, Get, "/readyz", "health", Access::Public, Answer::Text)
    },
    Operation {
        summary: "The page behind a one-time link, to set a password",
        query: &[LANG],
        problems: &[Code::NotFound],
        ..row(Id::SetupPage, Get, "/setup/{token}", "pages", Access::Public, Answer::Html)
    },
    Operation {
        summary: "Set the password; the link ends",
        query: &[LANG],
        body: Body::Form(Shape::of::<SetupForm>()),
        problems: &[Code::NotFound],
        ..row(Id::Setup, Post, "/setup/{token}", "pages", Access::Public, Answer::Html)
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_operation_and_each_route_is_there_once() {
        let ids: BTreeSet<OperationId> = OPERATIONS.iter().map(|row| row.id).collect();
        let routes: BTreeSet<(&str, &str)> =
            OPERATIONS.iter().map(|row| (row.path, row.method.word())).collect();
        assert_eq!((ids.len(), routes.len()), (OPERATIONS.len(), OPERATIONS.len()));
        assert!(OPERATIONS.iter().all(|row| !row.summary.is_empty()));
    }

    #[test]
    fn rows_are_sorted_by_path() {
        let paths: Vec<&str> = OPERATIONS.iter().map(|row| row.path).collect();
        assert!(paths.is_sorted(), "{paths:?}");
    }

    /// A leaked token must never become an account, and never another token.
    #[test]
    fn no_scope_reaches_accounts_and_tokens() {
        for row in
            OPERATIONS.iter().filter(|row| ["accounts", "tokens", "session"].contains(&row.tag))
        {
            assert!(matches!(row.access, Access::Asked { scope: None, .. }), "{}", row.path);
        }
    }

    #[test]
    fn what_is_public_is_listed_here_too() {
        let public: BTreeSet<&str> = OPERATIONS
            .iter()
            .filter(|row| row.access == Access::Public)
            .map(|row| row.path)
            .collect();
        let expected = [
            "/healthz",
            "/login",
            "/logout",
            // Who asks is told by a key in the body.
            "/osquery/config",
            "/osquery/distributed/read",
            "/osquery/distributed/write",
            "/osquery/enroll",
            "/osquery/log",
            "/pages.css",
            "/readyz",
            "/setup/{token}",
        ];
        assert_eq!(public, BTreeSet::from(expected));
    }
}
