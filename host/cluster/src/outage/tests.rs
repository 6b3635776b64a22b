use std::sync::atomic::AtomicUsize;

use futures::future::BoxFuture;

use super::*;

/// A server that is ready again after so many seconds.
struct Server {
    down_until: Instant,
    asked: AtomicUsize,
}

impl Server {
    fn down_for(seconds: u64) -> Arc<Self> {
        Arc::new(Self {
            down_until: Instant::now() + Duration::from_secs(seconds),
            asked: AtomicUsize::new(0),
        })
    }

    async fn probe(&self) -> Result<(), String> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if Instant::now() < self.down_until {
            return Err("connection refused".to_owned());
        }
        Ok(())
    }

    fn probes(
        self: &Arc<Self>,
    ) -> impl Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync + 'static {
        let server = Arc::clone(self);
        move || {
            let server = Arc::clone(&server);
            Box::pin(async move { server.probe().await })
        }
    }

    async fn all_wait(self: &Arc<Self>, outage: &Arc<Outage>) -> Vec<Met> {
        let sent = Instant::now();
        let all = (0..200).map(|_| outage.wait("one", sent, self.probes()));
        futures::future::join_all(all).await
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_waited_for_by_all_and_asked_about_by_one() {
    let (outage, server) = (Arc::<Outage>::default(), Server::down_for(30));
    let met = server.all_wait(&outage).await;
    assert!(met.iter().all(|met| *met == Met::Over), "{met:?}");
    let asked = server.asked.load(Ordering::Relaxed);
    assert!((10..50).contains(&asked), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_ready_is_asked_once() {
    let (outage, server) = (Arc::<Outage>::default(), Server::down_for(0));
    let met = server.all_wait(&outage).await;
    assert!(met.iter().all(|met| *met == Met::None), "{met:?}");
    assert_eq!(server.asked.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_lasts_is_given_up_once_until_the_server_answers() {
    let (outage, server) = (Arc::<Outage>::default(), Server::down_for(100_000));
    let began = Instant::now();
    let met = server.all_wait(&outage).await;
    let expected = "not ready for 90 s: connection refused";
    let lasting = |met: &Met| matches!(met, Met::Lasting(why) if why == expected);
    assert!(met.iter().all(lasting), "{:?}", met.first());
    assert!(began.elapsed() < Duration::from_secs(100));
    let asked = server.asked.load(Ordering::Relaxed);
    let again = outage.wait("one", Instant::now(), server.probes()).await;
    assert!(lasting(&again), "{again:?}");
    assert_eq!(server.asked.load(Ordering::Relaxed), asked, "at once");
    outage.answered("one");
    let server = Server::down_for(5);
    let met = outage.wait("one", Instant::now(), server.probes()).await;
    assert_eq!(met, Met::Over);
}

#[tokio::test(start_paused = true)]
async fn one_who_does_not_go_on_keeps_nobody_waiting() {
    let (outage, server) = (Arc::<Outage>::default(), Server::down_for(5));
    let sent = Instant::now();
    let mut first = Box::pin(outage.wait("one", sent, server.probes()));
    assert!(futures::poll!(&mut first).is_pending());
    let second = outage.wait("one", sent, server.probes()).await;
    assert_eq!(second, Met::Over);
    assert_eq!(first.await, Met::Over);
}
