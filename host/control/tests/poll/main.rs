//! Polls in a time of their own, against repositories that do as they are told.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

mod asks;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use gantry_control::{Checks, Listener, Pace, Poller};
use gantry_engine::{CheckError, GitKey, Repository, Wanted};
use gantry_source::SourceError;
use tokio::time::{Instant, sleep};

/// What a repository does when it is asked.
#[derive(Clone, Default)]
struct Behaviour {
    takes: Duration,
    fails: bool,
    /// Told once.
    moves: Vec<String>,
}

/// Repositories by their URLs, and what was asked and told, when.
#[derive(Clone, Default)]
struct World(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    behaviours: HashMap<String, Behaviour>,
    asked: Vec<(String, Duration)>,
    in_flight: usize,
    most_in_flight: usize,
    moved: Vec<Vec<String>>,
    failing: Vec<Vec<String>>,
    recovered: Vec<Vec<String>>,
    start: Option<Instant>,
}

fn hanging(number: u64) -> String {
    format!("https://hangs.example.com/{number}")
}

impl World {
    fn start(&self, pace: Pace) -> Poller {
        self.state(|state| state.start = Some(Instant::now()));
        Poller::new(self.clone(), self.clone(), pace)
    }

    fn state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().expect("no panic"))
    }

    /// So many repositories that never answer, each followed.
    fn hang(&self, poller: &Poller, count: u64) {
        for number in 0..count {
            let behaviour = Behaviour {
                takes: Duration::from_secs(1_000_000),
                ..Behaviour::default()
            };
            self.set(&hanging(number), behaviour);
            let wants = vec![wanted(&hanging(number), "main")];
            poller.follow(&format!("hangs-{number}"), wants);
        }
    }

    fn set(&self, url: &str, behaviour: Behaviour) {
        self.state(|state| state.behaviours.insert(url.to_owned(), behaviour));
    }

    /// When a repository was asked, in whole seconds from the start.
    fn times(&self, url: &str) -> Vec<u64> {
        self.state(|state| {
            let asked = state.asked.iter().filter(|(asked, _)| asked == url);
            asked.map(|(_, at)| at.as_secs()).collect()
        })
    }

    fn moved(&self) -> Vec<Vec<String>> {
        self.state(|state| std::mem::take(&mut state.moved))
    }
}

#[async_trait]
impl Checks for World {
    async fn check(&self, _: Repository, used: Vec<Wanted>) -> Result<Vec<Wanted>, CheckError> {
        let url = used.first().expect("something is wanted").url().to_owned();
        let takes = self.state(|state| {
            let at = state.start.expect("started").elapsed();
            state.asked.push((url.clone(), at));
            state.in_flight += 1;
            state.most_in_flight = state.most_in_flight.max(state.in_flight);
            state.behaviours.get(&url).map(|b| b.takes)
        });
        sleep(takes.unwrap_or_default()).await;
        self.state(|state| {
            state.in_flight -= 1;
            let behaviour = state.behaviours.entry(url.clone()).or_default();
            if behaviour.fails {
                return Err(CheckError::Git(SourceError::Unreachable {
                    url,
                    reason: "no".to_owned(),
                }));
            }
            let moves = std::mem::take(&mut behaviour.moves);
            let moved = used.into_iter().filter(|wanted| match wanted {
                Wanted::Git(key) => moves.contains(&key.revision),
                Wanted::Chart(_) => false,
            });
            Ok(moved.collect())
        })
    }
}

impl Listener for World {
    fn moved(&self, applications: &[String]) {
        self.state(|state| state.moved.push(applications.to_vec()));
    }

    fn failing(&self, applications: &[String], _: &CheckError) {
        self.state(|state| state.failing.push(applications.to_vec()));
    }

    fn recovered(&self, applications: &[String]) {
        self.state(|state| state.recovered.push(applications.to_vec()));
    }
}

fn wanted(url: &str, revision: &str) -> Wanted {
    Wanted::Git(GitKey {
        url: url.to_owned(),
        revision: revision.to_owned(),
        tag_prefix: String::new(),
        project: "default".to_owned(),
    })
}

const A: &str = "https://example.com/a";

#[tokio::test(start_paused = true)]
async fn a_repository_is_asked_once_an_interval_for_all_its_applications() {
    let world = World::default();
    let poller = world.start(Pace::default());
    for number in 0..200 {
        let revision = if number % 10 == 0 { "stage" } else { "main" };
        poller.follow(&format!("app-{number:03}"), vec![wanted(A, revision)]);
    }
    sleep(Duration::from_secs(3_600)).await;
    let times = world.times(A);
    assert!((20..=31).contains(&times.len()), "{times:?}");
    let apart = times.windows(2).map(|pair| pair[1] - pair[0]);
    assert!(
        apart.clone().all(|secs| (119..=181).contains(&secs)),
        "{times:?}"
    );
    assert!(world.moved().is_empty());

    let behaviour = Behaviour {
        moves: vec!["stage".to_owned()],
        ..Behaviour::default()
    };
    world.set(A, behaviour);
    sleep(Duration::from_secs(181)).await;
    let moved = world.moved();
    assert_eq!(moved.len(), 1);
    assert_eq!(moved[0].len(), 20);
    assert_eq!(moved[0][1], "app-010");

    poller.follow("app-000", vec![wanted(A, "other")]);
    for number in 1..200 {
        poller.unfollow(&format!("app-{number:03}"));
    }
    let before = world.times(A).len();
    sleep(Duration::from_secs(181)).await;
    assert!(world.times(A).len() > before, "one is left");
    poller.unfollow("app-000");
    let before = world.times(A).len();
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!(world.times(A).len(), before, "nobody uses it any more");
}

