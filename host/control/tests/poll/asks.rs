//! Repositories that are asked because somebody waits for the answer.

use std::time::Duration;

use gantry_control::{Pace, Poller};
use gantry_engine::CheckError;
use tokio::time::sleep;

use super::{A, Behaviour, World, hanging, wanted};

/// When the answer is there, in whole seconds from the start.
async fn answered(
    world: &World,
    poller: &Poller,
    application: &str,
    url: &str,
) -> (Result<(), CheckError>, u64) {
    let repository = wanted(url, "main").repository();
    let answer = poller.ask(application, repository).await;
    let at = world.state(|state| state.start.expect("started").elapsed());
    (answer, at.as_secs())
}

#[tokio::test(start_paused = true)]
async fn what_one_application_asks_for_is_told_to_the_others() {
    let world = World::default();
    let poller = world.start(Pace::every(Duration::from_secs(600)));
    let url = "https://git.example/shop";
    for (application, revision) in [("a", "main"), ("b", "main"), ("c", "stable")] {
        poller.follow(application, vec![wanted(url, revision)]);
    }
    for (asks, told) in [("a", vec!["b"]), ("c", vec!["a", "b"])] {
        let moves = vec!["main".to_owned()];
        world.set(
            url,
            Behaviour {
                moves,
                ..Behaviour::default()
            },
        );
        let repository = wanted(url, "main").repository();
        poller.ask(asks, repository).await.expect("an answer");
        assert_eq!(world.moved(), [told]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_who_ask_share_one_question_that_begins_after_they_asked() {
    let world = World::default();
    let poller = world.start(Pace::every(Duration::from_secs(600)));
    let names: Vec<String> = (0..1_000)
        .map(|number| format!("app-{number:04}"))
        .collect();
    for name in &names {
        poller.follow(name, vec![wanted(A, "main")]);
    }
    let behaviour = |moves: &[&str]| Behaviour {
        takes: Duration::from_secs(2),
        moves: moves.iter().map(|&revision| revision.to_owned()).collect(),
        ..Behaviour::default()
    };
    world.set(A, behaviour(&[]));
    let (first, second) = names.split_at(500);
    let ask = |names: &[String], pause: u64| {
        let names = names.to_vec();
        let (world, poller) = (&world, &poller);
        async move {
            sleep(Duration::from_secs(pause)).await;
            // A commit comes just before they ask.
            world.state(|state| {
                let all = state.behaviours.get_mut(A).expect("a behaviour");
                all.moves = vec!["main".to_owned()];
            });
            let asks = names.iter().map(|name| answered(world, poller, name, A));
            let all = futures::future::join_all(asks).await;
            assert!(all.iter().all(|(answer, _)| answer.is_ok()));
            assert!(all.iter().all(|(_, at)| *at == all[0].1), "all at once");
            all[0].1
        }
    };
    // The second half asks while the first question is on its way: that may not know of the commit.
    let at = futures::future::join(ask(first, 0), ask(second, 1)).await;
    assert_eq!(at, (2, 4));
    assert_eq!(world.times(A), [0, 2]);
    let told: Vec<usize> = world.moved().iter().map(Vec::len).collect();
    assert_eq!(told, [500], "the others, of what the first question found");
}

#[tokio::test(start_paused = true)]
async fn who_waits_no_longer_is_told_like_the_others() {
    let world = World::default();
    let poller = world.start(Pace::every(Duration::from_secs(600)));
    for name in ["gives-up", "waits"] {
        poller.follow(name, vec![wanted(A, "main")]);
    }
    let behaviour = Behaviour {
        takes: Duration::from_secs(2),
        moves: vec!["main".to_owned()],
        ..Behaviour::default()
    };
    world.set(A, behaviour);
    let gives_up = answered(&world, &poller, "gives-up", A);
    let gives_up = tokio::time::timeout(Duration::from_secs(1), gives_up);
    let waits = answered(&world, &poller, "waits", A);
    let (gives_up, waits) = futures::future::join(gives_up, waits).await;
    assert!(gives_up.is_err());
    assert!(matches!(waits, (Ok(()), 2)), "{waits:?}");
    assert_eq!(world.moved(), [["gives-up"]]);
    let nobody = answered(&world, &poller, "waits", "https://example.com/none").await;
    assert!(nobody.0.is_ok(), "nobody follows it");
    poller.follow("gone", vec![wanted("https://example.com/b", "main")]);
    let gone = answered(&world, &poller, "gone", "https://example.com/b");
    let leaves = async { poller.unfollow("gone") };
    let (gone, ()) = futures::future::join(gone, leaves).await;
    assert!(
        matches!(gone, (Err(_), 2)),
        "nobody asks any more: {gone:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_keeps_nobody_for_longer_than_one_question() {
    let world = World::default();
    let poller = world.start(Pace::default());
    poller.follow("app", vec![wanted(A, "main")]);
    // What fails at once, after some time, or not at all; when who asks at 0 s and at 2 s gets the answer.
    for (takes, fails, expected) in [
        (3, true, (3, 6)),
        (20, true, (20, 20)),
        (1_000, false, (60, 60)),
    ] {
        let behaviour = Behaviour {
            takes: Duration::from_secs(takes),
            fails,
            ..Behaviour::default()
        };
        world.set(A, behaviour);
        let start = world.state(|state| state.start.expect("started").elapsed().as_secs());
        let later = async {
            sleep(Duration::from_secs(2)).await;
            answered(&world, &poller, "app", A).await
        };
        let both = futures::future::join(answered(&world, &poller, "app", A), later).await;
        let ((first, at), (second, later)) = both;
        assert!(first.is_err() && second.is_err());
        assert_eq!((at - start, later - start), expected, "{takes} s");
        world.set(A, Behaviour::default());
        sleep(Duration::from_secs(1_000)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_does_not_wait_for_repositories_that_hang() {
    let world = World::default();
    let poller = world.start(Pace::default());
    world.hang(&poller, 200);
    sleep(Duration::from_secs(7_200)).await;
    // All that are not being asked right now, and hang no more.
    let start = world.state(|state| state.start.expect("started").elapsed().as_secs());
    let is_asked = |number: &u64| {
        let last = world.times(&hanging(*number)).last().copied();
        last.is_some_and(|last| last + 60 >= start)
    };
    let well: Vec<u64> = (0..200).filter(|number| !is_asked(number)).collect();
    assert!(well.len() > 150, "{well:?}");
    for number in well {
        world.set(&hanging(number), Behaviour::default());
        let name = format!("hangs-{number}");
        let answer = answered(&world, &poller, &name, &hanging(number)).await;
        assert!(
            answer.0.is_ok() && answer.1 == start,
            "{number}: {answer:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn asking_often_does_not_put_off_the_next_poll() {
    let world = World::default();
    let poller = world.start(Pace::default());
    poller.follow("app", vec![wanted(A, "main")]);
    let behaviour = Behaviour {
        fails: true,
        ..Behaviour::default()
    };
    world.set(A, behaviour);
    for _ in 0..10 {
        let (answer, _) = answered(&world, &poller, "app", A).await;
        assert!(answer.is_err());
    }
    let times = world.times(A);
    assert_eq!(times.len(), 10);
    sleep(Duration::from_secs(38)).await;
    assert_eq!(world.times(A).len(), 11, "{:?}", world.times(A));
}
