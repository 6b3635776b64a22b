//! Repositories on this machine: read in place, nothing copied.

use std::path::{Path, PathBuf};

use gix::ObjectId;

use crate::error::{SourceError, reason};
use crate::ours::Ours;
use crate::range::Target;
use crate::revision::Revision;

/// Finds a revision in the repository at `path`, bare or with a work tree.
pub(crate) fn resolve(
    path: &Path,
    ours: &Ours,
    shown: &str,
    wanted: &Target,
) -> Result<Option<(gix::Repository, ObjectId)>, SourceError> {
    let repository = open(path, ours, shown)?;
    let chosen = wanted.choose(|| tags(&repository)).map_err(|error| {
        let (url, reason) = (shown.to_owned(), reason(&error));
        SourceError::NoRepository { url, reason }
    })?;
    let revision = chosen.map_err(|tags| SourceError::no_tag(shown, wanted, tags))?;
    let id = find(&repository, &revision);
    Ok(id.map(|id| (repository, id)))
}

fn open(path: &Path, ours: &Ours, shown: &str) -> Result<gix::Repository, SourceError> {
    // The same words whether something is there or not.
    let refused = || SourceError::Url {
        url: shown.to_owned(),
        reason: "a path in a folder of Gantry's own is not read; a repository that was fetched \
                 has its own URL"
            .to_owned(),
    };
    if ours.has(path) {
        return Err(refused());
    }
    // Only objects and refs are read: the repository's own settings and hooks have no say.
    let options = gix::open::Options::isolated().with(gix::sec::Trust::Full);
    let repository = gix::open_opts(path, options).map_err(|error| {
        let reason = if path.exists() {
            reason(&error)
        } else {
            "no such directory".to_owned()
        };
        SourceError::NoRepository {
            url: shown.to_owned(),
            reason,
        }
    })?;
    // A file `.git` leads elsewhere, `commondir` and `alternates` too.
    let objects = repository.objects.store_ref();
    let alternates = objects.alternate_db_paths().unwrap_or_default();
    let own = [
        repository.git_dir(),
        repository.common_dir(),
        objects.path(),
    ];
    let others = alternates.iter().map(PathBuf::as_path);
    if own.into_iter().chain(others).any(|part| ours.has(part)) {
        return Err(refused());
    }
    Ok(repository)
}

/// Where all refs of the repository at `path` lead. One that leads nowhere is passed over.
pub(crate) fn list(
    path: &Path,
    ours: &Ours,
    shown: &str,
) -> Result<Vec<(String, ObjectId)>, SourceError> {
    let repository = open(path, ours, shown)?;
    let all = || -> gix::Result<Vec<(String, ObjectId)>> {
        let mut names = Vec::new();
        let head = repository.try_find_reference("HEAD")?;
        let platform = repository.references()?;
        for mut reference in platform.all()?.flatten().chain(head) {
            let name = reference.name().as_bstr().to_string();
            if let Ok(id) = reference.peel_to_id() {
                names.push((name, id.detach()));
            }
        }
        Ok(names)
    };
    all().map_err(|error| SourceError::NoRepository {
        url: shown.to_owned(),
        reason: reason(&error),
    })
}

fn tags(repository: &gix::Repository) -> gix::Result<Vec<String>> {
    let mut names = Vec::new();
    for tag in repository.references()?.tags()?.flatten() {
        names.push(tag.name().shorten().to_string());
    }
    Ok(names)
}

/// The object that a revision names, if it is there.
pub(crate) fn find(repository: &gix::Repository, wanted: &Revision) -> Option<ObjectId> {
    if let Revision::Commit(id) = wanted {
        return repository.has_object(*id).then_some(*id);
    }
    let named = wanted.ref_names().into_iter().find_map(|name| {
        let mut reference = repository.try_find_reference(name.as_str()).ok()??;
        // The short search rules of Git would find others: only the whole name counts.
        let same = reference.name().as_bstr() == name.as_str();
        if same {
            reference.peel_to_id().ok().map(gix::Id::detach)
        } else {
            None
        }
    });
    named.or_else(|| {
        if wanted.is_short_id() {
            find_short(repository, wanted)
        } else {
            None
        }
    })
}

/// A commit by the first digits of its id, if only one has them.
pub(crate) fn find_short(repository: &gix::Repository, wanted: &Revision) -> Option<ObjectId> {
    let Revision::Name(digits) = wanted else {
        return None;
    };
    let spec = format!("{digits}^{{commit}}");
    repository
        .rev_parse_single(spec.as_str())
        .ok()
        .map(gix::Id::detach)
}
