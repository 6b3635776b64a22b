//! What a guest asks for that lies outside of its source tree: bounded in number and time, noted
//! for the render cache, and told with the result.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gantry_model::outside::{GrantKind, Granted};
use gantry_model::{Digest, NoOutside, Outside, Pinned, Withheld, limits, without_secrets};
use wasmtime::component::Resource;

use crate::bindings::renderer::gantry::plugin::context::Withheld as WitWithheld;
use crate::observe::{Observed, Question};
use crate::sandbox::State;
use crate::source::TreeView;

/// Who hands over what lies outside; by default nobody.
#[derive(Clone)]
pub struct Supplier(pub Arc<dyn Outside>);

impl Default for Supplier {
    fn default() -> Self {
        Self(Arc::new(NoOutside))
    }
}

impl fmt::Debug for Supplier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What one guest has had of the host's own time.
#[derive(Debug, Default)]
pub(crate) struct Lent {
    asked: usize,
    time: Duration,
}

/// What one question needs.
pub(crate) struct Asking {
    pub(crate) supplier: Supplier,
    pub(crate) observed: Arc<Observed>,
}

impl State {
    /// Does work of the host for a guest. The time it takes is not the guest's: its deadline moves.
    pub(crate) fn lend<T>(
        &mut self,
        work: impl FnOnce() -> Result<T, Withheld>,
    ) -> Result<T, Withheld> {
        let (max, max_secs) = (limits::OUTSIDE_ASKED_MAX, limits::OUTSIDE_TIMEOUT_SECS);
        if self.lent.asked >= max {
            let rule = format!("one render is handed at most {max} things from outside");
            return Err(Withheld::Refused(rule));
        }
        if self.lent.time >= Duration::from_secs(max_secs) {
            let rule = format!("one render waits at most {max_secs} s for what lies outside");
            return Err(Withheld::Refused(rule));
        }
        self.lent.asked += 1;
        let start = Instant::now();
        let done = work();
        let took = start.elapsed();
        self.lent.time += took;
        self.deadline += took;
        done
    }

    pub(crate) fn git_tree(
        &mut self,
        asking: &Asking,
        repository: String,
        revision: String,
    ) -> wasmtime::Result<Result<Resource<TreeView>, WitWithheld>> {
        let pinned = self.lend(|| asking.supplier.0.git(&repository, &revision));
        let told = granted(GrantKind::Git, &repository, "", &revision);
        let question = Question::Git {
            repository,
            revision,
        };
        asking.note(question, told, pin(&pinned));
        self.hand_over(asking, pinned)
    }

    pub(crate) fn chart_tree(
        &mut self,
        asking: &Asking,
        repository: String,
        name: String,
        version: String,
    ) -> wasmtime::Result<Result<Resource<TreeView>, WitWithheld>> {
        let pinned = self.lend(|| asking.supplier.0.chart(&repository, &name, &version));
        let told = granted(GrantKind::Chart, &repository, &name, &version);
        let question = Question::Chart {
            repository,
            name,
            version,
        };
        asking.note(question, told, pin(&pinned));
        self.hand_over(asking, pinned)
    }

    pub(crate) fn file(&mut self, asking: &Asking, url: String) -> Result<Vec<u8>, WitWithheld> {
        let downloaded = self.lend(|| asking.supplier.0.download(&url));
        let pin = downloaded
            .as_ref()
            .ok()
            .map(|bytes| Digest::of(bytes).to_string());
        let told = granted(GrantKind::Download, &url, "", "");
        asking.note(Question::Download(url), told, pin);
        downloaded.map_err(WitWithheld::from)
    }

    /// A repository or chart as a tree of its own.
    fn hand_over(
        &mut self,
        asking: &Asking,
        pinned: Result<Pinned, Withheld>,
    ) -> wasmtime::Result<Result<Resource<TreeView>, WitWithheld>> {
        let pinned = match pinned {
            Ok(pinned) => pinned,
            Err(withheld) => return Ok(Err(withheld.into())),
        };
        let (tree, path) = (asking.observed.watched(pinned), String::new());
        Ok(Ok(self.table.push(TreeView { tree, path })?))
    }
}

impl Asking {
    /// What is withheld may be handed over the next time: then nothing is known to be the same.
    fn note(&self, question: Question, granted: Granted, pin: Option<String>) {
        if let Some(pinned) = pin.clone() {
            self.observed.grant(Granted { pinned, ..granted });
        }
        self.observed.note(question, || pin);
    }
}

fn granted(kind: GrantKind, url: &str, chart: &str, asked: &str) -> Granted {
    Granted {
        kind,
        url: without_secrets(url),
        chart: chart.to_owned(),
        asked: asked.to_owned(),
        pinned: String::new(),
    }
}

fn pin(pinned: &Result<Pinned, Withheld>) -> Option<String> {
    pinned.as_ref().ok().map(|pinned| pinned.pin.clone())
}

impl From<Withheld> for WitWithheld {
    fn from(withheld: Withheld) -> Self {
        match withheld {
            Withheld::Refused(rule) => Self::Refused(rule),
            Withheld::Failed(reason) => Self::Failed(reason),
        }
    }
}
