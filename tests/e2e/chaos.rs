//! A server that is killed again and again while Git, its server, and the clusters change, fail and go away,
//! beside applications that are poisoned: in the end all is in step, and the history is true.

mod begun;
mod scene;
mod truth;

use std::io::Write;
use std::time::{Duration, Instant};

use gantry_testbed::Mode;

use crate::server::Home;
use crate::world::World;
use scene::{GOOD, HERE, LIVELY, Scene};

/// How often it is killed; `GANTRY_CHAOS_KILLS` asks for more.
const KILLS: u64 = 90;
/// The same with a hub, whose requests all take longer: a hundred with these.
const KILLS_WITH_HUB: u64 = 10;
/// The latest moment of a kill after its start.
const LATEST_MS: u64 = 700;
/// How long what fails goes on failing while nobody is killed.
const STORM: Duration = Duration::from_secs(3);

/// What Git's server is, turn by turn: half of the time it is well.
const GIT: [Mode; 10] = [
    Mode::Open,
    Mode::Open,
    Mode::Open,
    Mode::Open,
    Mode::Slow(Duration::from_millis(1_500)),
    Mode::Refused,
    Mode::Silent,
    Mode::Garbage,
    Mode::Failing(500),
    Mode::Cut(700),
];
/// The same of a cluster's API server.
const SPOKE: [Mode; 5] = [
    Mode::Open,
    Mode::Open,
    Mode::Open,
    Mode::Refused,
    Mode::Silent,
];

/// Numbers that look random and are the same each time (a linear congruential generator, as Knuth has it).
pub(crate) struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        let at = self.below(all.len() as u64);
        all[usize::try_from(at).expect("a small number")]
    }
}

pub(crate) fn kills_and_faults_lose_nothing(world: &World) {
    run(world, Home::Embedded, "chaos", asked().unwrap_or(KILLS));
}

pub(crate) fn kills_and_faults_lose_nothing_with_a_hub(world: &World) {
    let kills = asked().unwrap_or(KILLS_WITH_HUB);
    run(world, Home::Hub("chaos-hub"), "chaos-hub", kills);
}

fn asked() -> Option<u64> {
    let text = std::env::var("GANTRY_CHAOS_KILLS").ok()?;
    text.parse().ok()
}

/// For whoever asked for a number of kills.
fn tell(text: &str) {
    if asked().is_some() {
        // Past the test harness, which would keep it back.
        let _ = writeln!(std::io::stderr(), "chaos: {text}");
    }
}

fn run(world: &World, home: Home, tag: &'static str, kills: u64) {
    let began = Instant::now();
    let mut scene = Scene::set_up(world, home, tag);
    scene.until_in_step(0..GOOD);
    begun::an_operation_that_has_only_begun_is_taken_up(&mut scene);
    let mut numbers = Numbers(7);
    for turn in 1..=kills {
        something_changes(&mut scene, &mut numbers, turn);
        scene.git.set(numbers.one_of(&GIT));
        scene.spoke.set(numbers.one_of(&SPOKE));
        std::thread::sleep(Duration::from_millis(numbers.below(LATEST_MS)));
        scene.restart();
    }
    scene.git.set(Mode::Open);
    scene.spoke.set(Mode::Open);
    let calm = scene.until_in_step(0..GOOD);
    let (git, spoke) = storm_without_kills(&mut scene, kills + 1);
    scene.until_poisoned_are_told();
    truth::the_history_is_true(&scene);
    tell(&format!(
        "{tag}: {kills} kills, {} commits, {} of them pushed over, {} edits by hand; in step {calm:.1?} after the \
         last kill, {git:.1?} after Git was back, {spoke:.1?} after the cluster was back; {:.1?} in all",
        scene.commits.len(),
        scene.pushed_over,
        scene.edits,
        began.elapsed()
    ));
}

fn something_changes(scene: &mut Scene<'_>, numbers: &mut Numbers, turn: u64) {
    let index = numbers.one_of(&LIVELY);
    match numbers.below(6) {
        0 | 1 => scene.edit_by_hand(index),
        2 => {
            let back = 1 + numbers.below(2);
            scene.push_over(back);
            scene.commit([index], turn);
        }
        _ => scene.commit([index], turn),
    }
}

/// The same server lives through it: Git is back first, and the cluster that is still away, with all who
/// wait for it, keeps nobody else waiting. How long each took.
fn storm_without_kills(scene: &mut Scene<'_>, turn: u64) -> (Duration, Duration) {
    scene.spoke.set(Mode::Silent);
    scene.commit(0..GOOD, turn);
    std::thread::sleep(STORM);
    scene.git.set(Mode::Garbage);
    scene.commit(0..GOOD, turn + 1);
    std::thread::sleep(STORM);
    scene.git.set(Mode::Open);
    let git = scene.until_in_step(HERE);
    scene.spoke.set(Mode::Open);
    (git, scene.until_in_step(0..GOOD))
}
