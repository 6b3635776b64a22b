//! Judging live objects, in batches, by the plugin that claims their kind.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock};

use gantry_model::{Gvk, Health, HealthStatus, limits};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::bindings::health::exports::gantry::plugin::health as wit;
use crate::data::Data;
use crate::error::PluginError;
use crate::host::{Host, Parts};
use crate::plugin::{Body, Plugin};
use crate::sandbox::Grant;
use crate::wasi::Surroundings;

/// The verdict on one object: none where nobody judges its kind.
pub type Verdict = Result<Option<Health>, PluginError>;

impl Host {
    /// Judges objects. The answers are in the objects' order. A plugin that fails on one object
    /// still judges the others.
    pub fn assess(&self, objects: &[&Value]) -> Vec<Verdict> {
        let shelf = self.0.registry.current();
        let claims = shelf.claims(&self.0.sandbox);
        let mut verdicts: Vec<Verdict> = vec![Ok(None); objects.len()];
        let mut work: BTreeMap<&str, (&Arc<Plugin>, Vec<usize>)> = BTreeMap::new();
        for (index, object) in objects.iter().enumerate() {
            if let Some(plugin) = claims.judge(&gvk(object)) {
                work.entry(&plugin.name)
                    .or_insert_with(|| (plugin, Vec::new()))
                    .1
                    .push(index);
            }
        }
        for (plugin, indices) in work.into_values() {
            let text = |index: &usize| {
                objects
                    .get(*index)
                    .map(|object| visible(object))
                    .unwrap_or_default()
            };
            let texts: Vec<String> = indices.iter().map(text).collect();
            let judged = self.0.judge_all(plugin, &batches(&texts));
            for (index, verdict) in indices.iter().zip(judged) {
                if let Some(place) = verdicts.get_mut(*index) {
                    *place = verdict;
                }
            }
        }
        verdicts
    }
}

/// To find it out takes several files of the system, longer than a verdict.
static CORES: LazyLock<usize> =
    LazyLock::new(|| std::thread::available_parallelism().map_or(1, NonZeroUsize::get));

impl Parts {
    /// The verdicts on all batches, in order: several batches at once, on as many cores.
    fn judge_all(&self, plugin: &Plugin, batches: &[&[String]]) -> Vec<Verdict> {
        let share = batches.len().div_ceil(*CORES).max(1);
        let judge = |batches: &[&[String]]| -> Vec<Verdict> {
            let judged = batches.iter().flat_map(|batch| self.judge(plugin, batch));
            judged.collect()
        };
        if batches.len() <= share {
            return judge(batches);
        }
        std::thread::scope(|scope| {
            let shares = batches.chunks(share);
            let workers: Vec<_> = shares
                .map(|share| (share, scope.spawn(move || judge(share))))
                .collect();
            let done = workers.into_iter().flat_map(|(share, worker)| {
                // A worker that panicked is judged again here, where the panic reaches the caller.
                worker.join().unwrap_or_else(|_| judge(share))
            });
            done.collect()
        })
    }

    /// One verdict for each text. Where the plugin fails on a batch, its halves are tried, so that
    /// only the object to blame stays without a verdict; not where a limit was hit, since that
    /// would take as long again.
    fn judge(&self, plugin: &Plugin, texts: &[String]) -> Vec<Verdict> {
        match self.call_health(plugin, texts) {
            Ok(verdicts) => verdicts.into_iter().map(Ok).collect(),
            Err(PluginError::Fault { fault, .. }) if texts.len() > 1 && fault.is_trap() => {
                let (left, right) = texts.split_at(texts.len() / 2);
                [self.judge(plugin, left), self.judge(plugin, right)].concat()
            }
            Err(error) => vec![Err(error); texts.len()],
        }
    }

    fn call_health(
        &self,
        plugin: &Plugin,
        texts: &[String],
    ) -> Result<Vec<Option<Health>>, PluginError> {
        let name = || plugin.name.to_string();
        let Body::Health {
            pre, data, warm, ..
        } = &plugin.body
        else {
            return Ok(vec![None; texts.len()]);
        };
        let limits = &plugin.limits;
        let grant = Grant {
            plugin: Arc::clone(&plugin.name),
            deadline_ms: limits.health_deadline_ms,
            memory_max_bytes: limits.health_memory_max_bytes,
            crossing_max_bytes: limits.output_max_bytes,
            log_max_bytes: limits.log_max_bytes,
            surroundings: Surroundings::default(),
            mounts: data.iter().map(Data::mount).collect(),
            meter: Arc::clone(&plugin.meter),
        };
        let called = warm.call(&self.sandbox, &grant, pre, |instance, store| {
            instance.gantry_plugin_health().call_assess(store, texts)
        });
        let answers = called.map_err(|fault| PluginError::Fault {
            name: name(),
            fault,
        })?;
        if answers.len() != texts.len() {
            let (answers, objects) = (answers.len(), texts.len());
            return Err(PluginError::Answers {
                name: name(),
                answers,
                objects,
            });
        }
        Ok(answers
            .into_iter()
            .map(|answer| answer.map(health))
            .collect())
    }
}

