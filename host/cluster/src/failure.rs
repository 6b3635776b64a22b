//! What is done by one for all who wait meanwhile: where it fails, it has failed for all of them. Each trying it
//! anew, one after the other, a server that does not answer would keep a hundred of them for half an hour.

use gantry_model::ClusterError;
use tokio::time::Instant;

/// How it ended the last time, if it failed.
#[derive(Default)]
pub(crate) struct Failure(Option<(Instant, ClusterError)>);

impl Failure {
    /// Whether it has failed since somebody asked for it, who waited in line.
    pub(crate) fn since(&self, asked: Instant) -> Result<(), ClusterError> {
        match &self.0 {
            Some((at, error)) if *at > asked => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Takes how it has ended now.
    pub(crate) fn note<T>(&mut self, done: Result<T, ClusterError>) -> Result<T, ClusterError> {
        let error = done.as_ref().err();
        self.0 = error.map(|error| (Instant::now(), error.clone()));
        done
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use gantry_model::ClusterError;
    use tokio::sync::Mutex;
    use tokio::time::{Instant, sleep};

    use super::Failure;

    #[tokio::test(start_paused = true)]
    async fn all_who_wait_are_told_of_one_failure() {
        let (turn, tries) = (Mutex::new(Failure::default()), AtomicUsize::new(0));
        let ask = || async {
            let asked = Instant::now();
            let mut failure = turn.lock().await;
            failure.since(asked)?;
            sleep(Duration::from_secs(20)).await;
            let count = tries.fetch_add(1, Ordering::Relaxed);
            let away = || ClusterError::Transient("away".to_owned());
            failure.note(if count < 2 { Err(away()) } else { Ok(count) })
        };
        let began = Instant::now();
        let told = futures::future::join_all((0..100).map(|_| ask())).await;
        assert!(told.iter().all(Result::is_err));
        assert_eq!(tries.load(Ordering::Relaxed), 1);
        assert_eq!(began.elapsed(), Duration::from_secs(20));
        // Who asks later tries for himself.
        sleep(Duration::from_secs(1)).await;
        assert!(ask().await.is_err());
        assert_eq!(ask().await, Ok(2));
        assert_eq!(ask().await, Ok(3));
    }
}
