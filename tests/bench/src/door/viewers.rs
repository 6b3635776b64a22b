//! Many who watch one application while it changes, and one who does not read.

use std::time::{Duration, Instant};

use futures::future::try_join_all;
use serde_json::json;
use tokio::task::JoinHandle;

use super::client::{Ask, Client, Events};
use super::objects::name;
use super::server::Process;
use super::told_times;
use crate::{Failure, row};

/// People who look.
const VIEWERS: usize = 200;
/// Changes that they see.
const CHANGES: usize = 1_000;
/// Changes while somebody does not read: more than are kept, with what sockets take up.
const UNREAD: usize = gantry_model::limits::API_EVENTS_KEPT_MAX + 4_000;
/// The annotation that counts.
const MARK: &str = "bench.example/change";
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(300);

pub(super) async fn run(door: &Process, dev: &Client, ops: &Client) -> Result<(), Failure> {
    tree(dev).await?;
    println!("\n{VIEWERS} viewers of one application, {CHANGES} changes\n");
    watched(door, dev, ops).await?;
    trees(door, dev, ops).await?;
    slow(door, dev, ops).await
}

/// An application that `dev` may see.
fn seen() -> String {
    name(65)
}

async fn tree(dev: &Client) -> Result<(), Failure> {
    println!();
    let path = format!("/api/v1/applications/{}/resource-tree", seen());
    let (mut times, mut bytes) = (Vec::new(), 0);
    for _ in 0..30 {
        let answer = dev.get(&path).await?;
        let nodes = answer.json()?["nodes"].as_array().map_or(0, Vec::len);
        bytes = answer.body.len();
        if nodes != 1_500 {
            return Err(format!("{nodes} nodes").into());
        }
        times.push(answer.took);
    }
    told_times(
        &format!("a tree of 1,500 nodes: {} KiB", bytes >> 10),
        times,
    );
    let page = format!("/applications/argocd/{}", seen());
    let (mut times, mut bytes) = (Vec::new(), 0);
    for _ in 0..10 {
        let answer = dev.get(&page).await?;
        bytes = answer.body.len();
        times.push(answer.took);
    }
    told_times(&format!("its page, as HTML: {} KiB", bytes >> 10), times);
    Ok(())
}

/// Changes the application, by the API; the time of each.
async fn change(ops: &Client, from: usize, count: usize) -> Result<Vec<Duration>, Failure> {
    let path = format!("/api/v1/applications/{}", seen());
    let mut times = Vec::new();
    for change in from..from + count {
        let patch = json!({"metadata": {"annotations": {MARK: format!("{change};")}}}).to_string();
        let body = json!({"name": seen(), "patch": patch, "patchType": "merge"}).to_string();
        let ask = Ask {
            method: "PATCH",
            path: &path,
            headers: "content-type: application/json\r\n",
            body: body.as_bytes(),
        };
        let answer = ops.send(&ask).await?;
        answer.json()?;
        times.push(answer.took);
    }
    Ok(times)
}

/// The number that an event has.
fn mark(event: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(event).ok()?;
    let (_, rest) = text.split_once(MARK)?;
    rest.split_once(';')?
        .0
        .trim_start_matches(['"', ':'])
        .parse()
        .ok()
}

async fn open(client: &Client, path: &str) -> Result<Vec<Events>, Failure> {
    let opened = (0..VIEWERS).map(|_| async {
        let mut events = client.events(path, None).await?;
        events.next().await?.ok_or("the stream ends at once")?;
        Ok::<_, Failure>(events)
    });
    try_join_all(opened).await
}

