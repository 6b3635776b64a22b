//! The messages of Argo CD's gRPC services, between protobuf and the JSON that the API speaks; and grpc-web's
//! frames. No I/O.

mod transcode;

pub use transcode::{WireError, answer, request};
