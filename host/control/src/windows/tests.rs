//! Windows at moments, by cases of Argo CD's own tests and more.

use std::collections::BTreeMap;

use gantry_model::application::Application;
use gantry_model::project::{AppProject, ProjectRules};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Windows, Wish};

fn windows(windows: &Value) -> Result<Windows, String> {
    let project = AppProject {
        name: "shop".to_owned(),
        namespace: String::new(),
        annotations: BTreeMap::new(),
        spec: json!({ "syncWindows": windows }),
    };
    let rules = ProjectRules::of(&project).map_err(|problem| problem.to_string())?;
    Windows::of(&rules).map_err(|problem| problem.to_string())
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn application() -> Application {
    Application {
        name: "web".to_owned(),
        ..Application::default()
    }
}

/// `KIND SCHEDULE FOR DURATION [ZONE] [manual] [overrun]`, all about the application.
fn window(text: &str) -> Value {
    let (kind, rest) = text.split_once(' ').expect("a kind");
    let (schedule, rest) = rest.split_once(" for ").expect("a schedule");
    let mut words = rest.split(' ');
    let mut window = json!({
        "kind": kind,
        "schedule": schedule,
        "duration": words.next(),
        "applications": ["web"],
    });
    for word in words {
        match word {
            "manual" => window["manualSync"] = json!(true),
            "overrun" => window["syncOverrun"] = json!(true),
            zone => window["timeZone"] = json!(zone),
        }
    }
    window
}

fn of(texts: &[&str]) -> Windows {
    windows(&texts.iter().map(|text| window(text)).collect()).expect("windows")
}

const NOON: &str = "2026-03-02T12:00:00Z";
type Case = (&'static [&'static str], &'static str, (bool, bool));

const CASES: &[Case] = &[
    (&[], NOON, (true, true)),
    (&["allow 0 12 * * * for 1h"], NOON, (true, true)),
    (
        &["allow 0 12 * * * for 1h"],
        "2026-03-02T12:59:59Z",
        (true, true),
    ),
    (
        &["allow 0 12 * * * for 1h"],
        "2026-03-02T13:00:00Z",
        (false, false),
    ),
    (
        &["allow 0 12 * * * for 1h"],
        "2026-03-02T11:59:59Z",
        (false, false),
    ),
    (&["allow 0 11 * * * for 1h manual"], NOON, (true, false)),
    (
        &["allow 0 11 * * * for 1h", "allow 0 10 * * * for 1h manual"],
        NOON,
        (false, false),
    ),
    (
        &["allow 0 11 * * * for 1h", "allow 0 12 * * * for 1h"],
        NOON,
        (true, true),
    ),
    (&["deny 0 12 * * * for 1h"], NOON, (false, false)),
    (&["deny 0 12 * * * for 1h manual"], NOON, (true, false)),
    (
        &["deny 0 12 * * * for 1h manual", "deny * * * * * for 1m"],
        NOON,
        (false, false),
    ),
    (
        &["deny 0 12 * * * for 1h", "allow * * * * * for 1h"],
        NOON,
        (false, false),
    ),
    (&["deny 0 13 * * * for 1h"], NOON, (true, true)),
    (
        &["deny 0 13 * * * for 1h", "allow 0 13 * * * for 1h"],
        NOON,
        (false, false),
    ),
    (
        &["deny 0 12 * * * for 1h manual", "allow 0 13 * * * for 1h"],
        NOON,
        (true, false),
    ),
    // By Friday evening, until Monday.
    (
        &["deny 0 18 * * 5 for 62h"],
        "2026-03-08T23:00:00Z",
        (false, false),
    ),
    (
        &["deny 0 18 * * 5 for 62h"],
        "2026-03-09T08:00:00Z",
        (true, true),
    ),
    // The first of a month, and each Monday: either.
    (&["allow 0 0 1 * 1 for 24h"], NOON, (true, true)),
    (
        &["allow 0 0 1 * 1 for 24h"],
        "2026-03-03T12:00:00Z",
        (false, false),
    ),
    (
        &["allow 0 0 1 * 1 for 24h"],
        "2026-04-01T12:00:00Z",
        (true, true),
    ),
    (
        &["allow @daily for 10m"],
        "2026-03-02T00:09:00Z",
        (true, true),
    ),
    (
        &["deny 0 0 29 2 * for 24h"],
        "2028-02-29T12:00:00Z",
        (false, false),
    ),
    (&["deny * * * * * for 0"], NOON, (true, true)),
    // Zones: NOON here is 13:00 in Berlin, and 21:00 in Tokyo.
    (
        &["allow 0 13 * * * for 1h Europe/Berlin"],
        NOON,
        (true, true),
    ),
    (
        &["allow 0 12 * * * for 1h Europe/Berlin"],
        NOON,
        (false, false),
    ),
    (&["allow 0 21 * * * for 1h Asia/Tokyo"], NOON, (true, true)),
    (
        &["allow 0 14 * * * for 1h Europe/Berlin"],
        "2026-07-02T12:00:00Z",
        (true, true),
    ),
];

#[test]
fn syncs_are_let_through_as_by_argo_cd() {
    // Whether a person may sync, and whether the control plane may.
    for (texts, now, expected) in CASES {
        let state = of(texts).state(at(now), &application());
        let found = (state.can_sync_manually, state.can_sync_automatically);
        assert_eq!(found, *expected, "{texts:?} {now}");
    }
}

#[test]
fn windows_about_others_do_not_count() {
    let other = json!([{"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["api"]}]);
    let state = windows(&other).expect("windows");
    let state = state.state(at("2026-03-02T12:00:00Z"), &application());
    assert!(state.can_sync_automatically && state.active.is_empty());
    assert!(state.assigned.is_empty() && state.next_change.is_none());
}

#[test]
fn the_next_change_is_told() {
    let daily = "deny 0 12 * * * for 1h";
    let cases: &[(&[&str], &str, usize, &str)] = &[
        (&[daily], "2026-03-02T11:00:00Z", 0, "2026-03-02T12:00:00Z"),
        (&[daily], "2026-03-02T12:00:00Z", 1, "2026-03-02T13:00:00Z"),
        (&[daily], "2026-03-02T13:00:00Z", 0, "2026-03-03T12:00:00Z"),
        (
            &[daily, "allow 30 12 * * * for 5m"],
            "2026-03-02T12:10:00Z",
            1,
            "2026-03-02T12:30:00Z",
        ),
        // Clocks are put forward before anything else happens.
        (
            &["deny 0 4 * * 0 for 1h Europe/Berlin"],
            "2026-03-29T00:30:00Z",
            0,
            "2026-03-29T01:00:00Z",
        ),
    ];
    for (texts, now, active, expected) in cases {
        let state = of(texts).state(at(now), &application());
        assert_eq!(state.active.len(), *active, "{texts:?} {now}");
        assert_eq!(state.next_change, Some(at(expected)), "{texts:?} {now}");
    }
}

#[test]
fn a_running_sync_may_overrun() {
    let (before, began) = ("2026-03-02T13:30:00Z", "2026-03-02T11:30:00Z");
    let cases: &[(&[&str], Wish, bool)] = &[
        (&["deny 0 13 * * * for 1h overrun"], Wish::Automatic, true),
        (&["deny 0 13 * * * for 1h"], Wish::Automatic, false),
        (
            &["deny 0 13 * * * for 1h overrun", "deny * * * * * for 1m"],
            Wish::Manual,
            false,
        ),
        (&["allow 0 11 * * * for 1h overrun"], Wish::Automatic, true),
        (&["allow 0 11 * * * for 1h"], Wish::Automatic, false),
        (&["allow 0 11 * * * for 1h manual"], Wish::Manual, true),
        // It might not have begun then either.
        (&["allow 0 10 * * * for 1h overrun"], Wish::Automatic, false),
        (&[], Wish::Automatic, true),
    ];
    for (texts, wish, expected) in cases {
        let found = of(texts).may_go_on(at(before), at(began), &application(), *wish);
        assert_eq!(found, *expected, "{texts:?} {wish:?}");
    }
}

#[test]
fn what_no_clock_knows_is_an_error_with_its_field() {
    let cases = [
        (
            "deny * * * * * for 1h Europe/Atlantis",
            "spec.syncWindows[0].timeZone",
        ),
        ("deny 0 0 30 2 * for 1h", "spec.syncWindows[0].schedule"),
    ];
    for (text, field) in cases {
        let told = windows(&json!([window(text)])).expect_err("an error");
        assert!(
            told.contains(field) && told.contains("project shop"),
            "{told}"
        );
    }
}
