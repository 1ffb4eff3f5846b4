//! The life of an agreement among three nodes, checked exhaustively over the real transition code.
//!
//! Three parties; at most two amendments (or counter-proposals), one suspension with its resumption,
//! one termination with its acknowledgements; one lead. A network without order: whatever is under
//! way may arrive at any time, may be lost and sent again, and may arrive again later, each as often
//! as you like. That holds every run with one loss and one duplicate per link:
//! - a statement stays under way until it has arrived, so a loss is a delay, and leaves no other state;
//!   a second arrival must change nothing (asserted at every arrival), so it leaves no other state;
//! - copies of the lead are messages of their own: they can be lost, and they stay when they arrive.
//!
//! At most four messages are under way at once. The lead goes from A to B: any two nodes that a lead
//! goes between can be called so, and a lead changes no statement, so one chain speaks for all six.
//! Digests order crossing versions: each proposal comes with two digests, a low and a high one, so
//! that every order of two is seen.

mod nodes;
mod oracle;
mod search;

use self::search::Search;

/// Seen on a two-core machine: see the figures that the test prints with `--nocapture`.
#[test]
fn no_run_sends_or_stores_what_is_forbidden_and_all_views_meet() {
    let mut search = Search::new();
    search.run();
    println!("{}", search.figures());
    assert!(search.states() > 100_000, "{}", search.figures());
}
