//! What has moved in a repository: one request, however many revisions of it are in use.

use std::collections::{HashMap, HashSet};
use std::sync::PoisonError;

use gantry_charts::{ChartError, Chosen};
use gantry_model::Diagnostic;
use gantry_source::{Refs, Resolved, SourceError, ref_name};

use crate::fetch::Fetcher;
use crate::heads::State;
use crate::wanted::{ChartKey, GitKey, Repository, Wanted};

/// Why a repository could not be checked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CheckError {
    /// One with commits.
    #[error(transparent)]
    Git(#[from] SourceError),
    /// One with charts.
    #[error(transparent)]
    Chart(#[from] ChartError),
}

impl CheckError {
    /// The same for users, with what to do.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Git(error) => error.diagnostic(),
            Self::Chart(error) => error.diagnostic(),
        }
    }

    /// Whether the repository answered, and has no such revision.
    pub(crate) fn is_of_revision(&self) -> bool {
        matches!(
            self,
            Self::Git(
                SourceError::NoRevision { .. }
                    | SourceError::NoTag { .. }
                    | SourceError::NotACommit { .. }
            ) | Self::Chart(ChartError::NoChart { .. } | ChartError::NoVersion { .. })
        )
    }
}

impl Fetcher {
    /// The commit that a revision was when applications were last told of it.
    pub fn head(&self, wanted: &Wanted) -> Option<String> {
        match wanted {
            Wanted::Git(key) => match self.git_heads.told(key)? {
                State::At(id) => Some(id),
                State::Nothing | State::Failed => None,
            },
            Wanted::Chart(_) => None,
        }
    }

    /// Asks a repository what its revisions are now, forgets those that were something else or an
    /// error, and says which: whoever uses them should ask again. `used` is what applications want
    /// of it; other repositories' are not looked at. What means the same for ever is not asked for.
    ///
    /// # Errors
    /// [`CheckError`] says why it could not be asked. What was fetched before still counts then.
    pub fn check(
        &self,
        repository: &Repository,
        used: &[Wanted],
    ) -> Result<Vec<Wanted>, CheckError> {
        self.sweep();
        let checked = self.checked(repository, used);
        self.note_reached(repository.clone(), checked.as_ref().map(|_| ()));
        checked
    }

    fn checked(&self, repository: &Repository, used: &[Wanted]) -> Result<Vec<Wanted>, CheckError> {
        let used = used.iter().filter(|w| w.repository() == *repository);
        if repository.is_git() {
            let used = used.filter_map(|wanted| match wanted {
                Wanted::Git(key) => Some(key.clone()),
                Wanted::Chart(_) => None,
            });
            let moved = self.check_git(repository, used.collect())?;
            Ok(moved.into_iter().map(Wanted::Git).collect())
        } else {
            let used = used.filter_map(|wanted| match wanted {
                Wanted::Chart(key) => Some(key.clone()),
                Wanted::Git(_) => None,
            });
            let moved = self.check_charts(repository, used.collect())?;
            Ok(moved.into_iter().map(Wanted::Chart).collect())
        }
    }

    fn check_git(
        &self,
        repository: &Repository,
        used: HashSet<GitKey>,
    ) -> Result<Vec<GitKey>, SourceError> {
        let remembered = self.commits.keys(|key| key.repository() == *repository);
        let keys: HashSet<GitKey> = used.into_iter().chain(remembered).collect();
        self.git_heads
            .retain(|key| keys.contains(key) || key.repository() != *repository);
        let is_settled =
            |key: &GitKey| key.is_fixed() && is_settled(self.git_heads.told(key).as_ref());
        let Some(first) = keys.iter().find(|key| !is_settled(key)) else {
            return Ok(Vec::new());
        };
        let others = keys.iter().filter_map(|key| ref_name(&key.revision));
        let others: Vec<String> = others.collect::<HashSet<_>>().into_iter().collect();
        let url = &first.url;
        let refs = self
            .ask_git(url, &first.project, |access| {
                self.repositories.refs(url, &others, access)
            })
            .inspect_err(|_| {
                self.commits.confirm(|key| keys.contains(key));
                self.git_heads.confirm(|key| keys.contains(key));
            })?;
        let changed = self.is_changed(repository, &refs);
        let found: HashMap<GitKey, Option<State>> = keys
            .into_iter()
            .map(|key| {
                let resolved = refs.resolve(&key.revision, &key.tag_prefix);
                let state = state_of(resolved, self.git_heads.told(&key), changed);
                (key, state)
            })
            .collect();
        let mut moved = Vec::new();
        for (key, state) in &found {
            let state = state.as_ref();
            if state.is_some_and(|state| self.git_heads.listed(key, state.clone())) {
                moved.push(key.clone());
            }
        }
        self.commits.forget_if(|key, commit| {
            let Some(state) = found.get(key) else {
                return false;
            };
            match (commit, state) {
                // What is being fetched may have been asked for before it moved.
                (None, _) => true,
                (Some(Ok(commit)), Some(State::At(id))) => commit.id != *id,
                (Some(Ok(_)), Some(_)) => true,
                (Some(Err(SourceError::NoRevision { .. } | SourceError::NoTag { .. })), state) => {
                    !matches!(state, Some(State::Nothing) | None)
                }
                (Some(Err(_)), _) => true,
                (Some(Ok(_)), None) => false,
            }
        });
        self.commits.confirm(|key| found.contains_key(key));
        Ok(moved)
    }

