//! What writes tell of the objects that are kept.

use gantry_model::cluster::{DeleteOptions, Resource};
use gantry_model::{ClusterError, Object, ObjectRef};
use gantry_sync::owner;

use crate::cluster::LiveCluster;
use crate::doubt::Until;
use crate::entry::uid_of;
use crate::followers::GroupKind;
use crate::kind::{Place, Said};

impl LiveCluster {
    /// Notes the answer to a write before its event comes.
    pub(crate) fn note(
        &self,
        resource: &Resource,
        name: (&str, &str),
        written: Result<Object, ClusterError>,
        dry_run: bool,
    ) -> Result<Object, ClusterError> {
        match &written {
            Ok(object) if dry_run => self.note_dry_run(resource, object),
            Ok(object) => self.note_written(resource, object),
            Err(error) if !dry_run || tells_of_change(error) => {
                self.note_refusal(resource, name);
            }
            Err(_) => {}
        }
        written
    }

    /// Notes that a delete was accepted, or was not.
    pub(crate) fn note_deleted(
        &self,
        resource: &Resource,
        object: &ObjectRef,
        deleted: &Result<(), ClusterError>,
        options: DeleteOptions<'_>,
    ) {
        let place = (object.namespace.clone(), object.name.clone());
        if options.dry_run || !self.covers(resource, &place.0) {
            return;
        }
        let group_kind = group_kind_of(resource);
        let mut state = self.lock();
        let Some(kind) = state.kind_mut(&group_kind) else {
            return;
        };
        let until = match (deleted, kind.entries.get(&place)) {
            (Ok(()), Some(entry)) => Until::Going(entry.uid),
            _ => Until::Asked,
        };
        kind.doubt(place, until);
    }

    fn note_written(&self, resource: &Resource, object: &Object) {
        let place = (object.namespace().to_owned(), object.name().to_owned());
        if !self.covers(resource, &place.0) {
            return;
        }
        let kind = group_kind_of(resource);
        let concerned = {
            let mut state = self.lock();
            if state.kind(&object.gvk()).is_none() {
                // It is watched in another version, in which this is not known.
                let until = Until::Version(object.resource_version().to_owned());
                state.doubt(&kind, place, until);
                return;
            }
            state.present(&kind, object.clone(), Said::ByAnswer)
        };
        // Whoever writes its own object knows.
        let writer = owner(object);
        self.tell(concerned.into_iter().filter(|c| Some(c.as_str()) != writer));
    }

    /// What the server would make of an object, it makes of the one that is there.
    fn note_dry_run(&self, resource: &Resource, object: &Object) {
        let place: Place = (object.namespace().to_owned(), object.name().to_owned());
        if !self.covers(resource, &place.0) {
            return;
        }
        let mut state = self.lock();
        let Some(kind) = state.kind_mut(&group_kind_of(resource)) else {
            return;
        };
        let version = object.resource_version();
        let until = match kind.entries.get(&place) {
            None if version.is_empty() => return,
            Some(entry) if entry.uid != uid_of(object) => Until::Asked,
            Some(entry) if !entry.is_older_than(version) => return,
            _ => Until::Version(version.to_owned()),
        };
        kind.doubt(place, until);
    }

    fn note_refusal(&self, resource: &Resource, (namespace, name): (&str, &str)) {
        let namespace = if resource.namespaced { namespace } else { "" };
        if !name.is_empty() && self.covers(resource, namespace) {
            let place = (namespace.to_owned(), name.to_owned());
            let mut state = self.lock();
            state.doubt(&group_kind_of(resource), place, Until::Asked);
        }
    }
}

pub(crate) fn group_kind_of(resource: &Resource) -> GroupKind {
    (resource.gvk.group.clone(), resource.gvk.kind.clone())
}

/// Whether a dry run was refused because the object is not as it was taken to be. Conflicts over fields
/// say nothing of that, and come again each time.
fn tells_of_change(error: &ClusterError) -> bool {
    matches!(
        error,
        ClusterError::Modified { .. }
            | ClusterError::AlreadyExists { .. }
            | ClusterError::NotFound(_)
    )
}
