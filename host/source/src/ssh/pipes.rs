//! What a program is told, and what it answers. Threads of their own wait at its ends, so that whoever reads can
//! stop waiting, whatever the program does.

use std::collections::VecDeque;
use std::io::{self, Cursor, Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use gantry_model::limits;

use crate::patience::Patience;

/// A program. Dropping it ends it.
pub(super) struct Running(Arc<Mutex<Child>>);

/// What it answers.
pub(super) struct Answers {
    chunks: Receiver<Vec<u8>>,
    chunk: Cursor<Vec<u8>>,
    has_begun: bool,
    patience: Patience,
    host: String,
    child: Arc<Mutex<Child>>,
    words: Words,
}

/// What it is told.
pub(super) struct Requests(Sender<Vec<u8>>);

/// The program failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub(crate) struct Failed {
    words: String,
    /// It was ssh itself, and not the program on the other machine: there is no way to that, or not with this key.
    pub(crate) is_away: bool,
}

/// What ssh ends with when it is itself that failed (ssh(1)).
const SSH_FAILED: i32 = 255;

/// The last of what it says beside its answers, and the end of that.
struct Words {
    said: Arc<Mutex<VecDeque<u8>>>,
    end: Receiver<()>,
}

/// The ends of a program that was begun with pipes.
pub(super) fn of(
    mut child: Child,
    host: &str,
    patience: Patience,
) -> io::Result<(Running, Answers, Requests)> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let child = Arc::new(Mutex::new(child));
    let running = Running(Arc::clone(&child));
    let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
        return Err(io::Error::other("ssh has no pipes"));
    };
    let (chunk, chunks) = sync_channel(limits::SSH_CHUNKS_AHEAD_MAX);
    spawn("ssh answers", move || hear(stdout, &chunk))?;
    let words = Words::of(stderr)?;
    let (requests, asked) = channel();
    spawn("ssh requests", move || tell(stdin, &asked))?;
    let answers = Answers {
        chunks,
        chunk: Cursor::default(),
        has_begun: false,
        patience,
        host: host.to_owned(),
        child,
        words,
    };
    Ok((running, answers, Requests(requests)))
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn(work).map(drop)
}

fn hear(mut stdout: ChildStdout, chunks: &SyncSender<Vec<u8>>) {
    let mut buffer = vec![0; limits::SSH_CHUNK_BYTES];
    loop {
        match stdout.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(read @ 1..) => {
                let chunk = buffer.get(..read).unwrap_or_default().to_vec();
                if chunks.send(chunk).is_err() {
                    return;
                }
            }
            // However it ended: how the program did says why.
            Ok(0) | Err(_) => return,
        }
    }
}

fn tell(mut stdin: ChildStdin, asked: &Receiver<Vec<u8>>) {
    for request in asked {
        if stdin.write_all(&request).is_err() {
            return;
        }
    }
}

impl Read for Answers {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.chunk.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let (time, late) = self.patience.next(&self.host, self.has_begun);
            match self.chunks.recv_timeout(time) {
                Ok(chunk) => {
                    self.chunk = Cursor::new(chunk);
                    self.has_begun = true;
                }
                Err(RecvTimeoutError::Timeout) => return Err(late.into()),
                Err(RecvTimeoutError::Disconnected) => return self.end(),
            }
        }
    }
}

impl Answers {
    /// There is no more. Where the program failed, it has said why.
    fn end(&self) -> io::Result<usize> {
        let began = Instant::now();
        let wait = Duration::from_millis(limits::SSH_END_MAX_MS);
        let status = loop {
            let status = lock(&self.child).try_wait()?;
            if status.is_some() || began.elapsed() > wait {
                break status;
            }
            thread::sleep(Duration::from_millis(limits::SSH_END_POLL_MS));
        };
        match status {
            Some(status) if !status.success() => {
                let words = self.words.all(wait.saturating_sub(began.elapsed()));
                let words = match words.as_str() {
                    "" => format!("ssh ended without a word ({status})"),
                    words => words.to_owned(),
                };
                let is_away = status.code() == Some(SSH_FAILED);
                Err(io::Error::other(Failed { words, is_away }))
            }
            _ => Ok(0),
        }
    }
}

impl Write for Requests {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        // Where nobody listens any more, what there is to be read says why.
        let _ = self.0.send(buffer.to_vec());
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Words {
    fn of(mut stderr: ChildStderr) -> io::Result<Self> {
        let said = Arc::new(Mutex::new(VecDeque::new()));
        let (ended, end) = channel();
        let heard = Arc::clone(&said);
        spawn("ssh words", move || {
            let mut buffer = [0; 1024];
            while let Ok(read @ 1..) = stderr.read(&mut buffer) {
                let mut said = heard.lock().unwrap_or_else(PoisonError::into_inner);
                said.extend(buffer.iter().take(read));
                let more = said.len().saturating_sub(limits::SSH_WORDS_MAX_BYTES);
                said.drain(..more);
            }
            // Nobody may want to know.
            let _ = ended.send(());
        })?;
        Ok(Self { said, end })
    }

    /// All of them in one line, after a while even if somebody still holds that end: a connection that others share
    /// does.
    fn all(&self, wait: Duration) -> String {
        let _ = self.end.recv_timeout(wait);
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(said.make_contiguous()).into_owned();
        // The other machine may have written colours, or worse.
        let plain = |line: &str| line.chars().filter(|c| !c.is_control()).collect::<String>();
        let lines = text.lines().map(plain);
        let lines = lines.map(|line| line.trim().to_owned());
        lines
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("; ")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut child = lock(&self.0);
        // It may have ended by itself.
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}
