//! Attempts to use up time, memory, stack, or the host's patience.

use std::hint::black_box;
use std::io::{Read, Write};
use std::time::Duration;

use crate::bindings::exports::gantry::plugin::renderer::{Body, Document, Rendering, Tree};

pub(crate) fn endless_loop() -> ! {
    let mut turns = 0u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

/// The guest is almost always in a host call.
pub(crate) fn endless_reads(tree: &Tree) -> ! {
    loop {
        black_box(tree.read_matching("", &["**".to_owned()]).is_ok());
    }
}

pub(crate) fn endless_sleep() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

pub(crate) fn deep_recursion(depth: u64) -> u64 {
    if black_box(depth) == 0 {
        0
    } else {
        black_box(deep_recursion(depth - 1)) + 1
    }
}

pub(crate) fn memory_bomb() -> usize {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        hoard.push(vec![1; 1 << 20]);
        black_box(hoard.last());
    }
}

/// Takes some bytes and gives them back.
pub(crate) fn memory_use(bytes: u64) -> usize {
    black_box(vec![1u8; usize::try_from(bytes).unwrap_or(usize::MAX)]).len()
}

/// One document of that many bytes.
pub(crate) fn huge_output(bytes: u64) -> Rendering {
    yaml("#".repeat(usize::try_from(bytes).unwrap_or(usize::MAX)))
}

/// That many documents.
pub(crate) fn many_documents(count: u64) -> Rendering {
    let document = |_| Document {
        body: Body::Yaml(String::new()),
        origin: None,
    };
    Rendering {
        documents: (0..count).map(document).collect(),
        warnings: Vec::new(),
    }
}

/// Documents that are all the same MiB of the guest's memory: the host would have to copy them out.
pub(crate) fn shared_output(count: u64) -> Rendering {
    let text = vec![b'#'; 1 << 20].leak();
    // Nothing frees them: the host refuses the result, or has copied it when this instance ends.
    let alias = |_| unsafe { String::from_raw_parts(text.as_mut_ptr(), text.len(), text.len()) };
    let document = |body| Document {
        body: Body::Yaml(body),
        origin: None,
    };
    Rendering {
        documents: (0..count).map(alias).map(document).collect(),
        warnings: Vec::new(),
    }
}

/// A list of nine lists of nine lists, and so on: a few lines that mean 9 to the power of `depth`.
pub(crate) fn laughs(depth: u64) -> Rendering {
    let mut text = String::from("l0: &l0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..depth {
        let nine = vec![format!("*l{}", level - 1); 9].join(", ");
        text.push_str(&format!("l{level}: &l{level} [{nine}]\n"));
    }
    yaml(text)
}

/// A list in a list, that often.
pub(crate) fn deep_document(depth: u64) -> Rendering {
    let depth = usize::try_from(depth).unwrap_or(usize::MAX);
    yaml("[".repeat(depth) + &"]".repeat(depth))
}

fn yaml(text: String) -> Rendering {
    let body = Body::Yaml(text);
    Rendering {
        documents: vec![Document { body, origin: None }],
        warnings: Vec::new(),
    }
}

/// Waits for what never comes: the end of all time, and input that nobody gives.
pub(crate) fn block(rendering: Rendering) -> Rendering {
    for _ in 0..1_000 {
        std::thread::sleep(Duration::MAX);
        let mut input = Vec::new();
        let _ = black_box(std::io::stdin().read_to_end(&mut input));
    }
    rendering
}

/// Writes that many lines of 1 KiB to stderr, then renders.
pub(crate) fn chatter(lines: u64, rendering: Rendering) -> Rendering {
    let line = "x".repeat(1_023) + "\n";
    let mut stderr = std::io::stderr().lock();
    for _ in 0..lines {
        if stderr.write_all(line.as_bytes()).is_err() {
            break;
        }
    }
    rendering
}

#[expect(clippy::panic, reason = "a panic is what is asked for")]
pub(crate) fn fail(words: &str) -> ! {
    panic!("{words}");
}
