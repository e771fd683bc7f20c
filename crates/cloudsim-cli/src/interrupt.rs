//! Ctrl-C: the first ends the run and lets it print what it measured, the second ends the process.

use crate::Exit;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Whether somebody wants it to end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<State>);

#[derive(Debug, Default)]
struct State {
    happened: AtomicBool,
    unfinished: Mutex<Vec<PathBuf>>,
}

impl Interrupt {
    /// Listens from now on.
    pub(crate) fn listen() -> Self {
        let interrupt = Self::default();
        let state = Arc::clone(&interrupt.0);
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if state.happened.swap(true, Ordering::Relaxed) {
                    for path in state.unfinished.lock().expect("nobody panics with it").iter() {
                        let _ = std::fs::remove_file(path);
                    }
                    std::process::exit(Exit::Interrupted as i32);
                }
            }
        });
        interrupt
    }

    /// From now on whoever terminates the process is heard, too: who has taken the terminal has to give it back.
    pub(crate) fn hears_termination(&self) {
        #[cfg(unix)]
        if let Ok(mut signals) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            let state = Arc::clone(&self.0);
            tokio::spawn(async move {
                if signals.recv().await.is_some() {
                    state.happened.store(true, Ordering::Relaxed);
                }
            });
        }
    }

    pub(crate) fn happened(&self) -> bool {
        self.0.happened.load(Ordering::Relaxed)
    }

    /// A temporary file that must not outlive the process. Once it has its name, there is nothing left to remove.
    pub(crate) fn removes(&self, path: &Path) {
        self.0.unfinished.lock().expect("nobody panics with it").push(path.to_owned());
    }
}
