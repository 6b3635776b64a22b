//! As whom the applications of a project are written: `spec.destinationServiceAccounts`
//! (`DeriveServiceAccountToImpersonate`).

use super::patterns::Pattern;
use super::spec::ServiceAccountSpec;

/// What no name of a service account has.
const DISALLOWED: [char; 8] = ['!', '*', '[', ']', '{', '}', '\\', '/'];

/// The rules of one project, in their order: the first one that fits counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServiceAccounts(Vec<Rule>);

/// A pattern that cannot be read is an error of those who are asked about, and of no others.
#[derive(Clone, Debug)]
struct Rule {
    server: Result<Pattern, String>,
    namespace: Result<Pattern, String>,
    account: String,
}

impl ServiceAccounts {
    pub(crate) fn parse(specs: &[ServiceAccountSpec]) -> Self {
        let read = |what: &str, text: &str| {
            Pattern::plain(text)
                .map_err(|error| format!("invalid glob pattern for destination {what}: {error}"))
        };
        let rule = |spec: &ServiceAccountSpec| Rule {
            server: read("server", &spec.server),
            namespace: read("namespace", &spec.namespace),
            account: spec.default_service_account.clone(),
        };
        Self(specs.iter().map(rule).collect())
    }

    /// The user as whom to write to a cluster and a namespace; none where no rule fits. An account without a
    /// namespace is one of `home`.
    ///
    /// # Errors
    /// In Argo CD's words, why the rules do not say.
    pub(crate) fn user(
        &self,
        server: &str,
        namespace: &str,
        home: &str,
    ) -> Result<Option<String>, String> {
        for rule in &self.0 {
            let of_server = rule.server.as_ref().map_err(String::clone)?;
            let of_namespace = rule.namespace.as_ref().map_err(String::clone)?;
            if !of_server.matches(server) || !of_namespace.matches(namespace) {
                continue;
            }
            let account = &rule.account;
            if account.trim_matches(' ').is_empty() || account.contains(DISALLOWED) {
                return Err(format!(
                    "default service account contains invalid chars '{account}'"
                ));
            }
            let prefix = if account.contains(':') {
                String::new()
            } else {
                format!("{home}:")
            };
            return Ok(Some(format!("system:serviceaccount:{prefix}{account}")));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::ServiceAccounts;
    use crate::project::spec::ServiceAccountSpec;

    #[test]
    fn the_first_rule_that_fits_names_the_account() {
        type Rule<'a> = (&'a str, &'a str, &'a str);
        type Case<'a> = (&'a [Rule<'a>], &'a str, Result<Option<&'a str>, &'a str>);
        let here = "https://one.example";
        let chars = "default service account contains invalid chars";
        let cases: [Case<'_>; 13] = [
            (&[], "web", Ok(None)),
            (&[(here, "web", "ops")], "web", Ok(Some("web:ops"))),
            (&[("*", "*", "ops")], "web", Ok(Some("web:ops"))),
            (
                &[("https://*.example", "w*", "ops")],
                "web",
                Ok(Some("web:ops")),
            ),
            (&[(here, "web", "team:ops")], "web", Ok(Some("team:ops"))),
            (&[("*", "", "ops")], "", Ok(Some("home:ops"))),
            (&[("https://two.example", "web", "ops")], "web", Ok(None)),
            (&[(here, "api", "ops")], "web", Ok(None)),
            (
                &[("*", "web", "a"), ("*", "*", "b")],
                "web",
                Ok(Some("web:a")),
            ),
            (&[("*", "*", "o*s")], "web", Err(chars)),
            (&[("*", "*", "  ")], "web", Err(chars)),
            (
                &[("[", "web", "ops")],
                "web",
                Err("invalid glob pattern for destination server"),
            ),
            (
                &[("*", "[", "ops")],
                "web",
                Err("invalid glob pattern for destination namespace"),
            ),
        ];
        for (rules, namespace, expected) in cases {
            let spec = |&(server, namespace, account): &Rule<'_>| ServiceAccountSpec {
                server: server.to_owned(),
                namespace: namespace.to_owned(),
                default_service_account: account.to_owned(),
            };
            let specs: Vec<ServiceAccountSpec> = rules.iter().map(spec).collect();
            let home = if namespace.is_empty() {
                "home"
            } else {
                namespace
            };
            let found = ServiceAccounts::parse(&specs).user(here, namespace, home);
            match (found, expected) {
                (Ok(found), Ok(expected)) => {
                    let expected = expected.map(|name| format!("system:serviceaccount:{name}"));
                    assert_eq!(found, expected, "{rules:?}");
                }
                (Err(told), Err(words)) => assert!(told.starts_with(words), "{told}"),
                (found, _) => panic!("{rules:?}: {found:?}"),
            }
        }
    }
}
