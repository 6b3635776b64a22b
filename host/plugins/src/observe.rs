//! What one render looked at: the exact inputs that its result depends on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gantry_model::{Entry, EntryKind, SourceTree, TreeError, limits};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::request::RenderRequest;
use gantry_model::digest::hex;

/// One thing that a guest can ask and that may change from one render to the next. What is part of
/// the cache's key, such as the parameters, is not among them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Question {
    /// The commit's name.
    Revision,
    /// The commit's time.
    Clock,
    /// The kinds that the cluster serves.
    ApiVersions,
    /// The tree's own id.
    TreeId,
    /// What is at a path.
    Kind(String),
    /// Whether a path is a symbolic link.
    IsLink(String),
    /// Where a symbolic link leads.
    Link(String),
    /// The names in a directory.
    List(String),
    /// A file's content.
    Content(String),
}

/// The answers that a guest got, each as a short text that is equal only if the answer was.
pub(crate) type Answers = BTreeMap<Question, String>;

impl Question {
    /// Whether the source tree is asked, not the request.
    pub(crate) fn is_of_tree(&self) -> bool {
        !matches!(
            self,
            Self::Revision | Self::Clock | Self::ApiVersions | Self::TreeId
        )
    }
}

/// Collects the answers while a guest runs.
#[derive(Debug, Default)]
pub(crate) struct Observed(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    /// An answer that is good for this once, such as an error of the disk, is none.
    answers: BTreeMap<Question, Option<String>>,
    /// More was asked than is noted.
    overflowed: bool,
}

impl Observed {
    /// Notes an answer; none where it is good for this once.
    pub(crate) fn note(&self, question: Question, answer: impl FnOnce() -> Option<String>) {
        let mut noted = self.lock();
        if noted.answers.contains_key(&question) {
            return;
        }
        if noted.answers.len() >= limits::RENDER_CACHE_READS_MAX {
            noted.overflowed = true;
            return;
        }
        noted.answers.insert(question, answer());
    }

    /// Notes what the request says.
    pub(crate) fn note_request(&self, question: Question, request: &RenderRequest) {
        let answer = of_request(&question, request);
        self.note(question, || answer);
    }

    /// All that was noted, once the guest has ended. None: it does not tell whether the next render
    /// would be the same.
    pub(crate) fn take(&self) -> Option<Answers> {
        let noted = std::mem::take(&mut *self.lock());
        if noted.overflowed {
            return None;
        }
        let answers = noted.answers.into_iter();
        answers
            .map(|(asked, answer)| Some((asked, answer?)))
            .collect()
    }

