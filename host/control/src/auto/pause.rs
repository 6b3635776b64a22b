//! Pauses between repairs of drift: two writers that fight for an object must not do it without end.

use std::time::{Duration, SystemTime};

use gantry_model::limits::{
    SELF_HEAL_COOLDOWN_SECS, SELF_HEAL_PAUSE_FACTOR, SELF_HEAL_PAUSE_MAX_SECS,
    SELF_HEAL_PAUSE_SECS, SYNC_ERROR_PAUSE_SECS,
};

use super::{Attempt, Decision, OperationPhase};

/// The number of the repair that may start now, or until when to wait for it.
pub(super) fn attempt(last: &Attempt, now: SystemTime) -> Result<u32, Decision> {
    let Some(finished) = last.finished else {
        return Ok(1);
    };
    // A clock that went back has seen no time pass.
    let since = now.duration_since(finished).unwrap_or_default();
    let is_quiet = since >= Duration::from_secs(SELF_HEAL_COOLDOWN_SECS)
        && last.phase == OperationPhase::Succeeded;
    let before = if is_quiet { 0 } else { last.self_heal_attempts };
    let pause = after(before);
    if since < pause {
        return Err(Decision::Wait {
            until: Some(now + (pause - since)),
            reason: format!(
                "repair {before} of the same revisions was just now; the next one after {} s",
                pause.as_secs()
            ),
        });
    }
    Ok(before.saturating_add(1))
}

/// Waits some time after an operation that could not begin: its cluster or its repository was away.
pub(super) fn after_error(last: &Attempt, now: SystemTime) -> Result<(), Decision> {
    let pause = Duration::from_secs(SYNC_ERROR_PAUSE_SECS);
    let since = last
        .finished
        .map(|at| now.duration_since(at).unwrap_or_default());
    match since {
        Some(since) if since < pause => Err(Decision::Wait {
            until: Some(now + (pause - since)),
            reason: format!("the last sync could not begin: {}", last.message),
        }),
        _ => Ok(()),
    }
}

/// The pause after so many repairs in a row; the first one comes at once.
fn after(repairs: u32) -> Duration {
    let Some(further) = repairs.checked_sub(1) else {
        return Duration::ZERO;
    };
    let factor = u64::from(SELF_HEAL_PAUSE_FACTOR).saturating_pow(further);
    let seconds = SELF_HEAL_PAUSE_SECS.saturating_mul(factor);
    Duration::from_secs(seconds.min(SELF_HEAL_PAUSE_MAX_SECS))
}

#[cfg(test)]
mod tests {
    use super::after;

    #[test]
    fn pauses_grow_to_the_longest() {
        let seconds: Vec<u64> = (0..8).map(|n| after(n).as_secs()).collect();
        assert_eq!(seconds, [0, 2, 6, 18, 54, 162, 300, 300]);
        assert_eq!(after(u32::MAX).as_secs(), 300);
    }
}
