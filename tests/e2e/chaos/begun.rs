//! An operation that was killed when nothing of it was known but that it runs.

use gantry_testbed::Mode;

use super::scene::{FLAGS, Scene};

/// A branch that no application was ever compared with.
const ELSEWHERE: &str = "elsewhere";

/// What its process has written of it is all that its successor would write: it must go on all the same.
pub(super) fn an_operation_that_has_only_begun_is_taken_up(scene: &mut Scene<'_>) {
    let name = scene.by_hand();
    scene.server.until_state(&name, "OutOfSync Missing");
    scene.branch(ELSEWHERE);
    scene.git.set(Mode::Silent);
    let sync = ["app", "sync", &name, "--revision", ELSEWHERE, "--async"];
    scene.server.gantry(&sync).expect(0);
    let phase = |scene: &Scene<'_>| {
        let status = scene.statuses()[&name].clone();
        status["operationState"]["phase"].clone()
    };
    let world = scene.world;
    world.until("the operation runs", || phase(scene) == "Running");
    scene.server.kill();
    scene.git.set(Mode::Open);
    scene.server.run(&FLAGS);
    world.until("the operation has ended", || phase(scene) == "Succeeded");
}
