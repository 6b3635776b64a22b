//! Keeps a replica's own lease alive, and says when that failed.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use gantry_model::ClusterError;
use gantry_model::limits::{LEASE_RENEW_MS, LEASE_RENEW_RETRY_MS};
use tokio::time::{Instant, sleep_until};

use super::fence::{Fence, Moment};
use super::lease::Leases;

/// Renews the lease until it is lost; why it is. A renewal that is not answered does not keep the next one
/// from being sent, and each counts from when it was sent.
pub(super) async fn renew(leases: &Leases, fence: &Fence, identity: &str) -> String {
    let mut under_way = FuturesUnordered::new();
    let mut next = Instant::now() + Duration::from_millis(LEASE_RENEW_MS);
    let mut reason = "the API server did not answer in time".to_owned();
    while let Some(deadline) = fence.deadline() {
        tokio::select! {
            Some((sent, answer)) = under_way.next() => match answer {
                Ok(()) => {
                    if !fence.renewed(sent, false) {
                        break;
                    }
                    next = sent.steady() + Duration::from_millis(LEASE_RENEW_MS);
                }
                Err(ClusterError::NotFound(_)) => {
                    return "somebody deleted the lease".to_owned();
                }
                Err(error) => {
                    let reason_now = error.to_string();
                    tracing::debug!(identity, error = reason_now, "a lease was not renewed");
                    reason = reason_now;
                }
            },
            () = sleep_until(next) => {
                let sent = Moment::now();
                under_way.push(async move { (sent, leases.renew(identity).await) });
                // An answer puts it off.
                next = Instant::now() + Duration::from_millis(LEASE_RENEW_RETRY_MS);
            }
            () = sleep_until(deadline) => {}
        }
    }
    reason
}
