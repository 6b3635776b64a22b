//! How many applications go to each cluster, counted once for all clusters.

use std::collections::{BTreeSet, HashMap};

use super::keys::Keys;

/// Destinations, and how many applications have each: those with a server by that, the others by the name.
#[derive(Debug, Default)]
pub(crate) struct Destinations {
    servers: HashMap<Box<str>, usize>,
    names: HashMap<Box<str>, usize>,
}

impl Destinations {
    /// Counts those of some applications.
    pub(super) fn count<'a>(all: impl Iterator<Item = &'a Keys>) -> Self {
        let mut counted = Self::default();
        for keys in all {
            if keys.server.is_empty() {
                add(&mut counted.names, &keys.cluster_name);
            } else {
                add(&mut counted.servers, plain(&keys.server));
            }
        }
        counted
    }

    /// How many go to a cluster; `aliases` are its other names and servers.
    pub(crate) fn of<'a>(
        &self,
        name: &'a str,
        server: &'a str,
        aliases: impl Iterator<Item = &'a str>,
    ) -> usize {
        // Each once: an alias may be the cluster's own name again.
        let (mut names, mut servers) = (BTreeSet::from([name]), BTreeSet::from([plain(server)]));
        for alias in aliases {
            names.insert(alias);
            servers.insert(plain(alias));
        }
        sum(&self.names, &names) + sum(&self.servers, &servers)
    }
}

/// A slash at the end of a server means nothing.
fn plain(server: &str) -> &str {
    server.trim_end_matches('/')
}

fn add(counts: &mut HashMap<Box<str>, usize>, key: &str) {
    // Most have one of few destinations: a key is copied for the first of each only.
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None => drop(counts.insert(key.into(), 1)),
    }
}

fn sum(counts: &HashMap<Box<str>, usize>, keys: &BTreeSet<&str>) -> usize {
    keys.iter().filter_map(|key| counts.get(*key)).sum()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::{Destinations, Keys};
    use crate::app::View;

    /// Of destinations as `server` or `@name`.
    fn keys(all: &[&str]) -> Vec<Keys> {
        let key = |to: &&str| {
            let destination = match to.strip_prefix('@') {
                Some(name) => json!({"name": name}),
                None => json!({"server": to}),
            };
            Keys::of(View(&json!({"spec": {"destination": destination}})))
        };
        all.iter().map(key).collect()
    }

    #[test]
    fn a_cluster_has_the_applications_of_all_its_names() {
        let all = keys(&[
            "https://a",
            "https://a/",
            "https://a:443",
            "@a",
            "@west",
            "@https://b",
            "https://b",
            "@in-cluster",
            "@",
        ]);
        let counted = Destinations::count(all.iter());
        let cases: &[(&str, &str, &[&str], usize)] = &[
            ("a", "https://a", &[], 3),
            ("a", "https://a/", &[], 3),
            ("a", "https://a", &["https://a:443", "west"], 5),
            // Its own again, and one twice.
            ("a", "https://a", &["a", "https://a", "west", "west"], 4),
            // A cluster without a name has its server as one.
            ("https://b", "https://b", &[], 2),
            ("none", "https://none", &["in-cluster"], 1),
            ("none", "https://none", &[], 0),
        ];
        for (name, server, aliases, expected) in cases {
            let found = counted.of(name, server, aliases.iter().copied());
            assert_eq!(found, *expected, "{name} {server} {aliases:?}");
        }
    }

    #[test]
    fn each_application_is_looked_at_once_for_all_clusters() {
        let all = keys(&["https://a"; 100]);
        let looks = Cell::new(0);
        let counted = Destinations::count(all.iter().inspect(|_| looks.set(looks.get() + 1)));
        for cluster in 0..100 {
            let (name, server) = (format!("c{cluster}"), format!("https://c{cluster}"));
            assert_eq!(counted.of(&name, &server, std::iter::empty()), 0);
        }
        assert_eq!(looks.get(), 100);
    }
}
