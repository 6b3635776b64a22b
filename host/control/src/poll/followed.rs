//! Who uses which revisions of which repositories.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures::FutureExt;
use gantry_engine::{Repository, Wanted, may_be_same};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::askers::{Answer, Askers};

/// The applications and repositories that are followed.
#[derive(Debug, Default)]
pub(super) struct Followed {
    applications: HashMap<String, Vec<Wanted>>,
    repositories: HashMap<Repository, Entry>,
}

#[derive(Debug)]
struct Entry {
    users: HashMap<Wanted, BTreeSet<String>>,
    /// Those who wait for the next answer.
    askers: Askers,
    wake: Arc<Notify>,
    task: AbortHandle,
}

impl Followed {
    /// An application uses these from now on, and nothing else. `start` begins to ask a repository
    /// that nobody has used so far.
    pub(super) fn set(
        &mut self,
        application: &str,
        wanted: Vec<Wanted>,
        mut start: impl FnMut(Repository, Arc<Notify>) -> AbortHandle,
    ) {
        let old = self.applications.remove(application).unwrap_or_default();
        for one in &wanted {
            let repository = one.repository();
            let entry = self
                .repositories
                .entry(repository.clone())
                .or_insert_with(|| {
                    let wake = Arc::new(Notify::new());
                    Entry {
                        users: HashMap::new(),
                        askers: Askers::default(),
                        wake: Arc::clone(&wake),
                        task: start(repository, wake),
                    }
                });
            let users = entry.users.entry(one.clone()).or_default();
            users.insert(application.to_owned());
        }
        // After the others, so that a repository that stays in use is asked as before.
        for gone in old.iter().filter(|old| !wanted.contains(old)) {
            self.leave(application, gone);
        }
        if !wanted.is_empty() {
            self.applications.insert(application.to_owned(), wanted);
        }
    }

    fn leave(&mut self, application: &str, wanted: &Wanted) {
        let repository = wanted.repository();
        let Some(entry) = self.repositories.get_mut(&repository) else {
            return;
        };
        if let Some(users) = entry.users.get_mut(wanted) {
            users.remove(application);
            if users.is_empty() {
                entry.users.remove(wanted);
            }
        }
        if entry.users.is_empty() {
            entry.task.abort();
            self.repositories.remove(&repository);
        }
    }

    /// An application waits for the next answer of a repository; none where nobody follows that.
    pub(super) fn ask(&mut self, application: &str, repository: &Repository) -> Option<Answer> {
        let entry = self.repositories.get_mut(repository)?;
        entry.wake.notify_one();
        Some(entry.askers.add(application))
    }

    /// Whether somebody waits for the next answer.
    pub(super) fn is_asked(&self, repository: &Repository) -> bool {
        let entry = self.repositories.get(repository);
        entry.is_some_and(|entry| entry.askers.waiting().next().is_some())
    }

    /// A question begins: what is wanted of the repository, and who waits for the answer. Whoever calls for it
    /// from now on means the next one.
    pub(super) fn begin(&mut self, repository: &Repository) -> (Vec<Wanted>, Askers) {
        if let Some(entry) = self.repositories.get(repository) {
            let _ = entry.wake.notified().now_or_never();
        }
        (self.wanted(repository), self.take_askers(repository))
    }

    /// Those who have come to wait since the last question began.
    pub(super) fn take_askers(&mut self, repository: &Repository) -> Askers {
        let entry = self.repositories.get_mut(repository);
        entry.map_or_else(Askers::default, |entry| std::mem::take(&mut entry.askers))
    }

    /// What is wanted of a repository.
    pub(super) fn wanted(&self, repository: &Repository) -> Vec<Wanted> {
        let entry = self.repositories.get(repository);
        entry.map_or_else(Vec::new, |entry| entry.users.keys().cloned().collect())
    }

    /// Who wants any of these of a repository.
    pub(super) fn users(&self, repository: &Repository, wanted: &[Wanted]) -> Vec<String> {
        let Some(entry) = self.repositories.get(repository) else {
            return Vec::new();
        };
        let users = wanted.iter().filter_map(|wanted| entry.users.get(wanted));
        let users: BTreeSet<&String> = users.flatten().collect();
        users.into_iter().cloned().collect()
    }

    /// Wakes the repositories that a URL may name; how many.
    pub(super) fn wake(&self, url: &str) -> usize {
        let named = self.repositories.values().filter(|entry| {
            let mut wanted = entry.users.keys();
            wanted.any(|wanted| may_be_same(wanted.url(), url))
        });
        named.map(|entry| entry.wake.notify_one()).count()
    }

    /// Ends all.
    pub(super) fn stop(&mut self) {
        for entry in self.repositories.values() {
            entry.task.abort();
        }
        self.repositories.clear();
        self.applications.clear();
    }
}
