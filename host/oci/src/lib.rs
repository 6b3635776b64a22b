//! OCI registries: one repository, and what is asked of it or put into it.
//!
//! The only room that names an OCI client. It knows manifests, blobs and tags, and nothing of what
//! they are for: `registry` makes plugins of them, `charts` charts.

mod connection;
mod credentials;
mod error;
mod session;

pub use connection::Connection;
pub use credentials::Credentials;
pub use error::OciError;
pub use oci_client::manifest::{
    OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest, WASM_LAYER_MEDIA_TYPE,
};
pub use session::{Progress, Registry};
