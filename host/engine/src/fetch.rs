//! Everything that is fetched for applications: commits, charts, single files. Each once, with the
//! credentials that the Secrets have for it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use gantry_charts::{Chart, ChartAccess, ChartError, ChartRequest, Charts, Reach};
use gantry_model::limits;
use gantry_model::secrets::{Repositories as Secrets, RepositorySecret, Trust};
use gantry_source::{Commit, Refs, Repositories, SourceError};

use crate::access;
use crate::check::CheckError;
use crate::github::GithubApps;
use crate::heads::{Heads, State};
use crate::memo::Memo;
use crate::reached::Answers;
use crate::wanted::{ChartKey, GitKey, Repository, Wanted};

/// Fetches, and remembers: what moves, until [`Fetcher::check`] finds that it moved, it is told to
/// forget, or some time has passed without a check. All calls block.
#[derive(Debug)]
pub struct Fetcher {
    pub(crate) repositories: Repositories,
    pub(crate) charts: Arc<Charts>,
    secrets: RwLock<Arc<Secrets>>,
    pub(crate) commits: Memo<GitKey, Result<Commit, SourceError>>,
    pub(crate) chosen: Memo<ChartKey, Result<Chart, ChartError>>,
    files: Memo<FileKey, Result<Arc<Vec<u8>>, ChartError>>,
    pub(crate) refs: Memo<(String, String), Result<Refs, SourceError>>,
    pub(crate) reached: Answers,
    pub(crate) github: GithubApps,
    pub(crate) git_heads: Heads<GitKey>,
    pub(crate) chart_heads: Heads<ChartKey>,
    /// Charts that are asked for again, although their version is exact and kept; and since when.
    renewed: Mutex<HashMap<ChartKey, Instant>>,
    /// The refs that each repository had at its last check.
    pub(crate) fingerprints: Mutex<HashMap<Repository, String>>,
    swept: Mutex<Instant>,
    is_guarded: bool,
}

/// A file by its URL, for a project.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileKey {
    /// The URL.
    pub url: String,
    /// The project.
    pub project: String,
    /// Which addresses may be asked.
    pub reach: Reach,
}

/// Which repositories are reached with other credentials now.
#[derive(Debug)]
pub struct CredentialChanges {
    old: Arc<Secrets>,
    new: Arc<Secrets>,
    /// What of it was asked for before: the URL, and for which project.
    pub asked: BTreeSet<(String, String)>,
}

impl CredentialChanges {
    /// From these Secrets to those, of which nothing was asked for yet.
    pub fn between(old: Arc<Secrets>, new: Arc<Secrets>) -> Self {
        Self {
            old,
            new,
            asked: BTreeSet::new(),
        }
    }

    /// Whether a repository is one of them, for applications of a project.
    pub fn has(&self, url: &str, project: &str) -> bool {
        self.old.repository_for(url, project) != self.new.repository_for(url, project)
    }
}

const UNCHECKED_MAX: Duration = Duration::from_secs(limits::FETCHED_UNCHECKED_MAX_SECS);

/// How long a result counts: `keep` for one that is none of an error, for ever without.
fn kept<T, E>(result: &Result<T, E>, keep: Option<Duration>) -> Option<Duration> {
    match result {
        Ok(_) => keep,
        Err(_) => Some(Duration::from_secs(limits::FETCH_ERROR_KEPT_SECS)),
    }
}

impl Fetcher {
    /// Joins the parts.
    pub fn new(repositories: Repositories, charts: Charts, secrets: Secrets) -> Self {
        Self::over(repositories, Arc::new(charts), secrets)
    }

    /// The same that knows one Secret more, to find out what comes of it; what it remembers is its own.
    #[must_use]
    pub fn trying(&self, secret: RepositorySecret) -> Self {
        let charts = Arc::clone(&self.charts);
        let secrets = self.secrets().with(secret);
        Self {
            is_guarded: self.is_guarded,
            ..Self::over(self.repositories.clone(), charts, secrets)
        }
    }

    fn over(repositories: Repositories, charts: Arc<Charts>, secrets: Secrets) -> Self {
        Self {
            repositories,
            charts,
            secrets: RwLock::new(Arc::new(secrets)),
            commits: Memo::default(),
            chosen: Memo::default(),
            files: Memo::default(),
            refs: Memo::default(),
            reached: Answers::default(),
            github: GithubApps::default(),
            git_heads: Heads::default(),
            chart_heads: Heads::default(),
            renewed: Mutex::default(),
            fingerprints: Mutex::default(),
            swept: Mutex::new(Instant::now()),
            is_guarded: false,
        }
    }

