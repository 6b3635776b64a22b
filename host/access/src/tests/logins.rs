//! Passwords that are looked at: in which order, for whom not at all, and by what is known when they are.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use futures::poll;
use gantry_model::limits;

use super::{HERE, world};
use crate::{Access, AccessError};

const THERE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

#[tokio::test]
async fn an_address_that_failed_too_often_takes_no_turn_of_others() {
    let (world, password) = world(&[]).await;
    let access = &world.access;
    let first = access.passwords.turn().await;
    let second = access.passwords.turn().await;
    for _ in 0..limits::LOGIN_FAILURES_PER_ADDRESS_MAX {
        let _ = access.guard.begin(None, Some(THERE), Instant::now());
    }
    // Nobody has a turn: who is answered was not looked at.
    let mut refused = Box::pin(access.login("admin", &password, THERE));
    let refused = poll!(&mut refused);
    let mut honest = Box::pin(access.login("admin", &password, HERE));
    assert!(refused.is_ready() && poll!(&mut honest).is_pending());
    drop((first, second));
    assert!(honest.await.is_ok());
    // One that failed too often while it waited is not looked at either: it would take some 50 ms.
    let other = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
    let mut waiting = Box::pin(access.login("nobody", "wrong", other));
    let first = access.passwords.turn().await;
    let second = access.passwords.turn().await;
    assert!(poll!(&mut waiting).is_pending());
    for _ in 0..limits::LOGIN_FAILURES_PER_ADDRESS_MAX {
        let _ = access.guard.begin(None, Some(other), Instant::now());
    }
    drop((first, second));
    assert!(poll!(&mut waiting).is_ready());
}

#[tokio::test]
async fn only_so_many_wait_for_their_turn() {
    let (world, password) = world(&[]).await;
    let access = &world.access;
    let first = access.passwords.turn().await;
    let second = access.passwords.turn().await;
    let logins = (0..limits::PASSWORDS_WAITING_MAX).map(|_| access.login("admin", &password, HERE));
    let mut waiting: Vec<_> = logins.map(Box::pin).collect();
    for login in &mut waiting {
        assert!(poll!(login).is_pending());
    }
    let refused = access.login("admin", &password, HERE).await;
    assert!(
        refused
            .expect_err("too many")
            .to_string()
            .contains("try again")
    );
    let refused = access
        .update_password("admin", &password, "admin", "another-one")
        .await;
    assert!(matches!(refused, Err(AccessError::Busy(_))), "{refused:?}");
    drop((waiting, first, second));
    assert!(access.login("admin", &password, HERE).await.is_ok());
}

#[tokio::test]
async fn a_login_is_judged_by_the_password_of_when_it_is_looked_at() {
    let (world, password) = world(&[]).await;
    let access = &world.access;
    let first = access.passwords.turn().await;
    let second = access.passwords.turn().await;
    let mut waiting = Box::pin(access.login("admin", &password, HERE));
    assert!(poll!(&mut waiting).is_pending());
    let replica = Access::new(Arc::clone(&world.home));
    replica.prepare(false).await.expect("prepared");
    let changed = replica.update_password("admin", &password, "admin", "another-one");
    changed.await.expect("changed");
    access.know_all().await.expect("told");
    drop((first, second));
    assert!(waiting.await.is_err(), "it is the old one");
    assert!(access.login("admin", "another-one", HERE).await.is_ok());
}

#[tokio::test]
async fn who_has_a_session_does_not_guess_its_password() {
    let (world, password) = world(&[]).await;
    let access = &world.access;
    let change = async |own: &str| {
        let changed = access.update_password("admin", own, "admin", "another-one");
        changed.await
    };
    let long = "x".repeat(limits::CREDENTIAL_MAX_BYTES + 1);
    let turns = [access.passwords.turn().await, access.passwords.turn().await];
    let mut refused = Box::pin(change(&long));
    assert!(poll!(&mut refused).is_ready(), "it is not compared");
    drop((refused, turns));
    for _ in 0..limits::LOGIN_FAILURES_MAX {
        assert!(matches!(change("wrong").await, Err(AccessError::Denied(_))));
    }
    assert!(
        matches!(change(&password).await, Err(AccessError::Denied(_))),
        "it must wait"
    );
    assert!(
        access.login("admin", &password, HERE).await.is_err(),
        "here, too"
    );
}
