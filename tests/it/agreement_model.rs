//! The life of an agreement among three nodes, checked exhaustively over the real transition code.
//!
//! Three parties; at most two amendments (or counter-proposals), one suspension with its resumption,
//! one termination with its acknowledgements; one lead; at most four messages under way at once. The
//! network keeps no order, and loses and repeats whatever is under way as often as it likes, which
//! holds every run with one loss and one duplicate on each link:
//! - a statement is under way until it has arrived. Its loss is a delay, for it is sent again; a second
//!   arrival is seen to change nothing, in every view that there is. So neither makes another state;
//! - copies of the lead are messages of their own: each may be lost, and may stay when it has arrived.
//!
//! Three things are left out of a state, because they cannot matter:
//! - which two nodes the lead goes between. A lead changes no statement, so chains do not influence one
//!   another, and any sender and receiver can be called A and B;
//! - what the chain carried, once the copies under lower versions were seen to be refused and dropped:
//!   what a sender may cite only rises;
//! - copies on their way to a node that knows of a termination: it is seen to keep none, ever.
//!
//! Digests order versions that cross: the first proposal has one in the middle, the second comes with
//! one below and with one above it. Dates are the properties' matter (`domain::access`), not this one's.

mod nodes;
mod oracle;
mod search;

use self::search::Search;

#[test]
fn no_run_sends_or_keeps_what_is_forbidden_and_all_views_meet() {
    let mut search = Search::new();
    search.run();
    println!("{}", search.figures());
    assert!(search.states() > 7_000_000, "the search is not exhaustive: {}", search.figures());
}
