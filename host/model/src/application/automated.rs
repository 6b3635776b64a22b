//! `spec.syncPolicy.automated`: what a control plane may do by itself.

use serde_json::Value;

use super::Retry;
use crate::limits::AUTOMATED_RETRIES_DEFAULT;

/// What a control plane does without being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Automated {
    /// Delete what is no longer wanted.
    pub prune: bool,
    /// Sync also when the cluster has changed, and not only when the sources have.
    pub self_heal: bool,
    /// Also when that deletes all objects of the application.
    pub allow_empty: bool,
    /// How a failed sync is tried again: the policy's `retry`, and five times where it has none.
    pub retry: Retry,
}

impl Automated {
    /// Reads a `syncPolicy` that passed the schema; none where nothing is done by itself. The block alone
    /// is enough, `enabled: false` turns it off.
    pub(crate) fn read(automated: &Value, retry: Option<Retry>) -> Option<Self> {
        if !automated.is_object() || automated["enabled"] == false {
            return None;
        }
        let flag = |name: &str| automated[name] == true;
        Some(Self {
            prune: flag("prune"),
            self_heal: flag("selfHeal"),
            allow_empty: flag("allowEmpty"),
            retry: retry.unwrap_or(Retry {
                limit: Some(AUTOMATED_RETRIES_DEFAULT),
                ..Retry::default()
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Automated, Retry};

    #[test]
    fn the_block_is_read_as_argo_cd_reads_it() {
        let once = Retry::default();
        let five = Retry {
            limit: Some(5),
            ..once
        };
        let nothing = Automated {
            prune: false,
            self_heal: false,
            allow_empty: false,
            retry: five,
        };
        let cases = [
            (json!(null), None, None),
            (json!({"enabled": false, "prune": true}), None, None),
            (json!({}), None, Some(nothing)),
            (json!({"enabled": null}), None, Some(nothing)),
            (
                json!({"enabled": true, "prune": true, "selfHeal": true}),
                Some(once),
                Some(Automated {
                    prune: true,
                    self_heal: true,
                    retry: once,
                    ..nothing
                }),
            ),
            (
                json!({"allowEmpty": true, "selfHeal": false}),
                None,
                Some(Automated {
                    allow_empty: true,
                    ..nothing
                }),
            ),
        ];
        for (block, retry, expected) in cases {
            assert_eq!(Automated::read(&block, retry), expected, "{block}");
        }
    }
}
