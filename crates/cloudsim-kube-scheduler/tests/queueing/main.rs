//! Which pod is tried when, and what becomes of it.

mod hints;
mod make;
mod properties;
mod queue;
mod scheduler;
mod volume_hints;
