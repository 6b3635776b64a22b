//! How Git edits arrive without a webhook: each repository is asked now and then, once for all its
//! applications.

mod followed;
mod pace;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use gantry_engine::{CheckError, Fetcher, Repository, Wanted};
use gantry_model::without_password;
use gantry_source::SourceError;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::queue::Queue;
use followed::Followed;
pub use pace::Pace;

/// Tells what has moved in a repository.
#[async_trait]
pub trait Checks: Send + Sync + 'static {
    /// Which of these moved since the last time; each is a revision of the repository.
    async fn check(
        &self,
        repository: Repository,
        used: Vec<Wanted>,
    ) -> Result<Vec<Wanted>, CheckError>;
}

/// Hears what polls find. The calls must not block.
pub trait Listener: Send + Sync + 'static {
    /// The revisions of these applications are others now.
    fn moved(&self, applications: &[String]);

    /// A repository of these applications could not be asked.
    fn failing(&self, applications: &[String], error: &CheckError);

    /// It can be asked again.
    fn recovered(&self, applications: &[String]);
}

#[async_trait]
impl Checks for Arc<Fetcher> {
    async fn check(
        &self,
        repository: Repository,
        used: Vec<Wanted>,
    ) -> Result<Vec<Wanted>, CheckError> {
        let fetcher = Self::clone(self);
        let url = used.first().map(|wanted| without_password(wanted.url()));
        let asked =
            tokio::task::spawn_blocking(move || Fetcher::check(&fetcher, &repository, &used));
        asked.await.unwrap_or_else(|_| {
            Err(CheckError::Git(SourceError::Unreachable {
                url: url.unwrap_or_default(),
                reason: "the question was cut off".to_owned(),
            }))
        })
    }
}

/// Asks all repositories that applications use, each in its own time. Dropping it ends that.
pub struct Poller {
    shared: Arc<Shared>,
    runtime: Handle,
}

struct Shared {
    checks: Box<dyn Checks>,
    listener: Box<dyn Listener>,
    pace: Pace,
    quick: Semaphore,
    /// For those that were slow or failed: they wait for each other, and nobody for them.
    slow: Semaphore,
    waiting: Queue,
    followed: Mutex<Followed>,
}

impl Poller {
    /// Starts with no repository. It must be called on a runtime, which then does the work.
    pub fn new(checks: impl Checks, listener: impl Listener, pace: Pace) -> Self {
        let in_flight = pace.in_flight.max(1);
        Self {
            shared: Arc::new(Shared {
                checks: Box::new(checks),
                listener: Box::new(listener),
                quick: Semaphore::new(in_flight),
                slow: Semaphore::new(in_flight.div_ceil(2)),
                waiting: Queue::default(),
                followed: Mutex::default(),
                pace,
            }),
            runtime: Handle::current(),
        }
    }

    /// An application uses these, and nothing else, from now on.
    pub fn follow(&self, application: &str, wanted: Vec<Wanted>) {
        let start = |repository, wake| {
            let shared = Arc::clone(&self.shared);
            let task = self.runtime.spawn(shared.poll(repository, wake));
            task.abort_handle()
        };
        self.shared.followed().set(application, wanted, start);
    }

    /// An application is gone.
    pub fn unfollow(&self, application: &str) {
        self.follow(application, Vec::new());
    }

    /// How many repositories wait to be asked.
    pub(crate) fn waiting(&self) -> usize {
        self.shared.waiting.len()
    }

    /// Time after which what is not urgent is looked at all the same.
    pub(crate) fn interval(&self) -> Duration {
        self.shared.pace.interval
    }

    /// Asks one repository now, for an application that is looked at next. The others that use what has moved
    /// are told of it: no later poll would find it new.
    ///
    /// # Errors
    /// Why it could not be asked.
    pub async fn ask(&self, application: &str, repository: Repository) -> Result<(), CheckError> {
        let shared = &self.shared;
        let used = shared.followed().wanted(&repository);
        let moved = shared.checks.check(repository.clone(), used).await?;
        let mut others = shared.followed().users(&repository, &moved);
        others.retain(|other| other != application);
        if !others.is_empty() {
            shared.listener.moved(&others);
        }
        Ok(())
    }

    /// Asks the repositories that a URL names, in whatever spelling, now: a webhook said so. While
    /// one is being asked, it is asked once more after that, however many such calls come. Says how
    /// many repositories that is.
    pub fn refresh(&self, url: &str) -> usize {
        self.shared.followed().wake(url)
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.shared.followed().stop();
    }
}

impl fmt::Debug for Poller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller")
            .field("pace", &self.shared.pace)
            .field("followed", &self.shared.followed())
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn followed(&self) -> MutexGuard<'_, Followed> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks one repository, for ever.
    async fn poll(self: Arc<Self>, repository: Repository, wake: Arc<Notify>) {
        let (mut failures, mut is_slow) = (0_u32, false);
        let mut pause = self.pace.first();
        loop {
            tokio::select! {
                () = sleep(pause) => {}
                () = wake.notified() => {}
            }
            let started = Instant::now();
            let answer;
            (answer, is_slow) = self.ask(&repository, &wake, is_slow).await;
            match answer {
                Ok(moved) => {
                    self.tell(&repository, &moved, failures > 0);
                    failures = 0;
                }
                Err(error) => {
                    let users = self.users(&repository);
                    tracing::debug!(%error, applications = users.len(), "a poll failed");
                    self.listener.failing(&users, &error);
                    failures = failures.saturating_add(1);
                    is_slow = true;
                }
            }
            pause = self.pace.next(failures);
            sleep_until(started + self.pace.gap).await;
        }
    }

    /// One question, and whether it took long.
    async fn ask(
        &self,
        repository: &Repository,
        wake: &Notify,
        is_slow: bool,
    ) -> (Result<Vec<Wanted>, CheckError>, bool) {
        let turns = if is_slow { &self.slow } else { &self.quick };
        let turn = self.waiting.wait(turns.acquire()).await.ok();
        let used = self.followed().wanted(repository);
        // Whoever called for it until now gets this answer.
        let _ = futures::FutureExt::now_or_never(wake.notified());
        let late = late(&used, self.pace.timeout.as_secs());
        let check = timeout(
            self.pace.timeout,
            self.checks.check(repository.clone(), used),
        );
        tokio::pin!(check);
        match timeout(self.pace.slow_after, &mut check).await {
            Ok(answer) => (answer.unwrap_or(Err(late)), false),
            Err(_) => {
                // The others need not wait for this one; slow ones do.
                let turn = turn.filter(|_| is_slow);
                let answer = check.await.unwrap_or(Err(late));
                drop(turn);
                (answer, true)
            }
        }
    }

    fn tell(&self, repository: &Repository, moved: &[Wanted], recovered: bool) {
        if recovered {
            self.listener.recovered(&self.users(repository));
        }
        let users = self.followed().users(repository, moved);
        if !users.is_empty() {
            tracing::debug!(applications = users.len(), "revisions moved");
            self.listener.moved(&users);
        }
    }

    /// All applications of a repository.
    fn users(&self, repository: &Repository) -> Vec<String> {
        let followed = self.followed();
        followed.users(repository, &followed.wanted(repository))
    }
}

fn late(used: &[Wanted], secs: u64) -> CheckError {
    let url = used.first().map(|wanted| without_password(wanted.url()));
    let url = url.unwrap_or_default();
    CheckError::Git(SourceError::Timeout { url, secs })
}
