//! Who made a commit, when, and what they say of it.

use std::time::{Duration, SystemTime};

use crate::commit::Commit;
use crate::error::{SourceError, reason};

/// What a commit says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// Its author, as `Name <address>`.
    pub author: String,
    /// When it was written.
    pub written: SystemTime,
    /// Its message.
    pub message: String,
}

impl Commit {
    /// What the commit says of itself.
    ///
    /// # Errors
    /// When it cannot be read again.
    pub fn details(&self) -> Result<Details, SourceError> {
        read(self).map_err(|error| SourceError::Damaged {
            url: String::new(),
            commit: self.id.clone(),
            reason: reason(&error),
        })
    }
}

fn read(commit: &Commit) -> gix::Result<Details> {
    let repository = commit.tree.repository();
    let id = gix::ObjectId::from_hex(commit.id.as_bytes())?;
    let commit = repository.find_commit(id)?;
    let author = commit.author()?;
    let seconds = u64::try_from(author.time()?.seconds).unwrap_or_default();
    Ok(Details {
        author: format!("{} <{}>", author.name, author.email),
        written: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
        message: String::from_utf8_lossy(commit.message_raw_sloppy()).into_owned(),
    })
}
