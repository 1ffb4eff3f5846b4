//! What holds between nodes whatever one of them does: broken rules, lost answers, queues, corrections.

mod broken;
mod corrections;
mod damaged;
mod disclosed;
mod fetching;
mod fetching_restored;
mod forgetful;
mod healing;
mod instances;
mod lanes;
mod lines;
mod outlaw;
mod owners;
mod queues;
mod register;
mod rules;
mod sharing;
mod texts;
mod versions;
mod windows;
