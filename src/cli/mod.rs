//! One command, one file.

pub mod demo;
