//! Who waits for a repository's next answer.

use gantry_engine::CheckError;
use tokio::sync::oneshot;

/// Comes with the answer; with an error where there will be none.
pub(super) type Answer = oneshot::Receiver<Result<(), CheckError>>;

/// Those who get the same answer.
#[derive(Debug, Default)]
pub(super) struct Askers(Vec<Asker>);

#[derive(Debug)]
struct Asker {
    application: String,
    answer: oneshot::Sender<Result<(), CheckError>>,
}

impl Askers {
    /// One more.
    pub(super) fn add(&mut self, application: &str) -> Answer {
        let (answer, comes) = oneshot::channel();
        self.0.push(Asker {
            application: application.to_owned(),
            answer,
        });
        comes
    }

    /// Takes those of others in, too.
    pub(super) fn join(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// The applications that still wait.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &str> {
        let waiting = self.0.iter().filter(|asker| !asker.answer.is_closed());
        waiting.map(|asker| asker.application.as_str())
    }

    /// Gives the answer to all.
    pub(super) fn answer(self, answer: &Result<(), CheckError>) {
        for asker in self.0 {
            // Who waits no longer is told like those who never asked.
            let _ = asker.answer.send(answer.clone());
        }
    }
}