    /// Whether any ref of the repository is another one than at its last check.
    fn is_changed(&self, repository: &Repository, refs: &Refs) -> bool {
        let now = refs.fingerprint();
        let fingerprints = self.fingerprints.lock();
        let mut fingerprints = fingerprints.unwrap_or_else(PoisonError::into_inner);
        let before = fingerprints.insert(repository.clone(), now.clone());
        before.is_none_or(|before| before != now)
    }

    fn check_charts(
        &self,
        repository: &Repository,
        used: HashSet<ChartKey>,
    ) -> Result<Vec<ChartKey>, ChartError> {
        let remembered = self.chosen.keys(|key| key.repository() == *repository);
        let keys: HashSet<ChartKey> = used.into_iter().chain(remembered).collect();
        self.chart_heads
            .retain(|key| keys.contains(key) || key.repository() != *repository);
        let is_settled =
            |key: &ChartKey| key.is_fixed() && is_settled(self.chart_heads.told(key).as_ref());
        let asked: Vec<ChartKey> = keys.into_iter().filter(|key| !is_settled(key)).collect();
        let requests: Vec<_> = asked.iter().map(|key| self.request(key)).collect();
        let answers = self.charts.choose(&requests);
        let mut found: HashMap<ChartKey, State> = HashMap::new();
        let (mut moved, mut failed) = (Vec::new(), None);
        for (key, answer) in asked.iter().zip(answers) {
            let state = match answer {
                Ok(chosen) => chart_state(&chosen, self.chart_heads.told(key)),
                Err(ChartError::NoChart { .. } | ChartError::NoVersion { .. }) => State::Nothing,
                Err(error) => {
                    failed = Some(error);
                    continue;
                }
            };
            if self.chart_heads.listed(key, state.clone()) {
                moved.push(key.clone());
            }
            found.insert(key.clone(), state);
        }
        self.chosen.forget_if(|key, chart| {
            let Some(state) = found.get(key) else {
                return false;
            };
            match (chart, state) {
                (None, _) => true,
                (Some(Ok(chart)), State::At(at)) => {
                    *at != format!("{} {}", chart.version, chart.digest)
                }
                (
                    Some(Err(ChartError::NoChart { .. } | ChartError::NoVersion { .. })),
                    State::Nothing,
                ) => false,
                (Some(_), _) => true,
            }
        });
        self.chosen.confirm(|key| asked.contains(key));
        match failed {
            // What was found to have moved must be told all the same.
            Some(error) if moved.is_empty() => Err(error),
            _ => Ok(moved),
        }
    }
}

/// Whether what means the same for ever was found, or not asked for yet.
fn is_settled(told: Option<&State>) -> bool {
    matches!(told, None | Some(State::At(_)))
}

/// What a revision is now; none where the refs have no say in it. A commit that was missing may be
/// there once any ref is `changed`.
fn state_of(resolved: Resolved, told: Option<State>, changed: bool) -> Option<State> {
    match (resolved, told) {
        (Resolved::Commit(id), _) => Some(State::At(id)),
        (Resolved::Nothing, _) => Some(State::Nothing),
        (Resolved::Id(_), None | Some(State::At(_))) => None,
        (Resolved::Id(_), Some(State::Nothing)) if !changed => None,
        (Resolved::Id(id), Some(_)) => Some(State::At(id)),
    }
}

/// A version, with its digest; where the index has none, the same version is the same chart.
fn chart_state(chosen: &Chosen, told: Option<State>) -> State {
    match told {
        Some(State::At(at)) if chosen.digest.is_empty() => {
            let is_same = at.split(' ').next() == Some(&chosen.version);
            State::At(if is_same { at } else { chosen.version.clone() })
        }
        _ => State::At(format!("{} {}", chosen.version, chosen.digest)),
    }
}
