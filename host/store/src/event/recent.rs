//! The events of the last hour, in memory: they are of use for a look at what went on, and gone after a restart.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use gantry_model::limits;
use serde_json::Value;

use super::{Event, Subject};

/// So many of one application, so many of all, and none that is too old.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// The oldest first.
    events: VecDeque<(Subject, Event)>,
    /// How many there are of an application, by its `uid`.
    counts: HashMap<String, usize>,
}

impl Kept {
    fn remove(&mut self, at: usize) {
        let Some((subject, _)) = self.events.remove(at) else {
            return;
        };
        if let Some(count) = self.counts.get_mut(&subject.uid) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&subject.uid);
            }
        }
    }
}

impl Recent {
    pub(crate) fn add(&self, subject: Subject, event: Event) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while all.events.front().is_some_and(|(_, event)| is_old(event)) {
            all.remove(0);
        }
        let own = all.counts.get(&subject.uid).copied().unwrap_or_default();
        if own >= limits::APP_EVENTS_MAX {
            let mut events = all.events.iter();
            let oldest = events.position(|(known, _)| known.uid == subject.uid);
            all.remove(oldest.unwrap_or_default());
        } else if all.events.len() >= limits::EVENTS_KEPT_MAX {
            all.remove(0);
        }
        *all.counts.entry(subject.uid.clone()).or_default() += 1;
        all.events.push_back((subject, event));
    }

    /// Those of the application with this `uid`, the oldest first.
    pub(crate) fn of(&self, uid: &str) -> Vec<Value> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = all
            .events
            .iter()
            .filter(|(known, event)| known.uid == uid && !is_old(event));
        own.map(|(subject, event)| event.written(subject)).collect()
    }
}

fn is_old(event: &Event) -> bool {
    let age = SystemTime::now().duration_since(event.at);
    age.is_ok_and(|age| age > Duration::from_secs(limits::EVENTS_KEPT_SECS))
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken case")]
mod tests {
    use std::time::{Duration, SystemTime};

    use gantry_model::{Object, limits};
    use serde_json::{Value, json};

    use super::{Event, Recent, Subject};
    use crate::event::Reason;

    fn application(uid: &str) -> Subject {
        let app = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": "web", "namespace": "argocd", "uid": uid, "resourceVersion": "7"},
            "spec": {"destination": {"server": "https://spoke.example", "namespace": "shop"}}});
        Subject::of(&Object::new(app, None).expect("an object"))
    }

    fn messages(recent: &Recent, uid: &str) -> Vec<String> {
        let text = |event: &Value| event["message"].as_str().unwrap_or_default().to_owned();
        recent.of(uid).iter().map(text).collect()
    }

    fn updated(message: &str) -> Event {
        Event::new(Reason::ResourceUpdated, message)
    }

    #[test]
    fn an_event_is_written_as_argo_cd_does() {
        let recent = Recent::default();
        let event = Event::by(Reason::OperationStarted, "ada", "initiated sync to main");
        recent.add(application("u"), event.warning());
        let mut written = recent.of("u").remove(0);
        let name = written["metadata"]["name"].take();
        let name = name.as_str().and_then(|name| name.strip_prefix("web."));
        assert!(u128::from_str_radix(name.expect("a name"), 16).is_ok());
        assert_eq!(
            written["metadata"]["annotations"],
            json!({"dest-server": "https://spoke.example", "dest-namespace": "shop", "user": "ada"})
        );
        assert_eq!(
            written["involvedObject"],
            json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "name": "web", "namespace": "argocd", "uid": "u", "resourceVersion": "7"})
        );
        assert_eq!(written["reason"], "OperationStarted");
        assert_eq!(written["message"], "ada initiated sync to main");
        assert_eq!(written["type"], "Warning");
        let unknown = Event::by(Reason::ResourceCreated, "", "created application");
        assert_eq!(unknown.message, "Unknown user created application");
    }

    #[test]
    fn names_and_messages_have_an_end() {
        let long = Subject {
            name: "a".repeat(250),
            ..application("u")
        };
        let written = updated(&"ü".repeat(2_000)).written(&long);
        let length = |value: &Value| value.as_str().expect("a text").len();
        assert_eq!(
            length(&written["metadata"]["name"]),
            limits::OBJECT_NAME_MAX_CHARS
        );
        assert_eq!(length(&written["message"]), limits::EVENT_MESSAGE_MAX_BYTES);
    }

    #[test]
    fn only_so_many_are_kept_and_none_that_is_old() {
        let recent = Recent::default();
        recent.add(application("quiet"), updated("once"));
        for at in 0..limits::APP_EVENTS_MAX + 3 {
            recent.add(application("busy"), updated(&at.to_string()));
        }
        let busy = messages(&recent, "busy");
        assert_eq!(
            (busy.len(), busy[0].as_str()),
            (limits::APP_EVENTS_MAX, "3")
        );
        assert_eq!(messages(&recent, "quiet"), ["once"]);
        let ago = |secs: u64| Event {
            at: SystemTime::now() - Duration::from_secs(secs),
            ..updated("old")
        };
        recent.add(application("quiet"), ago(limits::EVENTS_KEPT_SECS + 1));
        recent.add(application("quiet"), ago(limits::EVENTS_KEPT_SECS - 60));
        assert_eq!(messages(&recent, "quiet"), ["once", "old"]);
        for at in 0..limits::EVENTS_KEPT_MAX {
            recent.add(application(&at.to_string()), updated("new"));
        }
        assert_eq!(messages(&recent, "quiet"), [""; 0]);
        let kept = recent.0.lock().expect("no panic");
        let (events, counted) = (kept.events.len(), kept.counts.values().sum::<usize>());
        assert_eq!(
            (events, counted),
            (limits::EVENTS_KEPT_MAX, limits::EVENTS_KEPT_MAX)
        );
    }
}
