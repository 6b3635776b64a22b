//! `metadata`, of which a CRD says only that it is a mapping. The API server knows these fields.

use super::types::{Field, TEXT_MAP, TEXTS, Type, opt, req};
use Type::{AnyMapping, Integer, ListOf, Text};

/// `ObjectMeta`, of an object that must have a name.
pub(crate) const METADATA: &[Field] = &[
    opt("annotations", TEXT_MAP),
    opt("creationTimestamp", Text),
    opt("deletionGracePeriodSeconds", Integer),
    opt("deletionTimestamp", Text),
    opt("finalizers", TEXTS),
    opt("generateName", Text),
    opt("generation", Integer),
    opt("labels", TEXT_MAP),
    opt("managedFields", ListOf(&AnyMapping)),
    req("name", Text),
    opt("namespace", Text),
    opt("ownerReferences", ListOf(&AnyMapping)),
    opt("resourceVersion", Text),
    opt("selfLink", Text),
    opt("uid", Text),
];
