//! `ready`, `resumed`, `resident`, `binary`: the demo as a newcomer starts it. Seconds from its start until it says
//! *ready*, on an empty folder and on its own; what the largest of its nodes holds after `GUITU_BENCH_IDLE_S` seconds
//! in which nothing happens; and the program's size. The floor of `ready` is what a resumed demo takes, which loads
//! nothing; the others have none.

use std::fs;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, interval};

use crate::database::Engine;
use crate::idle::resident;
use crate::report::Row;

const PROGRAM: &str = env!("CARGO_BIN_EXE_guitu");
const MEGABYTE: f64 = 1_048_576.0;

/// Measures and prints the four rows.
pub(crate) async fn run(rounds: usize, settle: usize) {
    let (mut ready, mut held, mut leads) = (Vec::new(), Vec::new(), 0);
    for _ in 0..rounds {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("demo");
        let (first, loaded) = Demo::start(&dir);
        quiet(settle).await;
        let after_load = first.resident();
        leads = first.said["leads"].as_u64().unwrap();
        first.end();
        let (second, resumed) = Demo::start(&dir);
        quiet(settle).await;
        held.push((after_load, second.resident()));
        second.end();
        ready.push((loaded, resumed));
    }
    let n = usize::try_from(leads).unwrap();
    #[allow(clippy::cast_precision_loss, reason = "a program has fewer than 2^53 bytes")]
    let size = fs::metadata(PROGRAM).unwrap().len() as f64 / MEGABYTE;
    let row = |name, unit, rounds| Row { name, engine: Engine::Sqlite, unit, n, rounds }.print();
    row("ready", "s", ready.clone());
    row("resumed", "s", ready.iter().map(|(_, resumed)| (*resumed, f64::NAN)).collect());
    row("resident", "MB, resumed as floor", held);
    row("binary", "MB", vec![(size, f64::NAN)]);
}

/// Leaves everything alone for so many seconds.
async fn quiet(seconds: usize) {
    let mut periods = interval(Duration::from_secs(seconds as u64));
    periods.tick().await;
    periods.tick().await;
}

/// A running demo and what it said.
struct Demo {
    child: Child,
    output: BufReader<ChildStdout>,
    said: Value,
}

impl Demo {
    /// Starts it in `dir`; returns it with the seconds that it took.
    fn start(dir: &Path) -> (Self, f64) {
        let mut command = Command::new(PROGRAM);
        command.args(["--json", "demo", "--dir"]).arg(dir).stdin(Stdio::null());
        let begun = Instant::now();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let line = output.by_ref().lines().map(Result::unwrap).find(|line| line.contains("\"ready\":true"));
        let seconds = begun.elapsed().as_secs_f64();
        let said = serde_json::from_str(&line.expect("it says that it is ready")).unwrap();
        (Self { child, output, said }, seconds)
    }

    /// Megabytes that the largest node holds.
    fn resident(&self) -> f64 {
        let nodes = self.said["nodes"].as_array().unwrap().iter();
        let held = nodes.map(|node| {
            let run = fs::read(Path::new(node["dir"].as_str().unwrap()).join("run.json")).unwrap();
            let run: Value = serde_json::from_slice(&run).unwrap();
            resident(&format!("/proc/{}/status", run["pid"]))
        });
        held.fold(0.0, f64::max)
    }

    /// Ends it as Ctrl-C does.
    fn end(mut self) {
        let script = format!("kill -INT {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
        io::copy(&mut self.output, &mut io::sink()).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}
