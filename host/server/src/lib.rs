//! The door of the control plane for others: the API over REST, webhooks, metrics, health.
//!
//! What answers is a [`Plane`], which the command line joins with the control plane, and
//! the [`gantry_api::Api`]. All that comes in here is from strangers, until a token or a webhook's secret
//! proves otherwise.

mod access;
mod answer;
mod body;
mod connection;
mod door;
mod grpc;
mod health;
mod metrics;
mod own_certificate;
mod pages;
mod plane;
mod process;
mod rate;
mod rest;
mod router;
mod serve;
mod streams;
mod tls;
mod webhook;

pub use plane::Plane;
pub use serve::{Bounds, Server, ServerError};
pub use tls::{Pem, TlsError, TlsMode};
pub use webhook::Provider;

pub use router::Surface;
