//! Parses the arguments and calls the command.
fn main() {}
