//! The sender's window over one lane: how many batches may be in flight, and how large the next one may be.
//!
//! Knows numbers and bytes; must not know messages. Invariant: what is in flight is consecutive, at most
//! [`MOST_BATCHES`] batches and [`MOST_BYTES`] bytes; a lane that is not known to work has one small batch in flight,
//! so that peers that do not answer hold little memory, however many they are; one whose batches are refused time and
//! again goes on message by message, so that what the peer cannot take stands alone.

use std::collections::VecDeque;

use super::batch::MAX_BYTES;

/// Most batches of a lane in flight.
pub const MOST_BATCHES: usize = 4;

/// Most bytes of a lane in flight.
pub const MOST_BYTES: usize = 8 << 20;

/// Most items of a batch while others may follow it: smaller ones keep both nodes busy at the same time.
pub const STEADY_ITEMS: usize = 256;

/// Most items, and most bytes, of the one batch that tries a lane.
const PROBE: Room = Room { items: 64, bytes: 512 << 10 };

/// After so many batches in a row that the peer refused, one message goes at a time.
const REFUSALS: usize = 3;

/// A batch that may go has room for that much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Most items.
    pub items: usize,
    /// Most bytes, unless the first item alone has more.
    pub bytes: usize,
}

impl Room {
    /// All that the format allows.
    pub const WHOLE: Self = Self { items: super::batch::MAX_ITEMS, bytes: MAX_BYTES };
}

struct Flight {
    last: u64,
    bytes: usize,
}

/// What is in flight of one lane.
#[derive(Default)]
pub struct Window {
    flights: VecDeque<Flight>,
    /// How many batches had their receipts in a row, as far as it matters.
    proved: usize,
    /// How many batches in a row the peer refused, as far as it matters.
    refused: usize,
    /// Most items of a batch, after too many were refused; none: as many as ever.
    narrow: Option<usize>,
}

impl Window {
    /// Whether nothing is in flight.
    pub fn is_empty(&self) -> bool {
        self.flights.is_empty()
    }

    /// The number after which the next batch starts; none: after the last receipt.
    pub fn last(&self) -> Option<u64> {
        self.flights.back().map(|flight| flight.last)
    }

    /// Room for one more batch, if there is any.
    pub fn room(&self) -> Option<Room> {
        let narrow = |room: Room| Room { items: self.narrow.unwrap_or(room.items).min(room.items), ..room };
        if self.proved == 0 {
            return self.is_empty().then(|| narrow(PROBE));
        }
        let bytes = MAX_BYTES.min(MOST_BYTES - self.bytes().min(MOST_BYTES));
        let free = self.flights.len() < MOST_BATCHES.min(self.proved + 1) && bytes >= PROBE.bytes;
        free.then(|| narrow(Room { items: STEADY_ITEMS, bytes }))
    }

    /// A batch of that many bytes is on its way; `last` is its last number.
    pub fn sent(&mut self, last: u64, bytes: usize) {
        self.flights.push_back(Flight { last, bytes });
    }

    /// The receipt for the oldest batch is filed.
    pub fn settled(&mut self) {
        self.flights.pop_front();
        self.proved = (self.proved + 1).min(MOST_BATCHES);
        self.refused = 0;
        self.narrow = self.narrow.map(|items| items * 2).filter(|items| *items <= PROBE.items);
    }

    /// The peer answered the batch, and did not take it.
    pub fn refused(&mut self) {
        self.refused = (self.refused + 1).min(REFUSALS);
        if self.narrow.is_some() || self.refused == REFUSALS {
            self.narrow = Some(1);
        }
    }

    /// Nothing in flight counts any more; the lane is tried anew.
    pub fn failed(&mut self) {
        *self = Self { refused: self.refused, narrow: self.narrow, ..Self::default() };
    }

    fn bytes(&self) -> usize {
        self.flights.iter().map(|flight| flight.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_lane_is_tried_with_one_small_batch_and_opens_with_each_receipt() {
        let mut window = Window::default();
        assert_eq!((window.room(), window.last()), (Some(PROBE), None));
        window.sent(64, 1_000);
        assert_eq!(window.room(), None);
        let mut last = 64;
        for open in 2..=MOST_BATCHES {
            window.settled();
            while let Some(room) = window.room() {
                last += room.items as u64;
                window.sent(last, 1_000);
            }
            assert_eq!((window.flights.len(), window.last()), (open, Some(last)));
        }
        window.failed();
        assert_eq!((window.room(), window.last()), (Some(PROBE), None));
    }

    #[test]
    fn what_is_refused_time_and_again_stands_alone_until_the_lane_works() {
        let mut window = Window::default();
        let items = |window: &Window| window.room().unwrap().items;
        let refuse = |window: &mut Window| {
            window.refused();
            window.failed();
        };
        for _ in 1..REFUSALS {
            refuse(&mut window);
            assert_eq!(window.room(), Some(PROBE));
        }
        refuse(&mut window);
        let mut sizes = Vec::new();
        for last in 1..9 {
            sizes.push(items(&window));
            window.sent(last, 1);
            window.settled();
        }
        assert_eq!(sizes, [1, 2, 4, 8, 16, 32, 64, STEADY_ITEMS]);
        for _ in 0..REFUSALS {
            refuse(&mut window);
        }
        window.sent(9, 1);
        window.settled();
        assert_eq!(items(&window), 2);
        refuse(&mut window);
        assert_eq!(items(&window), 1, "it is there still");
    }

    proptest! {
        #[test]
        fn no_more_is_in_flight_than_the_limits(steps in prop::collection::vec((0_u8..8, 0.0_f64..=1.0), 0..200)) {
            let (mut window, mut last) = (Window::default(), 0);
            for (step, filled) in steps {
                match (step, window.room()) {
                    (0, _) => window.failed(),
                    (1 | 2, _) if !window.is_empty() => window.settled(),
                    (_, Some(room)) => {
                        last += 1;
                        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share")]
                        window.sent(last, (room.bytes as f64 * filled) as usize);
                    }
                    _ => {}
                }
                prop_assert!(window.flights.len() <= MOST_BATCHES && window.bytes() <= MOST_BYTES);
                prop_assert!(window.proved > 0 || window.flights.len() <= 1);
            }
        }
    }
}
