//! What stands beside the applications in a home: projects, clusters, repositories, settings. Pure: from
//! the objects to what they mean.

use std::collections::BTreeMap;

use gantry_diff::SystemRules;
use gantry_model::project::AppProject;
use gantry_model::push::WebhookSecrets;
use gantry_model::secrets::{ClusterSecret, RepositorySecret, Trust, texts};
use gantry_model::settings::Impersonation;
use gantry_model::{Diagnostic, Manifest, Object, read_manifest, settings};
use gantry_store::{Change, Kind, is_referred};
use serde_json::Value;

/// The ConfigMap of Argo CD's settings, and the Secret of its own.
const SETTINGS: &str = "argocd-cm";
const OWN_SECRET: &str = "argocd-secret";
/// What of a project has an effect where applications are written as others.
const ACCOUNTS: &str = "spec.destinationServiceAccounts";

/// The objects as they are.
#[derive(Debug, Default)]
pub(crate) struct Surroundings(BTreeMap<(Kind, String, String), Object>);

/// What they mean together.
#[derive(Debug, Default)]
pub(crate) struct Meaning {
    pub(crate) projects: Vec<AppProject>,
    pub(crate) clusters: Vec<ClusterSecret>,
    pub(crate) repositories: Vec<RepositorySecret>,
    /// What is ignored in all applications.
    pub(crate) ignored: SystemRules,
    /// Whether applications are written as the accounts that their projects name.
    pub(crate) impersonation: Option<Impersonation>,
    pub(crate) webhooks: WebhookSecrets,
    /// The ssh hosts and certificates that are believed.
    pub(crate) trust: Trust,
    /// Projects that cannot be read, by their names, and why.
    pub(crate) broken_projects: BTreeMap<String, String>,
    /// What is wrong elsewhere.
    pub(crate) problems: Vec<String>,
}

impl Surroundings {
    /// Takes a change; true where it is one.
    pub(crate) fn take(&mut self, kind: Kind, change: Change) -> bool {
        match change {
            Change::Present(object) if kind == Kind::ConfigMap && !is_read(object.name()) => false,
            Change::Present(object) => {
                let key = (
                    kind,
                    object.namespace().to_owned(),
                    object.name().to_owned(),
                );
                let meant = content(&object).map(Value::clone).collect::<Vec<_>>();
                let before = self.0.insert(key, *object);
                before.is_none_or(|before| !content(&before).eq(meant.iter()))
            }
            Change::Gone { namespace, name } => self.0.remove(&(kind, namespace, name)).is_some(),
            Change::Listed => false,
        }
    }

    /// What settings may refer to, by `SECRET:KEY`.
    fn referred(&self) -> BTreeMap<String, String> {
        let all = self.0.iter();
        let secrets =
            all.filter(|((kind, ..), object)| *kind == Kind::Secret && is_referred(object));
        let entries = secrets.flat_map(|(_, secret)| {
            let keyed = texts(secret).into_iter();
            keyed.map(|(key, value)| (format!("{}:{key}", secret.name()), value))
        });
        entries.collect()
    }

    /// What they mean.
    pub(crate) fn meaning(&self) -> Meaning {
        let is_settings =
            |(kind, _, name): &(Kind, String, String)| *kind == Kind::ConfigMap && name == SETTINGS;
        let settings = self.0.iter().find(|(key, _)| is_settings(key));
        let mut meaning = Meaning {
            impersonation: settings.and_then(|(_, map)| Impersonation::read(&texts(map))),
            ..Meaning::default()
        };
        for ((kind, _, name), object) in &self.0 {
            match (kind, name.as_str()) {
                (Kind::ConfigMap, SETTINGS) => meaning.take_settings(object),
                (Kind::ConfigMap, _) => {
                    meaning.trust.take(object.value());
                }
                (Kind::Secret, OWN_SECRET) => {
                    meaning.take_own_secret(object, &self.referred());
                }
                (Kind::Secret | Kind::Project, _) => meaning.take_manifest(object),
                _ => {}
            }
        }
        meaning
    }
}

