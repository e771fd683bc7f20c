//! The result as a short report in markdown.

use crate::document::{Outage, RunDocument, ServiceMeasures};
use crate::json::recovery_word;
use crate::words::{self, markdown as text};
use std::fmt::Write as _;

impl RunDocument {
    /// The result as a report: objectives, services, outages with their phases, databases, cost.
    ///
    /// `command` is what makes the same run again.
    #[must_use]
    pub fn to_markdown(&self, command: &str) -> String {
        let mut out = String::new();
        write_report(self, command, &mut out).expect("a string takes every byte");
        out
    }
}

fn write_report(run: &RunDocument, command: &str, out: &mut String) -> std::fmt::Result {
    writeln!(out, "# {}\n", text(&run.scenario))?;
    let interrupted = if run.interrupted { ", interrupted" } else { "" };
    writeln!(
        out,
        "Seed {}, {} simulated{interrupted}. Digest `{}`.\n",
        run.seed,
        words::instant(run.reached),
        run.digest
    )?;
    writeln!(out, "```sh\n{command}\n```")?;
    objectives(run, out)?;
    services(run, out)?;
    kubernetes(run, out)?;
    outages("Outages", &run.services, out)?;
    outages("Pods missing", &run.kubernetes.workloads, out)?;
    databases(run, out)?;
    tables(run, out)?;
    cost(run, out)
}

fn objectives(run: &RunDocument, out: &mut String) -> std::fmt::Result {
    if run.objectives.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Objectives\n\n| | objective | target | measured | margin | verdict |")?;
    writeln!(out, "| --- | --- | ---: | ---: | ---: | --- |")?;
    for objective in &run.objectives {
        let verdict = objective.verdict();
        writeln!(
            out,
            "| {} | {} {} | {} | {} | {} | {} |",
            words::mark(verdict),
            text(&objective.subject),
            objective.label,
            words::limit(objective.target),
            words::measured(objective),
            words::margin(objective),
            words::verdict(verdict),
        )?;
    }
    Ok(())
}

fn services(run: &RunDocument, out: &mut String) -> std::fmt::Result {
    let asked: Vec<&ServiceMeasures> =
        run.services.iter().filter(|service| service.uptime.is_none()).collect();
    if asked.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n## Services\n\n| service | requests | good | p50 | p95 | p99 | max | most frequent error |"
    )?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")?;
    for service in asked {
        let good = match service.requests {
            0 => String::new(),
            requests => words::percent(service.good, requests),
        };
        let latency = service.latency.map_or_else(Default::default, |latency| {
            [latency.p50, latency.p95, latency.p99, latency.max].map(words::span)
        });
        let error = service.errors.first().map_or_else(String::new, |group| {
            let zone = group.zone.as_ref().map_or_else(String::new, |zone| format!(" in zone {zone}"));
            format!(
                "{} × {} {}{zone}",
                words::count(group.count),
                group.code,
                words::apart(group.cause.word())
            )
        });
        writeln!(
            out,
            "| {} | {} | {good} | {} | {} |",
            text(&service.name),
            words::count(service.requests),
            latency.join(" | "),
            text(&error),
        )?;
    }
    Ok(())
}

fn kubernetes(run: &RunDocument, out: &mut String) -> std::fmt::Result {
    let of = &run.kubernetes;
    if of.nodes_ready + of.nodes_not_ready == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "\n## Kubernetes\n\nAt the end: nodes {} ready, {} not; pods {} running, {} pending. Until then {} evicted, {} scheduled, \
         {} preempted.",
        words::count(of.nodes_ready),
        words::count(of.nodes_not_ready),
        words::count(of.pods_running),
        words::count(of.pods_pending),
        words::count(of.pods_evicted),
        words::count(of.pods_rescheduled),
        words::count(of.pods_preempted),
    )?;
    capacity(run, out)?;
    workloads(run, out)?;
    if of.waiting.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n### Pods that fitted nowhere\n\n| whose | pods | from | for | pending at the end | to blame |"
    )?;
    writeln!(out, "| --- | --- | ---: | ---: | ---: | --- |")?;
    for waiting in &of.waiting {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            text(&waiting.workload),
            text(&words::some_of(&waiting.pods)),
            words::instant(waiting.from),
            words::spans(waiting.shortest, waiting.longest),
            words::count(waiting.pending),
            text(&words::blame(&waiting.blame)),
        )?;
    }
    Ok(())
}

