//! Which repositories the applications of a project may use: `spec.sourceRepos`, as Argo CD reads it
//! (`AppProject.IsSourcePermitted`).

use serde_json::Value;

use super::AppProject;
use crate::diagnostic::Diagnostic;
use crate::glob::Glob;
use crate::secrets::normalise;

/// The rules of one project.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceRules {
    project: String,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq)]
struct Rule {
    text: String,
    /// None: all.
    glob: Option<Glob>,
    denies: bool,
}

impl SourceRules {
    /// Reads a project's rules.
    ///
    /// # Errors
    /// The rule that cannot be read: to leave it out could permit what it forbids.
    pub fn of(project: &AppProject) -> Result<Self, Diagnostic> {
        let texts = project.spec.get("sourceRepos").and_then(Value::as_array);
        let texts = texts.into_iter().flatten().filter_map(Value::as_str);
        let rules = texts.enumerate().map(|(index, text)| {
            Rule::parse(text).map_err(|problem| {
                let message = format!(
                    "project {}: {text:?} in sourceRepos is no pattern: {problem}",
                    project.name
                );
                Diagnostic::error("bad-pattern", message)
                    .field(format!("spec.sourceRepos[{index}]"))
                    .help("`*` stands for one part of a URL, `**` for any, `!` before a pattern denies")
            })
        });
        Ok(Self {
            project: project.name.clone(),
            rules: rules.collect::<Result<_, _>>()?,
        })
    }

    /// Whether applications of the project may use a repository or chart repository.
    ///
    /// # Errors
    /// Which rule forbids it, as a sentence.
    pub fn permit(&self, url: &str) -> Result<(), String> {
        let (wanted, project) = (normalise(url), &self.project);
        let shown = crate::without_secrets(url);
        let mut is_allowed = false;
        for rule in &self.rules {
            let matches = rule.glob.as_ref().is_none_or(|glob| glob.matches(&wanted));
            if rule.denies && matches {
                return Err(format!(
                    "{shown} is not permitted in project {project:?}: its rule {:?} denies it",
                    rule.text
                ));
            }
            // What a denying rule does not deny, it permits.
            is_allowed |= matches || rule.denies;
        }
        if is_allowed {
            return Ok(());
        }
        let rules: Vec<&str> = self.rules.iter().map(|rule| rule.text.as_str()).collect();
        let rules = match rules.as_slice() {
            [] => "it has no sourceRepos".to_owned(),
            rules => format!("none of its sourceRepos allows it ({})", rules.join(", ")),
        };
        Err(format!(
            "{shown} is not permitted in project {project:?}: {rules}"
        ))
    }
}

impl SourceRules {
    /// The hosts that permitting rules spell out, as a URL has them: who wrote one knows which host
    /// that is, unlike with `*`.
    pub fn hosts(&self) -> Vec<String> {
        let permitting = self.rules.iter().filter(|rule| !rule.denies);
        let hosts = permitting.map(|rule| host(&rule.text));
        let named = hosts.filter(|host| !host.is_empty() && !host.contains(['*', '?', '{', '\\']));
        named.collect()
    }
}

fn host(pattern: &str) -> String {
    let pattern = normalise(pattern);
    let rest = pattern
        .split_once("://")
        .map_or(pattern.as_str(), |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next(),
        None => host.split(':').next(),
    };
    host.unwrap_or_default().to_owned()
}

impl Rule {
    fn parse(text: &str) -> Result<Self, crate::glob::BadGlob> {
        let (denies, pattern) = match text.strip_prefix('!') {
            Some(pattern) => (true, pattern),
            None => (false, text),
        };
        // Only an allowing `*` stands for whole URLs.
        let is_all = !denies && pattern == "*";
        let glob = (!is_all).then(|| Glob::parse(&normalise(pattern), '/'));
        Ok(Self {
            text: text.to_owned(),
            glob: glob.transpose()?,
            denies,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::SourceRules;
    use crate::project::AppProject;

    fn rules(patterns: &[&str]) -> Result<SourceRules, String> {
        let project = AppProject {
            name: "shop".to_owned(),
            namespace: String::new(),
            annotations: BTreeMap::new(),
            spec: json!({ "sourceRepos": patterns }),
        };
        SourceRules::of(&project).map_err(|problem| problem.to_string())
    }

    #[test]
    fn hosts_count_that_are_spelled_out() {
        for (pattern, expected) in [
            ("https://charts.internal:8443/**", Some("charts.internal")),
            ("http://127.0.0.1:8080/charts", Some("127.0.0.1")),
            ("http://[::1]:8080/*", Some("::1")),
            ("git@git.internal:org/*", Some("git.internal")),
            ("oci://Localhost:5000/charts", Some("localhost")),
            ("registry.internal/charts", Some("registry.internal")),
            ("*", None),
            ("**", None),
            ("https://**", None),
            ("https://*.internal/a", None),
            ("!http://localhost/a", None),
            ("http://loc{al,}host/a", None),
        ] {
            let hosts = rules(&[pattern]).expect("rules").hosts();
            let expected: Vec<&str> = expected.into_iter().collect();
            assert_eq!(hosts, expected, "{pattern}");
        }
    }

    #[test]
    fn repositories_are_permitted_as_by_argo_cd() {
        let apps = "https://git.example/org/apps";
        let cases: &[(&[&str], &str, Result<(), &str>)] = &[
            (&["*"], apps, Ok(())),
            (&[], apps, Err("no sourceRepos")),
            (&["https://git.example/org/*"], apps, Ok(())),
            (&["https://git.example/org/apps.git"], apps, Ok(())),
            (&[apps], "https://GIT.example/org/apps.git", Ok(())),
            (
                &["https://git.example/*"],
                apps,
                Err("(https://git.example/*)"),
            ),
            (&["https://git.example/**"], apps, Ok(())),
            (
                &["git@git.example:org/*"],
                "git@git.example:org/apps.git",
                Ok(()),
            ),
            (
                &["git@git.example:org/*"],
                "ssh://git@git.example/org/apps",
                Ok(()),
            ),
            (&["*", "!https://git.example/**"], apps, Err("denies it")),
            (&["!https://other.example/**"], apps, Ok(())),
            (
                &["!https://git.example/org/*", "*"],
                apps,
                Err("\"!https://git.example/org/*\""),
            ),
            (
                &["oci://registry.example/charts"],
                "oci://registry.example/charts",
                Ok(()),
            ),
        ];
        for (patterns, url, expected) in cases {
            let found = rules(patterns).expect("rules").permit(url);
            match (expected, &found) {
                (Ok(()), Ok(())) => {}
                (Err(words), Err(reason)) => {
                    assert!(reason.contains(words), "{patterns:?}: {reason}");
                    assert!(reason.contains("project \"shop\""), "{reason}");
                }
                _ => panic!("{patterns:?} {url}: {found:?}"),
            }
        }
        let secret = "https://u:secret@git.example/org/apps";
        let refused = rules(&[])
            .expect("rules")
            .permit(secret)
            .expect_err("refused");
        assert!(!refused.contains("secret"), "{refused}");
    }

    #[test]
    fn a_rule_that_cannot_be_read_is_an_error() {
        let error = rules(&["*", "!https://{a"]).expect_err("no pattern");
        assert!(
            error.contains("!https://{a") && error.contains("shop"),
            "{error}"
        );
    }
}
