//! What a target revision may mean.

use gix::ObjectId;

/// A revision as an application writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Revision {
    /// The branch that the repository's HEAD points to.
    Head,
    /// A whole object id.
    Commit(ObjectId),
    /// A branch, a tag, or a full ref name; possibly the first digits of an object id.
    Name(String),
}

impl Revision {
    pub(crate) fn parse(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() || text == "HEAD" {
            return Self::Head;
        }
        match ObjectId::from_hex(text.as_bytes()) {
            Ok(id) => Self::Commit(id),
            Err(_) => Self::Name(text.to_owned()),
        }
    }

    /// The full ref names to look for, the first that exists wins: branches before tags, as Argo
    /// CD takes the first of `git ls-remote`.
    pub(crate) fn ref_names(&self) -> Vec<String> {
        match self {
            Self::Head => vec!["HEAD".to_owned()],
            Self::Commit(_) => Vec::new(),
            Self::Name(name) if name.starts_with("refs/") => vec![name.clone()],
            Self::Name(name) => vec![format!("refs/heads/{name}"), format!("refs/tags/{name}")],
        }
    }

    /// Whether it can be the start of an object id, as `git log --oneline` prints it.
    pub(crate) fn is_short_id(&self) -> bool {
        match self {
            Self::Name(name) => {
                (7..40).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_hexdigit())
            }
            _ => false,
        }
    }

    /// Whether Git allows such a ref name at all: what it does not allow cannot exist.
    pub(crate) fn is_valid(&self) -> bool {
        self.ref_names().iter().all(|name| {
            name == "HEAD" || gix::validate::reference::name(name.as_str().into()).is_ok()
        })
    }
}
