//! Policies as Argo CD writes them: CSV lines, `p, SUBJECT, RESOURCE, ACTION, OBJECT, EFFECT` and
//! `g, SUBJECT, ROLE`.

use std::collections::{BTreeSet, HashMap};

use crate::pattern::{MatchMode, Pattern};

/// Everybody's own: two roles, and the first user.
pub(crate) const BUILT_IN: &str = "
g, admin, role:admin
g, role:admin, role:readonly
p, role:readonly, {applications,applicationsets,logs}, get, */*, allow
p, role:readonly, {certificates,clusters,repositories,write-repositories,projects,accounts,gpgkeys}, get, *, allow
p, role:admin, applications, {create,update,update/*,delete,delete/*,sync,override,action/*}, */*, allow
p, role:admin, applicationsets, {create,update,delete}, */*, allow
p, role:admin, {certificates,clusters,repositories,write-repositories,projects}, {create,update,delete}, *, allow
p, role:admin, accounts, update, *, allow
p, role:admin, gpgkeys, {create,delete}, *, allow
p, role:admin, exec, create, */*, allow
";

/// One `p` line.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    resource: Pattern,
    action: Pattern,
    object: Pattern,
    allows: bool,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) resource: &'a str,
    pub(crate) action: &'a str,
    pub(crate) object: &'a str,
}

impl Rule {
    fn covers(&self, request: Request<'_>) -> bool {
        self.action.matches(request.action)
            && self.resource.matches(request.resource)
            && self.object.matches(request.object)
    }
}

/// Rules by the subject that has them, and who is also whom.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    rules: HashMap<String, Vec<Rule>>,
    roles: HashMap<String, Vec<String>>,
}

impl Policy {
    /// Adds the lines of a text. What cannot be read is told, by its line, and the rest holds.
    pub(crate) fn add(&mut self, text: &str, mode: MatchMode) -> Vec<String> {
        let lines = text.lines().enumerate();
        lines
            .filter_map(|(index, line)| {
                let added = self.add_line(line, mode);
                added.err().map(|why| format!("line {}: {why}", index + 1))
            })
            .collect()
    }

    fn add_line(&mut self, line: &str, mode: MatchMode) -> Result<(), String> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let fields = fields(line);
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        match fields[..] {
            ["p", subject, resource, action, object, effect] => {
                let allows = match effect {
                    "allow" => true,
                    "deny" => false,
                    _ => return Err(format!("`{effect}` is neither `allow` nor `deny`")),
                };
                let read = |text: &str| {
                    Pattern::parse(text, mode).map_err(|why| format!("`{text}`: {why}"))
                };
                let rule = Rule {
                    resource: read(resource)?,
                    action: read(action)?,
                    object: read(object)?,
                    allows,
                };
                self.rules.entry(subject.to_owned()).or_default().push(rule);
            }
            ["g", subject, role] => self.grant(subject, role),
            ["p", ..] => {
                return Err(
                    "`p` has five fields: subject, resource, action, object, effect".to_owned(),
                );
            }
            ["g", ..] => return Err("`g` has two fields: subject, role".to_owned()),
            _ => return Err("a line begins with `p` or `g`".to_owned()),
        }
        Ok(())
    }

    pub(crate) fn grant(&mut self, subject: &str, role: &str) {
        let roles = self.roles.entry(subject.to_owned()).or_default();
        roles.push(role.to_owned());
    }

    /// Whether anything is said of a subject as somebody's role.
    pub(crate) fn names(&self, subject: &str) -> bool {
        self.roles.contains_key(subject)
    }

    /// All of whom it is said that they have a role.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = &str> {
        self.roles.keys().map(String::as_str)
    }

    /// A subject, and all roles that it has, directly or through others; with those that another policy
    /// grants.
    pub(crate) fn all_roles(&self, subject: &str, other: Option<&Self>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![subject.to_owned()];
        while let Some(next) = open.pop() {
            if found.contains(&next) {
                continue;
            }
            for policy in std::iter::once(self).chain(other) {
                open.extend(policy.roles.get(&next).into_iter().flatten().cloned());
            }
            found.insert(next);
        }
        found
    }

    /// What the rules of some subjects say: some allow it, and none denies it.
    pub(crate) fn verdict<'a>(
        &self,
        subjects: impl IntoIterator<Item = &'a String>,
        request: Request<'_>,
    ) -> Verdict {
        let mut verdict = Verdict::default();
        let rules = subjects.into_iter().filter_map(|s| self.rules.get(s));
        for rule in rules.flatten().filter(|rule| rule.covers(request)) {
            verdict.allowed |= rule.allows;
            verdict.denied |= !rule.allows;
        }
        verdict
    }
}

