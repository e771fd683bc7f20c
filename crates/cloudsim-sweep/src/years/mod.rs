//! What failures by their rates come to in a year.
//!
//! Nothing happens for weeks, then something fails for an hour; two zones at once are out once in a million years. Waiting
//! for that is hopeless, so a [`Study`] wants *episodes* run: from the first failure while all is well to the instant at
//! which all is well again. Each has a weight, that is how likely it is to be the next one; what episodes cost, weighted,
//! over the mean time from one to the next is what is lost of a year. No world in it, no clock: whoever has one runs the
//! episodes.
//!
//! # Method
//! - A world that is as it was before once it has settled begins anew there: what is lost of a long time is the mean loss
//!   of a cycle over its mean length, and the interval that of a ratio of means: M. A. Crane, A. J. Lemoine, "An
//!   Introduction to the Regenerative Method for Simulation Analysis" (1977), chapter 3
//!   (<https://doi.org/10.1007/BFb0007339>).
//! - Rare episodes are not waited for. That a failure overlaps with a second and a third one is forced, and weighted with
//!   its probability, and rare classes have as many runs as frequent ones: P. Heidelberger, "Fast simulation of rare events
//!   in queueing and reliability models", ACM Transactions on Modeling and Computer Simulation 5 (1995), 43-85, sections
//!   4.2 (failure biasing, balanced) and 4.4 (forcing) (<https://doi.org/10.1145/203091.203094>). A part of them comes as it
//!   happens, so that no weight is large: T. Hesterberg, "Weighted Average Importance Sampling and Defensive Mixture
//!   Distributions", Technometrics 37 (1995), 185-194 (<https://doi.org/10.2307/1269620>). Episodes of five and more failures
//!   are as rare as they are among those of four.
//! - The length of the first failure is drawn once in each of as many equally likely slices as there are runs, and its
//!   component likewise: M. D. `McKay` et al., "A Comparison of Three Methods for Selecting Values of Input Variables in
//!   the Analysis of Output from a Computer Code", Technometrics 21 (1979), 239-245 (<https://doi.org/10.2307/1268522>).
//!   Two neighbouring slices together give a variance that is rather too large than too small: W. G. Cochran, "Sampling
//!   Techniques", 3rd edition (1977), section 5A.12. The shift by skewness: N. J. Johnson, "Modified t Tests and Confidence
//!   Intervals for Asymmetrical Populations", Journal of the American Statistical Association 73 (1978), 536-544
//!   (<https://doi.org/10.2307/2286597>). Degrees of freedom of a sum of variances: F. E. Satterthwaite, "An
//!   Approximate Distribution of Estimates of Variance Components", Biometrics Bulletin 2 (1946), 110-114
//!   (<https://doi.org/10.2307/3002019>).
//!
//! # Invariants
//! - The weights of all strata add up to one but for luck: each episode is of one stratum.
//! - What is lost by reason adds up to what is lost.

mod document;
mod failures;
mod json;
mod schema;
mod study;
mod text;

pub use document::{FailureClass, Missed, WorstEpisode, YearsDocument};
pub use failures::{Component, Episode, Failure, Failures};
pub use schema::years_schema;
pub use study::{Budget, Effort, Estimates, FACTORS, Judged, Lost, Pair, Reason, ServiceYears, Study};
pub use text::YearsTextOptions;

use failures::YEAR;

#[cfg(test)]
mod tests;
