//! How Git edits arrive without a webhook: each repository is asked now and then, and at once where somebody
//! waits for the answer; once for all its applications.

mod askers;
mod followed;
mod pace;

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use gantry_engine::{CheckError, Fetcher, Repository, Wanted};
use gantry_model::without_password;
use gantry_source::SourceError;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::queue::Queue;
use askers::Askers;
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
        asked
            .await
            .unwrap_or_else(|_| Err(cut_off(url.unwrap_or_default())))
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

/// One question, once it was answered or given up.
struct Asked {
    answer: Result<Vec<Wanted>, CheckError>,
    /// Whether that took long.
    is_slow: bool,
    /// Who has waited for it.
    askers: Askers,
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

    /// Asks a repository that is followed, for an application that is looked at next: the answer is to a question
    /// that began after the call, and all who call until then share it. The others that use what has moved are
    /// told of it: no later poll would find it new.
    ///
    /// # Errors
    /// Why it could not be asked, or not in time. One that is away, or takes its time to fail, is not asked anew for
    /// those who came meanwhile.
    pub async fn ask(&self, application: &str, repository: Repository) -> Result<(), CheckError> {
        let shared = &self.shared;
        // Of one that nobody follows there is nothing to be told.
        let Some(answer) = shared.followed().ask(application, &repository) else {
            return Ok(());
        };
        let patience = shared.pace.timeout;
        match timeout(patience, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(cut_off(String::new())),
            Err(_) => {
                let used = shared.followed().wanted(&repository);
                Err(late(&used, patience.as_secs()))
            }
        }
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
            let mut asked = self.ask(&repository, &wake, is_slow).await;
            is_slow = asked.is_slow;
            let told = match asked.answer {
                Ok(moved) => {
                    self.tell(&repository, &moved, failures > 0, &asked.askers);
                    failures = 0;
                    Ok(())
                }
                Err(error) => {
                    let users = self.users(&repository);
                    tracing::debug!(%error, applications = users.len(), "a poll failed");
                    self.listener.failing(&users, &error);
                    // However often people ask, it is polled as soon after an outage.
                    failures = match asked.askers.waiting().next() {
                        Some(_) => failures.max(1),
                        None => failures.saturating_add(1),
                    };
                    if is_slow {
                        // It is no better for those who came since: they do not wait for as long again.
                        asked.askers.join(self.followed().take_askers(&repository));
                    }
                    is_slow = true;
                    Err(error)
                }
            };
            // After the others were told: who has the answer may rely on that.
            asked.askers.answer(&told);
            pause = self.pace.next(failures);
            sleep_until(started + self.pace.gap).await;
        }
    }

    /// One question.
    async fn ask(&self, repository: &Repository, wake: &Notify, is_slow: bool) -> Asked {
        let turn = self.waiting.wait(self.turn(repository, wake, is_slow));
        let (turn, is_slow) = turn.await;
        let (used, askers) = self.followed().begin(repository);
        let late = late(&used, self.pace.timeout.as_secs());
        let check = timeout(
            self.pace.timeout,
            self.checks.check(repository.clone(), used),
        );
        tokio::pin!(check);
        let (answer, is_slow) = match timeout(self.pace.slow_after, &mut check).await {
            Ok(answer) => (answer.unwrap_or(Err(late)), false),
            Err(_) => {
                // The others need not wait for this one; slow ones do.
                let turn = turn.filter(|_| is_slow);
                let answer = check.await.unwrap_or(Err(late));
                drop(turn);
                (answer, true)
            }
        };
        Asked {
            answer,
            is_slow,
            askers,
        }
    }

    /// A turn to ask, and whether it is one of the slow. Nobody who waits for an answer waits for other
    /// repositories that hang: this one may be well again.
    async fn turn(
        &self,
        repository: &Repository,
        wake: &Notify,
        is_slow: bool,
    ) -> (Option<SemaphorePermit<'_>>, bool) {
        if is_slow {
            let asked = async {
                while !self.followed().is_asked(repository) {
                    wake.notified().await;
                }
            };
            tokio::select! {
                biased;
                () = asked => {}
                turn = self.slow.acquire() => return (turn.ok(), true),
            }
        }
        (self.quick.acquire().await.ok(), false)
    }

    /// Tells who uses what has moved, but for those who get the answer themselves.
    fn tell(&self, repository: &Repository, moved: &[Wanted], recovered: bool, askers: &Askers) {
        if recovered {
            self.listener.recovered(&self.users(repository));
        }
        let mut users = self.followed().users(repository, moved);
        if !users.is_empty() {
            let waiting: HashSet<&str> = askers.waiting().collect();
            users.retain(|user| !waiting.contains(user.as_str()));
        }
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

fn cut_off(url: String) -> CheckError {
    let reason = "the question was cut off".to_owned();
    CheckError::Git(SourceError::Unreachable { url, reason })
}
