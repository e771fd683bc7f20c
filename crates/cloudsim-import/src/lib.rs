//! Reads real artefacts and writes scenarios: what `kubectl get` prints, and manifests.
//!
//! There is one folder for each program that artefacts come from. What is read is text and what comes out is text: files and
//! terminals are the command's. Nothing is guessed in silence: [`Imported::notes`](kubectl::Imported::notes), which head
//! the scenario as a comment too, say what was kept, what was left out, and what was assumed.

pub mod kubectl;
mod ron;
mod rules;

pub use rules::{explain, rules};