/// Whether a ConfigMap means something here.
fn is_read(name: &str) -> bool {
    name == SETTINGS || Trust::CONFIG_MAPS.contains(&name)
}

/// What of an object counts here.
fn content(object: &Object) -> impl Iterator<Item = &Value> {
    let metadata = &object.value()["metadata"];
    let fields = ["spec", "data", "stringData", "type"].into_iter();
    let own = fields.map(|field| &object.value()[field]);
    own.chain([&metadata["labels"], &metadata["annotations"]])
}

impl Meaning {
    fn take_settings(&mut self, object: &Object) {
        let settings = texts(object);
        let (rules, mut problems) = SystemRules::read(&settings);
        problems.extend(settings::unread(object.name(), &settings));
        problems.retain(|problem| problem.code != settings::OF_SERVERS_CODE);
        self.ignored = rules;
        self.tell(object, &problems);
    }

    /// `others` are what it may refer to.
    fn take_own_secret(&mut self, object: &Object, others: &BTreeMap<String, String>) {
        let (webhooks, unknown) = WebhookSecrets::read(&texts(object), others);
        self.webhooks = webhooks;
        let told = unknown.iter().map(|unknown| {
            format!(
                "{}: {unknown}: its webhooks are refused",
                object.reference()
            )
        });
        self.problems.extend(told);
    }

    fn take_manifest(&mut self, object: &Object) {
        match read_manifest(object.value()) {
            Ok(mut read) => {
                if self.impersonation.is_some() {
                    let has_effect =
                        |warning: &Diagnostic| warning.field.as_deref() == Some(ACCOUNTS);
                    read.warnings.retain(|warning| !has_effect(warning));
                }
                self.tell(object, &read.warnings);
                match read.value {
                    Manifest::Project(project) => self.projects.push(*project),
                    Manifest::ClusterSecret(cluster) => self.clusters.push(*cluster),
                    Manifest::RepositorySecret(repository) => self.repositories.push(*repository),
                    _ => {}
                }
            }
            Err(problems) => {
                if Kind::of(object) == Some(Kind::Project) {
                    let why: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
                    self.broken_projects
                        .insert(object.name().to_owned(), why.join("; "));
                }
                self.tell(object, &problems);
            }
        }
    }

    fn tell(&mut self, object: &Object, problems: &[Diagnostic]) {
        let told = problems
            .iter()
            .map(|problem| format!("{}: {}", object.reference(), problem.message));
        self.problems.extend(told);
    }
}

#[cfg(test)]
mod tests {
    use super::Surroundings;
    use gantry_model::Object;
    use gantry_store::{Change, Kind};
    use serde_json::{Value, json};

    fn present(value: Value) -> Change {
        Change::Present(Box::new(Object::new(value, None).expect("an object")))
    }

