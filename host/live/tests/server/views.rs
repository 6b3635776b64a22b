//! The same cluster, whose changes are somebody else's.

use gantry_model::cluster::{ApplyOptions, Author};
use gantry_model::{Cluster, ClusterError};

use crate::{OBJECTS_EACH, World, application, manifests, reference};

const APPLY: ApplyOptions<'static> = ApplyOptions {
    field_manager: "gantry",
    force_conflicts: true,
    dry_run: false,
    validate: true,
};

impl World {
    /// A view writes as somebody else, knows what is known, and ends no watch.
    pub(crate) async fn a_view_is_written_by_somebody_else(&self) {
        let user = "system:serviceaccount:default:nobody";
        let view = self.live.written_by(&Author::User(user.to_owned()));
        let view = view.expect("a view");
        let kind = self.resource().await;
        let object = manifests(0).remove(0);
        self.counts.take();
        let refused = view.apply(&kind, &object, APPLY).await;
        assert!(
            matches!(&refused, Err(ClusterError::Forbidden(text)) if text.contains(user)),
            "{refused:?}"
        );
        let own = reference(1, 0);
        let known = view.get(&kind, &own.namespace, &own.name).await;
        assert!(known.expect("an answer").is_some());
        let tracked = view.tracked(&application(1)).await.expect("it is known");
        assert_eq!(tracked.len(), OBJECTS_EACH);
        assert_eq!(self.counts.take(), [0, 0, 1, 0], "one write, and no reads");
        drop(view);
        self.heard.forget();
        self.edit(&own, "after the view").await;
        self.is_told(&application(1)).await;
    }
}
