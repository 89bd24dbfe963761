//! THE table of errors: whatever fails inside becomes one of these codes, with a sentence that says
//! what to do. Details of the machine are logged, never answered.

use async_graphql::{Error, ErrorExtensionValues, Value, value};
use graph::decide::Refusal;
use graph::ledger::{NotReached, SubmitError};
use graph::query::AmbiguousName;
use graph::view::{NoView, Unsupposable, Unsupposed};
use store::{AppendError, ReadError};

use crate::types::NodeId;

/// The values of `extensions.code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    BadInput,
    NotFound,
    AmbiguousName,
    Conflict,
    Unauthenticated,
    Forbidden,
    TooComplex,
    TooDeep,
    TimedOut,
    RateLimited,
    Storage,
    Internal,
}

impl Code {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::BadInput => "BAD_INPUT",
            Self::NotFound => "NOT_FOUND",
            Self::AmbiguousName => "AMBIGUOUS_NAME",
            Self::Conflict => "CONFLICT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::TooComplex => "TOO_COMPLEX",
            Self::TooDeep => "TOO_DEEP",
            Self::TimedOut => "TIMED_OUT",
            Self::RateLimited => "RATE_LIMITED",
            Self::Storage => "STORAGE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// What a caller is told. (No `Display`, so that it becomes a GraphQL error in one way only.)
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) message: String,
    candidates: Vec<Value>,
}

impl Problem {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), candidates: Vec::new() }
    }

    pub(crate) fn bad_input(message: impl Into<String>) -> Self {
        Self::new(Code::BadInput, message)
    }

    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        Self::new(Code::NotFound, format!("there is no {what} `{id}` at this position of the log"))
    }

    /// Logs what happened and tells the caller nothing of it.
    pub(crate) fn internal(detail: impl std::fmt::Display) -> Self {
        tracing::error!(%detail, "a request failed inside");
        Self::new(Code::Internal, "something failed inside the server; its log says what")
    }

    pub(crate) fn timed_out() -> Self {
        Self::new(
            Code::TimedOut,
            "the request took longer than the server allows; ask for less at once",
        )
    }

    fn storage(detail: impl std::fmt::Display, message: &str) -> Self {
        tracing::error!(%detail, "the log failed");
        Self::new(Code::Storage, message)
    }

    pub(crate) fn extensions(&self) -> ErrorExtensionValues {
        let mut values = ErrorExtensionValues::default();
        values.set("code", self.code.as_str());
        if !self.candidates.is_empty() {
            values.set("candidates", self.candidates.clone());
        }
        values
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        let extensions = Some(problem.extensions());
        Self { message: problem.message, source: None, extensions }
    }
}

impl From<AmbiguousName> for Problem {
    fn from(error: AmbiguousName) -> Self {
        let candidates = error.candidates.iter().map(|(id, kind, name)| {
            let id = NodeId::Entity(*id).to_string();
            value!({ "id": id, "kind": (kind.as_str()), "name": (name.clone()) })
        });
        let candidates = candidates.collect();
        Self { code: Code::AmbiguousName, message: error.to_string(), candidates }
    }
}

impl From<NoView> for Problem {
    fn from(error: NoView) -> Self {
        match error {
            NoView::NotYet(error) => Self::bad_input(error.to_string()),
            NoView::Unsupposable(error) => error.into(),
        }
    }
}

impl From<Unsupposable> for Problem {
    fn from(error: Unsupposable) -> Self {
        let message = error.to_string();
        match error {
            Unsupposable::TooMany { .. } => Self::bad_input(message),
            Unsupposable::Change { why, .. } => match why {
                Unsupposed::NoEntity(_) | Unsupposed::NoRelation(_) => {
                    Self::new(Code::NotFound, message)
                }
                Unsupposed::Refused(refusal) => Self { message, ..refusal.into() },
                Unsupposed::Unfit(_) => Self::internal(message),
            },
        }
    }
}

impl From<NotReached> for Problem {
    fn from(error: NotReached) -> Self {
        Self::new(Code::TimedOut, error.to_string())
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        Self::storage(error, "the log cannot be read just now; run `lianzhu log verify`")
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict { .. } | AppendError::KeyReused { .. } => {
                Self::new(Code::Conflict, error.to_string())
            }
            AppendError::TooLarge { .. } | AppendError::Limit { .. } | AppendError::Empty => {
                Self::bad_input(error.to_string())
            }
            AppendError::Unknown => Self::storage(
                &error,
                "it is not known whether this was recorded; ask again before you repeat it",
            ),
            AppendError::DiskFull { .. } => Self::storage(
                &error,
                "the disk is nearly full, so nothing was recorded; once there is room, the same \
                 works again; reads go on",
            ),
            AppendError::ReadOnly { .. } | AppendError::Closed => {
                Self::storage(&error, "the log takes no writes just now; reads go on")
            }
            other => Self::storage(other, "nothing was recorded: the log failed"),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match &refusal {
            Refusal::UnknownEntity(_)
            | Refusal::UnknownClaim(_)
            | Refusal::UnknownDocument(_)
            | Refusal::UnknownMerge(_) => Code::NotFound,
            Refusal::AmbiguousName { .. } => Code::AmbiguousName,
            Refusal::Retracted(_)
            | Refusal::KnownDistinct { .. }
            | Refusal::AreMerged { .. }
            | Refusal::MergeBlocked { .. }
            | Refusal::AlreadyUndone(_) => Code::Conflict,
            _ => Code::BadInput,
        };
        let candidates = match &refusal {
            Refusal::AmbiguousName { candidates, .. } => {
                candidates.iter().map(|id| Value::from(NodeId::Entity(*id).to_string())).collect()
            }
            _ => Vec::new(),
        };
        Self { code, message: refusal.to_string(), candidates }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Refused(refusal) => refusal.into(),
            SubmitError::Moved { .. } | SubmitError::KeyReused(_) => {
                Self::new(Code::Conflict, error.to_string())
            }
            SubmitError::Append(error) => error.into(),
            SubmitError::Read(error) => error.into(),
            other => Self::internal(other),
        }
    }
}