/// Whether the nodes that are left have room.
fn capacity(run: &RunDocument, out: &mut String) -> std::fmt::Result {
    if run.kubernetes.capacity.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n### Capacity\n\n| fault | nodes lost | left | pods to place anew | bare pods | in sum | |"
    )?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: | --- | --- |")?;
    for of in &run.kubernetes.capacity {
        let several = run.kubernetes.several_lost_nodes();
        let fault = if several { format!("{}, {}", of.fault, of.cluster) } else { of.fault.clone() };
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            text(&fault),
            of.lost.lost,
            of.lost.left,
            of.lost.displaced,
            of.lost.bare,
            match (of.lost.displaced, of.is_enough()) {
                (0, _) => "",
                (_, true) => "enough",
                (_, false) => "**not enough**",
            },
            text(&words::room(of)),
        )?;
    }
    Ok(())
}

/// The workloads that are services themselves: what each needs, and how long it did not have that.
fn workloads(run: &RunDocument, out: &mut String) -> std::fmt::Result {
    let workloads: Vec<_> =
        run.services.iter().filter_map(|service| Some((service, service.needs?))).collect();
    if workloads.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### Workloads\n\n| workload | needs | by | had it | back after |")?;
    writeln!(out, "| --- | ---: | --- | ---: | ---: |")?;
    for (service, needs) in workloads {
        let back = service.longest_outage().map_or_else(String::new, |(_, outage)| {
            outage.rto().map_or_else(|| "not back".to_owned(), words::span)
        });
        writeln!(
            out,
            "| {} | {} | {} | {} | {back} |",
            text(&service.name),
            needs.pods,
            words::needs_by(needs.by),
            service.availability().map_or_else(String::new, |(good, all)| words::percent(good, all)),
        )?;
    }
    Ok(())
}

fn outages(title: &str, services: &[ServiceMeasures], out: &mut String) -> std::fmt::Result {
    if services.iter().all(|service| service.outages.is_empty()) {
        return Ok(());
    }
    writeln!(out, "\n## {title}")?;
    for service in services {
        for outage in &service.outages {
            let since = words::instant(outage.started);
            let behind = outage.fault.as_ref().map_or_else(String::new, |fault| format!(" ({fault})"));
            match outage.rto() {
                Some(rto) => writeln!(
                    out,
                    "\n### {}: {} from {since}{}\n",
                    text(&service.name),
                    words::span(rto),
                    text(&behind)
                )?,
                None => writeln!(
                    out,
                    "\n### {}: not restored, from {since}{}\n",
                    text(&service.name),
                    text(&behind)
                )?,
            }
            phases(outage, out)?;
        }
    }
    Ok(())
}

fn phases(outage: &Outage, out: &mut String) -> std::fmt::Result {
    if outage.phases.is_empty() {
        return writeln!(out, "No phase ended.");
    }
    writeln!(out, "| phase | from | took | setting | value | default | lever |")?;
    writeln!(out, "| --- | ---: | ---: | --- | --- | --- | --- |")?;
    for phase in &outage.phases {
        let shown = |value: &Option<String>| value.as_deref().map_or_else(String::new, code);
        let lever = phase.lever.as_ref().map_or_else(String::new, |lever| {
            let rto = lever.rto.map_or_else(|| "not restored".to_owned(), words::span);
            format!("{}: {rto}", code(&lever.value))
        });
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            phase.name,
            words::instant(phase.from),
            words::span(phase.span()),
            shown(&phase.setting),
            shown(&phase.value),
            shown(&phase.default),
            lever,
        )?;
    }
    Ok(())
}

