//! What is kept of one object.

use std::cmp::Ordering;
use std::sync::Arc;

use gantry_model::Object;
use gantry_model::cluster::{owners_of, short_uid};
use gantry_sync::owner;

/// One object. As text: ten thousand applications have many, and few are looked at at a time.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its `resourceVersion`.
    pub(crate) version: Box<str>,
    /// Its uid, see [`uid_of`].
    pub(crate) uid: u64,
    /// The application that it belongs to.
    pub(crate) owner: Option<Arc<str>>,
    /// What owns it in the cluster, see [`owners_of`].
    pub(crate) owners: Box<[u64]>,
    /// Whether an event told of it, not only the answer to a request.
    pub(crate) is_confirmed: bool,
    /// All of it; none of what no application has.
    text: Option<Box<str>>,
    /// The same state of it in another version of its kind, once somebody has asked for that.
    converted: Option<Box<Converted>>,
}

/// An object as it is in a version of its kind that is not watched: as long as it does not change, this does not either.
#[derive(Clone, Debug)]
struct Converted {
    api_version: Box<str>,
    text: Box<str>,
}

impl Entry {
    /// Keeps an object whole where an application has it, or wants it.
    pub(crate) fn of(object: &Object, is_wanted: bool, is_confirmed: bool) -> Self {
        let owner = owner(object).map(Arc::from);
        let whole = is_wanted || owner.is_some();
        Self {
            version: object.resource_version().into(),
            uid: uid_of(object),
            owners: owners_of(object),
            is_confirmed,
            text: whole.then(|| object.value().to_string().into_boxed_str()),
            converted: None,
            owner,
        }
    }

    /// The object in another version, if it is kept.
    pub(crate) fn converted(&self, api_version: &str) -> Option<Object> {
        let kept = self.converted.as_ref()?;
        let value = (*kept.api_version == *api_version).then(|| serde_json::from_str(&kept.text));
        Object::new(value?.ok()?, None).ok()
    }

    /// Keeps what the server says of the object in another version, if it is of the state that is known.
    pub(crate) fn keep_converted(&mut self, object: &Object) {
        if *self.version == *object.resource_version() && self.uid == uid_of(object) {
            self.converted = Some(Box::new(Converted {
                api_version: object.api_version().into(),
                text: object.value().to_string().into(),
            }));
        }
    }

    /// The object, if it is kept whole.
    pub(crate) fn object(&self) -> Option<Object> {
        let value = serde_json::from_str(self.text.as_deref()?).ok()?;
        Object::new(value, None).ok()
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.text.is_some()
    }

    /// Keeps no more than that it is there, unless an application has it.
    pub(crate) fn shrink(&mut self) {
        if self.owner.is_none() {
            self.empty();
        }
    }

    /// Keeps no more than that it is there, until it is told of again.
    pub(crate) fn empty(&mut self) {
        self.text = None;
        self.converted = None;
    }

    pub(crate) fn bytes(&self) -> usize {
        let converted = self.converted.as_ref().map_or(0, |kept| kept.text.len());
        self.text.as_ref().map_or(0, |text| text.len()) + converted
    }

    /// Whether this is an older state than that of a version.
    pub(crate) fn is_older_than(&self, version: &str) -> bool {
        is_older(&self.version, version)
    }
}

/// A short form of an object's uid: it is compared only.
pub(crate) fn uid_of(object: &Object) -> u64 {
    short_uid(object.uid())
}

/// Whether a `resourceVersion` is older than another. API servers count them up (KEP-5504).
pub(crate) fn is_older(version: &str, than: &str) -> bool {
    match (version.parse::<u64>(), than.parse::<u64>()) {
        (Ok(own), Ok(other)) => own < other,
        // Numbers that are too long for one: the longer one is larger.
        _ => {
            let by_length = version.len().cmp(&than.len());
            by_length.then_with(|| version.cmp(than)) == Ordering::Less
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Entry;
    use gantry_model::Object;
    use serde_json::json;

    fn object(version: &str, tracking: Option<&str>) -> Object {
        let annotations = tracking.map(|id| json!({"argocd.argoproj.io/tracking-id": id}));
        let metadata = json!({"name": "a", "namespace": "n", "resourceVersion": version, "annotations": annotations});
        let value = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata});
        Object::new(value, None).expect("an object")
    }

    #[test]
    fn only_what_applications_have_is_kept_whole() {
        let own = object("1", Some("shop:/ConfigMap:n/a"));
        let kept = Entry::of(&own, false, true);
        assert_eq!(kept.owner.as_deref(), Some("shop"));
        assert_eq!(kept.object(), Some(own));
        // An annotation that was copied from another object names no owner.
        for tracking in [None, Some("shop:/ConfigMap:n/other")] {
            let foreign = object("1", tracking);
            assert_eq!(Entry::of(&foreign, false, true).object(), None);
            assert_eq!(Entry::of(&foreign, true, true).object(), Some(foreign));
        }
    }

    #[test]
    fn versions_are_numbers() {
        let cases = [
            ("9", "10", true),
            ("10", "9", false),
            ("10", "10", false),
            ("99999999999999999999", "100000000000000000000", true),
        ];
        for (own, other, expected) in cases {
            assert_eq!(
                Entry::of(&object(own, None), false, true).is_older_than(other),
                expected,
                "{own} {other}"
            );
        }
    }
}
