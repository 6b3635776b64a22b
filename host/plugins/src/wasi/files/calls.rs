//! `wasi:filesystem/types`: what a guest may do with a handle. Whatever would change something is
//! refused as any read-only file system refuses it.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{
    self, HostDescriptor, HostDirectoryEntryStream,
};
use wasmtime_wasi::p2::bindings::sync::io::streams::{Error, InputStream, OutputStream};
use wasmtime_wasi::p2::{DynInputStream, FsError, FsResult};

use super::descriptor::Descriptor;
use super::listing::Listing;
use super::node::{Kind, Node};
use super::refusal::Refusal;
use super::{named, ours, owned};
use crate::sandbox::State;

/// Bytes of one read: as much as one read of a stream gives.
const READ_MAX_BYTES: u64 = 64 << 10;

type Handle = Resource<types::Descriptor>;

fn read_only<T>() -> FsResult<T> {
    Err(ErrorCode::ReadOnly.into())
}

impl State {
    fn descriptor(&mut self, handle: &Handle) -> FsResult<&mut Descriptor> {
        Ok(self.table.get_mut(&ours(handle))?)
    }

    fn node(&self, handle: &Handle) -> FsResult<&Node> {
        let descriptor: &Descriptor = self.table.get(&ours(handle))?;
        Ok(&descriptor.node)
    }

    /// The error number for the guest; what it cannot say goes to where the guest's own words go.
    fn answer<T>(&self, answer: Result<T, Refusal>) -> FsResult<T> {
        answer.map_err(|refusal| {
            if refusal.says_more() {
                self.log.note(&refusal.to_string());
            }
            refusal.code().into()
        })
    }

    fn find(&self, from: &Handle, flags: types::PathFlags, path: &str) -> FsResult<Node> {
        let follow = flags.contains(types::PathFlags::SYMLINK_FOLLOW);
        self.answer(self.node(from)?.at(path, follow))
    }
}

impl types::Host for State {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<types::ErrorCode> {
        Ok(error.downcast()?.into())
    }

    /// None: a stream of a file fails in no other way than by its end.
    fn filesystem_error_code(
        &mut self,
        _error: Resource<Error>,
    ) -> wasmtime::Result<Option<types::ErrorCode>> {
        Ok(None)
    }
}

impl HostDescriptor for State {
    fn open_at(
        &mut self,
        from: Handle,
        path_flags: types::PathFlags,
        path: String,
        open: types::OpenFlags,
        flags: types::DescriptorFlags,
    ) -> FsResult<Handle> {
        if flags.contains(types::DescriptorFlags::WRITE)
            || open.intersects(types::OpenFlags::CREATE | types::OpenFlags::TRUNCATE)
        {
            return read_only();
        }
        let node = self.find(&from, path_flags, &path)?;
        match node.kind {
            Kind::Link => return Err(ErrorCode::Loop.into()),
            Kind::File if open.contains(types::OpenFlags::DIRECTORY) => {
                return Err(ErrorCode::NotDirectory.into());
            }
            Kind::File | Kind::Directory => {}
        }
        let opened = self.answer(Descriptor::open(node, &self.files.handles))?;
        Ok(named(self.table.push(opened)?))
    }

    fn drop(&mut self, handle: Handle) -> wasmtime::Result<()> {
        let _closed: Descriptor = self.table.delete(owned(&handle))?;
        Ok(())
    }

    fn get_type(&mut self, handle: Handle) -> FsResult<types::DescriptorType> {
        Ok(self.node(&handle)?.kind.into())
    }

    fn get_flags(&mut self, handle: Handle) -> FsResult<types::DescriptorFlags> {
        self.node(&handle)?;
        Ok(types::DescriptorFlags::READ)
    }

    fn read(&mut self, handle: Handle, length: u64, offset: u64) -> FsResult<(Vec<u8>, bool)> {
        let max = usize::try_from(length.min(READ_MAX_BYTES)).unwrap_or(0);
        let budget = self.files.bytes.clone();
        let read = self.descriptor(&handle)?.read(offset, max, &budget);
        self.answer(read)
    }

    fn read_via_stream(&mut self, handle: Handle, offset: u64) -> FsResult<Resource<InputStream>> {
        let budget = self.files.bytes.clone();
        let reader = self.descriptor(&handle)?.stream(offset, &budget);
        let stream: DynInputStream = Box::new(self.answer(reader)?);
        Ok(self.table.push(stream)?)
    }

    fn read_directory(
        &mut self,
        handle: Handle,
    ) -> FsResult<Resource<types::DirectoryEntryStream>> {
        let listing = Listing::of(self.node(&handle)?, &self.files.bytes);
        let listing = self.answer(listing)?;
        Ok(named(self.table.push(listing)?))
    }

    fn readlink_at(&mut self, from: Handle, path: String) -> FsResult<String> {
        let node = self.find(&from, types::PathFlags::empty(), &path)?;
        self.answer(node.target())
    }

