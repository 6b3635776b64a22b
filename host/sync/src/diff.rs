//! What a sync would change, as text.

use futures::StreamExt;
use gantry_diff::view::{FieldDifference, fields, text};
use gantry_model::{ClusterError, Diagnostic, Object, ObjectRef, limits};
use serde::Serialize;
use serde_json::Value;

use crate::desired::{Wanted, about};
use crate::identity::Key;
use crate::live::{Live, Reading};
use crate::plan::{Work, tasks};
use crate::report::{Action, Row};
use crate::run::{FIELD_MANAGER, Sync};
use crate::settings::Settings;
use crate::works::works;
use crate::write::{Foreseen, advise};

/// One object that a sync would change.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Which object.
    #[serde(flatten)]
    pub object: ObjectRef,
    /// `created`, `configured` or `pruned`.
    pub action: Action,
    /// A unified diff of its YAML, Secrets masked.
    pub diff: String,
    /// The same field by field, with who set what is there.
    pub fields: Vec<FieldDifference>,
    /// What keeps it from being applied, such as a conflict; else empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// All that a sync would change.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Differences {
    /// In the order in which a sync would take them.
    pub objects: Vec<Difference>,
    /// What could not be compared.
    pub errors: Vec<Row>,
    /// What the user should know.
    pub warnings: Vec<Diagnostic>,
}

impl Sync<'_> {
    /// Compares without changing anything. Only where the local comparison is unsure, the server
    /// is asked by dry-run.
    ///
    /// # Errors
    /// Where the cluster cannot be asked at all.
    pub async fn diff(&self, objects: Vec<Object>) -> Result<Differences, ClusterError> {
        let (desired, live, leftover) = self.look(objects, Reading::TO_COMPARE).await?;
        let mut found = Differences {
            errors: desired
                .rows
                .into_iter()
                .filter(|r| r.action == Action::Failed)
                .collect(),
            warnings: desired.warnings,
            ..Differences::default()
        };
        found.warnings.extend(leftover.warnings);
        let steps = self.steps(desired.wanted, leftover.objects);
        // Hooks are no state: each sync makes them anew.
        let applies = tasks(&steps).filter_map(|task| match &task.work {
            Work::Apply(wanted) if !wanted.hook => Some(wanted),
            _ => None,
        });
        let applies: Vec<&Wanted> = applies.map(|wanted| &**wanted).collect();
        let compares = applies
            .into_iter()
            .map(|wanted| self.compare(wanted, &live));
        let mut compares = works(compares).buffered(limits::APPLY_IN_FLIGHT_MAX);
        while let Some(compared) = compares.next().await {
            match compared {
                Ok(difference) => found.objects.extend(difference),
                Err(row) => found.errors.push(row),
            }
        }
        let leftovers = tasks(&steps).filter_map(|task| match &task.work {
            Work::Prune(object) => Some(object),
            Work::Apply(_) => None,
        });
        for object in leftovers {
            self.compare_leftover(object, &mut found).await;
        }
        Ok(found)
    }

    pub(crate) async fn compare(
        &self,
        wanted: &Wanted,
        live: &Live,
    ) -> Result<Option<Difference>, Row> {
        let object = &wanted.object;
        let key = Key::of(object);
        let before = live.get(&key);
        if live.settled(&key).is_some() {
            return Ok(None);
        }
        if before.is_some_and(|before| gantry_diff::is_in_sync(object, before, FIELD_MANAGER)) {
            return Ok(None);
        }
        let alone = || before.and_then(|before| self.foresee_alone(object, before));
        if !self.options.server_side_diff && before.is_some() {
            let changed =
                |after| self.describe(object.reference(), Action::Configured, before, Some(&after));
            return Ok(alone().map(changed));
        }
        let mut message = String::new();
        let settings = self.settings(wanted);
        let mut after = self.foresee(settings, wanted, before).await;
        if let Err(error @ ClusterError::Conflict(_)) = &after {
            message = advise(error);
            let forced = Settings {
                force_conflicts: true,
                ..settings
            };
            after = self.foresee(forced, wanted, before).await;
        }
        let mut newer = None;
        let after = match after {
            Ok(Foreseen::Same | Foreseen::Alike) => return Ok(None),
            Ok(Foreseen::Changed { live, after }) => {
                newer = live;
                after.into_value()
            }
            // Its namespace or its kind would come with the sync.
            Err(ClusterError::UnknownKind(_) | ClusterError::NotFound(_)) if before.is_none() => {
                object.value().clone()
            }
            // Whoever may only read still learns what differs.
            Err(ClusterError::Forbidden(_)) if before.is_some() => match alone() {
                Some(after) => after,
                None => return Ok(None),
            },
            Err(error) => match alone().filter(|_| matches!(error, ClusterError::Invalid(_))) {
                // What cannot be applied beside what is there differs all the same.
                Some(after) => {
                    message = advise(&error);
                    after
                }
                None => return Err(Row::new(object, Action::Failed).message(advise(&error))),
            },
        };
        let before = newer.as_deref().or(before);
        let action = if before.is_some() {
            Action::Configured
        } else {
            Action::Created
        };
        let difference = self.describe(object.reference(), action, before, Some(&after));
        let difference = Difference {
            message,
            ..difference
        };
        Ok((!difference.diff.is_empty()).then_some(difference))
    }

    /// What would be pruned is shown whole; what would stay, in a warning.
    async fn compare_leftover(&self, object: &Object, found: &mut Differences) {
        if let Some(why) = self.keeps(object) {
            if gantry_diff::ignores_extraneous(object) {
                return;
            }
            let message = format!("{} is no longer in Git", object.reference());
            let warning = Diagnostic::warning("not-pruned", message).help(why);
            found.warnings.push(about(object, warning));
            return;
        }
        let live = self.whole(object).await;
        let before = live.as_ref().unwrap_or(object);
        let reference = object.reference();
        let difference = self.describe(reference, Action::Pruned, Some(before), None);
        found.objects.push(difference);
    }

    /// Both views of a difference, without what does not count.
    fn describe(
        &self,
        object: ObjectRef,
        action: Action,
        before: Option<&Object>,
        after: Option<&Value>,
    ) -> Difference {
        let before = before.map(Object::value);
        let without = match (before, after) {
            (Some(before), Some(after)) if !self.ignore.is_empty() => {
                Some(self.ignore.without_ignored(before, after))
            }
            _ => None,
        };
        let shown = without
            .as_ref()
            .map(|(before, after, _)| (Some(before), Some(after)));
        let (live, git) = shown.unwrap_or((before, after));
        let sensitive = self.ignore.sensitive();
        Difference {
            object,
            action,
            diff: text(live, git, sensitive),
            fields: fields(live, git, sensitive),
            message: String::new(),
        }
    }
}
