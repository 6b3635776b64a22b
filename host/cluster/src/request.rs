//! Paths and queries of requests, safe for any name that a manifest may hold.

use std::sync::Arc;

use bytes::Bytes;
use gantry_model::cluster::Resource;
use gantry_model::{ClusterError, limits};
use http::Method;

use crate::scrub::Hidden;

/// One request, to send more than once if need be.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The method.
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    /// What to answer with.
    pub(crate) accept: &'static str,
    /// What the body is; empty for none.
    pub(crate) content_type: &'static str,
    /// The body.
    pub(crate) body: Bytes,
    /// The answer that is known already, by its tag.
    pub(crate) known: Option<String>,
    /// Whom the server is to take for the sender, if not the account that is logged in.
    pub(crate) as_user: Option<Arc<str>>,
    /// What must not appear in errors and logs.
    pub(crate) hidden: Hidden,
    /// It is for one version (or uid) of an object: a 409 means another one is there.
    pub(crate) versioned: bool,
    /// Doing it twice is the same as doing it once: it is sent again when no answer came.
    pub(crate) repeatable: bool,
    /// How often it is sent, when the server works but not for it.
    pub(crate) tries: u32,
}

impl Call {
    /// A request for JSON, without a body.
    pub(crate) fn new(method: Method, target: String) -> Self {
        Self {
            method,
            target,
            accept: "application/json",
            content_type: "",
            body: Bytes::new(),
            known: None,
            as_user: None,
            hidden: Hidden::default(),
            versioned: false,
            repeatable: true,
            tries: limits::API_FAULT_TRIES_MAX,
        }
    }

    /// A `GET`.
    pub(crate) fn get(target: impl Into<String>) -> Self {
        Self::new(Method::GET, target.into())
    }

    /// The same, answered with another representation.
    pub(crate) fn accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    /// The same, with a body.
    pub(crate) fn body(mut self, content_type: &'static str, body: Vec<u8>) -> Self {
        self.content_type = content_type;
        self.body = body.into();
        self
    }

    /// The same, with one more query parameter.
    pub(crate) fn query(mut self, key: &str, value: &str) -> Self {
        let joint = if self.target.contains('?') { '&' } else { '?' };
        self.target.push(joint);
        self.target.push_str(key);
        self.target.push('=');
        encode(value, &mut self.target);
        self
    }
}

/// The path of a kind's objects, in one namespace or in all.
///
/// # Errors
/// When the namespace cannot be part of a path.
pub(crate) fn collection(
    resource: &Resource,
    namespace: Option<&str>,
) -> Result<String, ClusterError> {
    let mut path = if resource.gvk.group.is_empty() {
        "/api".to_owned()
    } else {
        format!("/apis/{}", resource.gvk.group)
    };
    path.push('/');
    path.push_str(&resource.gvk.version);
    if let Some(namespace) = namespace.filter(|_| resource.namespaced) {
        path.push_str("/namespaces/");
        segment("metadata.namespace", namespace, &mut path)?;
    }
    path.push('/');
    path.push_str(&resource.plural);
    Ok(path)
}

/// The path of one object.
///
/// # Errors
/// When its name or namespace cannot be part of a path.
pub(crate) fn item(
    resource: &Resource,
    namespace: &str,
    name: &str,
) -> Result<String, ClusterError> {
    let mut path = collection(resource, Some(namespace))?;
    path.push('/');
    segment("metadata.name", name, &mut path)?;
    Ok(path)
}

/// Appends one segment. The server decodes a path before it splits it, so an encoded slash would
/// still lead to another resource: the names that Kubernetes itself refuses in paths are refused
/// here, before they get that far.
pub(crate) fn segment(field: &str, name: &str, path: &mut String) -> Result<(), ClusterError> {
    let wrong = match name {
        "" => "is empty",
        "." | ".." => "may not be `.` or `..`",
        name if name.contains(['/', '%']) => "may not contain `/` or `%`",
        name => {
            encode(name, path);
            return Ok(());
        }
    };
    Err(ClusterError::Invalid(format!("{field}: {name:?} {wrong}")))
}

fn encode(text: &str, into: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            for digit in [byte >> 4, byte & 15] {
                into.push(char::from(
                    HEX.get(usize::from(digit)).copied().unwrap_or(b'0'),
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use gantry_model::Gvk;

    use super::*;

    fn resource(api_version: &str, kind: &str, plural: &str, namespaced: bool) -> Resource {
        Resource {
            gvk: Gvk::parse(api_version, kind),
            plural: plural.to_owned(),
            namespaced,
            listable: true,
        }
    }

    #[test]
    fn paths_are_those_of_the_api() {
        let pods = resource("v1", "Pod", "pods", true);
        let roles = resource(
            "rbac.authorization.k8s.io/v1",
            "ClusterRole",
            "clusterroles",
            false,
        );
        let at = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
        assert_eq!(collection(&pods, None).expect("a path"), "/api/v1/pods");
        assert_eq!(
            item(&pods, "web", "a").expect("a path"),
            "/api/v1/namespaces/web/pods/a"
        );
        assert_eq!(collection(&roles, Some("web")).expect("a path"), at);
        let named = item(&roles, "", "system:a b?c#d").expect("a path");
        assert_eq!(named, format!("{at}/system:a%20b%3Fc%23d"));
    }

    #[test]
    fn a_name_does_not_lead_elsewhere() {
        let pods = resource("v1", "Pod", "pods", true);
        for name in ["", ".", "..", "a/status", "a%2Fstatus"] {
            let error = item(&pods, "web", name).expect_err(name).to_string();
            assert!(error.starts_with("metadata.name: "), "{error}");
            let error = item(&pods, name, "a").expect_err(name).to_string();
            assert!(error.starts_with("metadata.namespace: "), "{error}");
        }
    }

    #[test]
    fn a_query_is_encoded() {
        let call = Call::get("/version").query("a", "b&c=d").query("e", "ä");
        assert_eq!(call.target, "/version?a=b%26c%3Dd&e=%C3%A4");
    }
}