    fn stat(&mut self, handle: Handle) -> FsResult<types::DescriptorStat> {
        let budget = self.files.bytes.clone();
        let descriptor = self.descriptor(&handle)?;
        let (kind, size) = (descriptor.node.kind, descriptor.size(&budget));
        Ok(stat(kind, self.answer(size)?))
    }

    fn stat_at(
        &mut self,
        from: Handle,
        path_flags: types::PathFlags,
        path: String,
    ) -> FsResult<types::DescriptorStat> {
        let node = self.find(&from, path_flags, &path)?;
        let size = self.answer(node.size())?;
        Ok(stat(node.kind, size))
    }

    fn metadata_hash(&mut self, handle: Handle) -> FsResult<types::MetadataHashValue> {
        Ok(hash(self.node(&handle)?))
    }

    fn metadata_hash_at(
        &mut self,
        from: Handle,
        path_flags: types::PathFlags,
        path: String,
    ) -> FsResult<types::MetadataHashValue> {
        Ok(hash(&self.find(&from, path_flags, &path)?))
    }

    fn is_same_object(&mut self, one: Handle, other: Handle) -> wasmtime::Result<bool> {
        let one: &Descriptor = self.table.get(&ours(&one))?;
        let other: &Descriptor = self.table.get(&ours(&other))?;
        Ok(one.node.is_same(&other.node))
    }

    fn advise(
        &mut self,
        handle: Handle,
        _offset: u64,
        _length: u64,
        _advice: types::Advice,
    ) -> FsResult<()> {
        self.node(&handle).map(|_| ())
    }

    /// Nothing is ever unwritten.
    fn sync(&mut self, handle: Handle) -> FsResult<()> {
        self.node(&handle).map(|_| ())
    }

    fn sync_data(&mut self, handle: Handle) -> FsResult<()> {
        self.sync(handle)
    }

    fn write(&mut self, _handle: Handle, _bytes: Vec<u8>, _offset: u64) -> FsResult<u64> {
        read_only()
    }

    fn write_via_stream(
        &mut self,
        _handle: Handle,
        _offset: u64,
    ) -> FsResult<Resource<OutputStream>> {
        read_only()
    }

    fn append_via_stream(&mut self, _handle: Handle) -> FsResult<Resource<OutputStream>> {
        read_only()
    }

    fn set_size(&mut self, _handle: Handle, _size: u64) -> FsResult<()> {
        read_only()
    }

    fn set_times(
        &mut self,
        _handle: Handle,
        _access: types::NewTimestamp,
        _modification: types::NewTimestamp,
    ) -> FsResult<()> {
        read_only()
    }

    fn set_times_at(
        &mut self,
        _from: Handle,
        _path_flags: types::PathFlags,
        _path: String,
        _access: types::NewTimestamp,
        _modification: types::NewTimestamp,
    ) -> FsResult<()> {
        read_only()
    }

    fn create_directory_at(&mut self, _from: Handle, _path: String) -> FsResult<()> {
        read_only()
    }

    fn remove_directory_at(&mut self, _from: Handle, _path: String) -> FsResult<()> {
        read_only()
    }

    fn unlink_file_at(&mut self, _from: Handle, _path: String) -> FsResult<()> {
        read_only()
    }

    fn rename_at(
        &mut self,
        _from: Handle,
        _path: String,
        _to: Handle,
        _new_path: String,
    ) -> FsResult<()> {
        read_only()
    }

    fn link_at(
        &mut self,
        _from: Handle,
        _path_flags: types::PathFlags,
        _path: String,
        _to: Handle,
        _new_path: String,
    ) -> FsResult<()> {
        read_only()
    }

    fn symlink_at(&mut self, _from: Handle, _target: String, _path: String) -> FsResult<()> {
        read_only()
    }
}

impl HostDirectoryEntryStream for State {
    fn read_directory_entry(
        &mut self,
        stream: Resource<types::DirectoryEntryStream>,
    ) -> FsResult<Option<types::DirectoryEntry>> {
        let listing: &mut Listing = self.table.get_mut(&ours(&stream))?;
        let entry = listing.next();
        self.answer(entry)
    }

    fn drop(&mut self, stream: Resource<types::DirectoryEntryStream>) -> wasmtime::Result<()> {
        let _closed: Listing = self.table.delete(owned(&stream))?;
        Ok(())
    }
}

impl From<Kind> for types::DescriptorType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::File => Self::RegularFile,
            Kind::Directory => Self::Directory,
            Kind::Link => Self::SymbolicLink,
        }
    }
}

/// No times: a tree has none, and a render must not depend on any.
fn stat(kind: Kind, size: u64) -> types::DescriptorStat {
    types::DescriptorStat {
        type_: kind.into(),
        link_count: 1,
        size,
        data_access_timestamp: None,
        data_modification_timestamp: None,
        status_change_timestamp: None,
    }
}

fn hash(node: &Node) -> types::MetadataHashValue {
    let (lower, upper) = node.hash();
    types::MetadataHashValue { lower, upper }
}
