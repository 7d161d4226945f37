//! Faults as answers: problems in JSON, or pages where a person looks at it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use khien_text::Lang;
use khien_wire::openapi::PROBLEM_JSON;
use khien_wire::{FieldProblem, Problem, ProblemCode};

use super::pages;
use crate::state::StateError;

/// Why a request is not answered as it was meant.
#[derive(Debug)]
pub(crate) struct Fault {
    problem: Box<Problem>,
    retry_after: Option<u32>,
}

impl Fault {
    pub(crate) fn new(code: ProblemCode) -> Self {
        Self { problem: Box::new(Problem::new(code)), retry_after: None }
    }

    /// With seconds to wait.
    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// With an English sentence for those who read it raw.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.problem.detail = Some(detail.into());
        self
    }

    /// One value that cannot be taken.
    pub(crate) fn invalid(field: &str, code: &str) -> Self {
        Self::fields(vec![FieldProblem { field: field.to_owned(), code: code.to_owned() }])
    }

    pub(crate) fn fields(fields: Vec<FieldProblem>) -> Self {
        let mut fault = Self::new(ProblemCode::Invalid);
        fault.problem.fields = fields;
        fault
    }

    /// The answer: a page where people look, else JSON.
    pub(crate) fn into_answer(self, page: bool, lang: Lang) -> Response {
        let status =
            StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = if page {
            pages::problem(status, self.problem.code, lang)
        } else {
            let bytes = serde_json::to_vec(&self.problem).unwrap_or_default();
            (status, [(header::CONTENT_TYPE, PROBLEM_JSON)], bytes).into_response()
        };
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.problem.code == ProblemCode::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<StateError> for Fault {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Invalid(fields) => Self::fields(fields),
            StateError::Changed => Self::new(ProblemCode::Changed),
            StateError::NameTaken => Self::new(ProblemCode::NameTaken),
            StateError::ApproverNeeded => {
                Self::new(ProblemCode::Forbidden).detail("the role approver is needed")
            }
            StateError::NotFound => Self::new(ProblemCode::NotFound),
            StateError::LastAdmin => Self::new(ProblemCode::LastAdmin),
            StateError::Full => Self::invalid("text", "no_room"),
            StateError::JobEnded => Self::new(ProblemCode::JobEnded),
            StateError::Database(sqlx::Error::PoolTimedOut) => {
                Self::new(ProblemCode::Overloaded).retry_after(5)
            }
            // What exactly went wrong is for the server's log, not for who asked.
            other => {
                tracing::error!(error = %other, "a request could not be answered");
                Self::new(ProblemCode::Internal)
            }
        }
    }
}
