//! Argo CD's build environment: `$ARGOCD_APP_NAME` and the others, in what a source is given.

use gantry_model::application::Source;

/// Digits of `ARGOCD_APP_REVISION_SHORT`.
const SHORT_DIGITS: usize = 7;
/// Digits of `ARGOCD_APP_REVISION_SHORT_8`.
const SHORT_8_DIGITS: usize = 8;

/// The variables of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Environment(Vec<(&'static str, String)>);

/// What the variables tell of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    /// The application's name, as Argo CD tracks by it.
    pub(crate) application: &'a str,
    /// The destination's namespace.
    pub(crate) namespace: &'a str,
    /// The project.
    pub(crate) project: &'a str,
    /// The commit, or the chart's version.
    pub(crate) revision: &'a str,
    /// The source, as the manifest has it.
    pub(crate) source: &'a Source,
}

impl Environment {
    /// The variables, as `newEnv` in Argo CD's repository server makes them.
    pub(crate) fn new(facts: Facts<'_>) -> Self {
        let Facts {
            application,
            namespace,
            project,
            revision,
            source,
        } = facts;
        let short = |digits: usize| revision.chars().take(digits).collect();
        Self(vec![
            ("ARGOCD_APP_NAME", application.to_owned()),
            ("ARGOCD_APP_NAMESPACE", namespace.to_owned()),
            ("ARGOCD_APP_PROJECT_NAME", project.to_owned()),
            ("ARGOCD_APP_REVISION", revision.to_owned()),
            ("ARGOCD_APP_REVISION_SHORT", short(SHORT_DIGITS)),
            ("ARGOCD_APP_REVISION_SHORT_8", short(SHORT_8_DIGITS)),
            ("ARGOCD_APP_SOURCE_REPO_URL", source.repo_url.clone()),
            ("ARGOCD_APP_SOURCE_PATH", source.path.clone()),
            (
                "ARGOCD_APP_SOURCE_TARGET_REVISION",
                source.target_revision.clone(),
            ),
        ])
    }

    /// The same, with what only plugins are told.
    #[must_use]
    pub(crate) fn for_plugins(&self, kube_version: &str, api_versions: &[String]) -> Self {
        let mut all = self.0.clone();
        all.push(("KUBE_VERSION", kube_version.to_owned()));
        all.push(("KUBE_API_VERSIONS", api_versions.join(",")));
        Self(all)
    }

    /// Whether there is such a variable.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == name)
    }

    /// Puts values in the place of `$NAME` and `${NAME}`; a name that there is not becomes nothing,
    /// and `$$` is `$`. As Go's `os.Expand` reads them.
    pub(crate) fn expand(&self, text: &str) -> String {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            expanded.push_str(before);
            if after.is_empty() {
                expanded.push('$');
                return expanded;
            }
            let (name, length) = shell_name(after);
            match name {
                // `${}` and `${` without an end are eaten, as Go does.
                "" if length > 0 => {}
                "" | "$" => expanded.push('$'),
                name => expanded.push_str(self.value(name)),
            }
            rest = after.get(length..).unwrap_or_default();
        }
        expanded.push_str(rest);
        expanded
    }

    fn value(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }
}

/// The name that follows a `$`, and how many bytes it takes with its braces.
fn shell_name(text: &str) -> (&str, usize) {
    let bytes = text.as_bytes();
    let is_special = |byte: &u8| b"*#$@!?-0123456789".contains(byte);
    let is_part = |byte: &u8| *byte == b'_' || byte.is_ascii_alphanumeric();
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    match bytes {
        [b'{', special, b'}', ..] if is_special(special) => (part(1..2), 3),
        [b'{', ..] => match text.find('}') {
            Some(1) => ("", 2),
            Some(end) => (part(1..end), end + 1),
            None => ("", 1),
        },
        [special, ..] if is_special(special) => (part(0..1), 1),
        _ => {
            let end = bytes.iter().take_while(|byte| is_part(byte)).count();
            (part(0..end), end)
        }
    }
}

#[cfg(test)]
mod tests {
    use gantry_model::application::Source;

    use super::{Environment, Facts};

    fn environment() -> Environment {
        let source = Source {
            repo_url: "https://git.example/apps".into(),
            path: "deploy".into(),
            target_revision: "main".into(),
            ..Source::default()
        };
        Environment::new(Facts {
            application: "web",
            namespace: "prod",
            project: "shop",
            revision: "0123456789abcdef",
            source: &source,
        })
    }

    #[test]
    fn variables_are_put_in_as_by_go() {
        for (text, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("$ARGOCD_APP_NAME", "web"),
            ("${ARGOCD_APP_NAME}-x", "web-x"),
            ("$ARGOCD_APP_NAME-x", "web-x"),
            ("$ARGOCD_APP_NAMEx", ""),
            ("a/$ARGOCD_APP_NAMESPACE/b", "a/prod/b"),
            ("$ARGOCD_APP_PROJECT_NAME", "shop"),
            ("$ARGOCD_APP_REVISION", "0123456789abcdef"),
            ("$ARGOCD_APP_REVISION_SHORT", "0123456"),
            ("$ARGOCD_APP_REVISION_SHORT_8", "01234567"),
            ("$ARGOCD_APP_SOURCE_REPO_URL", "https://git.example/apps"),
            ("$ARGOCD_APP_SOURCE_PATH", "deploy"),
            ("$ARGOCD_APP_SOURCE_TARGET_REVISION", "main"),
            ("$UNKNOWN!", "!"),
            ("$$ARGOCD_APP_NAME", "$ARGOCD_APP_NAME"),
            ("$${ARGOCD_APP_NAME}", "${ARGOCD_APP_NAME}"),
            ("${$}", "$"),
            ("$", "$"),
            ("a$", "a$"),
            ("$ x", "$ x"),
            ("$.x", "$.x"),
            ("${}x", "x"),
            ("${ARGOCD", "ARGOCD"),
            ("$1.50", ".50"),
            ("${ARGOCD_APP_NAME:-x}", ""),
            ("$ärger", "$ärger"),
        ] {
            assert_eq!(environment().expand(text), expected, "{text}");
        }
    }

    #[test]
    fn plugins_are_told_of_the_cluster() {
        let kinds = ["v1/Pod".to_owned(), "v1/Node".to_owned()];
        let all = environment().for_plugins("1.35.0", &kinds);
        assert_eq!(
            all.expand("$KUBE_VERSION $KUBE_API_VERSIONS $ARGOCD_APP_NAME"),
            "1.35.0 v1/Pod,v1/Node web"
        );
        assert_eq!(environment().expand("$KUBE_VERSION"), "");
        assert!(environment().has("ARGOCD_APP_NAME") && !environment().has("KUBE_VERSION"));
    }
}
