//! A source tree that answers what was asked when it was recorded, and nothing else.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gantry_model::{Entry, EntryKind, SourceTree, TreeError, Withheld, limits};
use serde::{Deserialize, Serialize};

use crate::observe::{Observed, Question, kind_name};
use crate::outside::Supplier;

/// One answer of the tree, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Answer {
    Kind(String),
    IsLink(bool),
    /// Where a link leads.
    Target(String),
    /// Name and kind of each entry.
    Entries(Vec<(String, String)>),
    /// A file that is UTF-8.
    Text(String),
    /// Any other file.
    Base64(String),
    TooLarge(u64),
    /// The code of an error.
    Refused(String),
    /// The words of an error of the disk.
    Broken(String),
    /// What a thing from outside was pinned to.
    Pinned(String),
    /// Why it was not handed over.
    Withheld(Withheld),
}

impl Answer {
    /// Asks again what was asked.
    pub(crate) fn of(
        question: &Question,
        tree: &dyn SourceTree,
        outside: &Supplier,
        observed: &Observed,
    ) -> Self {
        let told = match question {
            Question::Kind(path) => tree.kind(path).map(|k| Self::Kind(kind_name(k).to_owned())),
            Question::IsLink(path) => tree.is_link(path).map(Self::IsLink),
            Question::Link(path) => tree.read_link(path).map(Self::Target),
            Question::List(path) => tree.list(path).map(|entries| {
                let entry = |e: Entry| (e.name, kind_name(e.kind).to_owned());
                Self::Entries(entries.into_iter().map(entry).collect())
            }),
            Question::Content(path) => tree.read(path).map(Self::content),
            Question::Within(pin, question) => {
                return match observed.tree(pin) {
                    Some(tree) => Self::of(question, &*tree, outside, observed),
                    None => Self::Broken(format!("{pin} was not handed over")),
                };
            }
            Question::Git { .. } | Question::Chart { .. } | Question::Download(_) => {
                return Self::from_outside(question, outside);
            }
            Question::Revision
            | Question::Clock
            | Question::ApiVersions
            | Question::TreeId
            | Question::Renderer(_) => {
                return Self::Broken("not a question that is recorded".to_owned());
            }
        };
        told.unwrap_or_else(|error| Self::refused(&error))
    }

    pub(super) fn content(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(other) => Self::Base64(BASE64_STANDARD.encode(other.as_bytes())),
        }
    }

    /// What is in a file.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => Some(text.clone().into_bytes()),
            Self::Base64(text) => BASE64_STANDARD.decode(text).ok(),
            _ => None,
        }
    }

    fn refused(error: &TreeError) -> Self {
        let code = match error {
            TreeError::NotFound(_) => "not-found",
            TreeError::NotAFile(_) => "not-a-file",
            TreeError::NotADirectory(_) => "not-a-directory",
            TreeError::Outside(_) => "outside",
            TreeError::Loop(_) => "loop",
            TreeError::NotALink(_) => "not-a-link",
            TreeError::TooLarge { size_bytes, .. } => return Self::TooLarge(*size_bytes),
            TreeError::Io { reason, .. } => return Self::Broken(reason.clone()),
        };
        Self::Refused(code.to_owned())
    }

    /// The error that it stands for, or that it is no answer to what is asked.
    fn error(&self, path: &str) -> TreeError {
        let path = path.to_owned();
        let reason = match self {
            Self::Refused(code) => match code.as_str() {
                "not-found" => return TreeError::NotFound(path),
                "not-a-file" => return TreeError::NotAFile(path),
                "not-a-directory" => return TreeError::NotADirectory(path),
                "outside" => return TreeError::Outside(path),
                "loop" => return TreeError::Loop(path),
                "not-a-link" => return TreeError::NotALink(path),
                code => format!("the recording has the unknown error {code:?}"),
            },
            Self::TooLarge(size_bytes) => {
                return TreeError::TooLarge {
                    path,
                    size_bytes: *size_bytes,
                    max_bytes: limits::TREE_FILE_MAX_BYTES,
                };
            }
            Self::Broken(reason) => reason.clone(),
            _ => "the recording's answer does not fit the question".to_owned(),
        };
        TreeError::Io { path, reason }
    }
}

/// The tree.
#[derive(Debug)]
pub(crate) struct Replay {
    id: String,
    seen: BTreeMap<Question, Answer>,
    /// The pin of a tree that was handed over.
    within: Option<String>,
}

impl Replay {
    pub(crate) fn new(
        id: String,
        seen: impl IntoIterator<Item = (Question, Answer)>,
        within: Option<String>,
    ) -> Self {
        Self {
            id,
            seen: seen.into_iter().collect(),
            within,
        }
    }

    fn answer<T>(
        &self,
        question: &Question,
        path: &str,
        read: impl FnOnce(&Answer) -> Option<T>,
    ) -> Result<T, TreeError> {
        let within = self.within.as_ref();
        let within = within.map(|pin| Question::Within(pin.clone(), Box::new(question.clone())));
        let answer = self.seen.get(within.as_ref().unwrap_or(question));
        let answer = answer.ok_or_else(|| TreeError::Io {
            path: path.to_owned(),
            reason: "was not looked at when the render was recorded".to_owned(),
        })?;
        read(answer).ok_or_else(|| answer.error(path))
    }
}

impl SourceTree for Replay {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn is_versioned(&self) -> bool {
        // Part of a tree is not that tree.
        false
    }

    fn kind(&self, path: &str) -> Result<EntryKind, TreeError> {
        self.answer(
            &Question::Kind(path.to_owned()),
            path,
            |answer| match answer {
                Answer::Kind(name) => kind_of(name),
                _ => None,
            },
        )
    }

    fn is_link(&self, path: &str) -> Result<bool, TreeError> {
        self.answer(
            &Question::IsLink(path.to_owned()),
            path,
            |answer| match answer {
                Answer::IsLink(is_link) => Some(*is_link),
                _ => None,
            },
        )
    }

    fn read_link(&self, path: &str) -> Result<String, TreeError> {
        self.answer(
            &Question::Link(path.to_owned()),
            path,
            |answer| match answer {
                Answer::Target(target) => Some(target.clone()),
                _ => None,
            },
        )
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, TreeError> {
        let question = Question::List(directory.to_owned());
        self.answer(&question, directory, |answer| match answer {
            Answer::Entries(entries) => {
                let entry = |(name, kind): &(String, String)| {
                    let (name, kind) = (name.clone(), kind_of(kind)?);
                    Some(Entry { name, kind })
                };
                entries.iter().map(entry).collect()
            }
            _ => None,
        })
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TreeError> {
        self.answer(&Question::Content(path.to_owned()), path, Answer::bytes)
    }
}

fn kind_of(name: &str) -> Option<EntryKind> {
    let kinds = [EntryKind::File, EntryKind::Directory, EntryKind::BrokenLink];
    kinds.into_iter().find(|kind| kind_name(*kind) == name)
}
