//! What each plugin costs: counted while it is called, read by whoever watches.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gantry_model::limits;
use hdrhistogram::Histogram;
use serde::Serialize;

use crate::error::Fault;
use crate::host::Host;

/// What one plugin was called for since this process started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginMetrics {
    /// The plugin's name.
    pub name: String,
    /// Calls of its code, those at load included.
    pub calls: u64,
    /// Calls in which it trapped or exited.
    pub traps: u64,
    /// Calls that hit a limit of time, memory, stack or output.
    pub limits_hit: u64,
    /// Renders that were known already, so that it was not called.
    pub cache_hits: u64,
    /// Half of its calls took no longer, in microseconds.
    pub p50_micros: u64,
    /// All but one in a hundred took no longer, in microseconds.
    pub p99_micros: u64,
    /// All calls together, in microseconds.
    pub total_micros: u64,
    /// The most memory that one instance had, in bytes.
    pub memory_peak_bytes: u64,
}

impl Host {
    /// What each plugin that was used has cost so far, by name.
    pub fn metrics(&self) -> Vec<PluginMetrics> {
        self.0.sandbox.meters.read()
    }
}

/// All meters, by plugin name: a plugin that is replaced goes on counting.
#[derive(Debug, Default)]
pub(crate) struct Meters(Mutex<BTreeMap<Arc<str>, Arc<Meter>>>);

impl Meters {
    pub(crate) fn of(&self, plugin: &Arc<str>) -> Arc<Meter> {
        let mut meters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(meters.entry(Arc::clone(plugin)).or_default())
    }

    fn read(&self) -> Vec<PluginMetrics> {
        let meters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let read = |(name, meter): (&Arc<str>, &Arc<Meter>)| meter.read(name);
        meters.iter().map(read).collect()
    }
}

/// Counts for one plugin.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    told: PluginMetrics,
    /// Microseconds, to two digits. None until the first call, or if it cannot be had.
    times: Option<Histogram<u64>>,
}

impl Meter {
    /// Counts a call that ended.
    pub(crate) fn called(&self, took: Duration, memory_bytes: usize, fault: Option<&Fault>) {
        let mut counts = self.lock();
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        counts.told.calls += 1;
        counts.told.total_micros = counts.told.total_micros.saturating_add(micros);
        counts.told.memory_peak_bytes = counts.told.memory_peak_bytes.max(memory_bytes as u64);
        match fault {
            Some(Fault::Trap { .. } | Fault::Exit { .. }) => counts.told.traps += 1,
            Some(_) => counts.told.limits_hit += 1,
            None => {}
        }
        if counts.times.is_none() {
            counts.times = Histogram::new_with_max(limits::METRICS_CALL_MAX_MICROS, 2).ok();
        }
        if let Some(times) = &mut counts.times {
            times.saturating_record(micros);
        }
    }

    pub(crate) fn cache_hit(&self) {
        self.lock().told.cache_hits += 1;
    }

    fn read(&self, name: &str) -> PluginMetrics {
        let counts = self.lock();
        let at = |quantile| {
            let times = counts.times.as_ref();
            times.map_or(0, |times| times.value_at_quantile(quantile))
        };
        PluginMetrics {
            name: name.to_owned(),
            p50_micros: at(0.5),
            p99_micros: at(0.99),
            ..counts.told.clone()
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Meters, PluginMetrics};
    use crate::error::Fault;

    #[test]
    fn calls_are_counted_by_how_they_ended() {
        let meters = Meters::default();
        let meter = meters.of(&"helm".into());
        for (micros, bytes, fault) in [
            (100, 10, None),
            (100, 30, None),
            (100, 20, Some(Fault::Deadline { limit_ms: 1 })),
            (
                5_000,
                0,
                Some(Fault::Exit {
                    status: 1,
                    output: String::new(),
                }),
            ),
        ] {
            meter.called(Duration::from_micros(micros), bytes, fault.as_ref());
        }
        meters.of(&"helm".into()).cache_hit();
        let told = meters.read();
        let [told] = told.as_slice() else {
            panic!("{told:?}")
        };
        let p99 = told.p99_micros;
        assert!((4_900..=5_100).contains(&p99), "{p99}");
        let expected = PluginMetrics {
            name: "helm".into(),
            calls: 4,
            traps: 1,
            limits_hit: 1,
            cache_hits: 1,
            p50_micros: 100,
            p99_micros: p99,
            total_micros: 5_300,
            memory_peak_bytes: 30,
        };
        assert_eq!(*told, expected);
    }
}
