//! Which requests are sent again, when, and for how long.

use std::sync::Weak;
use std::time::Duration;

use gantry_model::{ClusterError, limits};
use tokio::time::Instant;

use crate::answer::Answer;
use crate::connection::Connection;
use crate::outage::Met;
use crate::random;
use crate::reason::unreachable;
use crate::request::Call;

/// What kept a request from being done, which another try may not meet.
struct Fault {
    /// What is told when there is no further try.
    result: Result<Answer, ClusterError>,
    /// It may have been done all the same.
    maybe_done: bool,
    /// The server may be away, for others too.
    outage: bool,
    /// It never reached the server.
    unsent: bool,
    /// When to come back, if the server said.
    retry_after: Option<Duration>,
}

impl Fault {
    fn answered(answer: Answer) -> Self {
        let by_server = answer.code >= 500;
        Self {
            maybe_done: by_server,
            outage: by_server,
            unsent: false,
            retry_after: answer.retry_after_secs.map(Duration::from_secs),
            result: Ok(answer),
        }
    }

    fn unanswered(error: ClusterError) -> Self {
        let unsent = matches!(error, ClusterError::Unreachable { .. });
        Self {
            maybe_done: !unsent,
            outage: true,
            unsent,
            retry_after: None,
            result: Err(error),
        }
    }

    /// A refusal for want of capacity (429, 503 with `Retry-After`) says when to come back, and is
    /// no sign that a further try is in vain.
    fn is_turned_away(&self) -> bool {
        let code = self.result.as_ref().map_or(0, |answer| answer.code);
        code == 429 || self.retry_after.is_some()
    }
}

impl Connection {
    /// Sends a request, again if need be, and reads the answer whole, whatever its status. An
    /// outage is waited for, once the server has answered at all.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer, ClusterError> {
        let mut patience = Patience::new(call.tries);
        let mut maybe_done = false;
        loop {
            let sent = Instant::now();
            let fault = match self.once(call).await {
                Ok(answer) if !self.asked(call, None).may_pass(&answer) => {
                    return Ok(Answer {
                        maybe_done,
                        ..answer
                    });
                }
                Ok(answer) => Fault::answered(answer),
                Err(error @ (ClusterError::Unreachable { .. } | ClusterError::Transient(_))) => {
                    Fault::unanswered(error)
                }
                Err(error) => return Err(error),
            };
            maybe_done |= fault.maybe_done;
            if fault.maybe_done && !call.repeatable {
                return fault.result.map_err(doubtful);
            }
            let Some(pause) = self.pause_after(&fault, sent, &mut patience).await? else {
                let told = |answer| Answer {
                    maybe_done,
                    ..answer
                };
                return fault.result.map(told);
            };
            tracing::debug!(
                cluster = %self.name,
                pause_ms = pause.as_millis(),
                "trying again: {} {}",
                call.method,
                call.target
            );
            tokio::time::sleep(pause).await;
        }
    }

    /// How long to wait for the next try; none when there is none.
    async fn pause_after(
        &self,
        fault: &Fault,
        sent: Instant,
        patience: &mut Patience,
    ) -> Result<Option<Duration>, ClusterError> {
        if !self.outage.was_reached() {
            patience.end_soon(fault);
        } else if fault.outage && self.wait_out(sent).await? {
            return Ok(patience.after_outage());
        }
        Ok(patience.next(fault.is_turned_away(), fault.retry_after))
    }

    /// Waits until an outage is over, if there is one: whether there was.
    ///
    /// # Errors
    /// When it lasts.
    pub(crate) async fn wait_out(&self, sent: Instant) -> Result<bool, ClusterError> {
        let me = Weak::clone(&self.me);
        let probe = move || {
            let me = me.upgrade();
            async move {
                match me {
                    Some(server) => server.probe().await,
                    None => Ok(()),
                }
            }
        };
        let met = self.outage.wait(&self.name, sent, probe).await;
        match met {
            Met::None => Ok(false),
            Met::Over => Ok(true),
            Met::Lasting(reason) => Err(unreachable(&self.name, reason)),
        }
    }

    /// Whether the server is ready; if not, why. One that does not tell, for want of rights or
    /// because it is older, works at least.
    async fn probe(&self) -> Result<(), String> {
        let mut call = Call::get("/readyz");
        call.accept = "*/*";
        let limit = Duration::from_secs(limits::API_PROBE_TIMEOUT_SECS);
        match tokio::time::timeout(limit, self.once(&call)).await {
            Err(_) => Err(format!("no answer within {} s", limit.as_secs())),
            Ok(Err(ClusterError::Unreachable { reason, .. })) => Err(reason),
            Ok(Err(error)) => Err(error.to_string()),
            Ok(Ok(answer)) if answer.code == 429 || answer.code >= 500 => {
                Err(format!("the server answered {} to /readyz", answer.code))
            }
            Ok(Ok(_)) => Ok(()),
        }
    }
}

