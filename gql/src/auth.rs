//! Who asks, and what they may do. Tokens live in a file of the data folder, of which only hashes
//! are kept; the file is read again when it changes, so that a token made or revoked by the command
//! line counts at once.

mod file;
mod secret;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Enum;
use jiff::Timestamp;
use thiserror::Error;

use crate::error::{Code, Problem};
use file::{Stamp, StoredToken};

/// What a token allows. Each role includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enum)]
pub enum AccessRole {
    /// Reads.
    Reader,
    /// Reviews claims.
    Reviewer,
    /// Records articles and claims, merges entities.
    Editor,
    /// Everything.
    Admin,
}

impl AccessRole {
    /// Every role, weakest first.
    pub const ALL: [AccessRole; 4] = [Self::Reader, Self::Reviewer, Self::Editor, Self::Admin];

    /// Its word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "READER",
            Self::Reviewer => "REVIEWER",
            Self::Editor => "EDITOR",
            Self::Admin => "ADMIN",
        }
    }
}

/// Why the tokens could not be read or changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a list of tokens.
    #[error("{} is not a file of tokens ({what}); restore it, or delete it and make new tokens", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// No such token.
    #[error("there is no token `{0}`; `lianzhu token list` shows them")]
    Unknown(String),
    /// A token needs a name, which stands as the actor of what it records.
    #[error("a token's name has 1 to 100 characters and no line break")]
    Name,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
}

/// A new token: the only time that its secret is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// What `revoke` takes.
    pub id: String,
    /// What goes after `Authorization: Bearer`.
    pub secret: String,
}

/// What is known of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// What `revoke` takes.
    pub id: String,
    /// Whose it is; the actor of what it records.
    pub name: String,
    /// What it allows.
    pub role: AccessRole,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends, if ever.
    pub expires_at: Option<Timestamp>,
}

/// The tokens of a data folder. Cheap to clone; clones share what they read.
#[derive(Debug, Clone)]
pub struct TokenStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    read: Mutex<Option<(Stamp, Arc<Vec<StoredToken>>)>>,
}

/// Name of the file in the data folder.
const FILE_NAME: &str = "tokens.json";

impl TokenStore {
    /// The tokens of a data folder. Reads nothing yet; no file means no tokens.
    pub fn of_folder(data_folder: &Path) -> Self {
        let path = data_folder.join(FILE_NAME);
        Self { shared: Arc::new(Shared { path, read: Mutex::new(None) }) }
    }

    /// Makes a token. Its secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// [`TokenError`] when the name is unusable or the file cannot be changed.
    pub fn issue(
        &self,
        name: &str,
        role: AccessRole,
        expires_at: Option<Timestamp>,
    ) -> Result<Issued, TokenError> {
        let name = name.trim();
        if !(1..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(TokenError::Name);
        }
        let made = secret::make()?;
        let token = StoredToken {
            id: made.id.clone(),
            name: name.to_owned(),
            role,
            hash: secret::hash(&made.secret),
            created_at: now(),
            expires_at,
        };
        file::change(&self.shared.path, |tokens| {
            tokens.push(token);
            Ok(())
        })?;
        Ok(made)
    }

    /// Every token, expired ones included, oldest first.
    ///
    /// # Errors
    /// [`TokenError`] when the file cannot be read.
    pub fn list(&self) -> Result<Vec<TokenInfo>, TokenError> {
        Ok(self.tokens()?.iter().map(StoredToken::info).collect())
    }

    /// Ends a token at once, also on a running server.
    ///
    /// # Errors
    /// [`TokenError::Unknown`] when there is none with this id.
    pub fn revoke(&self, id: &str) -> Result<(), TokenError> {
        if !self.tokens()?.iter().any(|token| token.id == id) {
            return Err(TokenError::Unknown(id.to_owned()));
        }
        file::change(&self.shared.path, |tokens| {
            let before = tokens.len();
            tokens.retain(|token| token.id != id);
            let found = tokens.len() < before;
            found.then_some(()).ok_or_else(|| TokenError::Unknown(id.to_owned()))
        })
    }