    fn secret(name: &str, kind: &str, data: &Value) -> Change {
        let labels = json!({"argocd.argoproj.io/secret-type": kind});
        let metadata = json!({"name": name, "namespace": "argocd", "labels": labels});
        present(
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}),
        )
    }

    #[test]
    fn each_object_is_read_for_what_it_is() {
        let mut all = Surroundings::default();
        let cluster = json!({"server": "https://10.0.0.1", "name": "spoke", "config": "{}"});
        assert!(all.take(Kind::Secret, secret("c", "cluster", &cluster)));
        let repository = json!({"url": "https://git.example/a"});
        all.take(Kind::Secret, secret("r", "repository", &repository));
        let project = |spec: Value| {
            present(
                json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
                "metadata": {"name": "shop", "namespace": "argocd"}, "spec": spec}),
            )
        };
        all.take(Kind::Project, project(json!({"sourceRepos": ["*"]})));
        let own = json!({"apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "argocd-secret", "namespace": "argocd"},
            "data": {"webhook.github.secret": "c2VjcmV0"},
            "stringData": {"webhook.gitlab.secret": "$hooks:lab", "webhook.gogs.secret": "$hooks:none"}});
        all.take(Kind::Secret, present(own));
        let hosts = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "argocd-ssh-known-hosts-cm", "namespace": "argocd"},
            "data": {"ssh_known_hosts": "git.example ssh-ed25519 AAAA"}});
        assert!(all.take(Kind::ConfigMap, present(hosts)));
        let hooks = json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"lab": "hidden"},
            "metadata": {"name": "hooks", "namespace": "argocd",
                "labels": {"app.kubernetes.io/part-of": "argocd"}}});
        all.take(Kind::Secret, present(hooks));
        let meaning = all.meaning();
        assert_eq!(meaning.clusters[0].name, "spoke");
        assert_eq!(meaning.repositories[0].url, "https://git.example/a");
        assert_eq!(meaning.projects[0].name, "shop");
        assert_eq!(
            meaning.webhooks.github.expect("a secret").expose(),
            "secret"
        );
        let gitlab = meaning.webhooks.gitlab.expect("a secret");
        assert_eq!(gitlab.expose(), "hidden", "in another Secret");
        let hosts = meaning.trust.known_hosts();
        assert_eq!(hosts, "git.example ssh-ed25519 AAAA");
        assert!(meaning.webhooks.gogs.is_some(), "not left unchecked");
        let [problem] = meaning.problems.as_slice() else {
            panic!("{:?}", meaning.problems);
        };
        assert!(problem.contains("webhook.gogs.secret"), "{problem}");

        all.take(Kind::Project, project(json!({"sourceRepos": "all"})));
        let meaning = all.meaning();
        assert!(meaning.projects.is_empty());
        assert!(meaning.broken_projects["shop"].contains("sourceRepos"));
    }

    #[test]
    fn accounts_of_a_project_have_an_effect_where_the_setting_is_on() {
        let enabled = "application.sync.impersonation.enabled";
        let accounts = json!([{"server": "*", "namespace": "*", "defaultServiceAccount": "ops"}]);
        for (settings, is_on, told) in [
            (json!({}), false, 1),
            (json!({enabled: "false"}), false, 1),
            (json!({enabled: "true"}), true, 0),
        ] {
            let mut all = Surroundings::default();
            let named = |name: &str| json!({"name": name, "namespace": "argocd"});
            let project = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
                "metadata": named("shop"), "spec": {"destinationServiceAccounts": accounts}});
            all.take(Kind::Project, present(project));
            let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": settings,
                "metadata": named("argocd-cm")});
            all.take(Kind::ConfigMap, present(map));
            let meaning = all.meaning();
            assert_eq!(meaning.impersonation.is_some(), is_on, "{settings}");
            assert_eq!(
                meaning.problems.len(),
                told,
                "{settings}: {:?}",
                meaning.problems
            );
            let is_named = |problem: &String| problem.contains("destinationServiceAccounts");
            assert!(meaning.problems.iter().all(is_named));
        }
    }

    #[test]
    fn only_what_counts_is_a_change() {
        let mut all = Surroundings::default();
        let map = |version: &str, data: Value| {
            present(
                json!({"apiVersion": "v1", "kind": "ConfigMap", "data": data,
                "metadata": {"name": "argocd-cm", "namespace": "argocd", "resourceVersion": version}}),
            )
        };
        assert!(all.take(Kind::ConfigMap, map("1", json!({"a": "b"}))));
        assert!(!all.take(Kind::ConfigMap, map("2", json!({"a": "b"}))));
        assert!(all.take(Kind::ConfigMap, map("3", json!({"a": "c"}))));
        let gone = || Change::Gone {
            namespace: "argocd".to_owned(),
            name: "argocd-cm".to_owned(),
        };
        assert!(all.take(Kind::ConfigMap, gone()));
        assert!(!all.take(Kind::ConfigMap, gone()));
    }
}