    /// All that was asked, once the guest has ended.
    pub(crate) fn asked(&self) -> Vec<Question> {
        self.lock().answers.keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a render that got these answers would get them again.
pub(crate) fn still_hold(
    answers: &Answers,
    tree: &dyn SourceTree,
    request: &RenderRequest,
    same_tree: bool,
) -> bool {
    answers.iter().all(|(question, answer)| {
        let now = match question {
            Question::Revision | Question::Clock | Question::ApiVersions => {
                of_request(question, request)
            }
            Question::TreeId => Some(tree.id()),
            _ if same_tree => return true,
            Question::Kind(path) => kind(&tree.kind(path)),
            Question::IsLink(path) => is_link(&tree.is_link(path)),
            Question::Link(path) => link(&tree.read_link(path)),
            Question::List(path) => list(&tree.list(path)),
            Question::Content(path) => match tree.content_id(path) {
                Ok(Some(id)) => Some(id),
                Ok(None) => content(tree, path, &tree.read(path)),
                Err(error) => refusal(&error),
            },
        };
        now.as_ref() == Some(answer)
    })
}

/// What the request says; none where it is the tree that is asked.
fn of_request(question: &Question, request: &RenderRequest) -> Option<String> {
    match question {
        Question::Revision => Some(request.revision.clone()),
        Question::Clock => Some(request.commit_time_unix_secs.to_string()),
        Question::ApiVersions => Some(texts(request.api_versions.iter())),
        _ => None,
    }
}

/// A tree that notes what is asked of it.
#[derive(Debug)]
pub(crate) struct Recorder {
    tree: Arc<dyn SourceTree>,
    observed: Arc<Observed>,
}

impl Recorder {
    pub(crate) fn new(tree: Arc<dyn SourceTree>, observed: Arc<Observed>) -> Self {
        Self { tree, observed }
    }
}

impl SourceTree for Recorder {
    fn id(&self) -> String {
        let id = self.tree.id();
        self.observed.note(Question::TreeId, || Some(id.clone()));
        id
    }

    fn is_versioned(&self) -> bool {
        self.tree.is_versioned()
    }

    fn kind(&self, path: &str) -> Result<EntryKind, TreeError> {
        let found = self.tree.kind(path);
        self.observed
            .note(Question::Kind(path.to_owned()), || kind(&found));
        found
    }

    fn is_link(&self, path: &str) -> Result<bool, TreeError> {
        let found = self.tree.is_link(path);
        self.observed
            .note(Question::IsLink(path.to_owned()), || is_link(&found));
        found
    }

    fn read_link(&self, path: &str) -> Result<String, TreeError> {
        let found = self.tree.read_link(path);
        self.observed
            .note(Question::Link(path.to_owned()), || link(&found));
        found
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, TreeError> {
        let found = self.tree.list(directory);
        self.observed
            .note(Question::List(directory.to_owned()), || list(&found));
        found
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TreeError> {
        let found = self.tree.read(path);
        self.observed.note(Question::Content(path.to_owned()), || {
            content(&*self.tree, path, &found)
        });
        found
    }

    fn content_id(&self, path: &str) -> Result<Option<String>, TreeError> {
        self.tree.content_id(path)
    }
}

fn kind(found: &Result<EntryKind, TreeError>) -> Option<String> {
    match found {
        Ok(kind) => Some(kind_name(*kind).to_owned()),
        Err(error) => refusal(error),
    }
}

pub(crate) fn kind_name(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::File => "file",
        EntryKind::Directory => "directory",
        EntryKind::BrokenLink => "broken-link",
    }
}

fn is_link(found: &Result<bool, TreeError>) -> Option<String> {
    match found {
        Ok(is_link) => Some(is_link.to_string()),
        Err(error) => refusal(error),
    }
}

fn link(found: &Result<String, TreeError>) -> Option<String> {
    match found {
        Ok(target) => Some(target.clone()),
        Err(error) => refusal(error),
    }
}

fn list(found: &Result<Vec<Entry>, TreeError>) -> Option<String> {
    match found {
        Ok(entries) => {
            let names = entries.iter().flat_map(|e| [kind_name(e.kind), &e.name]);
            Some(texts(names))
        }
        Err(error) => refusal(error),
    }
}

fn content(
    tree: &dyn SourceTree,
    path: &str,
    found: &Result<Vec<u8>, TreeError>,
) -> Option<String> {
    match (found, tree.content_id(path)) {
        (Ok(_), Ok(Some(id))) => Some(id),
        (Ok(bytes), _) => Some(hex(&Sha256::digest(bytes))),
        (Err(error), _) => refusal(error),
    }
}

/// An error that the same tree gives again. One of the disk may be gone the next time.
fn refusal(error: &TreeError) -> Option<String> {
    match error {
        TreeError::NotFound(_) => Some("!not-found".to_owned()),
        TreeError::NotAFile(_) => Some("!not-a-file".to_owned()),
        TreeError::NotADirectory(_) => Some("!not-a-directory".to_owned()),
        TreeError::Outside(_) => Some("!outside".to_owned()),
        TreeError::Loop(_) => Some("!loop".to_owned()),
        TreeError::NotALink(_) => Some("!not-a-link".to_owned()),
        TreeError::TooLarge { .. } | TreeError::Io { .. } => None,
    }
}

/// One hash for many texts, no two lists of which look alike.
pub(crate) fn texts(texts: impl Iterator<Item = impl AsRef<str>>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        let text = text.as_ref();
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    hex(&hash.finalize())
}
