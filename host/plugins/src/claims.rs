//! Which health plugin judges which kind.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use gantry_model::Gvk;

use crate::error::LoadError;
use crate::plugin::{Body, Plugin};

/// Group and kind; a `*` in either stands for any text.
type Claim = (String, String);

/// Who judges which kind.
#[derive(Default)]
pub(crate) struct Claims {
    exact: BTreeMap<Claim, Arc<Plugin>>,
    /// The more of a group, then of a kind, a claim says, the earlier it stands.
    patterns: BTreeMap<(Reverse<usize>, Reverse<usize>, Claim), Arc<Plugin>>,
    refused: BTreeMap<String, LoadError>,
    /// Built-ins that were not asked, for want of their files.
    pub(crate) idle: Vec<&'static str>,
}

impl Claims {
    /// Nobody's yet, and never those of some built-ins.
    pub(crate) fn without(idle: Vec<&'static str>) -> Self {
        Self {
            idle,
            ..Self::default()
        }
    }

    /// Why a plugin's claims were not taken.
    pub(crate) fn refused(&self, name: &str) -> Option<&LoadError> {
        self.refused.get(name)
    }

    /// Takes a plugin's claims. Among built-ins the earlier one keeps what both claim; a plugin of
    /// the directory that claims what is taken is refused, since it cannot be told which is meant.
    pub(crate) fn add(&mut self, plugin: &Arc<Plugin>, is_builtin: bool) {
        let Body::Health { claims, .. } = &plugin.body else {
            return;
        };
        let taken = claims
            .iter()
            .find_map(|claim| Some((claim, self.holder(claim)?)));
        if let Some(((group, kind), other)) = taken.filter(|_| !is_builtin) {
            let (claim, other) = (describe(group, kind), other.name.to_string());
            let error = LoadError::Claim { claim, other };
            tracing::warn!(plugin = %plugin.name, "not used: it {error}");
            self.refused.insert(plugin.name.to_string(), error);
            return;
        }
        for claim in claims {
            let plugin = || Arc::clone(plugin);
            if is_pattern(claim) {
                let place = self.patterns.entry(rank(claim));
                place.or_insert_with(plugin);
            } else {
                let place = self.exact.entry(claim.clone());
                place.or_insert_with(plugin);
            }
        }
    }

    /// Who judges objects of a kind.
    pub(crate) fn judge(&self, gvk: &Gvk) -> Option<&Arc<Plugin>> {
        let exact = self.exact.get(&(gvk.group.clone(), gvk.kind.clone()));
        exact.or_else(|| {
            let mut patterns = self.patterns.iter();
            let found = patterns.find(|((_, _, (group, kind)), _)| {
                matches(group, &gvk.group) && matches(kind, &gvk.kind)
            });
            found.map(|(_, plugin)| plugin)
        })
    }

    fn holder(&self, claim: &Claim) -> Option<&Arc<Plugin>> {
        if is_pattern(claim) {
            self.patterns.get(&rank(claim))
        } else {
            self.exact.get(claim)
        }
    }
}

fn is_pattern((group, kind): &Claim) -> bool {
    group.contains('*') || kind.contains('*')
}

fn rank(claim: &Claim) -> (Reverse<usize>, Reverse<usize>, Claim) {
    let said = |text: &str| Reverse(text.bytes().filter(|byte| *byte != b'*').count());
    (said(&claim.0), said(&claim.1), claim.clone())
}

/// Whether a text is what a pattern says, a `*` in which stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(start) else {
        return false;
    };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        match text.find(part) {
            Some(at) => text = text.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    text.ends_with(end)
}

fn describe(group: &str, kind: &str) -> String {
    if group.is_empty() {
        kind.to_owned()
    } else {
        format!("{kind}.{group}")
    }
}

#[cfg(test)]
mod tests {
    use super::{matches, rank};

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "apps", true),
            ("apps", "apps", true),
            ("apps", "app", false),
            ("*.crossplane.io", "s3.aws.crossplane.io", true),
            ("*.crossplane.io", "crossplane.io", false),
            ("a*b*c", "a--b--c", true),
            ("a*b*c", "a--c", false),
            ("a*b", "ab", true),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn the_more_a_claim_says_the_more_it_counts() {
        let claims = [
            ("s3.*", "Bucket"),
            ("s3.*", "*"),
            ("*", "Bucket"),
            ("*", "*"),
        ];
        let ranks = claims.map(|(group, kind)| rank(&(group.into(), kind.into())));
        assert!(ranks.is_sorted());
    }
}
