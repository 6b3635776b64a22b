//! The limits that an operator may set for one plugin or for all, and their bounds.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use gantry_model::limits;

use crate::config::Limits;

/// A limit that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Wall-clock time of one render.
    RenderDeadline,
    /// Wall-clock time of one health batch.
    HealthDeadline,
    /// Linear memory of one instance.
    Memory,
    /// All documents of one render together.
    Output,
    /// Documents of one render.
    Documents,
    /// Captured output of one call.
    Log,
}

/// What a limit is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds.
    Milliseconds,
    /// Bytes.
    Bytes,
    /// Things.
    Count,
}

/// A value beyond the bounds of its limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} must be between {} and {}", .limit.name(), .limit.unit().write(*.limit.bounds().start()), .limit.unit().write(*.limit.bounds().end()))]
pub struct OutOfBounds {
    /// Which limit.
    pub limit: Limit,
}

/// The limits that were set; the others stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitOverrides(BTreeMap<Limit, u64>);

impl Limit {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::RenderDeadline,
        Self::HealthDeadline,
        Self::Memory,
        Self::Output,
        Self::Documents,
        Self::Log,
    ];

    /// Its name in `plugins.yaml`.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// What it is counted in.
    pub fn unit(self) -> Unit {
        self.row().1
    }

    /// The least and the most that it may be.
    pub fn bounds(self) -> RangeInclusive<u64> {
        self.row().2
    }

    fn row(self) -> (&'static str, Unit, RangeInclusive<u64>) {
        use Unit::{Bytes, Count, Milliseconds};
        match self {
            Self::RenderDeadline => (
                "renderDeadline",
                Milliseconds,
                limits::RENDER_DEADLINE_BOUNDS_MS,
            ),
            Self::HealthDeadline => (
                "healthDeadline",
                Milliseconds,
                limits::HEALTH_DEADLINE_BOUNDS_MS,
            ),
            Self::Memory => ("memory", Bytes, limits::GUEST_MEMORY_BOUNDS_BYTES),
            Self::Output => ("output", Bytes, limits::RENDER_OUTPUT_BOUNDS_BYTES),
            Self::Documents => ("documents", Count, limits::RENDER_DOCUMENTS_BOUNDS),
            Self::Log => ("log", Bytes, limits::GUEST_LOG_BOUNDS_BYTES),
        }
    }
}

impl Unit {
    /// A value as `plugins.yaml` has it: `10s`, `512Mi`, `20000`.
    pub fn write(self, value: u64) -> String {
        let steps: &[(u64, &str)] = match self {
            Self::Milliseconds => &[(60_000, "m"), (1_000, "s"), (1, "ms")],
            Self::Bytes => &[(1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki")],
            Self::Count => &[],
        };
        let whole = steps
            .iter()
            .find(|(size, _)| value >= *size && value.is_multiple_of(*size));
        match whole {
            Some((size, suffix)) => format!("{}{suffix}", value / size),
            None => value.to_string(),
        }
    }
}

impl LimitOverrides {
    /// Sets one limit.
    ///
    /// # Errors
    /// [`OutOfBounds`] when the value is too small to work or too large to protect.
    pub fn set(&mut self, limit: Limit, value: u64) -> Result<(), OutOfBounds> {
        if !limit.bounds().contains(&value) {
            return Err(OutOfBounds { limit });
        }
        self.0.insert(limit, value);
        Ok(())
    }
}

impl Limits {
    /// The same limits, with those that were set in their place.
    #[must_use]
    pub fn with(&self, overrides: &LimitOverrides) -> Self {
        let mut limits = self.clone();
        for (limit, &value) in &overrides.0 {
            let size = usize::try_from(value).unwrap_or(usize::MAX);
            match limit {
                Limit::RenderDeadline => limits.render_deadline_ms = value,
                Limit::HealthDeadline => limits.health_deadline_ms = value,
                Limit::Memory => {
                    limits.render_memory_max_bytes = size;
                    limits.health_memory_max_bytes = size;
                }
                Limit::Output => limits.output_max_bytes = size,
                Limit::Documents => limits.documents_max = size,
                Limit::Log => limits.log_max_bytes = size,
            }
        }
        limits
    }
}

#[cfg(test)]
mod tests {
    use super::{Limit, LimitOverrides, Unit};
    use crate::config::{HostConfig, Limits};

    #[test]
    fn what_was_set_counts_and_the_rest_stays() {
        let mut overrides = LimitOverrides::default();
        for (limit, value) in [(Limit::Memory, 512 << 20), (Limit::Documents, 7)] {
            overrides.set(limit, value).expect("within bounds");
        }
        let (before, after) = (Limits::default(), Limits::default().with(&overrides));
        assert_eq!(after.render_memory_max_bytes, 512 << 20);
        assert_eq!(after.health_memory_max_bytes, 512 << 20);
        assert_eq!(after.documents_max, 7);
        assert_eq!(after.render_deadline_ms, before.render_deadline_ms);
        assert_eq!(after.output_max_bytes, before.output_max_bytes);
    }

    #[test]
    fn a_plugin_has_its_own_limits_and_the_pool_room_for_the_largest() {
        let mut overrides = LimitOverrides::default();
        overrides
            .set(Limit::Memory, 1 << 30)
            .expect("within bounds");
        let config = HostConfig {
            overrides: [("helm".to_owned(), overrides)].into(),
            ..HostConfig::default()
        };
        assert_eq!(config.limits_of("helm").render_memory_max_bytes, 1 << 30);
        assert_eq!(
            config.limits_of("other").render_memory_max_bytes,
            config.limits.render_memory_max_bytes
        );
        assert_eq!(config.memory_max_bytes(), 1 << 30);
        assert_eq!(
            HostConfig::default().memory_max_bytes(),
            Limits::default().render_memory_max_bytes
        );
    }

    #[test]
    fn every_default_is_within_its_bounds_and_nothing_is_set_beyond_them() {
        let defaults = Limits::default();
        let size = |bytes: usize| vec![bytes as u64];
        for limit in Limit::ALL {
            let values = match limit {
                Limit::RenderDeadline => vec![defaults.render_deadline_ms],
                Limit::HealthDeadline => vec![defaults.health_deadline_ms],
                Limit::Memory => [
                    size(defaults.render_memory_max_bytes),
                    size(defaults.health_memory_max_bytes),
                ]
                .concat(),
                Limit::Output => size(defaults.output_max_bytes),
                Limit::Documents => size(defaults.documents_max),
                Limit::Log => size(defaults.log_max_bytes),
            };
            let mut overrides = LimitOverrides::default();
            for value in values {
                assert_eq!(overrides.set(limit, value), Ok(()));
            }
            let bounds = limit.bounds();
            let beyond = [bounds.start().checked_sub(1), Some(bounds.end() + 1)];
            for value in beyond.into_iter().flatten() {
                let error = overrides.set(limit, value).expect_err(limit.name());
                assert!(error.to_string().contains(limit.name()), "{error}");
            }
        }
    }

    #[test]
    fn values_are_written_as_they_are_set() {
        for (unit, value, text) in [
            (Unit::Milliseconds, 120_000, "2m"),
            (Unit::Milliseconds, 90_000, "90s"),
            (Unit::Milliseconds, 150, "150ms"),
            (Unit::Bytes, 4 << 30, "4Gi"),
            (Unit::Bytes, 1536 << 20, "1536Mi"),
            (Unit::Bytes, 0, "0"),
            (Unit::Bytes, 1000, "1000"),
            (Unit::Count, 20_000, "20000"),
        ] {
            assert_eq!(unit.write(value), text);
        }
    }
}
