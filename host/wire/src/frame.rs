//! Frames: a byte that says what follows, four with its length, and the message.

use crate::transcode::WireError;

/// The flag of a message.
pub const DATA: u8 = 0;
/// The flag of grpc-web's trailers, which end an answer.
pub const TRAILERS: u8 = 0x80;

/// A message in its frame.
///
/// # Errors
/// When it is longer than a frame can say.
pub fn frame(flag: u8, message: &[u8]) -> Result<Vec<u8>, WireError> {
    let length = u32::try_from(message.len())
        .map_err(|_| WireError("the answer is larger than 4 GiB".to_owned()))?;
    let mut bytes = Vec::with_capacity(message.len() + 5);
    bytes.push(flag);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(message);
    Ok(bytes)
}

/// The one message of a request.
///
/// # Errors
/// Bytes that are not one frame with a message that is not compressed.
pub fn unframe(bytes: &[u8]) -> Result<&[u8], WireError> {
    let wrong = |what: &str| WireError(format!("the request is no gRPC message: {what}"));
    let (head, message) = bytes
        .split_first_chunk::<5>()
        .ok_or_else(|| wrong("it has less than five bytes"))?;
    let [flag, length @ ..] = *head;
    if flag != DATA {
        return Err(wrong("it is compressed, or of a kind that is not known"));
    }
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if message.len() != length {
        return Err(wrong("its length is not what it says"));
    }
    Ok(message)
}
