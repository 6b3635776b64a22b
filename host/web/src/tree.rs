//! The objects of an application and what those own, joined from its status and its tree.

mod draw;
mod fold;

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

pub(crate) use draw::draw;

use crate::application::Named;
use crate::json::{is, items, number, text};
use crate::link;
use crate::visit::Fields;

/// One object.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub(crate) group: &'a str,
    pub(crate) version: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) health: Option<&'a str>,
    pub(crate) message: &'a str,
    /// Of those that the application manages.
    pub(crate) sync: Option<&'a str>,
    pub(crate) wave: Option<i64>,
    pub(crate) is_hook: bool,
    pub(crate) prune: bool,
    /// It is in the application's namespace, and belongs to none.
    pub(crate) is_orphan: bool,
    pub(crate) created: &'a str,
    /// `Status Reason: Running`, `Containers: 1/1`.
    pub(crate) info: Vec<(&'a str, &'a str)>,
    pub(crate) images: Vec<&'a str>,
    pub(crate) urls: Vec<&'a str>,
    pub(crate) children: Vec<usize>,
    uid: &'a str,
}

impl<'a> Node<'a> {
    fn of_tree(node: &'a Value) -> Self {
        let info = items(node, "/info").iter();
        Self {
            health: node.pointer("/health/status").and_then(Value::as_str),
            message: text(node, "/health/message"),
            created: text(node, "/createdAt"),
            info: info
                .map(|entry| (text(entry, "/name"), text(entry, "/value")))
                .collect(),
            images: crate::json::texts(node, "/images"),
            urls: urls(node),
            uid: text(node, "/uid"),
            ..Self::named(node)
        }
    }

    fn named(object: &'a Value) -> Self {
        Self {
            group: text(object, "/group"),
            version: text(object, "/version"),
            kind: text(object, "/kind"),
            namespace: text(object, "/namespace"),
            name: text(object, "/name"),
            health: None,
            message: "",
            sync: None,
            wave: None,
            is_hook: false,
            prune: false,
            is_orphan: false,
            created: "",
            info: Vec::new(),
            images: Vec::new(),
            urls: Vec::new(),
            children: Vec::new(),
            uid: "",
        }
    }

    /// Adds what the application's status says of it.
    fn judge(&mut self, status: &'a Value) {
        self.sync = Some(text(status, "/status")).filter(|status| !status.is_empty());
        self.is_hook = is(status, "/hook");
        self.prune = is(status, "/requiresPruning");
        self.wave = Some(number(status, "/syncWave"));
        if let Some(health) = status.pointer("/health/status").and_then(Value::as_str) {
            self.health = Some(health);
            self.message = text(status, "/health/message");
        }
    }

    fn key(&self) -> Key<'a> {
        (self.group, self.kind, self.namespace, self.name)
    }

    /// Whether the application manages it, and not another object.
    pub(crate) fn is_managed(&self) -> bool {
        self.sync.is_some() || self.is_hook
    }

    /// The address of its page.
    pub(crate) fn place(&self, named: &Named) -> String {
        link::place(
            &named.place("resource"),
            &[
                ("group", self.group),
                ("version", self.version),
                ("kind", self.kind),
                ("namespace", self.namespace),
                ("name", self.name),
            ],
        )
    }

    /// The address of the page of the application that it is.
    pub(crate) fn application(&self) -> Option<String> {
        let is_one = (self.group, self.kind) == ("argoproj.io", "Application");
        is_one.then(|| link::application(self.namespace, self.name, ""))
    }

    /// Whether something is not as it should be, or not yet.
    pub(crate) fn is_trouble(&self) -> bool {
        let is_well = matches!(self.health, None | Some("Healthy" | "Suspended"));
        !is_well || self.sync == Some("OutOfSync")
    }

    /// Whether somebody has to look at it.
    pub(crate) fn is_bad(&self) -> bool {
        self.is_trouble() && (self.health != Some("Progressing") || self.sync == Some("OutOfSync"))
    }
}

