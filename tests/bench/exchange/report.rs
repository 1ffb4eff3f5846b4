//! What is printed, and the arithmetic behind it.

use serde_json::{Value, json};

use crate::database::Engine;

/// One measured row: a value and its floor for each round.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) engine: Engine,
    pub(crate) unit: &'static str,
    pub(crate) n: usize,
    /// Value and floor of each round.
    pub(crate) rounds: Vec<(f64, f64)>,
}

impl Row {
    /// Prints the row: medians over the rounds; the ratio is the median of the rounds' ratios.
    pub(crate) fn print(&self) {
        self.print_with(&json!({}));
    }

    /// The same with whatever else was seen.
    pub(crate) fn print_with(&self, more: &Value) {
        let of = |pick: fn(&(f64, f64)) -> f64| median(self.rounds.iter().map(pick).collect());
        let load = std::fs::read_to_string("/proc/loadavg").ok();
        let load = load.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
        let mut row = json!({
            "row": self.name,
            "engine": name(self.engine),
            "value": rounded(of(|(value, _)| *value)),
            "unit": self.unit,
            "floor": rounded(of(|(_, floor)| *floor)),
            "ratio": rounded(of(|(value, floor)| value / floor)),
            "n": self.n,
            "rounds": self.rounds.len(),
            "load": load,
        });
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        println!("{row}");
    }
}

/// The engine's name in a row.
pub(crate) const fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgresql",
    }
}

/// The middle one.
pub(crate) fn median(values: Vec<f64>) -> f64 {
    quantile(values, 0.5)
}

/// The value below which the share `q` of the values lies; NaN of none.
pub(crate) fn quantile(mut values: Vec<f64>, q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a rank among few values"
    )]
    let rank = (q * (values.len().max(1) - 1) as f64).round() as usize;
    values.get(rank).copied().unwrap_or(f64::NAN)
}

/// How many a second.
pub(crate) fn rate(n: usize, time: std::time::Duration) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX)) / time.as_secs_f64()
}

fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}
