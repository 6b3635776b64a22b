//! The settings of a whole Argo CD, as far as nobody reads them here. Pure.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;

const SETTINGS: &str = "argocd-cm";

/// Keys of `argocd-cm` that are read. Those that end with a dot go on after it.
const READ: [&str; 15] = [
    "accounts.",
    "additionalUrls",
    "admin.enabled",
    "oidc.config",
    "oidc.tls.insecure.skip.verify",
    "passwordPattern",
    "resource.compareoptions",
    "resource.customizations",
    "resource.customizations.ignoreDifferences.",
    // Its reader says by itself that it has no effect.
    "resource.customizations.knownTypeFields.",
    "resource.sensitive.mask.annotations",
    "server.rbac.disableApplicationFineGrainedRBACInheritance",
    "url",
    "users.anonymous.enabled",
    "users.session.duration",
];

/// Values that say what is so without them.
const SAID_ANYWAY: [(&str, &str); 9] = [
    ("application.instanceLabelKey", "app.kubernetes.io/instance"),
    ("application.resourceTrackingMethod", "annotation"),
    ("application.sync.impersonation.enabled", "false"),
    ("cluster.inClusterEnabled", "true"),
    ("exec.enabled", "false"),
    ("helm.enabled", "true"),
    ("jsonnet.enabled", "false"),
    ("kustomize.enabled", "true"),
    ("statusbadge.enabled", "false"),
];

/// Keys that a control plane reads, and nobody else.
const OF_SERVERS: [&str; 2] = [IMPERSONATION, ENFORCED];
const IMPERSONATION: &str = "application.sync.impersonation.enabled";
const ENFORCED: &str = "application.sync.impersonation.enforced";

/// Applications are written as the accounts that their projects name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Impersonation {
    /// Nothing of an application is written for which its project names none.
    pub enforced: bool,
}

impl Impersonation {
    /// What `argocd-cm` says of it; none where it is off.
    pub fn read(data: &BTreeMap<String, String>) -> Option<Self> {
        let is = |key: &str, text: &str| data.get(key).is_some_and(|value| value == text);
        is(IMPERSONATION, "true").then(|| Self {
            enforced: !is(ENFORCED, "false"),
        })
    }
}

/// What to do instead, by how the key begins.
const INSTEAD: [(&str, &str); 7] = [
    (
        "application.instanceLabelKey",
        "objects are tracked by the annotation argocd.argoproj.io/tracking-id",
    ),
    (
        "application.resourceTrackingMethod",
        "objects are tracked by the annotation argocd.argoproj.io/tracking-id",
    ),
    (
        "dex.config",
        "run Dex by itself, and name it in `oidc.config`",
    ),
    (
        "resource.customizations.health.",
        "put its health.lua into the plugin directory, under health-lua/GROUP/KIND",
    ),
    (
        "resource.exclusions",
        "only the kinds that applications have are watched",
    ),
    (
        "resource.inclusions",
        "only the kinds that applications have are watched",
    ),
    (
        "timeout.reconciliation",
        "`gantry serve --refresh-interval`",
    ),
];

/// What its processes are started with: flags of ours, but for one.
const PARAMETERS: &str = "argocd-cmd-params-cm";
const PARAMETERS_READ: &str = "server.insecure";

/// How warnings of settings are known that a control plane need not be told.
pub const OF_SERVERS_CODE: &str = "of-control-planes";

/// The settings of one of Argo CD's ConfigMaps that nobody reads: a warning for each of `argocd-cm`, one for all
/// of `argocd-cmd-params-cm`. The others are read.
pub fn unread(map: &str, data: &BTreeMap<String, String>) -> Vec<Diagnostic> {
    if map == SETTINGS {
        let told = data.iter().filter(|(key, text)| !is_read(key, text));
        return told.map(|(key, _)| one(key)).collect();
    }
    if map != PARAMETERS {
        return Vec::new();
    }
    let filled = data.iter().filter(|(_, text)| !text.trim().is_empty());
    let keys = filled.map(|(key, _)| key.as_str());
    let unread: Vec<&str> = keys.filter(|key| *key != PARAMETERS_READ).collect();
    if unread.is_empty() {
        return Vec::new();
    }
    let message = format!("{map} has settings without effect: {}", unread.join(", "));
    let warning = Diagnostic::warning("no-effect-yet", message).field("data");
    vec![warning.help("see the flags of `gantry serve`")]
}

