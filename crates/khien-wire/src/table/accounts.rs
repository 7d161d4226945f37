//! The operations on accounts, sessions and tokens.

use super::{AFTER, LIMIT, Q, ROLES, STATES_OF_ACCOUNTS, people, row, sort};
use crate::{
    Account, AccountChange, AccountNew, AccountPage, Answer, Body, Method, Operation, OperationId,
    ProblemCode, Role, Session, SessionAnswer, SessionChange, SetupLink, Shape, TokenCreated,
    TokenNew, TokenPage,
};

use Method::{Delete, Get, Patch, Post};
use OperationId as Id;
use ProblemCode as Code;

pub(super) const ACCOUNTS: Operation = Operation {
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
};
pub(super) const ACCOUNT_ADD: Operation = Operation {
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
};
pub(super) const ACCOUNT_SHOW: Operation = Operation {
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
};
pub(super) const ACCOUNT_CHANGE: Operation = Operation {
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
};
pub(super) const ACCOUNT_REMOVE: Operation = Operation {
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
};
pub(super) const ACCOUNT_SETUP_LINK: Operation = Operation {
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
};
pub(super) const SESSION: Operation = Operation {
    summary: "Who is signed in",
    ..row(
        Id::Session,
        Get,
        "/api/v1/session",
        "session",
        people(Role::Viewer),
        Answer::Json(200, Shape::of::<Session>()),
    )
};
pub(super) const SESSION_CHANGE: Operation = Operation {
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
};
pub(super) const TOKENS: Operation = Operation {
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
};
pub(super) const TOKEN_ADD: Operation = Operation {
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
};
pub(super) const TOKEN_REVOKE: Operation = Operation {
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
};
