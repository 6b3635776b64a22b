//! No false alarms: what was synced to a real control plane differs in nothing, whatever the server and its
//! controllers write into it, and not after the API server was started again either.
//!
//! Every chart and overlay of the suites is one application in a namespace of its own. Those that share an
//! object have their turn one after the other.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]
#![allow(
    clippy::print_stderr,
    reason = "says what is skipped and what was compared"
)]

mod cases;
mod groups;
mod spoke;

use std::collections::BTreeMap;
use std::time::Instant;

use gantry_testbed::{Parts, Testbed};

use cases::Application;
use spoke::Spoke;

#[test]
fn what_was_synced_differs_in_nothing() {
    let start = Instant::now();
    let told = |what: &str| eprintln!("{what} after {} s", start.elapsed().as_secs());
    let host = cases::host();
    let (mut applications, unfit) = cases::gather(&host);
    let rendered: usize = applications.iter().map(|a| a.objects.len()).sum();
    told("rendered");
    let mut testbed = Testbed::start(&["alarms"], Parts::Full).expect("a cluster");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let spoke = Spoke::new(&testbed, host);
    let groups = runtime.block_on(groups::split(&spoke, &mut applications));
    told("grouped");
    let mut alarms = Vec::new();
    for group in &groups {
        runtime.block_on(async {
            spoke.sync(&mut applications, group).await;
            for _ in 0..2 {
                alarms.extend(spoke.compare(&applications, group).await);
            }
        });
    }
    told("compared");
    let still_theirs = groups::last_of_each_object(&applications, &groups);
    let cluster = testbed.clusters().first_mut().expect("the cluster");
    cluster.stop_apiserver();
    cluster.start_apiserver().expect("the API server again");
    alarms.extend(runtime.block_on(spoke.compare(&applications, &still_theirs)));
    told("compared again");
    tell(&applications, unfit, rendered);
    eprintln!(
        "{} applications were compared again after a restart",
        still_theirs.len()
    );
    assert!(
        alarms.is_empty(),
        "{} false alarms:\n{}",
        alarms.len(),
        alarms.join("\n")
    );
    let synced = applications.iter().filter(|a| !a.objects.is_empty());
    assert!(synced.count() > cases::OWN, "none of them was synced");
}

/// What was compared, and how much was not, with reasons.
fn tell(applications: &[Application], unfit: usize, rendered: usize) {
    let compared: usize = applications.iter().map(|a| a.objects.len()).sum();
    let whole = applications.iter().filter(|a| a.refused.is_empty());
    eprintln!(
        "{} of {} applications whole, {compared} of {rendered} objects; {unfit} render to what is no object",
        whole.count(),
        applications.len()
    );
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (_, reason) in applications.iter().flat_map(|a| &a.refused) {
        *reasons.entry(spoke::class(reason)).or_default() += 1;
    }
    for (reason, count) in reasons {
        eprintln!("not accepted by the API server: {count} objects: {reason}");
    }
    if std::env::var_os("GANTRY_ALARMS_VERBOSE").is_some() {
        for application in applications {
            for (object, reason) in &application.refused {
                eprintln!("{}: {object}: {reason}", application.title);
            }
        }
    }
}
