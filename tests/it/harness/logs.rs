//! Captures the program's log events, for all tests of the binary at once: each test filters its own.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use tokio::sync::Notify;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

/// One log event.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) level: Level,
    pub(crate) fields: BTreeMap<&'static str, String>,
}

impl Line {
    /// The value of a field, or nothing.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// Every event of the program since the first call of [`capture`].
pub(crate) struct Logs {
    lines: Mutex<Vec<Line>>,
    written: Notify,
}

/// Starts capturing, once for the whole binary.
pub(crate) fn capture() -> &'static Logs {
    static LOGS: OnceLock<Logs> = OnceLock::new();
    static INSTALLED: OnceLock<()> = OnceLock::new();
    let logs = LOGS.get_or_init(|| Logs { lines: Mutex::default(), written: Notify::new() });
    INSTALLED.get_or_init(|| {
        let ours = filter_fn(|metadata| metadata.target().starts_with("guitu"));
        let subscriber = tracing_subscriber::registry().with(Capture(logs).with_filter(ours));
        tracing::subscriber::set_global_default(subscriber).expect("nobody else captures");
    });
    logs
}

impl Logs {
    /// The lines so far for which `fits` holds.
    pub(crate) fn matching(&self, fits: impl Fn(&Line) -> bool) -> Vec<Line> {
        self.lines.lock().unwrap().iter().filter(|line| fits(line)).cloned().collect()
    }

    /// Waits for a line for which `fits` holds.
    pub(crate) async fn wait_for(&self, fits: impl Fn(&Line) -> bool) -> Line {
        let found = async {
            loop {
                let written = self.written.notified();
                tokio::pin!(written);
                written.as_mut().enable();
                if let Some(line) = self.matching(&fits).pop() {
                    return line;
                }
                written.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), found).await.expect("the line was logged")
    }
}

struct Capture(&'static Logs);

impl<S: Subscriber> Layer<S> for Capture {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line { level: *event.metadata().level(), fields: BTreeMap::new() };
        event.record(&mut Fields(&mut line.fields));
        self.0.lines.lock().unwrap().push(line);
        self.0.written.notify_waiters();
    }
}

struct Fields<'a>(&'a mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