/// An error after which nobody knows whether the request was done.
fn doubtful(error: ClusterError) -> ClusterError {
    match error {
        ClusterError::Transient(text) => ClusterError::Transient(format!(
            "{text}; the change may have been made all the same"
        )),
        other => other,
    }
}

/// How long one request is tried.
struct Patience {
    /// When the first try failed.
    first: Option<Instant>,
    /// The same, since the last outage.
    began: Option<Instant>,
    tries_left: u32,
    pause: Duration,
}

impl Patience {
    fn new(tries: u32) -> Self {
        Self {
            first: None,
            began: None,
            tries_left: tries.saturating_sub(1),
            pause: Duration::from_millis(limits::API_BACKOFF_START_MS),
        }
    }

    /// The pause before the next try; none when there is none. One that was turned away counts by
    /// time only.
    fn next(&mut self, turned_away: bool, retry_after: Option<Duration>) -> Option<Duration> {
        let began = *self.began.get_or_insert_with(Instant::now);
        if !turned_away {
            self.tries_left = self.tries_left.checked_sub(1)?;
        }
        let pause = self.pause.max(retry_after.unwrap_or_default());
        self.pause = (self.pause * 2).min(Duration::from_millis(limits::API_BACKOFF_MAX_MS));
        let all = Duration::from_secs(limits::API_OUTAGE_MAX_SECS);
        // So many that failed at once must not come back at once.
        let pause = pause + pause.mul_f64(random::fraction() / 4.0);
        (began.elapsed() + pause <= all).then_some(pause)
    }

    /// The pause after an outage, spread: all who waited come back now. None when one outage
    /// follows another.
    fn after_outage(&mut self) -> Option<Duration> {
        let first = *self.first.get_or_insert_with(Instant::now);
        self.began = None;
        let all = Duration::from_secs(2 * limits::API_OUTAGE_MAX_SECS);
        let pause = Duration::from_millis(limits::API_BACKOFF_START_MS);
        (first.elapsed() <= all).then(|| pause.mul_f64(random::fraction()))
    }

    /// A server that never answered is not waited for, least of all one that was not reached.
    fn end_soon(&mut self, fault: &Fault) {
        let left = match fault.result {
            Ok(_) => self.tries_left,
            Err(_) if fault.unsent => 0,
            Err(_) => limits::API_FIRST_TRIES_MAX.saturating_sub(1),
        };
        self.tries_left = self.tries_left.min(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn tries_end_by_number_or_by_time() {
        let mut patience = Patience::new(limits::API_FAULT_TRIES_MAX);
        let began = Instant::now();
        let mut tries = 1;
        while let Some(pause) = patience.next(false, None) {
            tokio::time::advance(pause).await;
            tries += 1;
        }
        assert_eq!(tries, limits::API_FAULT_TRIES_MAX);
        assert!(began.elapsed() < Duration::from_secs(15));
        let mut patience = Patience::new(limits::API_FAULT_TRIES_MAX);
        let (began, mut tries) = (Instant::now(), 0);
        while let Some(pause) = patience.next(true, Some(Duration::from_secs(1))) {
            assert!(pause >= Duration::from_secs(1), "as the server asked");
            tokio::time::advance(pause).await;
            tries += 1;
        }
        assert!(tries > limits::API_FAULT_TRIES_MAX);
        let all = Duration::from_secs(limits::API_OUTAGE_MAX_SECS);
        assert!(began.elapsed() <= all);
        let mut patience = Patience::new(2);
        assert_eq!(
            patience.next(true, Some(all * 2)),
            None,
            "longer than anybody waits"
        );
    }
}
