//! Times of cron, and the clock on the wall that they go by: in UTC.

use cloudsim_units::SimTime;
use std::fmt;

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

/// What a clock shows: seconds since the beginning of 1970, in UTC, leap seconds left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WallClock(pub u64);

impl WallClock {
    /// A day, at midnight; months and days count from one.
    pub(crate) const fn of(year: u64, month: u64, day: u64) -> WallClock {
        // Years that begin in March have their leap day last, and months of 30.6 days on average.
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + day - 1;
        // That many of them were before 1970.
        WallClock((days - 719_468) * DAY)
    }

    /// Year, month and day.
    fn date(self) -> (u64, u64, u64) {
        let days = self.0 / DAY + 719_468;
        let century = (4 * days + 3) / 146_097;
        let rest = days - century * 146_097 / 4;
        let year = (4 * rest + 3) / 1461;
        let rest = rest - year * 1461 / 4;
        let month = (5 * rest + 2) / 153;
        let day = rest - (153 * month + 2) / 5 + 1;
        let year = century * 100 + year;
        if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
    }

    /// Days since Sunday.
    fn weekday(self) -> u64 {
        // The first day of 1970 was a Thursday.
        (self.0 / DAY + 4) % 7
    }

    /// Nanoseconds since the beginning of 1970 at a time of a run that began when the clock showed this.
    #[must_use]
    pub const fn nanos(self, at: SimTime) -> u128 {
        self.0 as u128 * 1_000_000_000 + at.as_nanos() as u128
    }

    /// Reads `2025-01-06T00:00:00Z`; seconds may be left out, and so may the time of the day.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<WallClock, String> {
        let wrong = || format!("`{}` is no time: write 2025-01-06T00:00:00Z", text.escape_debug());
        let numbers = |text: &str, sign: char, widths: &[usize]| -> Option<Vec<u64>> {
            let parts: Vec<&str> = text.split(sign).collect();
            let whole = parts.len() <= widths.len()
                && parts.iter().zip(widths).all(|(part, width)| {
                    part.len() == *width && part.bytes().all(|byte| byte.is_ascii_digit())
                });
            whole.then(|| parts.iter().map(|part| part.parse().expect("digits")).collect())
        };
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, time.strip_suffix('Z').ok_or_else(wrong)?),
            None => (text, "00:00"),
        };
        let date = numbers(date, '-', &[4, 2, 2]).ok_or_else(wrong)?;
        let time = numbers(time, ':', &[2, 2, 2]).ok_or_else(wrong)?;
        let (&[year, month, day], [hour, minute, second @ ..]) = (date.as_slice(), time.as_slice()) else {
            return Err(wrong());
        };
        let second = second.first().copied().unwrap_or(0);
        if year < 1970 || !(1..=12).contains(&month) || day == 0 || *hour > 23 || *minute > 59 || second > 59
        {
            return Err(wrong());
        }
        let midnight = WallClock::of(year, month, day);
        if midnight.date() != (year, month, day) {
            return Err(wrong());
        }
        Ok(WallClock(midnight.0 + hour * 60 * MINUTE + minute * MINUTE + second))
    }
}

impl fmt::Display for WallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let (hour, minute, second) = (self.0 % DAY / 3600, self.0 % 3600 / 60, self.0 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// When something is to start, as cron has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    text: Box<str>,
    times: Times,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Times {
    At(Fields),
    /// So many seconds after the last.
    Every(u64),
}

/// The five fields of a time of cron: a bit for each value.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fields {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether a day has to be right in the month and in the week, because one of the two says nothing.
    both: bool,
}

