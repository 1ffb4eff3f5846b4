//! The operational log: one line an event on standard error.
//!
//! Knows levels and formats. Invariant: installed once, before anything is logged; lines come from
//! our own events, which hold codes and ids, never bodies.

use thiserror::Error;
use tracing_subscriber::EnvFilter;

/// The log could not be set up: the program was started twice in one process, or `GUITU_LOG` is wrong.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// `GUITU_LOG` is no list of directives. The operator is at fault.
    #[error("the log filter cannot be read; write for example GUITU_LOG=info,guitu=debug")]
    Filter(#[source] tracing_subscriber::filter::ParseError),
    /// A log is installed already.
    #[error("a log is installed already")]
    Installed,
}

/// How lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Installs the log. `filter` is a level, or directives such as `info,guitu=debug`.
pub fn install(filter: &str, format: Format) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(filter).map_err(TelemetryError::Filter)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let installed = match format {
        Format::Json => lines.json().flatten_event(true).with_current_span(true).try_init(),
        Format::Text => lines.with_ansi(false).try_init(),
    };
    installed.map_err(|_| TelemetryError::Installed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_filter_is_refused() {
        let refused = install("a=b=c", Format::Json);
        assert!(matches!(refused, Err(TelemetryError::Filter(_))));
    }
}
