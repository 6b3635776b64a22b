//! Compiled code, kept as it is.
//!
//! Wasmtime presses what it keeps. To unpress Helm's 40 MB again costs each process more than all its
//! templates. Here the kept files become zstd frames of raw blocks (RFC 8878, 3.1.1.2): any reader of
//! zstd takes them, and no more than copies them.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

/// Files below this cost nothing either way.
const FILE_MIN_BYTES: u64 = 256 << 10;
/// The largest block that the format has.
const BLOCK_BYTES: usize = 128 << 10;
/// Magic number, a descriptor that says "no checksum, no size", and a window of one block.
const HEADER: [u8; 6] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 7 << 3];

/// Rewrites what wasmtime keeps below its cache's directory. A file that cannot be rewritten stays as
/// it is, which is as good.
pub(crate) fn rewrite_all(cache: &Path) {
    let Ok(compilers) = fs::read_dir(cache.join("modules")) else {
        return;
    };
    let files = compilers
        .flatten()
        .filter_map(|compiler| fs::read_dir(compiler.path()).ok())
        .flat_map(Iterator::flatten);
    for file in files {
        let is_large = file
            .metadata()
            .is_ok_and(|m| m.is_file() && m.len() >= FILE_MIN_BYTES);
        // Wasmtime writes beside the file, and renames.
        let is_whole = file.path().extension() == None::<&OsStr>;
        if is_large
            && is_whole
            && let Err(error) = rewrite(&file.path())
        {
            tracing::debug!(path = %file.path().display(), %error, "stays pressed");
        }
    }
}

fn rewrite(path: &Path) -> io::Result<()> {
    let mut start = [0; HEADER.len()];
    fs::File::open(path)?.read_exact(&mut start)?;
    if start == HEADER {
        return Ok(());
    }
    let code = zstd::decode_all(io::BufReader::new(fs::File::open(path)?))?;
    let directory = path.parent().unwrap_or(path);
    let mut file = tempfile::Builder::new()
        .prefix(".unpressed-")
        .suffix(".tmp")
        .tempfile_in(directory)?;
    frame(&code, &mut io::BufWriter::new(&mut file))?;
    file.persist(path)?;
    Ok(())
}

/// Writes bytes as one frame of raw blocks.
fn frame(bytes: &[u8], to: &mut impl Write) -> io::Result<()> {
    to.write_all(&HEADER)?;
    let mut blocks = bytes.chunks(BLOCK_BYTES).peekable();
    while let Some(block) = blocks.next() {
        let is_last = u32::from(blocks.peek().is_none());
        // Three bytes: the size above two bits for the kind (0 is raw) and one for the last.
        let size = u32::try_from(block.len()).unwrap_or_default();
        to.write_all(&(size << 3 | is_last).to_le_bytes()[..3])?;
        to.write_all(block)?;
    }
    to.flush()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::{BLOCK_BYTES, HEADER, frame, rewrite_all};

    #[test]
    fn a_frame_of_raw_blocks_is_zstd() {
        for length in [1, 100, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES] {
            let bytes: Vec<u8> = (0..length)
                .map(|i| u8::try_from(i % 251).unwrap())
                .collect();
            let mut framed = Vec::new();
            frame(&bytes, &mut framed).unwrap();
            assert_eq!(zstd::decode_all(&*framed).unwrap(), bytes, "{length}");
        }
    }

    #[test]
    fn large_files_are_rewritten_once_and_broken_ones_stay() {
        let cache = tempfile::tempdir().unwrap();
        let folder = cache.path().join("modules/wasmtime");
        std::fs::create_dir_all(&folder).unwrap();
        // What presses badly, so that it is large enough.
        let code: Vec<u8> = (0..1_000_000u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
            .collect();
        let pressed = zstd::encode_all(&*code, 3).unwrap();
        let (kept, broken, small) = (
            folder.join("kept"),
            folder.join("broken"),
            folder.join("small"),
        );
        std::fs::write(&kept, &pressed).unwrap();
        std::fs::write(&broken, &code).unwrap();
        std::fs::write(&small, b"small").unwrap();
        for _ in 0..2 {
            rewrite_all(cache.path());
            let framed = std::fs::read(&kept).unwrap();
            assert!(framed.starts_with(&HEADER));
            assert_eq!(zstd::decode_all(&*framed).unwrap(), code);
        }
        assert_eq!(std::fs::read(&broken).unwrap(), code);
        assert_eq!(std::fs::read(&small).unwrap(), b"small");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 3);
    }
}