/// A field: its values, and the names of them.
struct Field {
    name: &'static str,
    least: u64,
    most: u64,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", least: 0, most: 59, names: &[] },
    Field { name: "hour", least: 0, most: 23, names: &[] },
    Field { name: "day of the month", least: 1, most: 31, names: &[] },
    Field {
        name: "month",
        least: 1,
        most: 12,
        names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Field {
        name: "day of the week",
        least: 0,
        most: 6,
        names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    },
];

impl Schedule {
    /// Reads five fields, or a word as `@hourly` or `@every 90s`, as the library does that Kubernetes takes.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Schedule, String> {
        let shown = text.escape_debug();
        if text.contains("TZ=") {
            return Err(format!("`{shown}` names a time zone; the API wants that in `timeZone`"));
        }
        let fields = match text.trim() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => match other.strip_prefix("@every ") {
                Some(span) => {
                    let seconds = seconds(span.trim()).filter(|seconds| *seconds > 0);
                    let seconds = seconds.ok_or_else(|| format!("`{shown}`: no span of time"))?;
                    return Ok(Schedule { text: text.into(), times: Times::Every(seconds) });
                }
                None => other,
            },
        };
        let parts: Vec<&str> = fields.split_ascii_whitespace().collect();
        if parts.len() != FIELDS.len() {
            return Err(format!(
                "`{shown}` is no time of cron: it has five fields, or is a word as `@hourly`"
            ));
        }
        let mut bits = [0; 5];
        let mut open = [false; 5];
        for (i, (part, field)) in parts.iter().zip(&FIELDS).enumerate() {
            (bits[i], open[i]) = field.read(part)?;
        }
        let [minutes, hours, days, months, weekdays] = bits;
        let times = Times::At(Fields { minutes, hours, days, months, weekdays, both: open[2] || open[4] });
        Ok(Schedule { text: text.into(), times })
    }

    /// The next time after `after`; `None` if there is none for five years.
    #[must_use]
    pub fn next(&self, after: WallClock) -> Option<WallClock> {
        match &self.times {
            Times::Every(seconds) => Some(WallClock(after.0 + seconds)),
            Times::At(fields) => {
                let first = WallClock((after.0 / MINUTE + 1) * MINUTE);
                let days = (0..=5 * 366).map(|day| WallClock(first.0 / DAY * DAY + day * DAY));
                days.filter(|day| fields.has_day(*day)).find_map(|day| fields.time_in(day, first))
            }
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Fields {
    fn has_day(&self, day: WallClock) -> bool {
        let (_, month, of_month) = day.date();
        let is = |bits: u64, value: u64| bits & (1 << value) != 0;
        let (in_month, in_week) = (is(self.days, of_month), is(self.weekdays, day.weekday()));
        is(self.months, month) && if self.both { in_month && in_week } else { in_month || in_week }
    }

    /// The first time on a day that is not before `first`.
    fn time_in(&self, day: WallClock, first: WallClock) -> Option<WallClock> {
        let hours = (0..24).filter(|hour| self.hours & (1 << hour) != 0);
        let times = hours.flat_map(|hour| {
            let minutes = (0..60).filter(|minute| self.minutes & (1 << minute) != 0);
            minutes.map(move |minute| WallClock(day.0 + hour * 60 * MINUTE + minute * MINUTE))
        });
        times.into_iter().find(|time| *time >= first)
    }
}

impl Field {
    /// The bits of a field, and whether it says nothing.
    fn read(&self, text: &str) -> Result<(u64, bool), String> {
        let mut bits = 0;
        let mut open = false;
        for part in text.split(',') {
            let wrong = |why: &str| format!("`{}` as {}: {why}", part.escape_debug(), self.name);
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => {
                    let step = step.parse::<u64>().ok().filter(|step| *step > 0);
                    (range, Some(step.ok_or_else(|| wrong("a step is a number above nothing"))?))
                }
                None => (part, None),
            };
            let (low, high) = match range {
                "*" | "?" => {
                    open |= step.is_none_or(|step| step == 1);
                    (self.least, self.most)
                }
                _ => {
                    let value = |text: &str| self.value(text).ok_or_else(|| wrong("no value of it"));
                    match range.split_once('-') {
                        Some((low, high)) => (value(low)?, value(high)?),
                        // A single value with a step goes on to the end.
                        None => (value(range)?, if step.is_some() { self.most } else { value(range)? }),
                    }
                }
            };
            if low > high {
                return Err(wrong("it ends before it begins"));
            }
            let mut value = low;
            while value <= high {
                bits |= 1 << value;
                value = value.saturating_add(step.unwrap_or(1));
            }
        }
        Ok((bits, open))
    }

    fn value(&self, text: &str) -> Option<u64> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let named = named.map(|place| u64::try_from(place).expect("few names") + self.least);
        named.or_else(|| text.parse().ok()).filter(|value| (self.least..=self.most).contains(value))
    }
}

