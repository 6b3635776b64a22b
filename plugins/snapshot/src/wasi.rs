//! The little of WASI preview 1 that a start may ask: arguments, clocks, random numbers, and which
//! directories are open. All of it is the same for every build.

use wasmi::Val;

/// Where the functions are imported from.
pub(crate) const SPACE: &str = "wasi_snapshot_preview1";

const SUCCESS: i32 = 0;
/// `EBADF`: no such file is open.
const BAD_DESCRIPTOR: i32 = 8;
/// `EFAULT`: an address outside of the memory.
const BAD_ADDRESS: i32 = 21;
/// The first after input, output and errors.
const FIRST_DIRECTORY: usize = 3;
/// A clock that stands still: later instances start theirs again.
const CLOCK_NANOS: u64 = 1;
/// Programs index their arguments without looking.
const ARGUMENT: &[u8] = b"plugin\0";

/// What a start can see.
pub(crate) struct World {
    directories: Vec<String>,
    random: u64,
    written: Vec<u8>,
}

impl World {
    pub(crate) fn new(directories: &[&str]) -> Self {
        Self {
            directories: directories.iter().map(|name| (*name).to_owned()).collect(),
            random: 0x9E37_79B9_7F4A_7C15,
            written: Vec::new(),
        }
    }

    /// What the program wrote.
    pub(crate) fn output(&self) -> String {
        String::from_utf8_lossy(&self.written).into_owned()
    }

    fn directory(&self, descriptor: u32) -> Option<&str> {
        let index = (descriptor as usize).checked_sub(FIRST_DIRECTORY)?;
        self.directories.get(index).map(String::as_str)
    }

    /// Xorshift: enough for a runtime that wants its hash tables seeded.
    fn next(&mut self) -> u8 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 32)
            .to_le_bytes()
            .first()
            .copied()
            .unwrap_or_default()
    }
}

/// Answers a call with its error number; nothing where the function is not served.
pub(crate) fn call(name: &str, given: &[Val], memory: &mut [u8], world: &mut World) -> Option<i32> {
    let number = |index: usize| match given.get(index) {
        Some(Val::I32(value)) => value.cast_unsigned(),
        _ => 0,
    };
    let mut memory = Bytes(memory);
    let done = match name {
        "args_sizes_get" => memory
            .put(number(0), &1u32.to_le_bytes())
            .and(memory.put(number(1), &(ARGUMENT.len() as u32).to_le_bytes())),
        "args_get" => memory
            .put(number(0), &number(1).to_le_bytes())
            .and(memory.put(number(1), ARGUMENT)),
        "environ_sizes_get" => memory
            .put(number(0), &[0; 4])
            .and(memory.put(number(1), &[0; 4])),
        "environ_get" | "fd_fdstat_set_flags" | "sched_yield" => Some(()),
        "clock_time_get" => memory.put(number(2), &CLOCK_NANOS.to_le_bytes()),
        "clock_res_get" => memory.put(number(1), &CLOCK_NANOS.to_le_bytes()),
        "random_get" => memory.fill(number(0), number(1), || world.next()),
        "fd_write" => memory.gather(number(1), number(2), number(3), &mut world.written),
        "fd_fdstat_get" => memory.put(number(1), &[0; 24]),
        "fd_prestat_get" => match world.directory(number(0)) {
            Some(name) => {
                let length = (name.len() as u32).to_le_bytes();
                memory
                    .put(number(1), &[0; 4])
                    .and(memory.put(number(1) + 4, &length))
            }
            None => return Some(BAD_DESCRIPTOR),
        },
        "fd_prestat_dir_name" => match world.directory(number(0)) {
            Some(name) => memory.put(number(1), name.as_bytes()),
            None => return Some(BAD_DESCRIPTOR),
        },
        _ => return None,
    };
    Some(done.map_or(BAD_ADDRESS, |()| SUCCESS))
}

/// The guest's memory. Nothing where an address is outside of it.
struct Bytes<'a>(&'a mut [u8]);

impl Bytes<'_> {
    fn at(&mut self, address: u32, length: u32) -> Option<&mut [u8]> {
        let start = address as usize;
        self.0.get_mut(start..start.checked_add(length as usize)?)
    }

    fn put(&mut self, address: u32, bytes: &[u8]) -> Option<()> {
        let length = u32::try_from(bytes.len()).ok()?;
        self.at(address, length)?.copy_from_slice(bytes);
        Some(())
    }

    fn fill(&mut self, address: u32, length: u32, byte: impl FnMut() -> u8) -> Option<()> {
        self.at(address, length)?.fill_with(byte);
        Some(())
    }

    fn word(&mut self, address: u32) -> Option<u32> {
        let bytes = self.at(address, 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    /// Takes what a list of buffers holds, and says how much that was.
    fn gather(&mut self, list: u32, items: u32, told: u32, into: &mut Vec<u8>) -> Option<()> {
        let mut sum = 0u32;
        for item in 0..items {
            let entry = list.checked_add(item.checked_mul(8)?)?;
            let (start, length) = (self.word(entry)?, self.word(entry.checked_add(4)?)?);
            into.extend_from_slice(self.at(start, length)?);
            sum = sum.checked_add(length)?;
        }
        self.put(told, &sum.to_le_bytes())
    }
}
