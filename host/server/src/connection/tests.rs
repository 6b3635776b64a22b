//! How long a connection lives, by the clock of the test.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use socket2::SockRef;
use tokio::io::DuplexStream;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::{Serving, keep_alive};
use crate::serve::Bounds;
use crate::streams::marked;

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// A stream of what the test sends.
    News,
    /// A stream with always more to say.
    Flood,
    /// No stream, and never ready.
    Held,
}

const ANSWERS: [(&str, Answer); 3] = [
    ("/news", Answer::News),
    ("/flood", Answer::Flood),
    ("/held", Answer::Held),
];

/// A connection, and what the test has of it.
struct Connection {
    news: mpsc::UnboundedSender<&'static str>,
    served: JoinHandle<()>,
    began: Instant,
    _end: watch::Sender<bool>,
}

impl Connection {
    fn open() -> (Self, DuplexStream) {
        let (news, coming) = mpsc::unbounded_channel();
        let (end, ending) = watch::channel(false);
        let (client, server) = tokio::io::duplex(16 << 10);
        let serving = Serving {
            router: router(coming),
            tls: None,
            bounds: Bounds::default(),
            ending,
        };
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let first_by = Instant::now() + Bounds::default().header_timeout;
        let connection = Self {
            news,
            served: tokio::spawn(serving.http(server, peer, first_by)),
            began: Instant::now(),
            _end: end,
        };
        (connection, client)
    }

    /// When the server was through with it, in seconds from its beginning; none where it goes on for a day.
    async fn ended(self) -> Option<u64> {
        let day = Duration::from_secs(24 * 3600);
        let ended = timeout(day, self.served).await.ok()?;
        ended.expect("no panic");
        Some(self.began.elapsed().as_secs())
    }
}

fn router(coming: mpsc::UnboundedReceiver<&'static str>) -> Router {
    let news = stream::unfold(coming, |mut coming| async move {
        let text = coming.recv().await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), coming))
    });
    let news = Arc::new(Mutex::new(Some(news.boxed())));
    let flood = || stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from(vec![b'x'; 4096])));
    let answer = move |answer: Answer| {
        let news = news.lock().unwrap_or_else(PoisonError::into_inner).take();
        let body = match answer {
            Answer::News => Body::from_stream(news.expect("asked for once")),
            Answer::Flood => Body::from_stream(flood()),
            Answer::Held => Body::from_stream(stream::pending::<Result<Bytes, Infallible>>()),
        };
        let response = axum::response::Response::new(body);
        if answer == Answer::Held {
            response
        } else {
            marked(response)
        }
    };
    ANSWERS
        .into_iter()
        .fold(Router::new(), |router, (path, kind)| {
            let answer = answer.clone();
            router.route(path, get(move || async move { answer(kind) }))
        })
}

/// The body of an answer, over one version of HTTP or the other.
async fn ask(stream: DuplexStream, path: &str, is_http2: bool) -> Incoming {
    let request = Request::get(format!("http://localhost{path}")).header("host", "localhost");
    let request = request.body(Empty::<Bytes>::new()).expect("a request");
    let io = TokioIo::new(stream);
    let response = if is_http2 {
        let shaken = http2::handshake(TokioExecutor::new(), io).await;
        let (mut sender, connection) = shaken.expect("HTTP/2");
        tokio::spawn(connection);
        sender.send_request(request).await
    } else {
        let (mut sender, connection) = http1::handshake(io).await.expect("HTTP/1");
        tokio::spawn(connection);
        sender.send_request(request).await
    };
    response.expect("an answer").into_body()
}

async fn next(body: &mut Incoming) -> Option<Bytes> {
    let frame = body.frame().await?.expect("it goes on");
    frame.into_data().ok()
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_read_outlives_the_age_of_its_connection() {
    for is_http2 in [false, true] {
        let (connection, client) = Connection::open();
        let mut body = ask(client, "/news", is_http2).await;
        for hour in 0..6 {
            // The first before it is old, the others long after.
            sleep(Duration::from_secs(hour * 3600)).await;
            connection.news.send("news").expect("it is read");
            assert_eq!(
                next(&mut body).await.as_deref(),
                Some(&b"news"[..]),
                "{hour}"
            );
        }
        let asked = Instant::now();
        let Connection { news, served, .. } = connection;
        drop(news);
        // HTTP/2 says the end with an empty frame.
        let rest = next(&mut body).await.unwrap_or_default();
        assert_eq!(rest, "", "it ends");
        served.await.expect("no panic");
        // With its last stream, and not some time later.
        assert_eq!(asked.elapsed().as_secs(), 0);
    }
}

/// The answer, whether anybody reads it, and when the connection was over.
#[tokio::test(start_paused = true)]
async fn a_connection_ends_when_nobody_reads_what_is_on_it() {
    let bounds = Bounds::default();
    let old = (bounds.connection_max + bounds.drain).as_secs();
    let unread = bounds.reader_max.as_secs();
    for is_http2 in [false, true] {
        for (path, is_read, expected) in [
            ("/held", true, Some(old)),
            ("/held", false, Some(old)),
            ("/flood", false, Some(old.max(unread))),
            ("/news", false, None),
        ] {
            let (connection, client) = Connection::open();
            let mut body = ask(client, path, is_http2).await;
            let reader = tokio::spawn(async move {
                // Who does not read holds it all the same.
                while is_read && body.frame().await.is_some_and(|frame| frame.is_ok()) {}
                std::future::pending::<()>().await;
                drop(body);
            });
            let news = connection.news.clone();
            let case = format!("{path} {is_read} {is_http2}");
            assert_eq!(connection.ended().await, expected, "{case}");
            reader.abort();
            drop(news);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_who_stops_has_so_long_to_go_on() {
    let bounds = Bounds::default();
    for is_http2 in [false, true] {
        let (connection, client) = Connection::open();
        let mut body = ask(client, "/flood", is_http2).await;
        // Each pause is shorter than what one may take, and all of them longer.
        for _ in 0..10 {
            sleep(bounds.reader_max - Duration::from_secs(10)).await;
            for _ in 0..64 {
                next(&mut body).await.expect("it goes on");
            }
        }
        let since = connection.began.elapsed();
        let ended = connection.ended().await.expect("it ends");
        let (since, last) = (
            since + bounds.reader_max,
            since + bounds.reader_max + bounds.ping,
        );
        // What is on its way may go on with the next question of HTTP/2.
        let expected = since.as_secs()..=last.as_secs();
        assert!(
            expected.contains(&ended),
            "{ended}, not {expected:?}, {is_http2}"
        );
        drop(body);
    }
}

#[tokio::test]
async fn tcp_asks_whether_a_client_is_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("an address");
    let address = listener.local_addr().expect("an address");
    let (client, taken) = tokio::join!(TcpStream::connect(address), listener.accept());
    let (_client, (stream, _)) = (client.expect("connected"), taken.expect("taken"));
    keep_alive(&stream);
    assert!(SockRef::from(&stream).keepalive().expect("it is told"));
}
