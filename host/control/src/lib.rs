//! The control plane: keeps applications in step with Git, for ever.
//!
//! [`Plane`] watches its home ([`gantry_store::Home`]) and gives each application a `worker`, which is
//! woken by its `inbox`: a changed manifest, a changed object in the cluster, sources that moved, time.
//! It takes a `look` (rendered, compared, judged), decides (`auto`), runs what is asked for or due
//! (`operate`), and writes `status`. Workers share connections, renders and limits (`shared`), and tell
//! each other how they are on the `board`.

pub mod auto;
mod bell;
mod board;
mod clock;
pub mod clusters;
mod concerned;
pub mod depends;
mod inbox;
mod look;
mod manifest;
mod manifests;
mod operate;
mod overrun;
mod plane;
mod poll;
mod pushes;
mod queue;
mod request;
mod rules;
pub mod shards;
mod shared;
mod status;
mod surroundings;
pub mod windows;
mod worker;

pub use bell::Bell;
pub use board::{Board, Standing};
pub use plane::{Parts, Plane};
pub use poll::{Checks, Listener, Pace, Poller};
pub use shared::Id;
