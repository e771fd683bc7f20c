//! CS0120: who sends and who answers are in one VPC.

use super::Check;
use crate::diagnostics::{Problem, Rule, Span};
use crate::examples::Example;
use crate::resolve::{Context, Kind};
use crate::spec::{Call, Scheme};
use std::collections::BTreeSet;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0120",
        title: "who sends and who answers are in one VPC",
        page: "\
The addresses of a VPC are private: its own route leads to its own range, all other routes to gateways. A load balancer \
reaches targets of its own VPC, a server the databases and internal load balancers of its own; packets to those of another VPC \
have no way. What faces the internet is reached through it.",
        example: Example::Fields {
            wrong: r#"
                vpcs: [(name: "data", cidr: "10.0.0.0/16")],
                route_tables: [(name: "data", vpc: "data")],
                subnets: [
                    (name: "far-x", vpc: "data", zone: "x", cidr: "10.0.0.0/24", route_table: "data"),
                    (name: "far-y", vpc: "data", zone: "y", cidr: "10.0.1.0/24", route_table: "data"),
                ],
                set: { "databases.posts.primary": "far-y", "databases.posts.standby": "far-x" },
            "#,
            right: r#"set: { "databases.posts.primary": "data-y", "databases.posts.standby": "data-x" },"#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let mut problems = Vec::new();
    for (index, balancer) in cx.spec.load_balancers.iter().enumerate() {
        let listeners = cx.at("load_balancers", index).field("listeners");
        let vpc = balancer.subnets.iter().find_map(|name| vpc_of(cx, name));
        for (number, listener) in balancer.listeners.iter().enumerate() {
            let place = listeners.item(number).field("target_group").span();
            for targets in vpcs_behind(cx, &listener.target_group) {
                let way = Way { from: vpc, to: Some(targets), place };
                let sender = format!("load balancer `{}`", balancer.name);
                problems.extend(way.problem(
                    rule,
                    &sender,
                    &format!("targets of `{}`", listener.target_group),
                ));
            }
        }
    }
    for (index, class) in cx.spec.classes.iter().enumerate() {
        let handlers = cx.at("classes", index).field("handlers");
        for (number, handler) in class.handlers.iter().enumerate() {
            let calls = handlers.item(number).field("calls");
            for (number, call) in handler.calls.iter().enumerate() {
                let Some((what, to, field)) = callee(cx, call) else { continue };
                let near = |from: &str| to.iter().copied().find(|to| *to == from).or(to.first().copied());
                let place = calls.item(number).field(field).span();
                for from in vpcs_behind(cx, &handler.at) {
                    let way = Way { from: Some(from), to: near(from), place };
                    problems.extend(way.problem(rule, &format!("servers of `{}`", handler.at), &what));
                }
            }
        }
    }
    cx.problems.append(&mut problems);
}

struct Way<'a> {
    from: Option<&'a str>,
    to: Option<&'a str>,
    place: Span,
}

impl Way<'_> {
    fn problem(&self, rule: &'static Rule, sender: &str, receiver: &str) -> Option<Problem> {
        let (from, to) = (self.from?, self.to?);
        let message = format!("no route from {sender} in VPC `{from}` to {receiver} in VPC `{to}`");
        let problem = Problem::error(rule, message).at(self.place);
        (from != to).then(|| problem.hint("put both into subnets of one VPC"))
    }
}

/// What a call leads to, its VPCs, and the field that names it; `None` if that is on the internet. Who stands in one of them
/// asks what is there.
fn callee<'a>(cx: &Context<'a>, call: &Call) -> Option<(String, Vec<&'a str>, &'static str)> {
    match call {
        Call::Http { to, .. } => {
            let balancers = cx.balancers(to).into_iter();
            let mut balancers = balancers.filter(|balancer| balancer.scheme == Scheme::Internal).peekable();
            let what = format!("load balancer `{}`", balancers.peek()?.name);
            let vpcs = balancers.filter_map(|of| of.subnets.iter().find_map(|name| vpc_of(cx, name)));
            Some((what, vpcs.collect(), "to"))
        }
        Call::Read { database, .. } | Call::Write { database, .. } => {
            let found = &cx.spec.databases[cx.find(Kind::Database, database)?];
            let subnets = std::iter::once(&found.primary).chain(found.replicas.iter().map(|of| &of.subnet));
            let subnets = subnets.chain(found.backups.iter().map(|of| &of.subnet));
            // A database of which a place is not known may be anywhere.
            let vpcs: Option<Vec<&str>> = subnets.map(|name| vpc_of(cx, name)).collect();
            Some((format!("database `{database}`"), vpcs?, "database"))
        }
        Call::Service { .. } | Call::GetItem { .. } | Call::PutItem { .. } | Call::External { .. } => None,
    }
}

/// The VPCs that the servers of a target group are in.
fn vpcs_behind<'a>(cx: &Context<'a>, target_group: &str) -> BTreeSet<&'a str> {
    let groups = cx.groups_behind(target_group);
    groups.flat_map(|group| &group.subnets).filter_map(|name| vpc_of(cx, name)).collect()
}

fn vpc_of<'a>(cx: &Context<'a>, subnet: &str) -> Option<&'a str> {
    let vpc = cx.subnet(subnet).map(|subnet| subnet.vpc.as_str())?;
    cx.find(Kind::Vpc, vpc).map(|_| vpc)
}
