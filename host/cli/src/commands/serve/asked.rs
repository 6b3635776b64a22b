//! The way to identity providers: the web client of the charts.

use std::time::Duration;

use async_trait::async_trait;
use gantry_access::{Ask, Trust};
use gantry_charts::{Bounds, Exchange};
use gantry_model::limits;

/// Asks over the web, on a thread that may block.
#[derive(Clone, Default)]
pub(super) struct Asked(Exchange);

#[async_trait]
impl Ask for Asked {
    async fn ask(
        &self,
        request: http::Request<Vec<u8>>,
        trust: &Trust,
    ) -> Result<http::Response<Vec<u8>>, String> {
        let (exchange, trust) = (self.0.clone(), trust.clone());
        let bounds = Bounds {
            timeout: Duration::from_secs(limits::SSO_ANSWER_SECS),
            max_bytes: limits::SSO_ANSWER_MAX_BYTES,
        };
        let asked = tokio::task::spawn_blocking(move || {
            exchange.send(request, &trust.root_ca, trust.is_insecure, bounds)
        });
        asked.await.map_err(|error| error.to_string())?
    }
}
