//! A grid of settings as tables: one for each objective, a line for each point; then by each factor alone.

use super::table::Table;
use super::{Colour, Page, figures};
use crate::document::{ObjectiveStatistics, SweepDocument};
use crate::plot::{Axis, Limit};
use cloudsim_measures::draw;

/// Values of settings are cut to so many columns.
const VALUE_MAX: usize = 24;
/// Dots take no more columns than these, and are left out where there are less than those.
const DOTS_MAX: usize = 48;
const DOTS_MIN: usize = 8;

/// A line of a table: the values of settings, and what came of the objective with them.
type Row<'a> = (Vec<&'a str>, &'a ObjectiveStatistics);

impl Page {
    pub(super) fn grid(&mut self, sweep: &SweepDocument) {
        for factor in &sweep.factors {
            self.line(&format!("varied  {} = {}", factor.path, factor.values.join(", ")));
        }
        let heads = short_names(&sweep.factors.iter().map(|factor| factor.path.as_str()).collect::<Vec<_>>());
        for place in 0..sweep.points[0].objectives.len() {
            let of_points = sweep.points.iter().filter_map(|point| {
                Some((point.values.iter().map(String::as_str).collect(), point.objectives.get(place)?))
            });
            let rows: Vec<Row<'_>> = of_points.collect();
            let head = &rows[0].1.head;
            self.gap();
            let title = self.paint(Colour::Bold, &format!("{} {}", head.subject, head.label));
            self.line(&format!("{title} {}", head.limit));
            self.table(&heads, &rows);
            if sweep.factors.len() > 1 {
                self.factors(sweep, place, &heads);
            }
        }
    }

    /// The runs with each value of a factor, whatever the others were.
    fn factors(&mut self, sweep: &SweepDocument, place: usize, heads: &[String]) {
        for (factor, (head, by_value)) in sweep.factors.iter().zip(heads.iter().zip(&sweep.by_factor)) {
            let of_values = factor
                .values
                .iter()
                .zip(by_value)
                .filter_map(|(value, objectives)| Some((vec![value.as_str()], objectives.get(place)?)));
            let rows: Vec<Row<'_>> = of_values.collect();
            self.line("");
            self.table(std::slice::from_ref(head), &rows);
        }
    }

    /// A line for each row: its values, what was measured, and its runs as dots on an axis that all rows share.
    fn table(&mut self, heads: &[String], rows: &[Row<'_>]) {
        const FIGURES: [&str; 5] = ["p50", "p95", "max", "breached in", "probability"];
        let header: Vec<&str> = heads.iter().map(String::as_str).chain(FIGURES).collect();
        let figures_from = heads.len();
        let mut table = Table::new(&header, &[0, 1, 2, 3].map(|figure| figures_from + figure));
        for (values, objective) in rows {
            let values = values.iter().map(|value| draw::cut(value, VALUE_MAX));
            table.row(values.chain(figures(objective)).collect());
        }
        // Runs that share their luck have no interval.
        if rows.iter().all(|(_, objective)| objective.breaches.interval.is_none()) {
            table.leave_out(figures_from + 4);
        }
        table.fit(self.width - 2, &[figures_from, figures_from + 2]);
        let room = self.width.saturating_sub(table.width() + 4).min(DOTS_MAX);
        let all = rows.iter().flat_map(|(_, objective)| &objective.sorted);
        let limit = &rows[0].1.head;
        let axis = Some(room).filter(|room| *room >= DOTS_MIN);
        let axis = axis.and_then(|room| Axis::new(all, limit.target, room));
        let label = match axis.as_ref().map(|axis| axis.limit) {
            Some(Limit::Left) => format!("◂ {}", limit.limit),
            Some(Limit::Right) => draw::right(&format!("{} ▸", limit.limit), room),
            Some(Limit::In(_)) | None => String::new(),
        };
        let mut lines = table.lines().into_iter();
        let header = self.paint(Colour::Dim, &lines.next().unwrap_or_default());
        self.line(&format!("  {header}  {label}"));
        for (line, (_, objective)) in lines.zip(rows) {
            let dots = axis.as_ref().map(|axis| axis.dots(&objective.sorted, 1).0.concat());
            let mark = self.mark(objective);
            self.line(&format!("{mark} {line}  {}", dots.unwrap_or_default()));
        }
    }
}

/// The ends of paths that tell them apart: `interval`, `deregistration_delay`.
fn short_names(paths: &[&str]) -> Vec<String> {
    let end = |path: &str, parts: usize| {
        let all: Vec<&str> = path.split('.').collect();
        all[all.len().saturating_sub(parts)..].join(".")
    };
    let short = |path: &str| {
        let mut ends = (1..=path.split('.').count()).map(|parts| (parts, end(path, parts)));
        let unique =
            ends.find(|(parts, name)| paths.iter().filter(|other| end(other, *parts) == *name).count() == 1);
        unique.map_or_else(|| path.to_owned(), |(_, name)| name)
    };
    paths.iter().map(|path| short(path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_as_short_as_they_can_be_told_apart() {
        let paths =
            vec!["target_groups.web.interval", "target_groups.api.interval", "databases.orders.multi_az"];
        assert_eq!(short_names(&paths), ["web.interval", "api.interval", "multi_az"]);
    }
}
