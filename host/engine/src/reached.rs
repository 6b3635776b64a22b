//! How the connection to each repository was when it was last asked, and where its refs point.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use gantry_model::limits;
use gantry_source::{Refs, SourceError};

use crate::check::CheckError;
use crate::fetch::Fetcher;
use crate::wanted::{Repository, Wanted};

/// How a repository answered.
#[derive(Clone, Debug)]
pub struct Reached {
    /// When.
    pub at: SystemTime,
    /// Why it did not, if it did not.
    pub error: Option<String>,
}

/// By repository, as a project sees it.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<HashMap<Repository, Reached>>);

impl Answers {
    fn note(&self, repository: Repository, error: Option<String>) {
        let reached = Reached {
            at: SystemTime::now(),
            error,
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that nobody asks for any longer go with the rest: they are asked again when they are wanted.
        if all.len() >= limits::REPOSITORIES_REACHED_MAX && !all.contains_key(&repository) {
            all.clear();
        }
        all.insert(repository, reached);
    }
}

impl Fetcher {
    /// How a repository answered when it was last asked, for whatever reason; none where it was not. One of no
    /// project is asked for many.
    pub fn reached(&self, repository: &Repository) -> Option<Reached> {
        let all = self.reached.0.lock();
        let all = all.unwrap_or_else(PoisonError::into_inner);
        let fitting = all.iter().filter(|(known, _)| repository.covers(known));
        let last = fitting.max_by_key(|(_, reached)| reached.at);
        last.map(|(_, reached)| reached.clone())
    }

    pub(crate) fn note_reached(&self, repository: Repository, answer: Result<(), &CheckError>) {
        // That a revision is not there says that the repository is.
        let error = answer.err().filter(|error| !error.is_of_revision());
        self.reached
            .note(repository, error.map(|error| error.diagnostic().message));
    }

    /// Asks a repository whether it answers; what it says of a revision or a chart does not count.
    ///
    /// # Errors
    /// [`CheckError`] says why it does not.
    pub fn ask(&self, wanted: &Wanted) -> Result<(), CheckError> {
        match wanted {
            Wanted::Git(key) => {
                let own = (key.url.clone(), key.project.clone());
                self.refs.forget_if(|known, _| *known == own);
                self.refs(&key.url, &key.project)?;
            }
            Wanted::Chart(key) => {
                let failed = self.charts.ping(&self.request(key)).err();
                let failed = failed.map(CheckError::Chart);
                self.note_reached(key.repository(), failed.as_ref().map_or(Ok(()), Err));
                failed.map_or(Ok(()), Err)?;
            }
        }
        Ok(())
    }

    /// Where the branches and tags of a Git repository point, as of the last few moments.
    ///
    /// # Errors
    /// [`SourceError`] says what could not be reached.
    pub fn refs(&self, url: &str, project: &str) -> Result<Refs, SourceError> {
        let keep = Duration::from_secs(limits::REFS_KEPT_SECS);
        self.refs.get(
            (url.to_owned(), project.to_owned()),
            |refs| match refs {
                Ok(_) => Some(keep),
                Err(_) => Some(Duration::from_secs(limits::FETCH_ERROR_KEPT_SECS)),
            },
            || {
                let refs = self.ask_git(url, project, |access| {
                    self.repositories.refs(url, &[], access)
                });
                let error = refs.as_ref().err().cloned().map(CheckError::Git);
                let repository = Repository::of_git(url, project);
                self.note_reached(repository, error.as_ref().map_or(Ok(()), Err));
                refs
            },
        )
    }
}
