//! The four volume plugins: every reason with its code, told through the default profile.

mod bound;
mod conflicts;
mod limits;
mod properties;
mod reading;
mod support;
mod waiting;
mod zones;
