//! Why a command ended without success, as an exit code and one line.
//!
//! Knows who is at fault; must not know any command. Invariant: no sentence holds case data, because
//! the errors below hold none.

use crate::node;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    error: anyhow::Error,
}

impl Failure {
    /// It does not hold, or a rule refuses it: exit code 1.
    pub fn refused(error: impl Into<anyhow::Error>) -> Self {
        Self { code: 1, error: error.into() }
    }

    /// The arguments or the files they name are wrong: exit code 2.
    pub fn input(error: impl Into<anyhow::Error>) -> Self {
        Self { code: 2, error: error.into() }
    }

    /// The machine, the network or the database failed: exit code 3.
    pub fn environment(error: impl Into<anyhow::Error>) -> Self {
        Self { code: 3, error: error.into() }
    }

    /// Wrong input, in words.
    pub fn wrong(words: impl Into<String>) -> Self {
        Self::input(anyhow::Error::msg(words.into()))
    }

    /// The same failure with what was tried above it.
    #[must_use]
    pub fn during(self, words: impl Into<String>) -> Self {
        Self { code: self.code, error: self.error.context(words.into()) }
    }

    /// The exit code.
    pub const fn code(&self) -> u8 {
        self.code
    }

    /// One line with the program's name.
    pub fn line(&self) -> String {
        format!("guitu: {}\n", self.words())
    }

    /// What failed, then why, without a line's end. A cause that only repeats its effect is left out.
    pub fn words(&self) -> String {
        let mut text = String::new();
        let mut last = String::new();
        for cause in self.error.chain() {
            let said = one_line(&cause.to_string());
            if last.is_empty() {
                text += &said;
            } else if !last.contains(&said) {
                text.truncate(text.trim_end_matches('.').len());
                text += ", because ";
                text += &said;
            }
            last = said;
        }
        if !text.ends_with(['.', '!', '?', '。']) {
            text.push('.');
        }
        text
    }
}

impl From<node::Error> for Failure {
    fn from(error: node::Error) -> Self {
        use node::Error as E;
        match &error {
            E::Database(cause) if cause.blames_settings() => Self::input(error),
            E::Database(_) | E::Keystore(_) | E::Sealed(_) | E::Outside(_) | E::Corrupt(_) => {
                Self::environment(error)
            }
            E::Unreadable(_) | E::Fields(_) | E::Terms(_) | E::Genotype | E::Statement(_) => {
                Self::input(error)
            }
            _ => Self::refused(error),
        }
    }
}

/// Says who is at fault for an error of another room.
pub trait Blame<T> {
    /// A rule refuses it.
    fn or_refused(self) -> Result<T, Failure>;
    /// The user's input is wrong.
    fn or_input(self) -> Result<T, Failure>;
    /// The machine failed.
    fn or_environment(self) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> Blame<T> for Result<T, E> {
    fn or_refused(self) -> Result<T, Failure> {
        self.map_err(Failure::refused)
    }

    fn or_input(self) -> Result<T, Failure> {
        self.map_err(Failure::input)
    }

    fn or_environment(self) -> Result<T, Failure> {
        self.map_err(Failure::environment)
    }
}

/// The words of a text in one line.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
