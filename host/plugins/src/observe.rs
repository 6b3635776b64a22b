//! What one render looked at: the exact inputs that its result depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gantry_model::{Diagnostic, Entry, EntryKind, Granted, Pinned, SourceTree, TreeError, limits};
use serde::{Deserialize, Serialize};

use crate::request::RenderRequest;
use gantry_model::Digest;

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
    /// Which commit a revision of another repository is.
    Git {
        repository: String,
        revision: String,
    },
    /// Which chart a range of versions is.
    Chart {
        repository: String,
        name: String,
        version: String,
    },
    /// A file from elsewhere.
    Download(String),
    /// Which file another renderer is.
    Renderer(String),
    /// A question about a tree that was handed over, by its pin. Only recordings ask: the pin tells
    /// all else that there is to know.
    Within(String, Box<Question>),
}

/// The answers that a guest got, each as a short text that is equal only if the answer was.
pub(crate) type Answers = BTreeMap<Question, String>;

impl Question {
    /// Whether a recording has to hold the answer: what the request or the host itself tells, it
    /// has.
    pub(crate) fn is_recorded(&self) -> bool {
        !matches!(
            self,
            Self::Revision | Self::Clock | Self::ApiVersions | Self::TreeId | Self::Renderer(_)
        )
    }
}

/// Collects the answers while a guest runs.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    noted: Mutex<Noted>,
    /// Whether what is read of the trees that are handed over is noted as well.
    is_recording: bool,
}

#[derive(Debug, Default)]
struct Noted {
    /// What was handed over.
    granted: BTreeSet<Granted>,
    /// What renderers within the render want the user to know.
    warnings: Vec<Diagnostic>,
    /// The trees among it, by their pins, where they are looked at.
    trees: BTreeMap<String, Arc<dyn SourceTree>>,
    /// An answer that is good for this once, such as an error of the disk, is none.
    answers: BTreeMap<Question, Option<String>>,
    /// More was asked than is noted.
    overflowed: bool,
}

impl Observed {
    /// One that notes all that a recording has to hold.
    pub(crate) fn recording() -> Self {
        Self {
            is_recording: true,
            ..Self::default()
        }
    }

    /// Notes what was handed over.
    pub(crate) fn grant(&self, granted: Granted) {
        self.lock().granted.insert(granted);
    }

    /// All that was handed over, in a fixed order.
    pub(crate) fn granted(&self) -> Vec<Granted> {
        self.lock().granted.iter().cloned().collect()
    }

    /// Keeps what a renderer within the render wants the user to know.
    pub(crate) fn warn(&self, warnings: &[Diagnostic]) {
        self.lock().warnings.extend_from_slice(warnings);
    }

    /// All of that.
    pub(crate) fn warnings(&self) -> Vec<Diagnostic> {
        self.lock().warnings.clone()
    }

    /// The tree as the guest gets it.
    pub(crate) fn watched(self: &Arc<Self>, pinned: Pinned) -> Arc<dyn SourceTree> {
        let Pinned { pin, tree } = pinned;
        if !self.is_recording {
            return tree;
        }
        self.lock().trees.insert(pin.clone(), Arc::clone(&tree));
        Arc::new(Recorder {
            tree,
            observed: Arc::clone(self),
            within: Some(pin),
        })
    }

    /// A tree that was handed over, by its pin.
    pub(crate) fn tree(&self, pin: &str) -> Option<Arc<dyn SourceTree>> {
        self.lock().trees.get(pin).cloned()
    }

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
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a render may ask now.
pub(crate) struct Now<'a> {
    pub(crate) tree: &'a dyn SourceTree,
    pub(crate) request: &'a RenderRequest,
    /// Which file a renderer is.
    pub(crate) renderer: &'a dyn Fn(&str) -> Option<String>,
}

/// Whether a render that got these answers would get them again. What lies outside is asked last:
/// that may take a network.
pub(crate) fn still_hold(answers: &Answers, now: &Now<'_>, same_tree: bool) -> bool {
    let (tree, request) = (now.tree, now.request);
    answers.iter().all(|(question, answer)| {
        let now = match question {
            Question::Revision | Question::Clock | Question::ApiVersions => {
                of_request(question, request)
            }
            Question::TreeId => Some(tree.id()),
            Question::Git { .. } | Question::Chart { .. } | Question::Download(_) => {
                of_outside(question, request)
            }
            Question::Renderer(name) => (now.renderer)(name),
            Question::Within(..) => None,
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

/// The pin of what lies outside, as it is now; none where that is withheld.
fn of_outside(question: &Question, request: &RenderRequest) -> Option<String> {
    let outside = &*request.outside.0;
    let pin = match question {
        Question::Git {
            repository,
            revision,
        } => outside.git(repository, revision).map(|pinned| pinned.pin),
        Question::Chart {
            repository,
            name,
            version,
        } => outside
            .chart(repository, name, version)
            .map(|pinned| pinned.pin),
        Question::Download(url) => outside
            .download(url)
            .map(|bytes| gantry_model::Digest::of(&bytes).to_string()),
        _ => return None,
    };
    pin.ok()
}

/// A tree that notes what is asked of it.
#[derive(Debug)]
pub(crate) struct Recorder {
    tree: Arc<dyn SourceTree>,
    observed: Arc<Observed>,
    /// The pin of a tree that was handed over.
    within: Option<String>,
}

impl Recorder {
    /// The application's own tree.
    pub(crate) fn new(tree: Arc<dyn SourceTree>, observed: Arc<Observed>) -> Self {
        Self {
            tree,
            observed,
            within: None,
        }
    }

    fn note(&self, question: Question, answer: impl FnOnce() -> Option<String>) {
        let question = match &self.within {
            Some(pin) => Question::Within(pin.clone(), Box::new(question)),
            None => question,
        };
        self.observed.note(question, answer);
    }
}

impl SourceTree for Recorder {
    fn id(&self) -> String {
        let id = self.tree.id();
        self.note(Question::TreeId, || Some(id.clone()));
        id
    }

    fn is_versioned(&self) -> bool {
        self.tree.is_versioned()
    }

    fn kind(&self, path: &str) -> Result<EntryKind, TreeError> {
        let found = self.tree.kind(path);
        self.note(Question::Kind(path.to_owned()), || kind(&found));
        found
    }

    fn is_link(&self, path: &str) -> Result<bool, TreeError> {
        let found = self.tree.is_link(path);
        self.note(Question::IsLink(path.to_owned()), || is_link(&found));
        found
    }

    fn read_link(&self, path: &str) -> Result<String, TreeError> {
        let found = self.tree.read_link(path);
        self.note(Question::Link(path.to_owned()), || link(&found));
        found
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, TreeError> {
        let found = self.tree.list(directory);
        self.note(Question::List(directory.to_owned()), || list(&found));
        found
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TreeError> {
        let found = self.tree.read(path);
        self.note(Question::Content(path.to_owned()), || {
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
        (Ok(bytes), _) => Some(Digest::of(bytes).hex()),
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
    Digest::of_texts(texts).hex()
}
