//! What the survivors had to carry, and whether they had room.

use crate::axis::{HEIGHT, WIDTH};
use crate::network::Machine;
use crate::{missing, more, section, table, why};
use cloudsim_measures::{CapacityMeasures, RefusedLaunches, RunDocument, ZoneLane, short, words};
use cloudsim_records::Room;
use maud::{Markup, html};

const WAITING_MAX: usize = 40;
const REASONS_MAX: usize = 20;

const LEDGER: [&str; 6] =
    ["resource", "asked of it", "the nodes left have", "asked there", "asked by displaced pods", "short"];

pub(crate) fn view(run: &RunDocument, machines: &[Machine]) -> Markup {
    let of = &run.kubernetes;
    let body = html! {
        @if !run.lanes.zones.is_empty() {
            (table(&["zone", "hosts at first", "least", "at the end"], run.lanes.zones.iter().map(zone)))
        }
        @for capacity in &of.capacity { (ledger(capacity)) }
        (missing::view(run, machines))
        @if !of.waiting.is_empty() {
            h3 { "Pods that fitted nowhere" }
            (table(
                &["whose", "pods", "from", "for", "what kept them from the nodes that were up"],
                of.waiting.iter().take(WAITING_MAX).enumerate().map(|(place, waiting)| html! {
                    tr {
                        th scope="row" { (waiting.workload) }
                        td.number { (why::link_to(place, waiting)) }
                        td.number { (words::instant(waiting.from)) }
                        td.number {
                            (words::spans(waiting.shortest, waiting.longest))
                            @if waiting.pending > 0 { br; (words::count(waiting.pending)) " to the end" }
                        }
                        td.long { (words::blame(&waiting.blame)) }
                    }
                }),
            ))
            (more(WAITING_MAX, of.waiting.len(), "group"))
        }
        @if !of.pending_reasons.is_empty() {
            h3 { "Why pods are pending at the end" }
            (table(
                &["reason", "pods"],
                of.pending_reasons.iter().take(REASONS_MAX).map(|(reason, pods)| html! {
                    tr { th scope="row" { (reason) } td.number { (words::count(*pods)) } }
                }),
            ))
            (more(REASONS_MAX, of.pending_reasons.len(), "reason"))
        }
        (refused(&run.lanes.refused))
        (bill(run))
    };
    section("capacity", "What was left to carry it, and what it costs", &body)
}

fn zone(lane: &ZoneLane) -> Markup {
    let hosts = || lane.hosts().iter().map(|(_, hosts)| *hosts);
    let (first, last) = (hosts().next(), hosts().next_back());
    html! {
        tr {
            th scope="row" { (lane.zone) }
            td.number { (first.unwrap_or_default()) }
            td.number { (hosts().min().unwrap_or_default()) }
            td.number { (last.unwrap_or_default()) }
        }
    }
}

/// Resource by resource: what the pods on the nodes that are left ask for, what those of the lost nodes do, what there is.
fn ledger(of: &CapacityMeasures) -> Markup {
    let lost = &of.lost;
    html! {
        h3 { (of.fault) " took " (words::many(lost.lost, "node")) " of " (of.cluster) ", " (lost.left) " are left" }
        p {
            (words::many(lost.displaced, "pod")) " to place anew"
            @if lost.bare > 0 { ", " (words::many(lost.bare, "bare pod")) " gone for good" }
            @if lost.displaced > 0 {
                @if of.is_enough() { ": in sum there is room for them." }
                @else { ": there is " strong { "not enough room" } " for them." }
            } @else { "." }
        }
        (table(&LEDGER, lost.room.iter().map(room_of)))
    }
}

fn room_of(room: &Room) -> Markup {
    let say = |amount: i64| words::amount(&room.resource, amount);
    let short = short(room);
    let all = room.requested.saturating_add(room.displaced).max(room.allocatable).max(1);
    let x = |amount: i64| {
        let part = i128::from(amount.clamp(0, all)) * i128::from(WIDTH) / i128::from(all);
        u64::try_from(part).expect("a part of the width")
    };
    html! {
        tr {
            th scope="row" { (room.resource) }
            td.bar {
                svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" aria-hidden="true" {
                    rect.area x="0" y="20" width=(x(room.requested)) height="60" {}
                    rect.outage x=(x(room.requested)) y="20" width=(x(room.displaced)) height="60" {}
                    path.mark d={ "M" (x(room.allocatable)) " 0V" (HEIGHT) } {}
                }
            }
            td.number { (say(room.allocatable)) }
            td.number { (say(room.requested)) }
            td.number { (say(room.displaced)) }
            td.number { @if short > 0 { strong { (say(short)) } } @else { "none" } }
        }
    }
}

fn refused(of: &[RefusedLaunches]) -> Markup {
    html! {
        @if !of.is_empty() {
            h3 { "Launches that were refused" }
            (table(&["who asked", "times", "first", "last", "why"], of.iter().take(REASONS_MAX).map(|of| html! {
                tr {
                    th scope="row" { (of.group) }
                    td.number { (words::count(of.times)) }
                    td.number { (words::instant(of.first)) }
                    td.number { (words::instant(of.last)) }
                    td { (of.why) }
                }
            })))
            (more(REASONS_MAX, of.len(), "reason"))
        }
    }
}

fn bill(run: &RunDocument) -> Markup {
    let cost = &run.cost;
    html! {
        @if !cost.items.is_empty() {
            details.on-paper {
                summary { "The bill: $" (cost.monthly()) " a month" }
                (table(&["for", "US dollars a month"], cost.items.iter().map(|item| html! {
                    tr { th scope="row" { (item.what) } td.number { (item.usd) } }
                })))
                @if let Some(own) = cost.own_prices() { p { (own) } }
            }
        }
        @if !cost.recovery.is_empty() {
            p { "Paid once, for what was done meanwhile: $" (cost.once()) "." }
        }
        @if !cost.outage.is_empty() {
            p { "Lost requests were worth " strong { "$" (cost.lost()) } "." }
        }
    }
}
