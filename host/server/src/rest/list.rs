//! Lists of applications, written as they are read: the answer of ten thousand is never in memory as a whole.

use std::borrow::Cow;
use std::convert::Infallible;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;
use gantry_api::Listed;
use gantry_model::limits;
use http::{HeaderValue, header};
use serde_json::Value;

/// The answer of a list.
pub(super) fn response(listed: Listed) -> Response {
    let first = chunk(&listed, 0, limits::API_LIST_CHUNK_BYTES);
    let body = if first.next.is_some() {
        let all = stream::unfold((listed, Some(first)), |(listed, chunk)| async move {
            let Chunk { text, next } = chunk?;
            let next = next.map(|from| self::chunk(&listed, from, limits::API_LIST_CHUNK_BYTES));
            Some((Ok::<_, Infallible>(Bytes::from(text)), (listed, next)))
        });
        Body::from_stream(all)
    } else {
        Body::from(first.text)
    };
    let mut response = body.into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// Where the items are.
trait Items {
    fn text(&self, index: usize) -> Option<Cow<'_, str>>;
    fn metadata(&self) -> &Value;
}

impl Items for Listed {
    fn text(&self, index: usize) -> Option<Cow<'_, str>> {
        Self::text(self, index)
    }

    fn metadata(&self) -> &Value {
        Self::metadata(self)
    }
}

struct Chunk {
    text: String,
    /// The item after it; none where that was all.
    next: Option<usize>,
}

/// The items from one on, until they are enough at once.
fn chunk(items: &impl Items, from: usize, enough: usize) -> Chunk {
    let mut text = String::new();
    if from == 0 {
        text.push_str("{\"items\":[");
    }
    let mut at = from;
    while let Some(item) = items.text(at) {
        if at > from && text.len() >= enough {
            let next = Some(at);
            return Chunk { text, next };
        }
        if at > 0 {
            text.push(',');
        }
        text.push_str(&item);
        at += 1;
    }
    text.push_str("],\"metadata\":");
    text.push_str(&items.metadata().to_string());
    text.push('}');
    Chunk { text, next: None }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken case")]
mod tests {
    use std::borrow::Cow;

    use serde_json::{Value, json};

    use super::{Items, chunk};

    struct Made(Vec<Value>, Value);

    impl Items for Made {
        fn text(&self, index: usize) -> Option<Cow<'_, str>> {
            Some(Cow::Owned(self.0.get(index)?.to_string()))
        }

        fn metadata(&self) -> &Value {
            &self.1
        }
    }

    #[test]
    fn all_chunks_are_one_answer() {
        for (count, enough, most) in [(0, 1, 1), (1, 1, 1), (7, 1, 7), (7, 60, 6), (7, 9999, 1)] {
            let items: Vec<Value> = (0..count).map(|id| json!({"id": id, "a": "}],"})).collect();
            let made = Made(items, json!({"total": count}));
            let (mut text, mut next, mut chunks) = (String::new(), Some(0), 0);
            while let Some(from) = next {
                let chunk = chunk(&made, from, enough);
                text.push_str(&chunk.text);
                (next, chunks) = (chunk.next, chunks + 1);
            }
            let read: Value = serde_json::from_str(&text).expect(&text);
            assert_eq!(read, json!({"items": made.0, "metadata": made.1}));
            assert!(chunks <= most, "{count} in {chunks}");
            assert_eq!(chunks > 1, most > 1, "{count} in {chunks}");
        }
    }
}
