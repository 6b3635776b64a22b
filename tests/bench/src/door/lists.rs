//! Lists: in pages as the web pages ask for them, and whole as Argo CD's own client does.

use std::time::Duration;

use super::client::{Answer, Ask, Client};
use super::{share, told_times};
use crate::{Failure, row};

/// Requests of each kind.
const ROUNDS: usize = 30;
/// Whole lists, which take longer.
const WHOLE_ROUNDS: usize = 5;

/// What is asked for.
const CASES: [(&str, &str); 8] = [
    ("first page (100 ms)", "limit=50"),
    ("a late page", "limit=50&offset=3000"),
    ("search", "limit=50&search=pp-012"),
    ("search without a hit", "limit=50&search=nothing-like-it"),
    (
        "filter by health and cluster",
        "limit=50&health=Degraded&clusters=https%3A%2F%2Fcluster-10.example%3A6443",
    ),
    ("filter by label", "limit=50&labels=team%3Dteam-5"),
    ("sorted by health", "limit=50&sort=health"),
    ("sorted by last sync, newest first", "limit=50&sort=-synced"),
];

/// Waits until all applications are known.
pub(super) async fn warm(ops: &Client, applications: usize) -> Result<(), Failure> {
    loop {
        let answer = ops.get("/api/v1/applications?limit=1").await?.json()?;
        if answer["metadata"]["total"] == applications {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(super) async fn run(dev: &Client, ops: &Client) -> Result<(), Failure> {
    for (who, client) in [("somebody limited", dev), ("an administrator", ops)] {
        let answer = client.get("/api/v1/applications?limit=50").await?.json()?;
        println!("\n{who}: sees {} applications", answer["metadata"]["total"]);
        for (name, query) in CASES {
            let mut times = Vec::new();
            let path = format!("/api/v1/applications?{query}");
            for _ in 0..ROUNDS {
                let answer = client.get(&path).await?;
                answer.json()?;
                times.push(answer.took);
            }
            told_times(name, times);
        }
        pages(client).await?;
        whole(client).await?;
    }
    Ok(())
}

async fn pages(client: &Client) -> Result<(), Failure> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let answer = client.get("/applications").await?;
        if answer.status != 200 {
            return Err(format!("the page: {}", answer.status).into());
        }
        times.push(answer.took);
    }
    told_times("the page of the list, as HTML", times);
    let mut times = Vec::new();
    for _ in 0..WHOLE_ROUNDS {
        let began = std::time::Instant::now();
        let mut events = client.events("/applications/live", None).await?;
        events.next().await?.ok_or("the page does not live")?;
        times.push(began.elapsed());
    }
    row(
        "its stream, until the first part (300 ms of it a pause)",
        share(&mut times, 50),
    );
    Ok(())
}

async fn whole(client: &Client) -> Result<(), Failure> {
    // An empty message in its frame.
    let grpc = Ask {
        method: "POST",
        path: "/application.ApplicationService/List",
        headers: "content-type: application/grpc-web+proto\r\n",
        body: &[0; 5],
    };
    let few = "/api/v1/applications?fields=items.metadata.name,items.status.sync.status,items.status.health.status";
    for (name, ask) in [
        ("whole, as `argocd app list` asks for it", grpc),
        ("whole, as REST", Ask::get("/api/v1/applications")),
        ("whole, three fields of each", Ask::get(few)),
    ] {
        let (mut times, mut bytes) = (Vec::new(), 0);
        for _ in 0..WHOLE_ROUNDS {
            let answer: Answer = client.send(&ask).await?;
            if answer.status != 200 {
                return Err(format!("{name}: {}", answer.status).into());
            }
            bytes = answer.body.len();
            times.push(answer.took);
        }
        row(
            &format!("{name}: {} KiB", bytes >> 10),
            share(&mut times, 50),
        );
    }
    Ok(())
}
