//! The finalizers that say what happens to an application's objects when it is deleted.

use serde_json::Value;

use super::View;

/// Argo CD's finalizer: an application's objects go with it.
pub const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";
const FOREGROUND: &str = "resources-finalizer.argocd.argoproj.io/foreground";
const BACKGROUND: &str = "resources-finalizer.argocd.argoproj.io/background";

/// How the objects go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The objects that own others wait for those.
    Foreground,
    /// Those go first.
    Background,
}

/// The finalizers that a deletion needs; none where they are as they must be. To one that is being deleted,
/// none may be added.
pub fn of_deletion(app: View<'_>, cascade: bool, policy: Option<Policy>) -> Option<Vec<Value>> {
    let known = app.list("/metadata/finalizers");
    let mut wanted = known.to_vec();
    if cascade {
        let finalizer = match policy {
            None => FINALIZER,
            Some(Policy::Foreground) => FOREGROUND,
            Some(Policy::Background) => BACKGROUND,
        };
        if !app.is_being_deleted() && !known.iter().any(|known| known == finalizer) {
            wanted.push(finalizer.into());
        }
    } else {
        wanted.retain(|known| {
            ![FINALIZER, FOREGROUND, BACKGROUND]
                .iter()
                .any(|f| known == f)
        });
    }
    (wanted != known).then_some(wanted)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Policy::{Background, Foreground};
    use super::{BACKGROUND, FINALIZER, FOREGROUND, of_deletion};
    use crate::app::View;

    #[test]
    fn finalizers_are_argo_cds() {
        let own = "example.com/own";
        let app = |finalizers: &[&str], deleted: bool| {
            let at = if deleted { "2026-01-01T00:00:00Z" } else { "" };
            json!({"metadata": {"finalizers": finalizers, "deletionTimestamp": at}})
        };
        let cases: [(Value, bool, _, Option<Vec<&str>>); 8] = [
            (app(&[], false), true, None, Some(vec![FINALIZER])),
            (
                app(&[own], false),
                true,
                Some(Foreground),
                Some(vec![own, FOREGROUND]),
            ),
            (
                app(&[FINALIZER], false),
                true,
                Some(Background),
                Some(vec![FINALIZER, BACKGROUND]),
            ),
            (app(&[FINALIZER], false), true, None, None),
            (app(&[], true), true, None, None),
            (
                app(&[FINALIZER, own, FOREGROUND, BACKGROUND], false),
                false,
                None,
                Some(vec![own]),
            ),
            (app(&[FINALIZER], true), false, None, Some(vec![])),
            (app(&[own], false), false, None, None),
        ];
        for (app, cascade, policy, expected) in cases {
            let found = of_deletion(View(&app), cascade, policy);
            assert_eq!(json!(found), json!(expected), "{app} {cascade} {policy:?}");
        }
    }
}
