//! The four volume plugins: every reason with its code, told through the default profile.

mod bound;
mod conflicts;
mod properties;
mod reading;
mod support;
mod volume_limits;
mod waiting;
mod zones;
