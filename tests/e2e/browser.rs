//! The pages of `gantry serve` in a real browser: what people do there, with a mouse and without one.

#![allow(clippy::print_stderr, reason = "says what is skipped")]

mod desk;
mod keyboard;
mod pages;
mod tutorial;

use gantry_browser::is_there;

use crate::server::{Home, Server};
use crate::world::World;
use desk::Desk;

/// Skipped, with a word about it, where there is no browser.
pub(crate) fn the_pages_do_what_people_come_for(world: &World) {
    if !is_there() {
        return;
    }
    // Nothing is polled meanwhile: what a page shows, it was told or asked for.
    let flags = ["--refresh-interval", "1h"];
    let server = Server::start(world, Home::Embedded, "browser", &flags);
    server
        .gantry(&["cluster", "add", "spoke-1", "-y"])
        .expect(0);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let desk = Desk::begin(world, &server).await;
        keyboard::logs_in(&desk).await;
        tutorial::made_by_form(&desk).await;
        tutorial::synced(&desk).await;
        tutorial::edited_in_the_cluster(&desk).await;
        tutorial::changed_in_git_and_rolled_back(&desk).await;
        tutorial::made_by_manifest(&desk).await;
        keyboard::opens_and_syncs(&desk).await;
        pages::are_for_everybody(&desk).await;
        tutorial::deleted(&desk).await;
        desk.end().await;
    });
}