/// Whole seconds of a span as Go writes it: `1h30m`.
fn seconds(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut all = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let unit = match &rest[digits..=digits] {
            "h" => 3600,
            "m" => MINUTE,
            "s" => 1,
            _ => return None,
        };
        all = all.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[digits + 1..];
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> WallClock {
        WallClock::parse(text).unwrap()
    }

    fn next(schedule: &str, after: &str) -> String {
        Schedule::parse(schedule).unwrap().next(at(after)).unwrap().to_string()
    }

    #[test]
    fn a_clock_knows_its_calendar() {
        assert_eq!(at("1970-01-01T00:00:00Z").0, 0);
        // As `date -u -d 2024-02-29T12:34:56Z +%s` has it.
        assert_eq!(at("2024-02-29T12:34:56Z").0, 1_709_210_096);
        assert_eq!(at("2024-02-29").weekday(), 4, "a Thursday");
        assert_eq!(at("2100-03-01").0 - at("2100-02-28").0, DAY, "2100 has no leap day");
        for wrong in
            ["2023-02-29", "2024-13-01", "2024-1-1", "2024-01-01T24:00Z", "2024-01-01T10:00", "soon", ""]
        {
            assert!(WallClock::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_schedule_is_met_at_its_next_minute() {
        assert_eq!(next("*/5 * * * *", "2025-01-06T10:02:30Z"), "2025-01-06T10:05:00Z");
        assert_eq!(next("*/5 * * * *", "2025-01-06T10:05:00Z"), "2025-01-06T10:10:00Z");
        assert_eq!(next("30 2 * * *", "2025-01-06T10:00:00Z"), "2025-01-07T02:30:00Z");
        assert_eq!(next("0 9-17/4 * * mon-fri", "2025-01-03T18:00:00Z"), "2025-01-06T09:00:00Z");
        assert_eq!(next("0 0 29 2 *", "2025-01-06T10:00:00Z"), "2028-02-29T00:00:00Z");
        assert_eq!(next("@monthly", "2025-12-31T23:59:00Z"), "2026-01-01T00:00:00Z");
        assert_eq!(next("@every 1h30m", "2025-01-06T10:00:10Z"), "2025-01-06T11:30:10Z");
        assert_eq!(Schedule::parse("0 0 31 2 *").unwrap().next(at("2025-01-01")), None);
    }

    #[test]
    fn a_day_may_be_right_in_the_month_or_in_the_week_if_both_are_said() {
        // The 13th is a Monday; the Friday before it is the 10th.
        assert_eq!(next("0 0 13 * fri", "2025-01-06T00:00:00Z"), "2025-01-10T00:00:00Z");
        assert_eq!(next("0 0 13 * *", "2025-01-06T00:00:00Z"), "2025-01-13T00:00:00Z");
        assert_eq!(next("0 0 * * fri", "2025-01-06T00:00:00Z"), "2025-01-10T00:00:00Z");
    }

    #[test]
    fn what_is_no_time_of_cron_is_refused() {
        for wrong in [
            "* * * *",
            "60 * * * *",
            "* * 0 * *",
            "* * * * 7",
            "*/0 * * * *",
            "5-1 * * * *",
            "a * * * *",
            "@often",
            "@every soon",
            "@every 0s",
            "TZ=UTC 0 0 * * *",
            "1,,2 * * * *",
            "",
        ] {
            assert!(Schedule::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        /// Against a plain walk from minute to minute.
        #[test]
        fn the_next_time_is_the_first_minute_that_fits(
            minute in prop_oneof![Just("*".to_owned()), (0_u64..60).prop_map(|m| m.to_string()), Just("*/7".to_owned())],
            hour in prop_oneof![Just("*".to_owned()), (0_u64..24).prop_map(|h| h.to_string())],
            day in prop_oneof![Just("*".to_owned()), (1_u64..29).prop_map(|d| d.to_string())],
            weekday in prop_oneof![Just("*".to_owned()), (0_u64..7).prop_map(|d| d.to_string())],
            after in 1_600_000_000_u64..1_900_000_000,
        ) {
            let schedule = Schedule::parse(&format!("{minute} {hour} {day} * {weekday}")).unwrap();
            let fits = |text: &str, value: u64| match text.strip_prefix("*/") {
                Some(step) => value.is_multiple_of(step.parse().unwrap()),
                None => text == "*" || text == value.to_string(),
            };
            let right = |time: u64| {
                let clock = WallClock(time);
                let (in_month, in_week) = (fits(&day, clock.date().2), fits(&weekday, clock.weekday()));
                let of_day = if day == "*" || weekday == "*" { in_month && in_week } else { in_month || in_week };
                of_day && fits(&hour, time % DAY / 3600) && fits(&minute, time % 3600 / 60)
            };
            let mut time = (after / 60 + 1) * 60;
            while !right(time) {
                time += 60;
            }
            prop_assert_eq!(schedule.next(WallClock(after)), Some(WallClock(time)));
        }
    }
}