fn databases(run: &RunDocument, out: &mut String) -> std::fmt::Result {
    if run.databases.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n## Databases\n\n| database | what | RTO | RPO | lost |\n| --- | --- | ---: | ---: | ---: |"
    )?;
    for database in &run.databases {
        if database.failovers.is_empty() {
            let lost = words::count(database.commits.acked_lost);
            writeln!(out, "| {} | no failover | | | {lost} |", text(&database.name))?;
        }
        for failover in &database.failovers {
            let what = format!(
                "{} at {} from {} to {}",
                recovery_word(failover.kind),
                words::instant(failover.started),
                failover.from,
                failover.to
            );
            writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                text(&database.name),
                text(&what),
                failover.rto().map_or_else(|| "not finished".to_owned(), words::span),
                words::span(failover.rpo),
                failover.lost(),
            )?;
        }
    }
    Ok(())
}

fn tables(run: &RunDocument, out: &mut String) -> std::fmt::Result {
    if run.tables.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n## Tables\n\n| table | what | RPO | kept | lost | overwritten | on the way |\n\
         | --- | --- | ---: | ---: | ---: | ---: | ---: |"
    )?;
    for table in &run.tables {
        let commits = &table.data.commits;
        writeln!(
            out,
            "| {} | all writes | | {} | {} | {} | {} |",
            text(&table.data.name),
            words::count(commits.acked_kept),
            words::count(commits.acked_lost),
            words::count(table.overwritten),
            words::count(table.open),
        )?;
        for takeover in &table.data.failovers {
            writeln!(
                out,
                "| {} | {} lost at {} | {} | | {} | | |",
                text(&table.data.name),
                text(&takeover.from),
                words::instant(takeover.started),
                words::span(takeover.rpo),
                takeover.lost(),
            )?;
        }
    }
    Ok(())
}

fn cost(run: &RunDocument, out: &mut String) -> std::fmt::Result {
    if run.cost.items.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Cost a month\n\n| what | quantity | unit | USD |\n| --- | ---: | --- | ---: |")?;
    for item in &run.cost.items {
        let quantity = cloudsim_records::Decimal::trimmed(item.quantity_milli.into(), 3);
        writeln!(out, "| {} | {quantity} | {} | {} |", text(&item.what), text(&item.unit), item.usd)?;
    }
    writeln!(out, "| **all** | | | **{}** |", run.cost.monthly())?;
    let (cost, nothing) = (&run.cost, cloudsim_units::NanoUsd::ZERO);
    if cost.by_service.iter().any(|of| of.service.is_some() && of.usd > nothing) {
        writeln!(out, "\n| service | USD |\n| --- | ---: |")?;
        for of in cost.by_service.iter().filter(|of| of.usd > nothing) {
            writeln!(out, "| {} | {} |", text(of.service.as_deref().unwrap_or("shared")), of.usd)?;
        }
    }
    if let Some(own) = cost.own_prices() {
        writeln!(out, "\nOwn {}.", text(&own))?;
    }
    for item in &cost.recovery {
        writeln!(out, "\nOnce: {} {}.", text(&item.what), item.usd)?;
    }
    for of in &cost.outage {
        let lost = words::count(of.lost);
        writeln!(out, "\n{} lost {lost} requests worth {}.", text(&of.service), of.usd())?;
    }
    Ok(())
}

/// A text as code, in a cell of a table: between more backticks than it has in a row.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|").replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_markup() {
        assert_eq!(text("a-1 | <script>alert(1)</script>"), "a-1 \\| \\<script\\>alert(1)\\</script\\>");
        assert_eq!(text("[x](javascript:y)"), "\\[x\\](javascript:y)");
    }

    #[test]
    fn code_cannot_leave_its_span() {
        assert_eq!(code("interval"), "`interval`");
        assert_eq!(code("a`<b>``c"), "``` a`<b>``c ```");
        assert_eq!(code("a|b"), "`a\\|b`");
    }
}
