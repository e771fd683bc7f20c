//! Waiting in front of workers, against Erlang's formula.

mod support;

use cloudsim_records::{Outcome, Record};
use support::plan;

/// The mean waiting time of an M/M/c queue, in seconds (A. K. Erlang, 1917).
fn erlang_c_wait(arrivals: f64, service: f64, workers: u32) -> f64 {
    let load = arrivals * service;
    let c = f64::from(workers);
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..workers {
        term *= load / f64::from(k);
        sum += term;
    }
    let last = term * load / c * (c / (c - load));
    let waits = last / (sum + last);
    waits * service / (c - load)
}

const STATION: &str = r#"(
    version: 1, name: "station", duration: "$DURATION",
    regions: [(name: "test")],
    zones: [(name: "x", region: "test"), (name: "y", region: "test")],
    latencies: (within_zone: "0s", between_zones: "0s"),
    vpcs: [(name: "net", cidr: "10.0.0.0/16")],
    subnets: [
        (name: "sx", vpc: "net", zone: "x", cidr: "10.0.0.0/24", route_table: "out"),
        (name: "sy", vpc: "net", zone: "y", cidr: "10.0.1.0/24", route_table: "out"),
    ],
    internet_gateways: [(name: "igw", vpc: "net")],
    route_tables: [(name: "out", vpc: "net", routes: [(to: "0.0.0.0/0", via: InternetGateway("igw"))])],
    load_balancers: [(
        name: "lb", scheme: InternetFacing, subnets: ["sx", "sy"],
        listeners: [(port: 80, protocol: Http, target_group: "web")],
    )],
    target_groups: [(name: "web", port: 80)],
    auto_scaling_groups: [(
        name: "web", member: "server", subnets: ["sx", "sy"], desired: 1, max: 2, target_groups: ["web"],
        server: (instance_type: "m5.large", workers: $WORKERS, connections_max: 100000),
    )],
    clients: [(
        name: "user", latency: Constant("0s"), tries: 1, connect_timeout: "1000s", try_timeout: "1000s", timeout: "1000s",
    )],
    classes: [(
        name: "read", enter: "lb", port: 80, client: "user",
        handlers: [(at: "web", work: Exponential("10ms"))],
    )],
    services: [(name: "site", classes: ["read"])],
    traffic: [OpenLoop(name: "users", rate: "$RATE/s", arrivals: Poisson, mix: { "read": 1 })],
)"#;

#[test]
fn waiting_times_agree_with_erlang_c() {
    for (workers, rate) in [(1, 70), (2, 160), (8, 720), (32, 3000)] {
        let text = STATION
            .replace("$WORKERS", &workers.to_string())
            .replace("$RATE", &rate.to_string())
            .replace("$DURATION", &format!("{}s", 150_000 / rate));
        let plan = plan(&text, &[]);
        // Ten runs of 150,000 requests each are independent. None is warmed up, which hides less than a hundredth of them.
        let means: Vec<f64> = (0..10)
            .map(|seed| {
                let (mut sum, mut count) = (0.0, 0.0);
                let mut sink = OkLatencies(|took: f64| {
                    sum += took;
                    count += 1.0;
                });
                cloudsim::simulate(&plan, seed, None, &mut sink, |_| false);
                sum / count - 0.010
            })
            .collect();
        let mean = means.iter().sum::<f64>() / 10.0;
        let variance = means.iter().map(|one| (one - mean) * (one - mean)).sum::<f64>() / 9.0;
        // The 99.9 % point of Student's t with nine degrees of freedom is 4.78.
        let half_width = 4.78 * (variance / 10.0).sqrt();
        let expected = erlang_c_wait(f64::from(rate), 0.010, workers);
        assert!(
            (mean - expected).abs() < half_width,
            "{workers} workers: {mean} ± {half_width}, Erlang says {expected}"
        );
        assert!(
            half_width < expected / 4.0,
            "{workers} workers: the interval of {half_width} says too little"
        );
    }
}

struct OkLatencies<F: FnMut(f64)>(F);

impl<F: FnMut(f64)> cloudsim_engine::RecordSink<Record> for OkLatencies<F> {
    fn take(&mut self, batch: &[cloudsim_engine::Stamped<Record>]) {
        for stamped in batch {
            if let Record::RequestFinished(request) = &stamped.record
                && request.outcome == Outcome::Ok
            {
                (self.0)(stamped.at.since(request.arrived).as_secs_f64());
            }
        }
    }
}
