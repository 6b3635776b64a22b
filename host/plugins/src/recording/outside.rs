//! What lay outside when a render was recorded, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use gantry_model::{Outside, Pinned, Withheld};

use super::replay::{Answer, Replay};
use crate::observe::Question;
use crate::outside::Supplier;

/// Hands over again what was handed over.
#[derive(Debug)]
pub(super) struct Replayed(pub(super) BTreeMap<Question, Answer>);

impl Answer {
    /// Asks again for what lies outside.
    pub(super) fn from_outside(question: &Question, outside: &Supplier) -> Self {
        let pinned = |pinned: Pinned| Self::Pinned(pinned.pin);
        let told = match question {
            Question::Git {
                repository,
                revision,
            } => outside.0.git(repository, revision).map(pinned),
            Question::Chart {
                repository,
                name,
                version,
            } => outside.0.chart(repository, name, version).map(pinned),
            Question::Download(url) => outside.0.download(url).map(Self::content),
            _ => return Self::Broken("not a question about what lies outside".to_owned()),
        };
        told.unwrap_or_else(Self::Withheld)
    }
}

impl Replayed {
    fn answer<T>(
        &self,
        question: &Question,
        read: impl FnOnce(&Answer) -> Option<T>,
    ) -> Result<T, Withheld> {
        let unfit = |reason: &str| Withheld::Failed(reason.to_owned());
        match self.0.get(question) {
            Some(Answer::Withheld(withheld)) => Err(withheld.clone()),
            Some(answer) => {
                read(answer).ok_or_else(|| unfit("the recording's answer does not fit"))
            }
            None => Err(unfit("was not asked for when the render was recorded")),
        }
    }

    fn tree(&self, question: &Question) -> Result<Pinned, Withheld> {
        let pin = self.answer(question, |answer| match answer {
            Answer::Pinned(pin) => Some(pin.clone()),
            _ => None,
        })?;
        let seen = self
            .0
            .iter()
            .map(|(asked, told)| (asked.clone(), told.clone()));
        let tree = Arc::new(Replay::new(pin.clone(), seen, Some(pin.clone())));
        Ok(Pinned { pin, tree })
    }
}

impl Outside for Replayed {
    fn git(&self, repository: &str, revision: &str) -> Result<Pinned, Withheld> {
        self.tree(&Question::Git {
            repository: repository.to_owned(),
            revision: revision.to_owned(),
        })
    }

    fn chart(&self, repository: &str, name: &str, version: &str) -> Result<Pinned, Withheld> {
        self.tree(&Question::Chart {
            repository: repository.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
        })
    }

    fn download(&self, url: &str) -> Result<Vec<u8>, Withheld> {
        self.answer(&Question::Download(url.to_owned()), Answer::bytes)
    }
}
