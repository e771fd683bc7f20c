//! What was found on a screen: each service with its nines, why they are no more, and what an objective leaves.
//!
//! Colour only repeats what characters say.

use super::YEAR;
use super::document::{WorstEpisode, YearsDocument};
use super::study::{Lost, Pair, Reason, ServiceYears};
use crate::intervals::LEVEL_PERCENT;
use crate::text::{Page, Table, of_runs, probability};
use cloudsim_measures::draw::Colour;
use cloudsim_measures::words;
use cloudsim_records::Decimal;
use cloudsim_units::{SimDuration, math};

/// How the text is to look.
#[derive(Clone, Copy)]
pub struct YearsTextOptions<'a> {
    /// Whether escape sequences for colours may be used.
    pub colour: bool,
    /// How many columns there are; less than 60 count as 60, more than 120 as 120.
    pub width: usize,
    /// The command that runs an episode with requests.
    pub command: &'a dyn Fn(&WorstEpisode) -> String,
}

/// Of what several at once cost, so many pairs are shown; all are in the JSON document.
const PAIRS_MAX: usize = 3;

impl ServiceYears {
    /// How many nines its availability has; `None` if nothing was lost.
    #[must_use]
    pub fn nines(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| -math::ln(self.seconds / YEAR.as_secs_f64()) / std::f64::consts::LN_10)
    }
}

impl YearsDocument {
    /// The result as text for a terminal.
    #[must_use]
    pub fn to_text(&self, options: &YearsTextOptions<'_>) -> String {
        let mut page = Page::new(options.colour, options.width.clamp(60, 120));
        self.headline(&mut page);
        for service in &self.estimates.services {
            self.told(&mut page, service);
        }
        if !self.worst.is_empty() {
            page.gap();
            page.line("the runs that cost most, however rare they are, and how to run them with requests:");
            for worst in &self.worst {
                page.line(&format!("  {} lost {} without requests", worst.service, words::span(worst.lost)));
                page.line(&format!("  {}", (options.command)(worst)));
            }
        }
        page.gap();
        self.doubts(&mut page);
        let line = format!(
            "lost: an hour in which a tenth of requests would fail counts as six minutes; no requests are run, so load, timeouts and \
             cached answers are not in it. Intervals at {LEVEL_PERCENT} %: means by strata, with overlapping failures forced and \
             weighted (failure biasing, Heidelberger 1995) and the regenerative ratio, runs by Clopper and Pearson, years by that \
             or by what parts of the runs differ by; they know the luck of the runs, not how wrong the rates are, and runs that show \
             no loss leave room for one that is as rare as the interval of \"runs that lost\" says. all at ÷3 to ×3: what would be lost in \
             all if that failed a third or three times as often{}",
            if self.has_lengths() {
                "; lasting ÷3 to ×3: if its failures lasted so much shorter and longer"
            } else {
                ""
            }
        );
        page.wrapped(&line, Some(Colour::Dim));
        page.out
    }

    /// Whether it was tried how long failures last.
    fn has_lengths(&self) -> bool {
        self.estimates.services.iter().flat_map(|of| &of.lost).any(|lost| lost.by_length.is_some())
    }

    /// What of the runs is other than it was meant to be.
    fn doubts(&self, page: &mut Page) {
        let runs = words::count(self.runs());
        if self.went_on > 0 {
            let line = format!(
                "{} of {runs} runs were not as before {} after the last repair, and went on for {}",
                words::count(self.went_on),
                words::span(self.settle),
                words::span(self.goes_on)
            );
            page.wrapped(&line, None);
        }
        if self.unsettled > 0 {
            let line = format!(
                "{} of {runs} runs were not as before even so: what they lose later is not counted",
                words::count(self.unsettled)
            );
            page.wrapped(&line, Some(Colour::Yellow));
        }
        if self.missed.failures > 0 {
            let line = format!(
                "{} of {} failures met nobody: members of groups that had been replaced, or were dark with their zone",
                words::count(self.missed.failures),
                words::count(self.missed.of)
            );
            page.wrapped(&line, None);
        }
    }

    fn headline(&self, page: &mut Page) {
        let name = page.paint(Colour::Bold, &self.scenario);
        page.line(&format!("{name}   seed {}   {} runs of episodes", self.seed, words::count(self.runs())));
        let per_year = small(self.estimates.episodes_per_year, 2);
        let line = format!(
            "{per_year} episodes a year; {} in {} years",
            words::count(self.estimates.episodes),
            words::count(self.effort.years)
        );
        page.wrapped(&line, None);
        page.gap();
        let mut table = Table::new(&["what fails", "of them", "a year each", "for"], &[1, 2]);
        for class in &self.classes {
            table.row(vec![
                class.what.clone(),
                words::count(class.things as u64),
                small(class.per_year, 4),
                class.lasts.clone(),
            ]);
        }
        for line in table.lines() {
            page.line(&format!("  {line}"));
        }
    }

