//! The health of what was applied: judged once, then on every change until all is well.

use std::collections::{BTreeMap, HashMap};

use futures::StreamExt;
use futures::stream::{BoxStream, SelectAll};
use gantry_model::cluster::{Resource, WatchEvent};
use gantry_model::{ClusterError, Gvk, HealthStatus, Object, ObjectRef, limits};
use tokio::time::{Instant, timeout_at};

use crate::identity::Key;
use crate::judge::verdicts;
use crate::report::{Action, Row};
use crate::run::Sync;
use crate::step::Done;

type Events = SelectAll<BoxStream<'static, Vec<Result<WatchEvent, ClusterError>>>>;

impl Sync<'_> {
    /// Judges every object of a step; with `wait`, until none is on its way any more. True when
    /// all are well.
    pub(crate) async fn settle(&self, done: &mut Done, wait: bool, deadline: Instant) -> bool {
        let places: HashMap<Key, usize> = done
            .rows
            .iter()
            .enumerate()
            .map(|(place, row)| (Key::from(&row.object), place))
            .collect();
        let objects: Vec<&Object> = done.live.values().map(|(_, object)| object).collect();
        self.judge_all(&objects, &places, &mut done.rows);
        // A hook is waited for in any case: nobody else sees it to its end.
        let hooks = done.rows.iter().any(Row::is_running_hook);
        if (wait || hooks) && !self.options.dry_run && done.rows.iter().any(is_on_its_way) {
            let mut events = self.watch(&done.kinds, &done.rows);
            self.tell(&done.rows);
            while done.rows.iter().any(is_on_its_way) {
                let batch = tokio::select! {
                    biased;
                    () = self.cancel.cancelled() => break,
                    batch = timeout_at(deadline, events.next()) => batch,
                };
                let Ok(Some(batch)) = batch else {
                    time_out(&mut done.rows);
                    break;
                };
                self.take(batch, &places, &mut done.rows);
                self.tell(&done.rows);
            }
        }
        let cancelled = self.cancel.is_cancelled();
        if !self.options.dry_run {
            for row in &mut done.rows {
                row.conclude(cancelled);
            }
        }
        !cancelled && done.rows.iter().all(is_well)
    }

    fn judge_all(&self, objects: &[&Object], places: &HashMap<Key, usize>, rows: &mut [Row]) {
        for (object, verdict) in objects.iter().zip(verdicts(self.judge, objects)) {
            let place = places.get(&Key::of(object));
            let Some(row) = place.and_then(|&place| rows.get_mut(place)) else {
                continue;
            };
            if row.action == Action::Failed {
                continue;
            }
            row.judged(verdict);
        }
    }

    /// One watch for each kind and namespace of which something is on its way.
    fn watch(&self, served: &HashMap<Gvk, Resource>, rows: &[Row]) -> Events {
        let mut kinds: BTreeMap<(String, String), (Resource, String)> = BTreeMap::new();
        for row in rows.iter().filter(|row| is_on_its_way(row)) {
            let ObjectRef { gvk, namespace, .. } = &row.object;
            if let Some(resource) = served.get(gvk) {
                let key = (gvk.to_string(), namespace.clone());
                kinds.insert(key, (resource.clone(), namespace.clone()));
            }
        }
        let mut events = SelectAll::new();
        for (resource, namespace) in kinds.into_values() {
            let namespace = Some(namespace.as_str()).filter(|n| !n.is_empty());
            let watch = self.cluster.watch(&resource, namespace);
            events.push(watch.ready_chunks(limits::HEALTH_BATCH_MAX).boxed());
        }
        events
    }

    fn take(
        &self,
        batch: Vec<Result<WatchEvent, ClusterError>>,
        places: &HashMap<Key, usize>,
        rows: &mut [Row],
    ) {
        // Of several changes to one object, the last one counts.
        let mut present: HashMap<Key, Object> = HashMap::new();
        for event in batch {
            match event {
                Ok(WatchEvent::Present(object)) => {
                    let key = Key::of(&object);
                    if places.contains_key(&key) {
                        present.insert(key, *object);
                    }
                }
                Ok(WatchEvent::Gone(reference)) => {
                    let key = Key::from(&reference);
                    present.remove(&key);
                    if let Some(row) = places.get(&key).and_then(|&place| rows.get_mut(place)) {
                        row.health = Some(HealthStatus::Missing);
                        let what = if row.hook { "end" } else { "health" };
                        row.message = format!("deleted while waiting for its {what}");
                    }
                }
                Ok(WatchEvent::Listed) => {}
                Err(error) => tracing::debug!(%error, "watch"),
            }
        }
        let objects: Vec<&Object> = present.values().collect();
        self.judge_all(&objects, places, rows);
    }

    fn tell(&self, rows: &[Row]) {
        let well = rows.iter().filter(|row| is_well(row)).count();
        let next = rows.iter().find(|row| is_on_its_way(row));
        let next = next
            .map(|row| format!("{}: {}", row.object, row.message))
            .unwrap_or_default();
        self.observer.waiting(well, rows.len(), &next);
    }
}

/// Whether waiting may still help. What was pruned or left out has no health.
fn is_on_its_way(row: &Row) -> bool {
    match row.health {
        Some(HealthStatus::Progressing) => true,
        Some(HealthStatus::Missing) => !row.hook,
        Some(HealthStatus::Suspended) => row.hook,
        _ => false,
    }
}

fn is_well(row: &Row) -> bool {
    let healthy = matches!(
        row.health,
        None | Some(HealthStatus::Healthy | HealthStatus::Suspended)
    );
    healthy && row.action != Action::Failed
}

fn time_out(rows: &mut [Row]) {
    for row in rows.iter_mut().filter(|row| is_on_its_way(row)) {
        let why = if row.message.is_empty() {
            String::new()
        } else {
            format!(": {}", row.message)
        };
        row.message = format!("not healthy in time{why}");
    }
}