    /// Whether any token would be let in now.
    ///
    /// # Errors
    /// [`TokenError`] when the file cannot be read.
    pub fn any_usable(&self) -> Result<bool, TokenError> {
        let now = now();
        Ok(self.tokens()?.iter().any(|token| token.is_current(now)))
    }

    /// Whose secret this is.
    pub(crate) fn caller(&self, secret: &str) -> Result<Option<Caller>, TokenError> {
        let Some(id) = secret::id_of(secret) else { return Ok(None) };
        let (tokens, now) = (self.tokens()?, now());
        let found = tokens.iter().find(|token| token.id == id && token.is_current(now));
        let found = found.filter(|token| secret::matches(secret, &token.hash));
        Ok(found.map(|token| Caller {
            name: token.name.clone(),
            role: Some(token.role),
            token: Some(token.id.clone()),
        }))
    }

    /// Whether the token that someone came with still counts.
    pub(crate) fn still_counts(&self, caller: &Caller) -> bool {
        let Some(id) = &caller.token else { return true };
        let now = now();
        self.tokens().is_ok_and(|all| all.iter().any(|t| t.id == *id && t.is_current(now)))
    }

    fn tokens(&self) -> Result<Arc<Vec<StoredToken>>, TokenError> {
        let mut read = self.shared.read.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = file::stamp(&self.shared.path)?;
        if let Some((seen, tokens)) = read.as_ref()
            && *seen == stamp
        {
            return Ok(Arc::clone(tokens));
        }
        let tokens = Arc::new(file::read(&self.shared.path)?);
        *read = Some((stamp, Arc::clone(&tokens)));
        Ok(tokens)
    }
}

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) name: String,
    /// `None`: nobody that the server knows, who may read on loopback.
    role: Option<AccessRole>,
    token: Option<String>,
}

impl Caller {
    /// Someone without a token, on loopback.
    pub(crate) fn anonymous() -> Self {
        Self { name: "anonymous".to_owned(), role: None, token: None }
    }

    /// The roles held: the token's and those before it.
    pub(crate) fn roles(&self) -> Vec<AccessRole> {
        let held = self.role.unwrap_or(AccessRole::Reader);
        AccessRole::ALL.into_iter().filter(|role| *role <= held).collect()
    }

    pub(crate) fn may(&self, needed: AccessRole) -> bool {
        self.role.is_some_and(|held| held >= needed)
    }

    /// Lets pass only who holds a role by a token.
    pub(crate) fn require(&self, needed: AccessRole) -> Result<(), Problem> {
        if self.may(needed) {
            return Ok(());
        }
        let needed = needed.as_str();
        match self.role {
            None => Err(Problem::new(
                Code::Unauthenticated,
                format!(
                    "this needs a token with the role {needed}: send `Authorization: Bearer TOKEN`; `lianzhu token new --role ROLE --data FOLDER` makes one for the server's data folder"
                ),
            )),
            Some(held) => Err(Problem::new(
                Code::Forbidden,
                format!(
                    "this needs the role {needed}; the token of `{}` has {}",
                    self.name,
                    held.as_str()
                ),
            )),
        }
    }
}

/// Someone who was let in, and the tokens by which that may end.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    pub(crate) caller: Caller,
    tokens: TokenStore,
}

impl Admission {
    pub(crate) fn new(caller: Caller, tokens: TokenStore) -> Self {
        Self { caller, tokens }
    }

    /// Whether the token still counts: long subscriptions end with it.
    pub(crate) fn still_counts(&self) -> bool {
        self.tokens.still_counts(&self.caller)
    }
}

#[expect(clippy::disallowed_methods, reason = "a token's end is a matter of the wall clock")]
fn now() -> Timestamp {
    Timestamp::now()
}