    /// The same for a server: what renderers ask for may not lead to the machine itself, its link
    /// or a cloud's metadata, unless the project's `sourceRepos` spell out that host.
    #[must_use]
    pub fn guarded(self) -> Self {
        Self {
            is_guarded: true,
            ..self
        }
    }

    pub(crate) fn is_guarded(&self) -> bool {
        self.is_guarded
    }

    /// Forgets what these were found to be before that moment, so that whatever has moved since is seen. What
    /// somebody has asked for since then stays: many who want to know at the same time share it.
    pub fn forget_older(&self, wanted: &[Wanted], than: Instant) {
        for one in wanted {
            match one {
                Wanted::Git(key) if self.commits.forget_older(key, than) => {
                    self.git_heads.distrust(|known| known == key);
                }
                Wanted::Chart(key) if self.chosen.forget_older(key, than) => {
                    self.chart_heads.distrust(|known| known == key);
                }
                Wanted::Git(_) | Wanted::Chart(_) => {}
            }
        }
    }

    /// Asks for these charts again the next time, also for exact versions that are kept: somebody may have published
    /// another archive under the same version.
    pub fn renew(&self, wanted: impl IntoIterator<Item = Wanted>) {
        for one in wanted {
            let Wanted::Chart(key) = one else { continue };
            self.renewed().insert(key.clone(), Instant::now());
            self.chosen.forget_if(|known, _| *known == key);
        }
    }

    /// Asks again for what is wanted, unless somebody has done so since that moment: what somebody else publishes under
    /// the same name is seen.
    pub(crate) fn renew_older(&self, wanted: Wanted, than: Instant) {
        match &wanted {
            // It means the same for ever.
            Wanted::Git(key) if key.is_fixed() => {}
            Wanted::Git(_) => self.forget_older(&[wanted], than),
            // It may lie on disk although nothing is remembered of it.
            Wanted::Chart(key) if self.chosen.has_since(key, than) => {}
            Wanted::Chart(_) => self.renew([wanted]),
        }
    }

    /// The same of a file.
    pub(crate) fn renew_older_file(&self, key: &FileKey, than: Instant) {
        self.files.forget_older(key, than);
    }

    fn renewed(&self) -> MutexGuard<'_, HashMap<ChartKey, Instant>> {
        self.renewed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The commit that a revision names.
    ///
    /// # Errors
    /// [`SourceError`] says what could not be reached or found.
    pub fn commit(&self, key: &GitKey) -> Result<Commit, SourceError> {
        let keep = (!key.is_fixed()).then_some(UNCHECKED_MAX);
        self.commits.get(
            key.clone(),
            |commit| kept(commit, keep),
            || {
                let known = self.git_heads.known(key, UNCHECKED_MAX);
                let known = known.as_deref();
                let (url, revision) = (&key.url, &key.revision);
                let commit = self.ask_git(url, &key.project, |access| {
                    let prefix = &key.tag_prefix;
                    self.repositories
                        .commit_known(url, revision, prefix, known, access)
                });
                let state = match &commit {
                    Ok(commit) => State::At(commit.id.clone()),
                    // Nothing moves until it leads elsewhere.
                    Err(SourceError::NotACommit { id, .. }) => State::At(id.clone()),
                    Err(SourceError::NoRevision { .. } | SourceError::NoTag { .. }) => {
                        State::Nothing
                    }
                    Err(_) => State::Failed,
                };
                self.git_heads.handed(key, state);
                let error = commit.as_ref().err().cloned().map(CheckError::Git);
                self.note_reached(key.repository(), error.as_ref().map_or(Ok(()), Err));
                commit
            },
        )
    }

    /// The chart that a version or a range names.
    ///
    /// # Errors
    /// [`ChartError`] says what is wrong, and with which URL.
    pub fn chart(&self, key: &ChartKey) -> Result<Chart, ChartError> {
        let keep = (!key.is_fixed()).then_some(UNCHECKED_MAX);
        self.chosen.get(
            key.clone(),
            |chart| kept(chart, keep),
            || {
                let renewed = self.renewed().get(key).copied();
                let request = ChartRequest {
                    refresh: renewed.is_some(),
                    ..self.request(key)
                };
                let chart = self.charts.fetch(&request);
                // Whoever did not reach the repository asks it again.
                if chart.is_ok() {
                    self.renewed()
                        .retain(|known, at| known != key || Some(*at) != renewed);
                }
                let state = match &chart {
                    Ok(chart) => State::At(format!("{} {}", chart.version, chart.digest)),
                    Err(ChartError::NoChart { .. } | ChartError::NoVersion { .. }) => {
                        State::Nothing
                    }
                    Err(_) => State::Failed,
                };
                self.chart_heads.handed(key, state);
                let error = chart.as_ref().err().cloned().map(CheckError::Chart);
                self.note_reached(key.repository(), error.as_ref().map_or(Ok(()), Err));
                chart
            },
        )
    }

