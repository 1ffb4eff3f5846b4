//! The program as its user starts it: arguments, output, signals, exit.
//!
//! Output goes to files, so that a full pipe never blocks the program and a killed one leaves its
//! words behind. A process that is dropped is killed.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::wait;

/// A signal by the name that `kill` knows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Signal {
    Terminate,
    Interrupt,
    Kill,
}

/// How a process ended and all that it said.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// The exit code; none if a signal ended it.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }
}

/// A running process.
pub(crate) struct Process {
    child: Child,
    output: TempDir,
}

/// The program with `arguments`, not yet started: set its environment and folder, then [`Process::start`].
pub(crate) fn guitu<I: IntoIterator<Item = impl AsRef<OsStr>>>(arguments: I) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guitu"));
    command.args(arguments);
    command
}

/// Runs the program to its end, for at most a minute.
#[track_caller]
pub(crate) fn run<I: IntoIterator<Item = impl AsRef<OsStr>>>(arguments: I) -> Outcome {
    Process::start(guitu(arguments)).finish(Duration::from_mins(1))
}

impl Process {
    /// Starts `command` without input.
    #[track_caller]
    pub(crate) fn start(mut command: Command) -> Self {
        let output = tempfile::tempdir().unwrap();
        let file = |name: &str| File::create(output.path().join(name)).unwrap();
        command.stdin(Stdio::null()).stdout(file("stdout")).stderr(file("stderr"));
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?} did not start: {error}"));
        Self { child, output }
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What the process has written to standard output so far.
    pub(crate) fn stdout(&self) -> String {
        self.said("stdout")
    }

    /// What the process has written to standard error so far.
    pub(crate) fn stderr(&self) -> String {
        self.said("stderr")
    }

    fn said(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.output.path().join(name)).unwrap()).into_owned()
    }

    /// Whether it has not ended yet.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends `signal`; a process that has ended takes none.
    #[track_caller]
    pub(crate) fn signal(&mut self, signal: Signal) {
        if !self.is_running() {
            return;
        }
        match signal {
            Signal::Kill => self.child.kill().unwrap(),
            Signal::Terminate => self.send("-TERM"),
            Signal::Interrupt => self.send("-INT"),
        }
    }

    #[track_caller]
    fn send(&self, signal: &str) {
        // The shell's own `kill`: a slim machine has no other.
        let script = format!("kill {signal} {}", self.id());
        let status = Command::new("sh").args(["-c", &script]).status().unwrap();
        assert!(status.success(), "{script} failed");
    }

    /// Waits until a complete line of standard output or error contains `words`, and returns that line.
    #[track_caller]
    pub(crate) fn line_with(&mut self, words: &str, timeout: Duration) -> String {
        let what = format!("a line with {words:?}");
        wait::until_some(&what, timeout, || {
            let ended = !self.is_running();
            let said = self.stdout() + &self.stderr();
            let lines = said.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            let found = lines.map(str::trim_end).find(|line| line.contains(words)).map(str::to_owned);
            assert!(found.is_some() || !ended, "it ended without {what}; it said:\n{said}");
            found
        })
    }

    /// Waits until the process ends by itself; panics with what it said when `timeout` has passed.
    #[track_caller]
    pub(crate) fn finish(mut self, timeout: Duration) -> Outcome {
        let what = format!("the end of process {}", self.id());
        let status = wait::until_some(&what, timeout, || self.child.try_wait().unwrap());
        Outcome { status, stdout: self.stdout(), stderr: self.stderr() }
    }

    /// Sends `signal` and waits until the process ends.
    #[track_caller]
    pub(crate) fn stop(mut self, signal: Signal, timeout: Duration) -> Outcome {
        self.signal(signal);
        self.finish(timeout)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.is_running() {
            _ = self.child.kill();
            _ = self.child.wait();
        }
        if std::thread::panicking() {
            eprintln!("process {} said:\n{}{}", self.id(), self.stdout(), self.stderr());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::start(command)
    }

    #[test]
    fn the_program_starts() {
        assert!(run(["--help"]).code().is_some());
    }

    #[test]
    fn output_and_exit_code_are_kept() {
        let outcome = shell("echo out; echo err >&2; exit 3").finish(LIMIT);
        assert_eq!((outcome.code(), &*outcome.stdout, &*outcome.stderr), (Some(3), "out\n", "err\n"));
    }

    #[test]
    fn a_process_hears_a_signal() {
        let mut process = shell("trap 'echo bye; exit 5' TERM; echo ready; while :; do :; done");
        assert_eq!(process.line_with("ready", LIMIT), "ready");
        let outcome = process.stop(Signal::Terminate, LIMIT);
        assert_eq!((outcome.code(), &*outcome.stdout), (Some(5), "ready\nbye\n"));
    }

    #[test]
    fn a_killed_process_has_no_code() {
        let mut process = shell("echo up; while :; do :; done");
        process.line_with("up", LIMIT);
        assert_eq!(process.stop(Signal::Kill, LIMIT).code(), None);
    }

    #[test]
    fn a_dropped_process_is_gone() {
        let mut process = shell("echo up; while :; do :; done");
        process.line_with("up", LIMIT);
        let id = process.id();
        drop(process);
        let alive = Command::new("sh").args(["-c", &format!("kill -0 {id}")]).stderr(Stdio::null()).status();
        assert!(!alive.unwrap().success());
    }
}
