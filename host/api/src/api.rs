//! Calls.

use std::sync::Arc;

use futures::stream::BoxStream;
use gantry_access::{Access, Caller};
use gantry_store::Home;
use serde_json::Value;

use crate::fault::{Code, Fault};
use crate::inside::Inside;

/// A stream of answers.
pub type Answers = BoxStream<'static, Result<Value, Fault>>;

/// The API of one control plane.
pub struct Api {
    home: Arc<dyn Home>,
    access: Arc<Access>,
    inside: Arc<dyn Inside>,
}

impl Api {
    /// Joins the parts.
    pub fn new(home: Arc<dyn Home>, access: Arc<Access>, inside: Arc<dyn Inside>) -> Self {
        Self {
            home,
            access,
            inside,
        }
    }

    /// Calls a method that answers once.
    ///
    /// # Errors
    /// What the caller may not, what does not exist, what failed.
    pub async fn call(
        &self,
        caller: &Caller,
        method: &str,
        request: Value,
    ) -> Result<Value, Fault> {
        let _ = (&self.home, &self.access, &self.inside, caller, request);
        Err(Fault::new(
            Code::Unimplemented,
            format!("there is no method {method}"),
        ))
    }

    /// Calls a method that answers with a stream, for as long as it is read.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn stream(
        &self,
        caller: &Caller,
        method: &str,
        request: Value,
    ) -> Result<Answers, Fault> {
        let _ = (&self.home, &self.access, &self.inside, caller, request);
        Err(Fault::new(
            Code::Unimplemented,
            format!("there is no method {method}"),
        ))
    }
}
