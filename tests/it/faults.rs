//! What happens to nodes in the world: bad networks, lying peers, databases that die, full disks, certificates
//! that end, clocks that jump. Nothing is lost or doubled, and nobody has to act but those who can.

mod certificates;
mod clock;
mod database;
mod disk;
mod network;
mod pooler;
mod standby;