#[tokio::test(start_paused = true)]
async fn webhooks_while_it_is_asked_become_one_more_question() {
    let world = World::default();
    let poller = world.start(Pace::default());
    poller.follow("app", vec![wanted(A, "main")]);
    poller.follow("other", vec![wanted("https://example.com/b", "main")]);
    let behaviour = Behaviour {
        takes: Duration::from_secs(2),
        ..Behaviour::default()
    };
    world.set(A, behaviour);
    assert_eq!(poller.refresh("https://example.com/none"), 0);
    assert_eq!(poller.refresh("git@example.com:a.git"), 1);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(world.times(A), [0]);
    for _ in 0..100 {
        poller.refresh(A);
    }
    sleep(Duration::from_secs(10)).await;
    assert_eq!(world.times(A), [0, 2]);
    // Later ones are answered at once.
    for step in 0..3 {
        poller.refresh(A);
        sleep(Duration::from_secs(3)).await;
        assert_eq!(world.times(A).len(), 3 + step);
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_webhooks_does_not_become_one_of_requests() {
    let world = World::default();
    let poller = world.start(Pace::default());
    poller.follow("app", vec![wanted(A, "main")]);
    for _ in 0..1_000 {
        poller.refresh(A);
        sleep(Duration::from_millis(10)).await;
    }
    let asked = world.times(A).len();
    assert!((19..=22).contains(&asked), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_repository_that_fails_is_asked_less_and_comes_back() {
    let world = World::default();
    let poller = world.start(Pace::default());
    poller.follow("app-1", vec![wanted(A, "main")]);
    poller.follow("app-2", vec![wanted(A, "stage")]);
    let behaviour = Behaviour {
        fails: true,
        ..Behaviour::default()
    };
    world.set(A, behaviour);
    poller.refresh(A);
    sleep(Duration::from_secs(7_200)).await;
    let times = world.times(A);
    assert!((12..=17).contains(&times.len()), "{times:?}");
    assert!((30..=38).contains(&(times[1] - times[0])), "{times:?}");
    assert_eq!(world.state(|state| state.failing.len()), times.len());
    let everyone = ["app-1", "app-2"].map(str::to_owned).to_vec();
    assert_eq!(world.state(|state| state.failing[0].clone()), everyone);
    assert!(world.state(|state| state.recovered.is_empty()));

    let behaviour = Behaviour {
        moves: vec!["stage".to_owned()],
        ..Behaviour::default()
    };
    world.set(A, behaviour);
    sleep(Duration::from_secs(751)).await;
    assert_eq!(world.state(|state| state.recovered.clone()), [everyone]);
    assert_eq!(world.moved(), [["app-2"]]);
}

#[tokio::test(start_paused = true)]
async fn repositories_that_hang_do_not_hold_up_the_others() {
    let world = World::default();
    let pace = Pace::default();
    let poller = world.start(pace.clone());
    world.hang(&poller, 200);
    for number in 0..200 {
        poller.follow(
            &format!("app-{number}"),
            vec![wanted(&format!("{A}/{number}"), "main")],
        );
    }
    sleep(Duration::from_secs(7_200)).await;
    for number in 0..200 {
        let times = world.times(&format!("{A}/{number}"));
        let late = times.windows(2).map(|pair| pair[1] - pair[0]).max();
        // Half a minute beside the longest pause: a place behind those that hang for the first time.
        assert!(
            late.is_some_and(|secs| secs <= 180 + 30),
            "{late:?} {times:?}"
        );
        assert!(
            world.times(&hanging(number)).len() >= 2,
            "they are not given up"
        );
    }
    assert!(world.state(|state| state.failing.len()) >= 400);
}

#[tokio::test(start_paused = true)]
async fn no_more_than_some_are_asked_at_the_same_time() {
    let world = World::default();
    let poller = world.start(Pace::default());
    for number in 0..1_000 {
        let url = format!("{A}/{number}");
        let behaviour = Behaviour {
            takes: Duration::from_secs(1),
            ..Behaviour::default()
        };
        world.set(&url, behaviour);
        poller.follow(&format!("app-{number}"), vec![wanted(&url, "main")]);
        poller.refresh(&url);
    }
    sleep(Duration::from_secs(62)).await;
    let (asked, most) = world.state(|state| (state.asked.len(), state.most_in_flight));
    assert!((900..=1_000).contains(&asked), "{asked}");
    assert_eq!(most, 16);
    drop(poller);
    sleep(Duration::from_secs(1)).await;
    let before = world.state(|state| state.asked.len());
    sleep(Duration::from_secs(600)).await;
    assert_eq!(
        world.state(|state| state.asked.len()),
        before,
        "it has ended"
    );
}
