//! The health of an application: the worst of its objects' (Argo CD's `setApplicationHealth`).

use gantry_model::{Gvk, HealthStatus};
use gantry_sync::Assessed;

/// How an application is. `itself` is its name, which does not count among its own objects.
pub(crate) fn health_of(objects: &[Assessed], itself: &str) -> HealthStatus {
    let mut worst = HealthStatus::Healthy;
    let mut counts = objects
        .iter()
        .filter(|o| !is_application(&o.object.gvk) || o.object.name != itself);
    for object in counts.clone() {
        let status = match &object.health {
            Some(health) => health.status,
            // A kind without a health says nothing by its absence.
            None if !object.is_there && object.has_health => HealthStatus::Missing,
            None => continue,
        };
        let unsettled = matches!(status, HealthStatus::Missing | HealthStatus::Unknown);
        if is_application(&object.object.gvk) && unsettled {
            continue;
        }
        worst = worst.max(status);
    }
    let has_any = counts.clone().next().is_some();
    if has_any && !counts.any(|object| object.is_there) {
        worst = worst.max(HealthStatus::Missing);
    }
    worst
}

fn is_application(gvk: &Gvk) -> bool {
    gvk.group == "argoproj.io" && gvk.kind == "Application"
}

#[cfg(test)]
mod tests {
    use super::health_of;
    use gantry_model::{Gvk, Health, HealthStatus, ObjectRef};
    use gantry_sync::{Assessed, SyncStatus};

    fn object(
        kind: &str,
        health: Option<HealthStatus>,
        is_there: bool,
        has_health: bool,
    ) -> Assessed {
        let group = if kind == "Application" {
            "argoproj.io/v1alpha1"
        } else {
            "apps/v1"
        };
        Assessed {
            object: ObjectRef {
                gvk: Gvk::parse(group, kind),
                namespace: "shop".to_owned(),
                name: "it".to_owned(),
            },
            sync: SyncStatus::Synced,
            message: String::new(),
            health: health.map(|status| Health {
                status,
                message: String::new(),
            }),
            is_there,
            has_health,
            is_left_over: false,
            wants_confirmation: false,
            wave: 0,
        }
    }

    #[test]
    fn the_worst_counts() {
        use HealthStatus::{Degraded, Healthy, Missing, Progressing, Unknown};
        let there = |status| object("Deployment", Some(status), true, true);
        let absent = |has_health| object("Deployment", None, false, has_health);
        let child = |status| object("Application", Some(status), true, true);
        let plain = object("ConfigMap", None, true, false);
        let cases = [
            (vec![], "app", Healthy),
            (vec![there(Healthy), there(Progressing)], "app", Progressing),
            (vec![there(Healthy), absent(true)], "app", Missing),
            (vec![there(Healthy), absent(false)], "app", Healthy),
            (vec![absent(false)], "app", Missing),
            (
                vec![plain.clone(), absent(true), there(Degraded)],
                "app",
                Degraded,
            ),
            (vec![plain.clone(), child(Unknown)], "app", Healthy),
            (vec![plain.clone(), child(Degraded)], "app", Degraded),
            (vec![plain, child(Degraded)], "it", Healthy),
        ];
        for (objects, itself, expected) in cases {
            assert_eq!(health_of(&objects, itself), expected, "{objects:?}");
        }
    }
}
