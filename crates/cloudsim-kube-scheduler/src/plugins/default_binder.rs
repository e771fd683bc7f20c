//! Binds a pod to its node. Points: bind.
//!
//! Nothing is called here: who asks for a decision tells the API server.

use crate::framework::Plugin;

/// The plugin.
pub(super) struct DefaultBinder;

impl Plugin for DefaultBinder {}
