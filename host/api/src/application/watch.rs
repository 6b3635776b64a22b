//! `Watch`: applications as they are and as they change.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use futures::StreamExt;
use futures::stream;
use gantry_access::Caller;
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::api::Answers;
use crate::apps::{Entry, Event, Filter, Happened, number};
use crate::desk::{Call, Desk};
use crate::fault::{Code, Fault};
use crate::fields::Fields;

struct Watch {
    desk: Arc<Desk>,
    caller: Caller,
    filter: Filter,
    fields: Option<Fields>,
    /// Changes before this version are known to the caller.
    after: Option<u64>,
    /// What the caller was given: what no longer fits is gone for them.
    given: HashSet<(String, String)>,
    pending: VecDeque<Event>,
    events: Receiver<Event>,
    is_over: bool,
}

/// Changes of all applications that fit and that the caller may see. All that there are come first, as
/// `ADDED`, unless a version is given and no name. A caller who reads too slowly is told so, and cut off: no
/// change is left out silently.
pub(super) async fn watch(call: Call<'_>) -> Result<Answers, Fault> {
    let ask = call.ask;
    let filter = Filter::of(ask)?;
    let version = ask.text("resourceVersion");
    let after = match version {
        "" => None,
        text => Some(number(text).ok_or_else(|| {
            Fault::invalid(format!("resourceVersion {text:?} is none of this home"))
        })?),
    };
    call.desk.apps.ready().await?;
    let is_all = version.is_empty() || !filter.name.is_empty();
    let (found, events) = call
        .desk
        .apps
        .fitting_and_changes(|entry| is_all && filter.fits(entry));
    let added = |entry| Event {
        happened: Happened::Added,
        entry,
    };
    let watch = Watch {
        desk: Arc::clone(call.desk),
        caller: call.caller.clone(),
        filter,
        fields: Fields::below("result.application", ask.text("fields")),
        after,
        given: HashSet::new(),
        pending: found.into_iter().map(added).collect(),
        events,
        is_over: false,
    };
    let answers = stream::unfold(watch, |mut watch| async {
        let next = watch.next().await?;
        Some((next, watch))
    });
    Ok(answers.boxed())
}

impl Watch {
    async fn next(&mut self) -> Option<Result<Value, Fault>> {
        if self.is_over {
            return None;
        }
        loop {
            let event = match self.pending.pop_front() {
                Some(event) => event,
                None => match self.events.recv().await {
                    Ok(event) => event,
                    Err(RecvError::Closed) => return None,
                    Err(RecvError::Lagged(missed)) => {
                        self.is_over = true;
                        let message = format!(
                            "too old resource version: {missed} changes were not read in time; watch anew"
                        );
                        return Some(Err(Fault::new(Code::Aborted, message)));
                    }
                },
            };
            if let Some(answer) = self.answer(&event) {
                return Some(Ok(answer));
            }
        }
    }

    /// What the caller hears of an event, by what they may see now.
    fn answer(&mut self, event: &Event) -> Option<Value> {
        let entry = &*event.entry;
        let app = entry.view();
        let key = (app.namespace().to_owned(), app.name().to_owned());
        let fits = self.filter.fits(entry) && self.may_see(entry);
        if !fits {
            // Moved out of sight: gone, for them. Only what they were given before is told.
            let known = self.given.remove(&key);
            return known.then(|| self.event(Happened::Deleted, self.bare(entry)));
        }
        if event.happened == Happened::Deleted {
            self.given.remove(&key);
            return Some(self.event(Happened::Deleted, self.part(entry)));
        }
        let version = number(entry.version());
        let is_new = self.given.insert(key);
        let is_old = |after| version.is_some_and(|version| version < after);
        if self.after.is_some_and(is_old) {
            return None;
        }
        let happened = match event.happened {
            Happened::Modified if is_new && self.after.is_none() => Happened::Added,
            happened => happened,
        };
        Some(self.event(happened, self.part(entry)))
    }

    fn may_see(&self, entry: &Entry) -> bool {
        let access = &self.desk.access;
        access.allows(&self.caller, "applications", "get", &entry.rbac_name)
    }

    fn part(&self, entry: &Entry) -> Value {
        entry.part(self.fields.as_ref())
    }

    fn event(&self, happened: Happened, application: Value) -> Value {
        json!({"type": happened.as_str(), "application": application})
    }

    /// An application of which no more is told than that it was there.
    fn bare(&self, entry: &Entry) -> Value {
        let app = entry.view();
        let bare = json!({
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": app.name(), "namespace": app.namespace()},
        });
        Fields::of(self.fields.as_ref(), &bare)
    }
}