fn is_read(key: &str, text: &str) -> bool {
    let is = |read: &&str| key == *read || (read.ends_with('.') && key.starts_with(*read));
    text.trim().is_empty() || READ.iter().any(is) || SAID_ANYWAY.contains(&(key, text.trim()))
}

fn one(key: &str) -> Diagnostic {
    if OF_SERVERS.contains(&key) {
        let message = format!("the setting `{key}` has an effect in control planes only");
        return Diagnostic::warning(OF_SERVERS_CODE, message).field(format!("data[{key}]"));
    }
    let message = format!("the setting `{key}` has no effect yet");
    let warning = Diagnostic::warning("no-effect-yet", message).field(format!("data[{key}]"));
    match INSTEAD.iter().find(|(begin, _)| key.starts_with(begin)) {
        Some((_, instead)) => warning.help(*instead),
        None => warning,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Impersonation, OF_SERVERS_CODE, unread};

    #[test]
    fn applications_are_written_as_others_where_that_is_on() {
        let (enabled, enforced) = (
            "application.sync.impersonation.enabled",
            "application.sync.impersonation.enforced",
        );
        let on = |enforced| Some(Impersonation { enforced });
        for (settings, expected) in [
            (&[][..], None),
            (&[(enabled, "false")], None),
            (&[(enabled, "yes")], None),
            (&[(enforced, "false")], None),
            (&[(enabled, "true")], on(true)),
            (&[(enabled, "true"), (enforced, "no")], on(true)),
            (&[(enabled, "true"), (enforced, "false")], on(false)),
        ] {
            let owned = |&(key, text): &(&str, &str)| (key.to_owned(), text.to_owned());
            let data: BTreeMap<String, String> = settings.iter().map(owned).collect();
            assert_eq!(Impersonation::read(&data), expected, "{settings:?}");
            let told = unread("argocd-cm", &data);
            assert!(
                told.iter().all(|one| one.code == OF_SERVERS_CODE),
                "{told:?}"
            );
        }
    }

    #[test]
    fn what_nobody_reads_is_told() {
        let cases = [
            ("argocd-cm", "timeout.reconciliation", "60s", true),
            ("argocd-cm", "resource.exclusions", "- kinds: [Event]", true),
            (
                "argocd-cm",
                "application.instanceLabelKey",
                "team/app",
                true,
            ),
            (
                "argocd-cm",
                "application.instanceLabelKey",
                "app.kubernetes.io/instance",
                false,
            ),
            (
                "argocd-cm",
                "application.resourceTrackingMethod",
                "label",
                true,
            ),
            (
                "argocd-cm",
                "application.resourceTrackingMethod",
                "annotation\n",
                false,
            ),
            ("argocd-cm", "resource.exclusions", " \n", false),
            ("argocd-cm", "accounts.ci.enabled", "true", false),
            (
                "argocd-cm",
                "resource.customizations.ignoreDifferences.apps_Deployment",
                "x",
                false,
            ),
            (
                "argocd-cm",
                "resource.customizations.ignoreResourceUpdates.all",
                "x",
                true,
            ),
            ("argocd-cm", "urls", "x", true),
            ("argocd-cmd-params-cm", "server.insecure", "true", false),
            ("argocd-cmd-params-cm", "controller.log.level", "warn", true),
            ("argocd-tls-certs-cm", "git.example", "PEM", false),
            ("argocd-rbac-cm", "policy.csv", "x", false),
        ];
        for (map, key, text, expected) in cases {
            let data = BTreeMap::from([(key.to_owned(), text.to_owned())]);
            let told = unread(map, &data);
            assert_eq!(
                told.len(),
                usize::from(expected),
                "{map} {key} {text}: {told:?}"
            );
            assert!(told.iter().all(|one| one.message.contains(key)), "{told:?}");
        }
        let data = ["b", "a"].map(|key| (key.to_owned(), "x".to_owned()));
        let told = unread("argocd-cm", &BTreeMap::from(data.clone()));
        assert_eq!(told.len(), 2, "each by itself");
        let told = unread("argocd-cmd-params-cm", &BTreeMap::from(data));
        assert!(told[0].message.ends_with(": a, b"), "{told:?}");
    }
}
