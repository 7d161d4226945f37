//! The table of all operations. The server registers its routes from it and enforces its access, and
//! the OpenAPI document is made from it; a route that is not here does not exist.

mod accounts;
mod advisories;
mod cases;
mod inventory;
mod nodes;
mod rules;
mod updates;

use crate::operation::QueryValues::{Number, Text, Time, Words};
use crate::{
    Access, Alert, AlertChange, AlertDetail, AlertPage, Answer, AuditPage, AuditVerification, Body,
    BulkReceived, Change, ElasticAbout, ElasticLicense, ElasticThere, Health, Job, JobPage,
    LIMIT_MAX, LoginForm, Method, Operation, OperationId, ProblemCode, Query, Received, Role,
    Scope, SetupForm, Shape,
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

use Method::{Get, Patch, Post, Put};
use OperationId as Id;
use ProblemCode as Code;

/// All operations, sorted by path and method.
pub const OPERATIONS: &[Operation] = &[
    accounts::ACCOUNTS,
    accounts::ACCOUNT_ADD,
    accounts::ACCOUNT_SHOW,
    accounts::ACCOUNT_CHANGE,
    accounts::ACCOUNT_REMOVE,
    accounts::ACCOUNT_SETUP_LINK,
    advisories::ADVISORIES,
    advisories::ADVISORY_ADD,
    advisories::ADVISORY_PREVIEW,
    advisories::ADVISORY_SHOW,
    advisories::ADVISORY_REMOVE,
    advisories::ADVISORY_CHECK,
    advisories::ADVISORY_HOSTS,
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
    inventory::EXPOSURE,
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
    inventory::HOSTS,
    inventory::HOST_SHOW,
    inventory::HUNT_GUIDE,
    inventory::HUNT_RUN,
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
    accounts::SESSION,
    accounts::SESSION_CHANGE,
    accounts::TOKENS,
    accounts::TOKEN_ADD,
    accounts::TOKEN_REVOKE,
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