/// Groups that one call can take.
fn batches(texts: &[String]) -> Vec<&[String]> {
    let mut batches = Vec::new();
    let mut rest = texts;
    while !rest.is_empty() {
        let mut bytes = 0usize;
        let fit = rest
            .iter()
            .take(limits::HEALTH_BATCH_MAX)
            .take_while(|text| {
                bytes += text.len();
                bytes <= limits::HEALTH_BATCH_MAX_BYTES
            });
        // An object that alone is too much goes alone.
        let (batch, after) = rest.split_at(fit.count().max(1));
        batches.push(batch);
        rest = after;
    }
    batches
}

/// What a plugin sees of an object, as JSON: all of it, but not the data of a Secret, and not who
/// manages its fields, which is often half of its text and no sign of health.
fn visible(object: &Value) -> String {
    let gvk = gvk(object);
    let hidden: &[&str] = if gvk.group.is_empty() && gvk.kind == "Secret" {
        &["data", "stringData"]
    } else {
        &[]
    };
    let mut text = Vec::with_capacity(OBJECT_TEXT_BYTES);
    let written = serde_json::to_writer(&mut text, &Visible { object, hidden });
    match written.map(|()| String::from_utf8(text)) {
        Ok(Ok(text)) => text,
        // JSON values are always written, and always as UTF-8.
        _ => Value::Null.to_string(),
    }
}

/// What most objects need no more than.
const OBJECT_TEXT_BYTES: usize = 4 << 10;

/// An object without some of its fields.
struct Visible<'a> {
    object: &'a Value,
    hidden: &'static [&'static str],
}

impl Serialize for Visible<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(fields) = self.object.as_object() else {
            return self.object.serialize(serializer);
        };
        let mut map = serializer.serialize_map(None)?;
        let shown = fields
            .iter()
            .filter(|(name, _)| !self.hidden.contains(&name.as_str()));
        for (name, value) in shown {
            if name == "metadata" {
                let hidden = &["managedFields"];
                map.serialize_entry(
                    name,
                    &Visible {
                        object: value,
                        hidden,
                    },
                )?;
            } else {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

fn gvk(object: &Value) -> Gvk {
    let text = |field: &str| {
        object
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    Gvk::parse(text("apiVersion"), text("kind"))
}

fn health(told: wit::Assessment) -> Health {
    let status = match told.status {
        wit::Status::Healthy => HealthStatus::Healthy,
        wit::Status::Progressing => HealthStatus::Progressing,
        wit::Status::Degraded => HealthStatus::Degraded,
        wit::Status::Suspended => HealthStatus::Suspended,
        wit::Status::Unknown => HealthStatus::Unknown,
    };
    Health {
        status,
        message: told.message,
    }
}

#[cfg(test)]
mod tests {
    use gantry_model::limits::{HEALTH_BATCH_MAX, HEALTH_BATCH_MAX_BYTES};
    use serde_json::json;

    use super::{batches, visible};

    #[test]
    fn batches_hold_no_more_than_they_may_and_nothing_is_lost() {
        let huge = HEALTH_BATCH_MAX_BYTES + 1;
        for (sizes, expected) in [
            (vec![], vec![]),
            (vec![10; 3], vec![3]),
            (vec![1; HEALTH_BATCH_MAX + 2], vec![HEALTH_BATCH_MAX, 2]),
            (vec![HEALTH_BATCH_MAX_BYTES / 2; 5], vec![2, 2, 1]),
            (vec![1, huge, 1], vec![1, 1, 1]),
        ] {
            let texts: Vec<String> = sizes.iter().map(|size| "x".repeat(*size)).collect();
            let lengths: Vec<usize> = batches(&texts).iter().map(|batch| batch.len()).collect();
            assert_eq!(lengths, expected);
        }
    }

    #[test]
    fn secrets_keep_their_data_to_themselves() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "Yg=="}, "stringData": {"c": "d"}, "type": "Opaque"});
        assert_eq!(
            visible(&secret),
            r#"{"apiVersion":"v1","kind":"Secret","type":"Opaque"}"#
        );
        let map = json!({"apiVersion": "v1", "data": {"a": "b"}, "kind": "ConfigMap"});
        assert_eq!(visible(&map), map.to_string());
        let managed = json!({"kind": "A", "metadata": {"managedFields": [{}], "name": "a"}, "metadata2": {"managedFields": 1}});
        let shown = r#"{"kind":"A","metadata":{"name":"a"},"metadata2":{"managedFields":1}}"#;
        assert_eq!(visible(&managed), shown);
    }
}