type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

/// All objects.
#[derive(Debug)]
pub(crate) struct Forest<'a> {
    all: Vec<Node<'a>>,
    /// Those that no other owns.
    pub(crate) roots: Vec<usize>,
}

impl<'a> Forest<'a> {
    /// Joins an application and Argo CD's `ApplicationTree`, with what belongs to no application or without.
    pub(crate) fn new(app: &'a Value, tree: &'a Value, with_orphans: bool) -> Self {
        let orphans = if with_orphans { orphans(tree) } else { &[] };
        let nodes = || items(tree, "/nodes").iter().chain(orphans);
        let mut all: Vec<Node<'a>> = nodes().map(Node::of_tree).collect();
        for orphan in all.iter_mut().rev().take(orphans.len()) {
            orphan.is_orphan = true;
        }
        let mut places: HashMap<Key<'a>, usize> = HashMap::new();
        let mut by_uid: HashMap<&str, usize> = HashMap::new();
        for (place, node) in all.iter().enumerate() {
            places.insert(node.key(), place);
            by_uid.insert(node.uid, place);
        }
        for status in items(app, "/status/resources") {
            let named = Node::named(status);
            let place = *places.entry(named.key()).or_insert_with(|| {
                all.push(named);
                all.len() - 1
            });
            all[place].judge(status);
        }
        let mut owned = vec![false; all.len()];
        for (place, node) in nodes().enumerate() {
            let owners = items(node, "/parentRefs").iter();
            let find = |owner: &'a Value| {
                by_uid
                    .get(text(owner, "/uid"))
                    .or_else(|| places.get(&Node::named(owner).key()))
            };
            let owners: BTreeSet<usize> = owners.filter_map(find).copied().collect();
            // One that claims to own itself is nobody's.
            for owner in owners.into_iter().filter(|owner| *owner != place).take(1) {
                all[owner].children.push(place);
                owned[place] = true;
            }
        }
        let mut forest = Self {
            roots: (0..all.len()).filter(|place| !owned[*place]).collect(),
            all,
        };
        forest.order();
        forest
    }

    fn order(&mut self) {
        let all = &self.all;
        let by = |a: &usize, b: &usize| {
            let key = |place: &usize| {
                let node = &all[*place];
                (
                    node.is_orphan,
                    !node.is_managed(),
                    node.wave.unwrap_or_default(),
                    !node.is_hook,
                    node.kind,
                    node.namespace,
                    node.name,
                )
            };
            key(a).cmp(&key(b))
        };
        self.roots.sort_by(by);
        let sorted: Vec<Vec<usize>> = all
            .iter()
            .map(|node| {
                let mut children = node.children.clone();
                children.sort_by(by);
                children
            })
            .collect();
        for (node, children) in self.all.iter_mut().zip(sorted) {
            node.children = children;
        }
    }

    /// One of them.
    pub(crate) fn node(&self, place: usize) -> &Node<'a> {
        &self.all[place]
    }

    /// All of them.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node<'a>> {
        self.all.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The kinds that there are.
    pub(crate) fn kinds(&self) -> Vec<&'a str> {
        self.all
            .iter()
            .map(|node| node.kind)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    /// Which objects a filter shows: those that it takes, and what they hang on.
    pub(crate) fn shown(&self, filter: &Filter<'_>) -> Vec<bool> {
        let mut shown = vec![false; self.all.len()];
        for root in &self.roots {
            self.mark(*root, filter, &mut shown, 0);
        }
        shown
    }

    fn mark(&self, place: usize, filter: &Filter<'_>, shown: &mut [bool], depth: usize) -> bool {
        let mut is_shown = filter.takes(&self.all[place]);
        if depth < DEPTH_MAX {
            for child in &self.all[place].children {
                is_shown |= self.mark(*child, filter, shown, depth + 1);
            }
        }
        shown[place] = is_shown;
        is_shown
    }
}

