//! The result on one screen: objectives first, the run at a glance, where the time went, and how to see it again.
//!
//! Colour only repeats what characters say.

use crate::document::{
    BiggestLever, Cost, Judgement, Outage, OutageCost, RunDocument, ServiceMeasures, Verdict, longest_first,
};
use crate::draw::{self, Axis, Colour};
use crate::held::{HeldBy, HeldMeasures};
use crate::json::recovery_word;
use crate::kubernetes::CapacityMeasures;
use crate::lanes::{ServiceLane, ZoneLane};
use crate::words;
use cloudsim_units::{NanoUsd, SimTime};

/// How the text is to look.
#[derive(Clone, Copy, Debug)]
pub struct TextOptions<'a> {
    /// Whether escape sequences for colours may be used.
    pub colour: bool,
    /// How many columns there are; less than 60 count as 60, more than 120 as 120.
    pub width: usize,
    /// The command that makes the same run again.
    pub command: &'a str,
}

const LABEL_COLUMNS_MAX: usize = 30;
const NOTE_COLUMNS_MAX: usize = 24;
const VALUE_COLUMNS: usize = 16;
const OUTAGES_MAX: usize = 4;
const ERRORS_MAX: usize = 3;
const BILL_LINES_MAX: usize = 3;
const PENDING_REASONS_MAX: usize = 4;
/// Workloads that fell below what they need, and groups of pods that fitted nowhere, of which so many are told.
const FALLEN_MAX: usize = 6;
const WAITING_MAX: usize = 6;

/// The text, line by line.
struct Page<'a> {
    options: TextOptions<'a>,
    out: String,
}

impl RunDocument {
    /// The result as text for a terminal, 80 columns or what `options` say.
    #[must_use]
    pub fn to_text(&self, options: &TextOptions<'_>) -> String {
        let options = TextOptions { width: options.width.clamp(60, 120), ..*options };
        let mut page = Page { options, out: String::new() };
        page.headline(self);
        page.objectives(self);
        page.lanes(self);
        page.services(self);
        page.databases(self);
        page.kubernetes(self);
        page.waterfalls(&self.services, self.reached, ["where the", " went", "not restored at"]);
        page.waterfalls(
            &self.kubernetes.workloads,
            self.reached,
            ["all pods again after", "", "pods missing at"],
        );
        page.lever(self);
        page.footer(self);
        page.out
    }
}

