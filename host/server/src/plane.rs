//! What stands behind the door.

use gantry_model::{Push, WebhookSecrets};

/// The control plane, as this room knows it. Methods may block for a short while: they are called
/// on threads of their own.
pub trait Plane: Send + Sync {
    /// Something was pushed: look at the applications that it concerns. What comes here has no proof
    /// where there is no secret, so it may cause a look at Git and nothing else. Called after the
    /// sender has its answer, one at a time.
    fn pushed(&self, push: Push);
    /// Whether the work is done as it should be.
    ///
    /// # Errors
    /// The reason why it is not. It goes to the log, not to who asks.
    fn is_ready(&self) -> Result<(), String>;
    /// What was counted, as Prometheus reads it.
    fn metrics(&self) -> String;
    /// What webhooks must prove to know, now.
    ///
    /// # Errors
    /// Why that cannot be said; no webhook is taken meanwhile.
    fn webhook_secrets(&self) -> Result<WebhookSecrets, String>;
}
