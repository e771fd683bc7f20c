//! Who asks, what for, and what is called outside.

use super::Content::{Count, Counts, List, Seconds, Text};
use super::{Cell, Column, Table, always, wide};
use crate::Paused;
use cloudsim_workload::{Arrivals, Tier};

pub(super) const ENDPOINTS: [Column; 5] = [
    always("name", Text),
    always("address", Text),
    always("port", Count),
    wide("response", Text),
    wide("error_rate", Text),
];

pub(super) fn endpoints(paused: &Paused) -> Table {
    let rows = paused.plan().endpoints.iter().map(|endpoint| {
        [
            Cell::from(&endpoint.name),
            endpoint.address.to_string().into(),
            endpoint.port.into(),
            endpoint.response.to_string().into(),
            endpoint.error_rate.to_string().into(),
        ]
    });
    Table::new(ENDPOINTS, rows)
}

pub(super) const CLIENTS: [Column; 7] = [
    always("name", Text),
    always("timeout_s", Seconds),
    always("tries", Count),
    always("try_timeout_s", Seconds),
    always("connect_timeout_s", Seconds),
    wide("latency", Text),
    wide("resolvers", Count),
];

pub(super) fn clients(paused: &Paused) -> Table {
    let rows = paused.plan().clients.iter().map(|client| {
        [
            Cell::from(&client.name),
            client.timeout.into(),
            client.tries_max.into(),
            client.try_timeout.into(),
            client.connect_timeout.into(),
            client.latency.to_string().into(),
            client.resolvers.count.into(),
        ]
    });
    Table::new(CLIENTS, rows)
}

pub(super) const CLASSES: [Column; 6] = [
    always("name", Text),
    always("client", Text),
    always("enters_at", Text),
    always("handled_at", List),
    wide("request_size", Text),
    wide("response_size", Text),
];

pub(super) fn classes(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan.classes.iter().map(|class| {
        let tiers = class.handlers.iter().map(|handler| match handler.at {
            Tier::TargetGroup(group) => plan.target_groups[group.index()].name.clone(),
            Tier::KubernetesService(service) => plan.kubernetes_service(service).key.to_string(),
        });
        [
            Cell::from(&class.name),
            (&plan.clients[class.client.index()].name).into(),
            format!("{}:{}", plan.dns_names[class.enter.index()].name, class.port).into(),
            tiers.collect::<Vec<_>>().into(),
            class.request_size.to_string().into(),
            class.response_size.to_string().into(),
        ]
    });
    Table::new(CLASSES, rows)
}

pub(super) const SERVICES: [Column; 4] = [
    always("name", Text),
    always("classes", List),
    always("threshold", Text),
    always("stable_for_s", Seconds),
];

pub(super) fn services(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan.services.iter().map(|service| {
        let classes = service.classes.iter().map(|class| plan.classes[class.index()].name.clone());
        [
            Cell::from(&service.name),
            classes.collect::<Vec<_>>().into(),
            service.threshold.to_string().into(),
            service.stable_for.into(),
        ]
    });
    Table::new(SERVICES, rows)
}

pub(super) const TRAFFIC: [Column; 4] =
    [always("name", Text), always("rate", Text), always("arrivals", Text), always("mix", Counts)];

pub(super) fn traffic(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan.traffic.iter().map(|traffic| {
        let arrivals = match traffic.arrivals {
            Arrivals::Poisson => "Poisson",
            Arrivals::Constant => "Constant",
        };
        let mix = traffic
            .mix
            .iter()
            .map(|(class, weight)| (plan.classes[class.index()].name.clone(), Cell::from(*weight)));
        [
            Cell::from(&traffic.name),
            traffic.rate.to_string().into(),
            arrivals.into(),
            mix.collect::<Vec<_>>().into(),
        ]
    });
    Table::new(TRAFFIC, rows)
}
