//! The ways that requests take through target groups, and what is wrong with them.

use crate::diagnostics::Span;
use crate::place::At;
use crate::resolve::{Context, Kind};
use crate::spec::{Call, Class, Handler, LoadBalancer};
use cloudsim_workload::Tier;
use cloudsim_world::{KubernetesServiceId, TargetGroupId};
use std::collections::BTreeSet;

/// Calls may be nested so deep.
pub(super) const DEPTH_MAX: usize = 64;

/// Something wrong with a way.
pub(super) enum Finding<'a> {
    NoListener { place: Span, balancer: &'a LoadBalancer, port: u64 },
    NoHandler { class: &'a str, place: Span, group: &'a str },
    Unreached { class: &'a str, place: Span, group: &'a str },
    TooDeep { class: &'a str, place: Span },
    Cycle { class: &'a str, place: Span, groups: Vec<&'a str> },
}

/// Follows the requests of all classes.
pub(super) fn walk_all<'a>(cx: &Context<'a>) -> Vec<Finding<'a>> {
    let mut findings = Vec::new();
    for (index, class) in cx.spec.classes.iter().enumerate() {
        let at = cx.at("classes", index);
        let mut walk = Walk {
            cx,
            class,
            at,
            findings: &mut findings,
            reached: BTreeSet::new(),
            way: Vec::new(),
            unsure: false,
        };
        walk.enter(&class.enter, class.port.0, at.field("port").span());
        walk.report_unreached();
    }
    findings
}

struct Walk<'w, 'a> {
    cx: &'w Context<'a>,
    class: &'a Class,
    at: At<'a>,
    findings: &'w mut Vec<Finding<'a>>,
    reached: BTreeSet<Tier>,
    /// The tiers that the request is in, the first caller first.
    way: Vec<Tier>,
    /// Whether some way ended at a name that does not exist: then nothing can be said about what is not reached.
    unsure: bool,
}

impl<'a> Walk<'_, 'a> {
    fn enter(&mut self, dns_name: &str, port: u64, place: Span) {
        let balancers = self.cx.balancers(dns_name);
        if balancers.is_empty() {
            self.unsure = true;
        }
        for balancer in balancers {
            self.enter_balancer(balancer, port, place);
        }
    }

    fn enter_balancer(&mut self, balancer: &'a LoadBalancer, port: u64, place: Span) {
        let Some(listener) = balancer.listeners.iter().find(|listener| listener.port.0 == port) else {
            self.unsure = true;
            self.findings.push(Finding::NoListener { place, balancer, port });
            return;
        };
        let group = self.cx.find(Kind::TargetGroup, &listener.target_group);
        self.enter_tier(group.map(TargetGroupId::from_index).map(Tier::TargetGroup), place);
    }

    /// Follows a request to the servers of a tier, if it exists.
    fn enter_tier(&mut self, tier: Option<Tier>, place: Span) {
        let Some(tier) = tier else {
            self.unsure = true;
            return;
        };
        if let Some(start) = self.way.iter().position(|known| *known == tier) {
            let mut groups: Vec<&str> = self.way[start..].iter().map(|tier| self.name_of(*tier)).collect();
            groups.push(self.name_of(tier));
            self.findings.push(Finding::Cycle { class: &self.class.name, place, groups });
            return;
        }
        if self.way.len() >= DEPTH_MAX {
            self.unsure = true;
            self.findings.push(Finding::TooDeep { class: &self.class.name, place });
            return;
        }
        if !self.reached.insert(tier) {
            return;
        }
        let handles = |handler: &Handler| self.cx.tier(&handler.at) == Some(tier);
        let Some(index) = self.class.handlers.iter().position(handles) else {
            let group = self.name_of(tier);
            self.findings.push(Finding::NoHandler { class: &self.class.name, place, group });
            self.unsure = true;
            return;
        };
        self.way.push(tier);
        let calls = self.at.field("handlers").item(index).field("calls");
        for (number, call) in self.class.handlers[index].calls.iter().enumerate() {
            match call {
                Call::Http { to, port, .. } => {
                    self.enter(to, port.0, calls.item(number).field("port").span());
                }
                Call::Service { to, .. } => {
                    let service = self.cx.find(Kind::KubernetesService, to);
                    let service = service.map(KubernetesServiceId::from_index).map(Tier::KubernetesService);
                    self.enter_tier(service, calls.item(number).field("to").span());
                }
                Call::Read { .. }
                | Call::Write { .. }
                | Call::GetItem { .. }
                | Call::PutItem { .. }
                | Call::External { .. } => {}
            }
        }
        self.way.pop();
    }

    fn name_of(&self, tier: Tier) -> &'a str {
        match tier {
            Tier::TargetGroup(group) => &self.cx.spec.target_groups[group.index()].name,
            Tier::KubernetesService(service) => &self.cx.spec.kubernetes_services[service.index()].name,
        }
    }

    fn report_unreached(&mut self) {
        if self.unsure {
            return;
        }
        for (index, handler) in self.class.handlers.iter().enumerate() {
            let Some(tier) = self.cx.tier(&handler.at) else { continue };
            if !self.reached.contains(&tier) {
                let place = self.at.field("handlers").item(index).field("at").span();
                self.findings.push(Finding::Unreached { class: &self.class.name, place, group: &handler.at });
            }
        }
    }
}
