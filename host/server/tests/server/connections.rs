//! Connections: slow ones, many, and those that run at the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gantry_server::Bounds;
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{Client, Door, Told};

/// Bytes that come one by one, or not at all.
#[tokio::test(flavor = "multi_thread")]
async fn slow_connections_are_closed() {
    let bounds = Bounds {
        header_timeout: Duration::from_millis(400),
        ..Bounds::default()
    };
    let door = Door::open(Told::default(), bounds).await;
    let beginnings: [&[u8]; 4] = [
        b"",
        b"PRI * HT",
        b"GET /healthz HTTP/1.1\r\nhost: h\r\nx: ",
        // A whole preface of HTTP/2, and no request.
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    ];
    for beginning in beginnings {
        let mut stream = TcpStream::connect(door.address)
            .await
            .expect("a connection");
        stream.write_all(beginning).await.expect("sent");
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut rest));
        let name = String::from_utf8_lossy(beginning);
        assert!(closed.await.is_ok(), "`{name}` is held open");
    }
    // Idle after a request.
    let mut stream = TcpStream::connect(door.address)
        .await
        .expect("a connection");
    let request = b"GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n";
    stream.write_all(request).await.expect("sent");
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut rest));
    assert!(closed.await.is_ok(), "an idle connection is held open");
    assert!(rest.starts_with(b"HTTP/1.1 200 OK"));
    door.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_counted_and_others_wait() {
    let bounds = Bounds {
        connections: 2,
        header_timeout: Duration::from_millis(500),
        ..Bounds::default()
    };
    let door = Door::open(Told::default(), bounds).await;
    let began = std::time::Instant::now();
    let mut held = Vec::new();
    for _ in 0..2 {
        held.push(
            TcpStream::connect(door.address)
                .await
                .expect("a connection"),
        );
    }
    // It has its turn when those that ask nothing are closed.
    assert_eq!(
        Client::new(&door).get("/healthz").await.status,
        StatusCode::OK
    );
    assert!(began.elapsed() >= Duration::from_millis(500));
    door.end().await;
}

async fn is_set(begun: &AtomicBool) {
    while !begun.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_may_finish_within_its_time() {
    let told = Told {
        slow_metrics: Duration::from_secs(3),
        ..Told::default()
    };
    let begun = Arc::clone(&told.metrics_begun);
    let door = Door::open(told, Bounds::default()).await;
    let client = Client::new(&door);
    let address = door.address;
    let running = tokio::spawn(async move { client.get("/metrics").await });
    is_set(&begun).await;
    let ended = tokio::spawn(door.end());
    while TcpStream::connect(address).await.is_ok() {
        assert!(!running.is_finished(), "connections are still taken");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(running.await.expect("no panic").status, StatusCode::OK);
    ended.await.expect("no panic");

    let told = Told {
        slow_metrics: Duration::from_secs(6),
        ..Told::default()
    };
    let bounds = Bounds {
        drain: Duration::from_millis(200),
        ..Bounds::default()
    };
    let begun = Arc::clone(&told.metrics_begun);
    let door = Door::open(told, bounds).await;
    let client = Client::new(&door);
    let running = tokio::spawn(async move { client.try_get("/metrics").await.is_some() });
    is_set(&begun).await;
    let began = std::time::Instant::now();
    door.end().await;
    assert!(began.elapsed() < Duration::from_secs(4));
    assert!(!running.await.expect("no panic"), "it was cut off");
}
