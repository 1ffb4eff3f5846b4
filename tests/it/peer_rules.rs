//! What holds between nodes whatever one of them does: broken rules, lost answers, queues, corrections.

mod broken;
mod corrections;
mod fetching;
mod fetching_restored;
mod healing;
mod lines;
mod outlaw;
mod owners;
mod queues;
mod rules;
mod sharing;
mod texts;
mod versions;
mod windows;
