//! What holds between nodes whatever one of them does: broken rules, lost answers, queues, corrections.

mod broken;
mod corrections;
mod healing;
mod queues;
mod versions;