/// Where an object can be looked at. Annotations have `title|address`.
pub(crate) fn urls(node: &Value) -> Vec<&str> {
    let all = crate::json::texts(node, "/networkingInfo/externalURLs").into_iter();
    all.map(|url| url.rsplit_once('|').map_or(url, |(_, url)| url))
        .collect()
}

/// What is in the application's namespace and belongs to no application.
pub(crate) fn orphans(tree: &Value) -> &[Value] {
    items(tree, "/orphanedNodes")
}

/// Objects that own each other in a circle have no root; owners' owners end somewhere anyway.
const DEPTH_MAX: usize = 16;

/// What is looked for.
pub(crate) struct Filter<'a> {
    name: String,
    kind: &'a str,
    health: &'a str,
    sync: &'a str,
}

impl<'a> Filter<'a> {
    pub(crate) fn read(query: &'a Fields) -> Self {
        Self {
            name: query.get("q").to_lowercase(),
            kind: query.get("kind"),
            health: query.get("health"),
            sync: query.get("sync"),
        }
    }

    /// Whether an object is looked for.
    pub(crate) fn takes(&self, node: &Node<'_>) -> bool {
        let is = |wanted: &str, found: Option<&str>| wanted.is_empty() || found == Some(wanted);
        (self.name.is_empty() || node.name.to_lowercase().contains(&self.name))
            && is(self.kind, Some(node.kind))
            && is(self.health, node.health)
            && is(self.sync, node.sync)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Filter, Forest};
    use crate::visit::Fields;

    #[test]
    fn status_and_tree_are_joined_and_owners_hold_what_they_own() {
        let app = json!({"status": {"resources": [
            {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "n", "name": "web", "status": "OutOfSync", "syncWave": 1},
            {"version": "v1", "kind": "Service", "namespace": "n", "name": "gone", "status": "OutOfSync", "health": {"status": "Missing"}},
        ]}});
        let tree = json!({"nodes": [
            {"kind": "Pod", "namespace": "n", "name": "web-1-x", "uid": "3", "parentRefs": [{"uid": "2"}], "health": {"status": "Degraded"}},
            {"group": "apps", "kind": "ReplicaSet", "namespace": "n", "name": "web-1", "uid": "2", "parentRefs": [{"group": "apps", "kind": "Deployment", "namespace": "n", "name": "web"}]},
            {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "n", "name": "web", "uid": "1", "parentRefs": [{"uid": "1"}], "health": {"status": "Healthy"}},
        ]});
        let forest = Forest::new(&app, &tree, false);
        let names: Vec<&str> = forest
            .roots
            .iter()
            .map(|root| forest.node(*root).name)
            .collect();
        assert_eq!(names, ["gone", "web"]);
        let web = forest.node(forest.roots[1]);
        assert_eq!(
            (web.sync, web.health, web.wave),
            (Some("OutOfSync"), Some("Healthy"), Some(1))
        );
        let set = forest.node(web.children[0]);
        assert_eq!(
            (set.name, forest.node(set.children[0]).name),
            ("web-1", "web-1-x")
        );

        let with_orphans = json!({"nodes": tree["nodes"], "orphanedNodes": [{"kind": "ConfigMap", "namespace": "n", "name": "left", "uid": "9"}]});
        let all = Forest::new(&app, &with_orphans, true);
        let last = all.node(*all.roots.last().expect("a root"));
        assert_eq!((last.name, last.is_orphan), ("left", true));
        assert_eq!(Forest::new(&app, &with_orphans, false).len(), forest.len());

        let query = Fields::read(b"health=Degraded");
        let shown = forest.shown(&Filter::read(&query));
        let shown: Vec<&str> = forest
            .nodes()
            .zip(shown)
            .filter(|(_, is)| *is)
            .map(|(node, _)| node.name)
            .collect();
        assert_eq!(shown, ["web-1-x", "web-1", "web"]);
    }
}
