//! The pages of the office listener, made for people.
//!
//! Knows HTML and what the API below says of itself; asks no database. Invariant: a page loads nothing from
//! elsewhere and runs no script. The front page is the first of them; the routes are the API's.

pub mod front;
