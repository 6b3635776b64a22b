//! What an open file or directory is, and how a file's content is held and read.

use std::sync::Arc;

use bytes::Bytes;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi::p2::{InputStream, Pollable, StreamError, StreamResult};

use super::budget::{Budget, Share};
use super::node::{Kind, Node};
use super::refusal::Refusal;

/// An open file or directory.
#[derive(Debug)]
pub(super) struct Descriptor {
    pub(super) node: Node,
    /// A file's content, from its first need on: what is open does not change.
    content: Option<Arc<Content>>,
    _handle: Share,
}

/// A file's content while anything reads it.
#[derive(Debug)]
struct Content {
    bytes: Bytes,
    _held: Share,
}

impl Descriptor {
    pub(super) fn open(node: Node, handles: &Budget) -> Result<Self, Refusal> {
        Ok(Self {
            node,
            content: None,
            _handle: handles.take(1).ok_or(Refusal::Handles)?,
        })
    }

    /// A file's size. Of one that is too large to be read it is refused, though it is known: who
    /// asks about an open file makes room to read it.
    pub(super) fn size(&mut self, budget: &Budget) -> Result<u64, Refusal> {
        match self.node.kind {
            Kind::File => Ok(self.content(budget)?.bytes.len() as u64),
            Kind::Directory | Kind::Link => self.node.size(),
        }
    }

    /// At most `max` bytes from an offset on, and whether the file ends there.
    pub(super) fn read(
        &mut self,
        offset: u64,
        max: usize,
        budget: &Budget,
    ) -> Result<(Vec<u8>, bool), Refusal> {
        let content = self.content(budget)?;
        let rest = content.bytes.get(start(offset)..).unwrap_or_default();
        let part = rest.get(..max).unwrap_or(rest);
        Ok((part.to_vec(), part.len() == rest.len()))
    }

    pub(super) fn stream(&mut self, offset: u64, budget: &Budget) -> Result<Reader, Refusal> {
        Ok(Reader {
            content: self.content(budget)?,
            offset: start(offset),
        })
    }

    fn content(&mut self, budget: &Budget) -> Result<Arc<Content>, Refusal> {
        if let Some(content) = &self.content {
            return Ok(Arc::clone(content));
        }
        if self.node.kind == Kind::Directory {
            return Err(ErrorCode::IsDirectory.into());
        }
        let bytes = Bytes::from(self.node.read()?);
        let held = budget.take(bytes.len()).ok_or(Refusal::Bytes)?;
        let content = Arc::new(Content { bytes, _held: held });
        self.content = Some(Arc::clone(&content));
        Ok(content)
    }
}

fn start(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// Reads a file from an offset to its end.
pub(super) struct Reader {
    content: Arc<Content>,
    offset: usize,
}

#[async_trait::async_trait]
impl Pollable for Reader {
    async fn ready(&mut self) {}
}

#[async_trait::async_trait]
impl InputStream for Reader {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let length = self.content.bytes.len();
        if self.offset >= length {
            return Err(StreamError::Closed);
        }
        let end = self.offset.saturating_add(size).min(length);
        let part = self.content.bytes.slice(self.offset..end);
        self.offset = end;
        Ok(part)
    }
}
