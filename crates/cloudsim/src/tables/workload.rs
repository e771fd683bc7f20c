//! Who asks, what for, and what is called outside.

use super::{Cell, Table, always, wide};
use crate::Paused;
use cloudsim_workload::Arrivals;

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
    let columns = [always("name"), always("address"), always("port"), wide("response"), wide("error_rate")];
    Table::new(columns, rows)
}

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
    let columns = [
        always("name"),
        always("timeout_s"),
        always("tries"),
        always("try_timeout_s"),
        always("connect_timeout_s"),
        wide("latency"),
        wide("resolvers"),
    ];
    Table::new(columns, rows)
}

pub(super) fn classes(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan.classes.iter().map(|class| {
        let tiers = class.handlers.iter().map(|handler| plan.target_groups[handler.at.index()].name.clone());
        [
            Cell::from(&class.name),
            (&plan.clients[class.client.index()].name).into(),
            format!("{}:{}", plan.dns_names[class.enter.index()].name, class.port).into(),
            tiers.collect::<Vec<_>>().into(),
            class.request_size.to_string().into(),
            class.response_size.to_string().into(),
        ]
    });
    let columns = [
        always("name"),
        always("client"),
        always("enters_at"),
        always("handled_at"),
        wide("request_size"),
        wide("response_size"),
    ];
    Table::new(columns, rows)
}

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
    Table::new([always("name"), always("classes"), always("threshold"), always("stable_for_s")], rows)
}

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
    Table::new([always("name"), always("rate"), always("arrivals"), always("mix")], rows)
}