async fn watched(door: &Process, dev: &Client, ops: &Client) -> Result<(), Failure> {
    let path = format!("/api/v1/stream/applications?name={}", seen());
    let viewers = open(dev, &path).await?;
    let (cpu, began) = (door.cpu()?, Instant::now());
    let readers: Vec<JoinHandle<Result<usize, Failure>>> = viewers
        .into_iter()
        .map(|mut viewer| {
            tokio::spawn(async move {
                for wanted in 0..CHANGES {
                    let event = viewer.next().await?.ok_or("the stream ends")?;
                    if mark(&event) != Some(wanted) {
                        let text = String::from_utf8_lossy(&event).into_owned();
                        return Err(format!("change {wanted} was lost: {text}").into());
                    }
                }
                Ok(CHANGES)
            })
        })
        .collect();
    let changes = change(ops, 0, CHANGES).await?;
    let read = tokio::time::timeout(PATIENCE, try_join_all(readers)).await??;
    let (mut whole, mut lost) = (0, 0);
    for viewer in read {
        match viewer {
            Ok(_) => whole += 1,
            Err(error) => {
                lost += 1;
                println!(
                    "{}",
                    error.to_string().chars().take(200).collect::<String>()
                );
            }
        }
    }
    row("until all have seen all", began.elapsed());
    told_times("a change over REST meanwhile", changes);
    println!("viewers who saw each change once and in order: {whole}, others: {lost}");
    told(door, cpu)
}

fn told(door: &Process, before: Duration) -> Result<(), Failure> {
    let (now, most) = door.memory_mib()?;
    println!(
        "the door: {:.1} s of its processor time; memory {now} MiB, at most {most} MiB",
        door.cpu()?.saturating_sub(before).as_secs_f64()
    );
    Ok(())
}

/// Each must come to see the last tree; those in between may be left out.
async fn trees(door: &Process, dev: &Client, ops: &Client) -> Result<(), Failure> {
    let path = format!("/api/v1/stream/applications/{}/resource-tree", seen());
    let viewers = open(dev, &path).await?;
    let (cpu, began) = (door.cpu()?, Instant::now());
    let changing = change(ops, CHANGES, CHANGES).await?;
    let answer = ops.get(&format!("/api/v1/applications/{}", seen())).await?;
    let version = answer.json()?["metadata"]["resourceVersion"].clone();
    let last = format!("\"resourceVersion\":{version}");
    let readers = viewers.into_iter().map(|mut viewer| {
        let last = last.clone();
        tokio::spawn(async move {
            for count in 1.. {
                let event = viewer.next().await?.ok_or("the stream ends")?;
                let text = std::str::from_utf8(&event)?;
                if text.get(..600).unwrap_or(text).contains(&last) {
                    return Ok::<usize, Failure>(count);
                }
            }
            Ok(0)
        })
    });
    let read = tokio::time::timeout(PATIENCE, try_join_all(readers)).await??;
    let read = read.into_iter().collect::<Result<Vec<usize>, _>>()?;
    row("trees: until all have seen the last", began.elapsed());
    told_times("a change over REST meanwhile", changing);
    let (least, most) = (read.iter().min(), read.iter().max());
    println!("trees that a viewer got: {least:?} to {most:?}");
    told(door, cpu)
}

/// Somebody does not read while more happens than is kept: they are told, and cut off.
async fn slow(door: &Process, dev: &Client, ops: &Client) -> Result<(), Failure> {
    let path = format!("/api/v1/stream/applications?name={}", seen());
    let mut viewer = dev.events(&path, Some(4096)).await?;
    viewer.next().await?.ok_or("the stream ends at once")?;
    let cpu = door.cpu()?;
    change(ops, 0, UNREAD).await?;
    println!("\nsomebody who does not read for {UNREAD} changes");
    told(door, cpu)?;
    let (mut read, mut next, mut end) = (0, 0, String::new());
    while let Some(event) = tokio::time::timeout(PATIENCE, viewer.next()).await?? {
        match mark(&event) {
            Some(change) if change == next => next += 1,
            Some(change) => {
                return Err(format!("change {next} was left out before {change}").into());
            }
            None => end = String::from_utf8_lossy(&event).into_owned(),
        }
        read += 1;
    }
    println!(
        "reads {read} events without a gap, and then: {}",
        end.trim()
    );
    Ok(())
}