impl Page<'_> {
    fn paint(&self, colour: Colour, text: &str) -> String {
        if self.options.colour { draw::painted(colour, text) } else { text.to_owned() }
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn gap(&mut self) {
        self.out.push('\n');
    }

    fn headline(&mut self, run: &RunDocument) {
        let reached = words::instant(run.reached);
        let span = if run.interrupted {
            format!("interrupted at {reached} of {}", words::span(run.duration))
        } else {
            format!("{reached} simulated")
        };
        let facts = format!("seed {}   {span}   digest {}", run.seed, run.digest.short());
        let name = draw::cut(&run.scenario, self.options.width.saturating_sub(draw::width(&facts) + 3));
        let line = format!("{}   {facts}", self.paint(Colour::Bold, &name));
        self.line(&line);
        let verdict = self.verdict(run);
        self.line(&verdict);
    }

    fn verdict(&self, run: &RunDocument) -> String {
        let Judgement { verdict, word, why } = run.judgement();
        match verdict {
            None => self.paint(Colour::Dim, &why),
            Some(verdict) => self.paint(colour_of(verdict), &format!("{word}  {why}")),
        }
    }

    fn objectives(&mut self, run: &RunDocument) {
        if run.objectives.is_empty() {
            return;
        }
        let mut rows = vec![[
            "objective".into(),
            String::new(),
            "target".into(),
            "measured".into(),
            "margin".into(),
            String::new(),
        ]];
        for objective in &run.objectives {
            let note = match objective.verdict() {
                Verdict::Met | Verdict::Breached | Verdict::Inconclusive => String::new(),
                Verdict::BreachedAsExpected => "as expected".to_owned(),
                Verdict::MetAgainstExpectation => "should not be met".to_owned(),
            };
            rows.push([
                objective.subject.clone(),
                objective.label.clone(),
                words::limit(objective.target),
                words::measured(objective),
                words::margin(objective),
                note,
            ]);
        }
        let marks = run.objectives.iter().map(|objective| Some(objective.verdict()));
        for (line, verdict) in
            draw::table(&rows, &[2, 3, 4]).into_iter().zip(std::iter::once(None).chain(marks))
        {
            let line = match verdict {
                None => self.paint(Colour::Dim, &format!("  {line}")),
                Some(verdict) => {
                    format!("{} {line}", self.paint(colour_of(verdict), words::mark(verdict)))
                }
            };
            self.line(&line);
        }
    }

    /// Faults, interventions, zones and services over one axis of time.
    fn lanes(&mut self, run: &RunDocument) {
        let lanes = lanes(run);
        let widest = |of: for<'a> fn(&'a Lane<'a>) -> &'a str| {
            lanes.iter().map(|lane| draw::width(of(lane))).max().unwrap_or(0)
        };
        let label_columns = widest(|lane| &lane.label).clamp(6, LABEL_COLUMNS_MAX);
        let note_columns = widest(|lane| &lane.note).min(NOTE_COLUMNS_MAX);
        let axis = Axis::new(
            run.reached.since(SimTime::ZERO),
            self.options.width.saturating_sub(label_columns + note_columns + 5),
        );
        self.gap();
        let ticks = format!("  {} {}", " ".repeat(label_columns), axis.ticks(4));
        let ticks = self.paint(Colour::Dim, &ticks);
        self.line(&ticks);
        for Lane { label, cells, note } in lanes {
            let label = draw::left(&draw::cut(&label, label_columns), label_columns);
            let is_done_to_it = matches!(cells, Cells::From(..) | Cells::At(_));
            let cells = cells.draw(&axis);
            let cells = if is_done_to_it { self.paint(Colour::Yellow, &cells) } else { cells };
            let line = format!("  {label} {cells}  {}", draw::cut(&note, note_columns));
            self.line(&line);
        }
    }

    /// Latency, budget and the most frequent errors.
    fn services(&mut self, run: &RunDocument) {
        let mut rows = Vec::new();
        for service in run.services.iter().filter(|service| service.requests > 0) {
            let requests = format!("{} requests", words::count(service.requests));
            let latency = service.latency.map_or_else(
                || "no good answer".to_owned(),
                |latency| {
                    let [p50, p95, p99, max] =
                        [latency.p50, latency.p95, latency.p99, latency.max].map(words::span);
                    format!("p50 {p50}  p95 {p95}  p99 {p99}  max {max}")
                },
            );
            rows.push([service.name.clone(), requests, latency]);
        }
        if rows.is_empty() {
            return;
        }
        self.gap();
        for line in draw::table(&rows, &[1]) {
            self.line(&format!("  {line}"));
        }
        for service in run.services.iter().filter(|service| !service.errors.is_empty()) {
            let mut errors: Vec<String> = service
                .errors
                .iter()
                .take(ERRORS_MAX)
                .map(|group| {
                    let zone =
                        group.zone.as_ref().map_or_else(String::new, |zone| format!(" in zone {zone}"));
                    format!(
                        "{} {} {}{zone}",
                        words::count(group.count),
                        group.code,
                        words::apart(group.cause.word())
                    )
                })
                .collect();
            if service.errors.len() > ERRORS_MAX {
                errors.push(format!("{} more kinds", service.errors.len() - ERRORS_MAX));
            }
            self.wrapped(2, &format!("{} failed: {}", service.name, errors.join(" · ")));
        }
    }

    fn databases(&mut self, run: &RunDocument) {
        for database in run.databases_and_tables() {
            for failover in &database.failovers {
                let took = failover
                    .rto()
                    .map_or_else(|| "unfinished".to_owned(), |rto| format!("took {}", words::span(rto)));
                let line = format!(
                    "{} {} at {} to {} {took}: RPO {}, {} commits lost",
                    database.name,
                    recovery_word(failover.kind),
                    words::instant(failover.started),
                    failover.to,
                    words::span(failover.rpo),
                    failover.lost(),
                );
                self.wrapped(2, &line);
            }
            if database.reconciled > 0 {
                let again = words::count(database.reconciled);
                self.wrapped(2, &format!("{} wrote {again} of the lost commits again", database.name));
            }
        }
        for table in &run.tables {
            let commits = &table.data.commits;
            let line = format!(
                "{} acknowledged {} writes: {} kept, {} lost, {} overwritten, {} on their way",
                table.data.name,
                words::count(commits.acked_kept + commits.acked_lost + table.overwritten + table.open),
                words::count(commits.acked_kept),
                words::count(commits.acked_lost),
                words::count(table.overwritten),
                words::count(table.open),
            );
            self.wrapped(2, &line);
        }
    }

    /// Nodes, pods, workloads that fell below what they need, and why pods wait.
    fn kubernetes(&mut self, run: &RunDocument) {
        let of = &run.kubernetes;
        if of.nodes_ready + of.nodes_not_ready == 0 {
            return;
        }
        self.gap();
        let line = format!(
            "nodes {} ready, {} not · pods {} run, {} pending · {} evicted, {} scheduled, {} preempted",
            words::count(of.nodes_ready),
            words::count(of.nodes_not_ready),
            words::count(of.pods_running),
            words::count(of.pods_pending),
            words::count(of.pods_evicted),
            words::count(of.pods_rescheduled),
            words::count(of.pods_preempted),
        );
        self.wrapped(2, &line);
        for (cluster, since) in &of.silent {
            let since = words::instant(*since);
            self.wrapped(
                2,
                &format!("the API of {cluster} is silent since {since}: that is what it had then"),
            );
        }
        for capacity in &of.capacity {
            self.capacity(capacity, of.several_lost_nodes());
        }
        self.fallen(run);
        for waiting in of.waiting.iter().take(WAITING_MAX) {
            let pods = words::several(waiting.pods.len(), "pod");
            let took = words::spans(waiting.shortest, waiting.longest);
            let from = words::instant(waiting.from);
            let still = match waiting.pending {
                0 => String::new(),
                pending => format!(", {pending} to the end"),
            };
            let blame = words::blame(&waiting.blame);
            let workload = &waiting.workload;
            self.wrapped(
                2,
                &format!("{pods} of {workload} fitted nowhere for {took} from {from}{still}: {blame}"),
            );
            if waiting.pods[0] != *workload {
                self.wrapped(5, &words::some_of(&waiting.pods));
            }
        }
        if of.waiting.len() > WAITING_MAX {
            self.line(&format!("  and {} more fitted nowhere for a while", of.waiting.len() - WAITING_MAX));
        }
        for held in of.held.iter().take(WAITING_MAX) {
            self.wrapped(2, &held_line(held));
        }
        if of.held.len() > WAITING_MAX {
            self.line(&format!("  and {} more were held", of.held.len() - WAITING_MAX));
        }
        match of.bare_pods_lost.as_slice() {
            [] => {}
            [pod] => {
                self.wrapped(2, &format!("{pod} is gone for good: nothing makes a bare pod again"));
            }
            pods => {
                let count = words::several(pods.len(), "bare pod");
                self.wrapped(2, &format!("{count} are gone for good, for nothing makes them again:"));
                self.wrapped(5, &words::some_of(pods));
            }
        }
        for (reason, pods) in of.pending_reasons.iter().take(PENDING_REASONS_MAX) {
            self.wrapped(2, &format!("{} pending: {reason}", words::count(*pods)));
        }
    }

    /// Whether there was room on the nodes that a fault left.
    fn capacity(&mut self, of: &CapacityMeasures, several: bool) {
        let lost = &of.lost;
        let pods = words::many(lost.displaced, "pod");
        let room = match (lost.displaced, of.is_enough()) {
            (0, _) => "no pod is to be placed anew".to_owned(),
            (_, true) => format!("in sum there is room for {pods}: {}", words::room(of)),
            (_, false) => format!("there is not enough room for {pods}: {}", words::room(of)),
        };
        let (nodes, left) = (words::many(lost.lost, "node"), lost.left);
        let bare = match lost.bare {
            0 => String::new(),
            bare => format!(" and {}", words::many(bare, "bare pod")),
        };
        let whose = if several { format!(" of {}", of.cluster) } else { String::new() };
        self.wrapped(2, &format!("{} took {nodes}{whose}{bare}, {left} left; {room}", of.fault));
    }

    /// The workloads that fell below what they need, by when they were back.
    fn fallen(&mut self, run: &RunDocument) {
        let workloads = run.services.iter().filter(|service| service.uptime.is_some()).count();
        if workloads == 0 {
            return;
        }
        let fallen = run.fallen();
        let all = words::several(workloads, "workload");
        self.line(&format!("  {} of {all} fell below what they need", fallen.len()));
        for (service, needs, outage) in fallen.iter().take(FALLEN_MAX) {
            let back = match outage.rto() {
                Some(rto) => format!("back after {}", words::span(rto)),
                None => format!("not back at {}", words::instant(run.reached)),
            };
            let pods = words::many(outage.needed.unwrap_or(needs.pods), "pod");
            let by = words::needs_by(needs.by);
            self.wrapped(2, &format!("{}: {pods} ({by}), {back}", service.name));
        }
        if fallen.len() > FALLEN_MAX {
            self.line(&format!("  and {} more", fallen.len() - FALLEN_MAX));
        }
    }

    /// A line `indent` columns in that goes on in further ones, which are indented by three more.
    fn wrapped(&mut self, indent: usize, text: &str) {
        let mut line = " ".repeat(indent);
        let mut is_empty = true;
        for word in text.split(' ') {
            if !is_empty && draw::width(&line) + 1 + draw::width(word) > self.options.width {
                self.line(&draw::cut(&line, self.options.width));
                line = " ".repeat(indent + 3);
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        self.line(&draw::cut(&line, self.options.width));
    }

    /// Where the time of the longest outage went, drawn; all others are a line each. `words` stand around its time, and
    /// before the end of the run if it did not end.
    fn waterfalls(&mut self, services: &[ServiceMeasures], reached: SimTime, words: [&str; 3]) {
        let [before, behind_it, never] = words;
        let outages = longest_first(services);
        let Some((service, outage)) = outages.first() else { return };
        self.gap();
        let since = format!("({}from {})", behind(outage), words::instant(outage.started));
        let title = match outage.rto() {
            Some(rto) => format!("{before} {}{behind_it}: {} {since}", words::span(rto), service.name),
            None => format!("{never} {}: {} {since}", words::instant(reached), service.name),
        };
        let title = self.paint(Colour::Bold, &title);
        self.line(&title);
        self.phases(outage);
        let rows: Vec<[String; 3]> = outages[1..]
            .iter()
            .take(OUTAGES_MAX)
            .map(|(service, outage)| {
                let rto = outage.rto().map_or_else(|| "not restored".to_owned(), words::span);
                let phases: Vec<String> = (outage.phases.iter())
                    .map(|phase| format!("{} {}", phase.name, words::span(phase.span())))
                    .collect();
                let since = format!("({}from {})", behind(outage), words::instant(outage.started));
                [rto, format!("{} {since}", service.name), phases.join(" ▏ ")]
            })
            .collect();
        for line in draw::table(&rows, &[0]) {
            self.wrapped(0, &format!("also {line}"));
        }
        if outages.len() > 1 + OUTAGES_MAX {
            self.line(&format!("and {} more", outages.len() - 1 - OUTAGES_MAX));
        }
    }

    fn phases(&mut self, outage: &Outage) {
        let whole = outage.told_until().since(outage.started).as_nanos();
        let columns = self.options.width / 5;
        let since = |at: SimTime| at.since(outage.started).as_nanos();
        let (rows, settings): (Vec<[String; 3]>, Vec<String>) = outage
            .phases
            .iter()
            .map(|phase| {
                let short = |value: &str| draw::cut(value, VALUE_COLUMNS);
                let setting = match (&phase.setting, &phase.value, &phase.default) {
                    (Some(setting), Some(value), Some(default)) if value == default => {
                        format!("{setting} {} (default)", short(value))
                    }
                    (Some(setting), Some(value), Some(default)) => {
                        format!("{setting} {} (default {})", short(value), short(default))
                    }
                    (Some(setting), ..) => setting.clone(),
                    (None, ..) => String::new(),
                };
                let bar = draw::bar(since(phase.from), since(phase.to), whole, columns);
                ([phase.name.clone(), draw::left(&bar, columns), words::span(phase.span())], setting)
            })
            .unzip();
        for (line, setting) in draw::table(&rows, &[2]).into_iter().zip(settings) {
            let line = format!("  {line}");
            if draw::width(&line) + 2 + draw::width(&setting) <= self.options.width {
                self.line(&format!("{line}  {setting}"));
            } else {
                // A long setting stands below, where the line ends.
                self.line(&line);
                let setting = draw::cut(&setting, self.options.width - 4);
                self.line(&draw::right(&setting, self.options.width));
            }
        }
    }

    /// The lever that shortens an outage most.
    fn lever(&mut self, run: &RunDocument) {
        if let Some(BiggestLever { setting, value, other, service, rto }) = run.biggest_lever() {
            let rto = words::span(rto);
            self.wrapped(0, &format!("biggest lever  {setting} {value} → {other}: {service} RTO {rto}"));
        }
    }

    /// Which prices it is made with if they are a scenario's own, whose the bill is, and what an incident costs beside it.
    fn shares_and_losses(&mut self, cost: &Cost) {
        if let Some(own) = cost.own_prices().filter(|_| !cost.items.is_empty()) {
            self.wrapped(8, &own);
        }
        if cost.by_service.iter().any(|of| of.service.is_some() && of.usd > NanoUsd::ZERO) {
            let used = cost.by_service.iter().filter(|of| of.usd > NanoUsd::ZERO);
            let parts: Vec<String> =
                used.map(|of| format!("{} ${}", of.service.as_deref().unwrap_or("shared"), of.usd)).collect();
            self.wrapped(8, &format!("by service: {}", parts.join(" · ")));
        }
        if !cost.recovery.is_empty() {
            let parts: Vec<String> =
                cost.recovery.iter().map(|item| format!("{} ${}", item.what, item.usd)).collect();
            self.wrapped(0, &format!("once    ${}: {}", cost.once(), parts.join(" · ")));
        }
        if !cost.outage.is_empty() {
            let lost = |of: &OutageCost| format!("{} {} ${}", of.service, words::count(of.lost), of.usd());
            let parts: Vec<String> = cost.outage.iter().map(lost).collect();
            self.wrapped(0, &format!("outage  ${} of lost requests: {}", cost.lost(), parts.join(" · ")));
        }
    }

    fn footer(&mut self, run: &RunDocument) {
        self.gap();
        if !run.cost.items.is_empty() {
            let mut items: Vec<_> = run.cost.items.iter().collect();
            items.sort_by_key(|item| std::cmp::Reverse(item.usd));
            let mut parts: Vec<String> = items
                .iter()
                .take(BILL_LINES_MAX)
                .map(|item| format!("{} ${}", item.what, item.usd))
                .collect();
            if items.len() > BILL_LINES_MAX {
                parts.push(format!("{} more", items.len() - BILL_LINES_MAX));
            }
            self.wrapped(0, &format!("cost    ${} a month: {}", run.cost.monthly(), parts.join(" · ")));
        }
        self.shares_and_losses(&run.cost);
        let digest = format!("digest  {}", run.digest);
        self.line(&digest);
        let command = format!("again   {}", self.options.command);
        self.line(&command);
    }
}

const fn colour_of(verdict: Verdict) -> Colour {
    match verdict {
        Verdict::Met | Verdict::BreachedAsExpected => Colour::Green,
        Verdict::Breached | Verdict::MetAgainstExpectation => Colour::Red,
        Verdict::Inconclusive => Colour::Yellow,
    }
}

/// Something that is drawn over the axis of time.
struct Lane<'a> {
    label: String,
    cells: Cells<'a>,
    note: String,
}

/// What of it is drawn.
enum Cells<'a> {
    From(SimTime, SimTime),
    At(SimTime),
    Zone(&'a ZoneLane),
    Service(&'a ServiceLane),
}

impl Cells<'_> {
    fn draw(&self, axis: &Axis) -> String {
        match self {
            Self::From(start, end) => {
                axis.draw(|from, to| if *start < to && from < *end { '▓' } else { '·' })
            }
            Self::At(at) => axis.draw(|from, to| if from <= *at && *at < to { '▼' } else { '·' }),
            Self::Zone(lane) => axis.zone(lane),
            Self::Service(lane) => axis.service(lane),
        }
    }
}

fn held_line(held: &HeldMeasures) -> String {
    let HeldMeasures { workload, pod, node, .. } = held;
    let of = if pod == workload { String::new() } else { format!(" of {workload}") };
    let from = words::instant(held.from);
    let until = held.until.map_or("the end".to_owned(), words::instant);
    match &held.by {
        HeldBy::Volume(volume) => {
            format!("{pod}{of} waited from {from} to {until} for volume {volume}, which {node} had")
        }
        HeldBy::Budget(budget) => {
            let why = words::kept_by(budget);
            format!("{pod}{of} was to leave {node} from {from} to {until}: {why}")
        }
        HeldBy::Node if held.until.is_some() => {
            format!("{pod}{of} was to end from {from} to {until} on {node}, of which nothing was heard")
        }
        HeldBy::Node => format!("{pod}{of} is to end since {from} on {node}, of which nothing is heard"),
    }
}

/// Faults, interventions, zones and services.
fn lanes(run: &RunDocument) -> Vec<Lane<'_>> {
    let faults = run.faults.iter().map(|fault| Lane {
        label: fault.name.clone(),
        cells: Cells::From(fault.started, fault.ended.unwrap_or(SimTime::MAX).min(run.reached)),
        note: format!("{} {}", words::apart(&fault.kind), fault.target),
    });
    let marks = run.lanes.interventions.iter().map(|mark| Lane {
        label: words::apart(mark.action.word()),
        cells: Cells::At(mark.at),
        note: match mark.refusal {
            Some(refusal) => format!("✗ {}", words::apart(refusal.word())),
            None => mark.target.clone(),
        },
    });
    let zones = run.lanes.zones.iter().map(|lane| {
        let note = words::zone_hosts(lane);
        Lane { label: format!("zone {}", lane.zone), cells: Cells::Zone(lane), note }
    });
    let shown = run.drawn_services();
    let services = run.lanes.services.iter().zip(&run.services);
    let services = services.filter(|(_, service)| shown.contains(&service.name.as_str()));
    let services = services.map(|(lane, service)| {
        let note = words::availability(service);
        Lane { label: lane.service.clone(), cells: Cells::Service(lane), note }
    });
    faults.chain(marks).chain(zones).chain(services).collect()
}

/// The fault behind an outage, before more words.
fn behind(outage: &Outage) -> String {
    outage.fault.as_ref().map_or_else(String::new, |fault| format!("{fault}, "))
}
