//! Which path of REST means which method.

use std::sync::LazyLock;

use crate::table;

/// A verb of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

/// Where a request's body goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// There is none.
    None,
    /// It is the request; the path's fields are set in it.
    Whole,
    /// It is one field of the request.
    Field(&'static str),
}

/// A method, and its place in REST.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// As gRPC names it: `application.ApplicationService/Get`.
    pub method: &'static str,
    /// The verb.
    pub verb: Verb,
    /// The path; `{name}` and `{id.value}` are fields of the request, `{name=**}` the rest of the path.
    pub path: &'static str,
    /// The body.
    pub body: Body,
    /// Whether it answers with a stream.
    pub streams: bool,
}

static ALL: LazyLock<Vec<Route>> = LazyLock::new(table::all);

/// All of them. A method may have several paths, and a path several methods: the first one is meant.
pub fn routes() -> &'static [Route] {
    &ALL
}

/// Fields of a path, percent-encoded as they are.
type Fields<'p> = Vec<(&'static str, &'p str)>;

/// The route of a path as it is in the URL, and the fields in it, percent-encoded as they are. The path with
/// the most words of its own goes first.
pub fn find(verb: Verb, path: &str) -> Option<(&'static Route, Vec<(&'static str, &str)>)> {
    let of_verb = routes().iter().filter(|route| route.verb == verb);
    let fitting = of_verb.filter_map(|route| Some((route, fit(route.path, path)?)));
    // Of several the first one: the last is what `max_by_key` would take.
    let best = fitting.reduce(|best, other| {
        let (most, words) = (best.1.0, other.1.0);
        if words > most { other } else { best }
    });
    best.map(|(route, (_, fields))| (route, fields))
}

/// How many words of its own a pattern has in common with a path, and the fields.
fn fit<'p>(pattern: &'static str, path: &'p str) -> Option<(usize, Fields<'p>)> {
    let mut rest = path.strip_prefix('/')?;
    let mut fields = Vec::new();
    let mut words = 0;
    let mut parts = pattern.strip_prefix('/')?.split('/').peekable();
    while let Some(part) = parts.next() {
        let field = part.strip_prefix('{').and_then(|p| p.strip_suffix('}'));
        if let Some(name) = field.and_then(|name| name.strip_suffix("=**")) {
            fields.push((name, rest));
            return Some((words, fields));
        }
        let (segment, after) = match rest.split_once('/') {
            Some((segment, after)) => (segment, Some(after)),
            None => (rest, None),
        };
        match field {
            Some(_) if segment.is_empty() => return None,
            Some(name) => fields.push((name, segment)),
            None if segment == part => words += 1,
            None => return None,
        }
        match (after, parts.peek()) {
            (Some(after), Some(_)) => rest = after,
            (None, None) => return Some((words, fields)),
            (None, Some(next)) if next.ends_with("=**}") => rest = "",
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Verb, find, routes};

    /// Verb, path, method, and the fields in the path.
    type Case = (
        Verb,
        &'static str,
        Option<&'static str>,
        &'static [(&'static str, &'static str)],
    );

    #[test]
    fn paths_mean_methods() {
        let cases: [Case; 9] = [
            (
                Verb::Get,
                "/api/v1/applications",
                Some("application.ApplicationService/List"),
                &[],
            ),
            (
                Verb::Get,
                "/api/v1/applications/web",
                Some("application.ApplicationService/Get"),
                &[("name", "web")],
            ),
            (
                Verb::Put,
                "/api/v1/applications/web",
                Some("application.ApplicationService/Update"),
                &[("application.metadata.name", "web")],
            ),
            (
                Verb::Put,
                "/api/v1/applications/web/spec",
                Some("application.ApplicationService/UpdateSpec"),
                &[("name", "web")],
            ),
            (
                Verb::Get,
                "/api/v1/clusters/https%3A%2F%2Fa",
                Some("cluster.ClusterService/Get"),
                &[("id.value", "https%3A%2F%2Fa")],
            ),
            (
                Verb::Get,
                "/api/v1/account/can-i/projects/get/a/b",
                Some("account.AccountService/CanI"),
                &[
                    ("resource", "projects"),
                    ("action", "get"),
                    ("subresource", "a/b"),
                ],
            ),
            (
                Verb::Put,
                "/api/v1/account/password",
                Some("account.AccountService/UpdatePassword"),
                &[],
            ),
            (Verb::Get, "/api/v1/applications/", None, &[]),
            (Verb::Get, "/api/v1/none", None, &[]),
        ];
        for (verb, path, method, fields) in cases {
            let found = find(verb, path);
            assert_eq!(
                found.as_ref().map(|(route, _)| route.method),
                method,
                "{path}"
            );
            assert_eq!(
                found.map(|(_, fields)| fields).unwrap_or_default(),
                fields,
                "{path}"
            );
        }
    }

    #[test]
    fn no_path_is_there_twice_with_one_meaning_hidden() {
        // These are Argo CD's own doubles: the older name of the same method.
        let older = [
            "repository.RepositoryService/ListRepositories",
            "repository.RepositoryService/CreateRepository",
            "repository.RepositoryService/UpdateRepository",
            "repository.RepositoryService/DeleteRepository",
        ];
        let mut seen = BTreeSet::new();
        for route in routes().iter().filter(|r| !older.contains(&r.method)) {
            assert!(
                seen.insert((format!("{:?}", route.verb), route.path)),
                "{route:?}"
            );
        }
    }
}
