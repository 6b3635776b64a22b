//! Logins: what they take beside the hash alone, what they do to others, and whether many at once get round
//! the lock.

use std::time::{Duration, Instant};

use super::client::Client;
use super::objects::PASSWORD;
use super::{share, told_times};
use crate::{Failure, ratio, row};

const ROUNDS: usize = 30;
/// Logins at once.
const AT_ONCE: usize = 40;
/// Wrong passwords at once.
const GUESSES: usize = 60;

pub(super) async fn run(dev: &Client) -> Result<(), Failure> {
    println!("\nlogins\n");
    alone(dev).await?;
    beside(dev).await?;
    guessed(dev).await
}

/// Hash and login in turn, so that what else the machine does falls on both.
async fn alone(client: &Client) -> Result<(), Failure> {
    let hash = bcrypt::hash(PASSWORD, gantry_model::limits::PASSWORD_HASH_COST)?;
    let (mut hashes, mut logins) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        if !bcrypt::verify(PASSWORD, &hash)? {
            return Err("the hash does not fit".into());
        }
        hashes.push(began.elapsed());
        let answer = client.try_login("dev", PASSWORD).await?;
        answer.json()?;
        logins.push(answer.took);
    }
    let (hash, login) = (share(&mut hashes, 50), share(&mut logins, 50));
    row("bcrypt alone, p50", hash);
    row("a login over HTTP, p50", login);
    ratio("login / hash", login, hash, "at most 1.1");
    Ok(())
}

/// Somebody lists while many log in.
async fn beside(client: &Client) -> Result<(), Failure> {
    let began = Instant::now();
    let logins = (0..AT_ONCE).map(|_| client.try_login("dev", PASSWORD));
    let logins = async { futures::future::join_all(logins).await };
    let mut times = Vec::new();
    let lists = async {
        loop {
            let answer = client.get("/api/v1/applications?limit=50").await;
            times.extend(answer.ok().map(|answer| answer.took));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let logged_in = tokio::select! {
        done = logins => done,
        () = lists => Vec::new(),
    };
    for answer in logged_in {
        answer?.json()?;
    }
    row(&format!("{AT_ONCE} logins at once"), began.elapsed());
    told_times("the first page of the list meanwhile", times);
    Ok(())
}

/// Wrong passwords at once, the right one among the last: none is let in, and fewer were compared than
/// there were.
async fn guessed(client: &Client) -> Result<(), Failure> {
    let began = Instant::now();
    let guesses = (0..GUESSES).map(|guess| async move {
        let password = match guess {
            _ if guess + 10 == GUESSES => PASSWORD.to_owned(),
            _ => format!("guess-{guess}"),
        };
        client.try_login("victim", &password).await
    });
    let answers = futures::future::join_all(guesses).await;
    row(&format!("{GUESSES} guesses at once"), began.elapsed());
    let mut let_in = 0;
    for answer in answers {
        let_in += usize::from(answer?.status == 200);
    }
    println!(
        "let in by the right password after {} wrong ones at once: {let_in} (0)",
        GUESSES - 10
    );
    let later = client.try_login("victim", PASSWORD).await?;
    println!(
        "and by the right one after that: {} (0)",
        usize::from(later.status == 200)
    );
    Ok(())
}
