//! What holds between nodes whatever one of them does: broken rules, lost answers, queues, corrections.

mod broken;
mod corrections;
mod healing;
mod owners;
mod queues;
mod sharing;
mod texts;
mod versions;