    fn told(&self, page: &mut Page, of: &ServiceYears) {
        page.gap();
        let name = page.paint(Colour::Bold, &of.name);
        page.line(&match of.nines() {
            Some(nines) => {
                format!("{name}   {} available, {} nines", available(of.seconds), decimal(nines, 1))
            }
            None => format!(
                "{name}   at least {} available: none of {} runs lost anything",
                available(of.interval.high),
                words::count(self.runs())
            ),
        });
        let [low, high] = [of.interval.low, of.interval.high].map(span);
        page.line(&format!("  {} of a year are lost, {low} to {high}", span(of.seconds)));
        if let Some(budget) = &of.budget {
            let used = match budget.used {
                None if of.seconds > 0.0 => "any loss is more".to_owned(),
                None => "and none is seen".to_owned(),
                Some(used) if used > 10.0 => format!("{} times that is", words::count(whole(used))),
                Some(used) => format!("{} of that is", percent(used)),
            };
            let line = format!(
                "  objective {}: {} of a year may be lost, {used}",
                budget.objective,
                span(budget.seconds)
            );
            let broken = budget.used.map_or(of.seconds > 0.0, |used| used > 1.0);
            let colour = if broken { Colour::Red } else { Colour::Green };
            let line = page.paint(colour, &line);
            page.line(&line);
            page.line(&format!(
                "  {} years lose more ({})",
                of_runs(&budget.broken),
                probability(&budget.broken)
            ));
        }
        let [median, p95, p99, most] = of.quantiles.map(span);
        page.line(&format!("  half of years lose {median} or less, 95% {p95}, 99% {p99}; the worst {most}"));
        let header = ["why", "a year", "share", "runs that lost", "", "all at ÷3 to ×3", "lasting ÷3 to ×3"];
        let mut table = Table::new(&header, &[1, 2, 3]);
        if !self.has_lengths() {
            table.leave_out(6);
        }
        for lost in &of.lost {
            table.row(self.row(lost));
            if lost.reason == Reason::Several {
                for pair in of.pairs.iter().take(PAIRS_MAX) {
                    table.row(self.pair_row(pair));
                }
            }
        }
        let mut lines = table.lines().into_iter();
        if let Some(header) = lines.next() {
            let header = page.paint(Colour::Dim, &format!("  {header}"));
            page.line(&header);
        }
        for line in lines {
            page.line(&format!("  {line}"));
        }
    }

    fn pair_row(&self, of: &Pair) -> Vec<String> {
        let [first, second] = of.classes.map(|class| self.classes[class].what.as_str());
        let why =
            if first == second { format!("  {first} twice") } else { format!("  {first} and {second}") };
        let share = of.share.map_or_else(|| "-".to_owned(), percent);
        vec![why, span(of.seconds), share, of_runs(&of.hit), String::new(), String::new(), String::new()]
    }

    fn row(&self, of: &Lost) -> Vec<String> {
        let why = match of.reason {
            Reason::Alone(class) => self.classes[class].what.clone(),
            Reason::Several => "several at once".to_owned(),
            Reason::Steady => "while all is well".to_owned(),
        };
        let share = of.share.map_or_else(|| "-".to_owned(), percent);
        let (hit, interval) = if of.hit.of == 0 {
            (String::new(), String::new())
        } else {
            (of_runs(&of.hit), of.hit.interval.map_or(String::new(), |_| probability(&of.hit)))
        };
        let [by_rate, by_length] = [of.by_rate, of.by_length].map(|ends| {
            ends.map_or_else(String::new, |[third, thrice]| format!("{} to {}", span(third), span(thrice)))
        });
        vec![why, span(of.seconds), share, hit, interval, by_rate, by_length]
    }
}

fn span(seconds: f64) -> String {
    words::span(SimDuration::from_nanos_f64(seconds * 1e9))
}

/// The share of a year that is not lost, in percent with six decimals, rounded down.
fn available(lost: f64) -> String {
    format!("{}%", floor((1.0 - lost / YEAR.as_secs_f64()) * 100.0, 6))
}

#[expect(clippy::cast_possible_truncation, reason = "far below 2^63")]
fn floor(of: f64, places: u32) -> Decimal {
    Decimal::trimmed((of * f64::from(10_u32.pow(places))).floor() as i128, places)
}

/// A share in percent; what is not nothing does not read `0%`.
fn percent(share: f64) -> String {
    if 0.0 < share && share < 0.0001 {
        "below 0.01%".to_owned()
    } else {
        format!("{}%", decimal(share * 100.0, 2))
    }
}

/// So many places, or as many as what is not nothing needs.
fn small(of: f64, places: u32) -> String {
    let needed = (places..9).find(|places| of * math::pow(10.0, f64::from(*places)) >= 0.5);
    decimal(of, needed.unwrap_or(9))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and far below 2^63")]
fn whole(of: f64) -> u64 {
    of.round() as u64
}

#[expect(clippy::cast_possible_truncation, reason = "far below 2^63")]
fn decimal(of: f64, places: u32) -> String {
    Decimal::trimmed((of * f64::from(10_u32.pow(places))).round() as i128, places).to_string()
}
