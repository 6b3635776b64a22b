//! The table of all methods, service by service.

mod application;
mod beside;

use crate::route::{Body, Route, Verb};

pub(crate) fn all() -> Vec<Route> {
    application::ROUTES
        .iter()
        .chain(beside::ROUTES)
        .copied()
        .collect()
}

const fn get(method: &'static str, path: &'static str) -> Route {
    route(Verb::Get, method, path, Body::None)
}

const fn stream(method: &'static str, path: &'static str) -> Route {
    Route {
        streams: true,
        ..get(method, path)
    }
}

const fn post(method: &'static str, path: &'static str, body: Body) -> Route {
    route(Verb::Post, method, path, body)
}

const fn put(method: &'static str, path: &'static str, body: Body) -> Route {
    route(Verb::Put, method, path, body)
}

const fn delete(method: &'static str, path: &'static str) -> Route {
    route(Verb::Delete, method, path, Body::None)
}

const fn route(verb: Verb, method: &'static str, path: &'static str, body: Body) -> Route {
    Route {
        method,
        verb,
        path,
        body,
        streams: false,
    }
}
