//! The door of the control plane for others: webhooks, metrics, health.
