//! The web pages: HTML made from what the API answers. No I/O of its own, no script but the small ones that lie
//! beside it. A page is a function of the API's JSON; handlers ask for that, and for nothing else.

mod answer;
mod application;
mod applications;
mod assets;
mod control;
mod csrf;
mod diff;
mod events;
mod icons;
mod json;
mod layout;
mod link;
mod live;
mod login;
mod new_app;
mod plugins;
mod resource;
mod settings;
mod sso;
#[cfg(test)]
mod stub;
mod time;
mod tree;
mod user;
mod visit;
mod web;
mod yaml;

pub use answer::{Body, Response};
pub use control::{Control, Joined};
pub use web::Web;
