//! The messages of Argo CD's gRPC services, between protobuf and the JSON that the API speaks; and grpc-web's
//! frames. No I/O.

mod decode;
mod encode;
mod frame;
mod schema;
mod time;
mod transcode;

pub use frame::{DATA, TRAILERS, frame, unframe};
pub use transcode::{WireError, answer, fits, methods, request, streams};
