//! Which path of REST means which method.

/// A verb of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

/// Where a request's body goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// There is none.
    None,
    /// It is the request; the path's fields are set in it.
    Whole,
    /// It is one field of the request.
    Field(&'static str),
}

/// A method, and its place in REST.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// As gRPC names it: `application.ApplicationService/Get`.
    pub method: &'static str,
    /// The verb.
    pub verb: Verb,
    /// The path; `{name}` and `{id.value}` are fields of the request.
    pub path: &'static str,
    /// The body.
    pub body: Body,
    /// Whether it answers with a stream.
    pub streams: bool,
}

/// All of them.
pub fn routes() -> &'static [Route] {
    &[Route {
        method: "application.ApplicationService/List",
        verb: Verb::Get,
        path: "/api/v1/applications",
        body: Body::None,
        streams: false,
    }]
}