/// What was said of a request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Verdict {
    allowed: bool,
    denied: bool,
}

impl Verdict {
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            allowed: self.allowed || other.allowed,
            denied: self.denied || other.denied,
        }
    }

    pub(crate) fn is_yes(self) -> bool {
        self.allowed && !self.denied
    }
}

/// The fields of a CSV line; a comma within braces or quotes separates nothing.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let (mut depth, mut quoted) = (0_usize, false);
    for char in line.chars() {
        match char {
            '"' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                fields.push(String::new());
                continue;
            }
            _ => {}
        }
        if char != '"'
            && let Some(field) = fields.last_mut()
        {
            field.push(char);
        }
    }
    fields.iter().map(|field| field.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, MatchMode, Policy, Request};

    fn may(policy: &Policy, subject: &str, request: [&str; 3]) -> bool {
        let [resource, action, object] = request;
        let roles = policy.all_roles(subject, None);
        let request = Request {
            resource,
            action,
            object,
        };
        policy.verdict(&roles, request).is_yes()
    }

    #[test]
    fn roles_are_inherited_and_a_denial_wins() {
        let mut policy = Policy::default();
        assert_eq!(policy.add(BUILT_IN, MatchMode::Glob), [""; 0]);
        let own = "p, role:dev, applications, *, shop/*, allow\n\
            p, role:dev, applications, delete, shop/web, deny\n# a comment\n\
            g, team, role:dev\ng, team, role:readonly\ng, role:dev, team";
        assert_eq!(policy.add(own, MatchMode::Glob), [""; 0]);
        for (subject, request, expected) in [
            ("admin", ["applications", "sync", "shop/web"], true),
            (
                "admin",
                ["applications", "action/apps/Deployment/restart", "a/b"],
                true,
            ),
            ("admin", ["clusters", "delete", "https://x"], true),
            ("role:readonly", ["applications", "get", "a/b"], true),
            ("role:readonly", ["applications", "sync", "a/b"], false),
            ("role:readonly", ["exec", "create", "a/b"], false),
            ("team", ["applications", "sync", "shop/web"], true),
            ("team", ["applications", "delete", "shop/api"], true),
            ("team", ["applications", "delete", "shop/web"], false),
            ("team", ["applications", "sync", "other/web"], false),
            ("team", ["projects", "get", "other"], true),
            ("nobody", ["applications", "get", "shop/web"], false),
        ] {
            assert_eq!(
                may(&policy, subject, request),
                expected,
                "{subject} {request:?}"
            );
        }
    }

    #[test]
    fn a_bad_line_is_named_and_the_rest_holds() {
        let mut policy = Policy::default();
        let text = "p, a, applications, get, */*\np, a, applications, get, */*, maybe\n\
            x, y\np, a, applications, get, [, allow\np, a, applications, get, */*, allow";
        let told = policy.add(text, MatchMode::Glob);
        let starts = [
            "line 1: `p` has five",
            "line 2: `maybe`",
            "line 3: a line",
            "line 4: `[`",
        ];
        assert_eq!(told.len(), starts.len(), "{told:?}");
        for (told, start) in told.iter().zip(starts) {
            assert!(told.starts_with(start), "{told}");
        }
        assert!(may(&policy, "a", ["applications", "get", "x/y"]));
    }
}