    /// The content of a file.
    ///
    /// # Errors
    /// [`ChartError`] says what is wrong.
    pub fn file(&self, key: &FileKey) -> Result<Arc<Vec<u8>>, ChartError> {
        let keep = Duration::from_secs(limits::FILE_KEPT_SECS);
        self.files.get(
            key.clone(),
            |file| kept(file, Some(keep)),
            || {
                let secret = self.secret(&key.url, &key.project);
                let access = ChartAccess {
                    reach: key.reach.clone(),
                    tls_ca: self.certificates(&key.url),
                    ..access::of_charts(secret.as_ref(), false)
                };
                self.charts.download(&key.url, &access).map(Arc::new)
            },
        )
    }

    /// Takes other credentials. Whatever was fetched or refused with those that changed is
    /// forgotten, and told: whoever has it should ask again.
    pub fn set_repository_secrets(&self, secrets: Secrets) -> CredentialChanges {
        let new = Arc::new(secrets);
        let old = {
            let mut held = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *held, Arc::clone(&new))
        };
        let mut changes = CredentialChanges::between(old, new);
        let changed = |url: &str, project: &str| changes.has(url, project);
        let git = |key: &GitKey| changed(&key.url, &key.project);
        let chart = |key: &ChartKey| changed(&key.repository, &key.project);
        self.git_heads.distrust(git);
        self.chart_heads.distrust(chart);
        let files = self.files.keys(|key| changed(&key.url, &key.project));
        let files: HashSet<FileKey> = files.into_iter().collect();
        self.files.forget_if(|key, _| files.contains(key));
        self.refs
            .forget_if(|(url, project), _| changed(url, project));
        let commits: HashSet<GitKey> = self.commits.keys(git).into_iter().collect();
        let charts: HashSet<ChartKey> = self.chosen.keys(chart).into_iter().collect();
        self.commits.forget_if(|key, _| commits.contains(key));
        self.chosen.forget_if(|key, _| charts.contains(key));
        let commits = commits.into_iter().map(|key| (key.url, key.project));
        let charts = charts.into_iter().map(|key| (key.repository, key.project));
        let files = files.into_iter().map(|key| (key.url, key.project));
        changes.asked = commits.chain(charts).chain(files).collect();
        changes
    }

    /// Believes these servers from now on, beside those that this machine knows. What failed is asked for again;
    /// false where they are the same as before.
    pub fn set_trust(&self, trust: Trust) -> bool {
        if *self.repositories.trust() == trust {
            return false;
        }
        self.repositories.set_trust(trust);
        fn failed<K, V, E>(_: &K, result: Option<&Result<V, E>>) -> bool {
            !matches!(result, Some(Ok(_)))
        }
        self.commits.forget_if(failed);
        self.chosen.forget_if(failed);
        self.files.forget_if(failed);
        self.refs.forget_if(failed);
        true
    }

    /// Drops from memory what no application has used for some time. Cheap to call often.
    pub(crate) fn sweep(&self) {
        {
            let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
            if swept.elapsed() < Duration::from_secs(limits::FETCHED_SWEEP_SECS) {
                return;
            }
            *swept = Instant::now();
        }
        self.drop_unused(Duration::from_secs(limits::FETCHED_UNUSED_MAX_SECS));
    }

    /// Drops from memory what no application has used in that time. What polls look after is still
    /// compared, and costs no second download: it stays on disk.
    pub fn drop_unused(&self, age: Duration) {
        self.commits.drop_unused(age);
        self.chosen.drop_unused(age);
        self.renewed().retain(|_, at| at.elapsed() < age);
        self.files.drop_unused(age);
        self.refs.drop_unused(age);
        self.github.drop_unused(age);
    }

    pub(crate) fn secret(&self, url: &str, project: &str) -> Option<RepositorySecret> {
        self.secrets().repository_for(url, project)
    }

    fn secrets(&self) -> Arc<Secrets> {
        let held = self.secrets.read();
        Arc::clone(&held.unwrap_or_else(PoisonError::into_inner))
    }

    /// What is trusted where a URL leads, beside what this machine trusts.
    pub(crate) fn certificates(&self, url: &str) -> String {
        self.repositories.trust().certificates_for(url).to_owned()
    }

    pub(crate) fn request(&self, key: &ChartKey) -> ChartRequest {
        let secret = self.secret(&key.repository, &key.project);
        ChartRequest {
            repository: key.repository.clone(),
            name: key.name.clone(),
            version: key.version.clone(),
            access: ChartAccess {
                reach: key.reach.clone(),
                tls_ca: self.certificates(&key.repository),
                ..access::of_charts(secret.as_ref(), key.pass_credentials)
            },
            refresh: false,
        }
    }
}
