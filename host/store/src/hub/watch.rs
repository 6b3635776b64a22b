//! A hub's events, of which a home tells those that are about its own objects.

use std::collections::HashSet;

use futures::StreamExt;
use futures::stream::BoxStream;
use gantry_model::ClusterError;
use gantry_model::cluster::WatchEvent;

use super::Scope;
use super::fault::Asked;
use crate::error::StoreError;
use crate::home::{Change, Kind};

pub(super) fn watch(
    events: BoxStream<'static, Result<WatchEvent, ClusterError>>,
    kind: Kind,
    scope: Scope,
    asked: Asked,
) -> BoxStream<'static, Result<Change, StoreError>> {
    // An object may lose what made it one of the home's: then it is gone for those who watch.
    let mut told = HashSet::new();
    let changes = events.filter_map(move |event| {
        let change = match event {
            Ok(event) => change(event, kind, &scope, &mut told).map(Ok),
            Err(error) => Some(Err(asked.fault(error))),
        };
        std::future::ready(change)
    });
    changes.boxed()
}

fn change(
    event: WatchEvent,
    kind: Kind,
    scope: &Scope,
    told: &mut HashSet<(String, String)>,
) -> Option<Change> {
    let (namespace, name) = match event {
        WatchEvent::Listed => return Some(Change::Listed),
        WatchEvent::Present(object) => {
            let key = (object.namespace().to_owned(), object.name().to_owned());
            if scope.keeps(kind, &object) {
                told.insert(key);
                return Some(Change::Present(object));
            }
            key
        }
        WatchEvent::Gone(object) => (object.namespace, object.name),
    };
    let key = (namespace, name);
    told.remove(&key).then(|| {
        let (namespace, name) = key;
        Change::Gone { namespace, name }
    })
}
