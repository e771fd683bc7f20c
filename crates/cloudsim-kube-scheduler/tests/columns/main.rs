//! The columns decide what the plain cycle decides: on random clusters, while pods and nodes come, change and go.

mod make;
mod placer;
mod scheduler;
