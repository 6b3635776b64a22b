//! One real API server, started once, and everything that is asked of it.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

mod checks;

use gantry_testbed::{Parts, Testbed};

#[test]
fn a_real_cluster_answers() {
    let mut testbed = Testbed::start(&["one"], Parts::Api).expect("a cluster");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let set_up = checks::SetUp::new(&mut testbed).await;
        checks::names::run(&set_up).await;
        checks::objects::run(&set_up).await;
        checks::applying::run(&set_up).await;
        checks::writing::run(&set_up).await;
        checks::kinds::run(&set_up).await;
        checks::lists::run(&set_up).await;
        checks::refused::run(&set_up).await;
        checks::authors::run(&set_up).await;
        checks::outages::run(&set_up, &mut testbed).await;
        checks::watching::run(&set_up, &mut testbed).await;
    });
}
