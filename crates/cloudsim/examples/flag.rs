//! temp
use cloudsim_aws::services::*;
use cloudsim_engine::*;
use cloudsim_records::*;
use cloudsim_scenario::plan::*;
use cloudsim_units::*;
use cloudsim_workload::*;
use cloudsim_world::*;
struct S {
    n: [u64; 5],
    bad: Vec<u32>,
    all: Vec<u32>,
    verbose: bool,
    digest: Digest,
}
impl RecordSink<Record> for S {
    fn take(&mut self, b: &[Stamped<Record>]) {
        for s in b {
            self.digest.observe(s.at, s.number, &s.record);
            match &s.record {
                Record::RequestFinished(r) => {
                    self.n[r.outcome as usize] += 1;
                    let k = (r.arrived.as_nanos() / 1_000_000_000) as usize;
                    if k >= self.all.len() {
                        self.all.resize(k + 1, 0);
                        self.bad.resize(k + 1, 0);
                    }
                    if r.class == 0 {
                        self.all[k] += 1;
                        if r.outcome != Outcome::Ok {
                            self.bad[k] += 1;
                        }
                    }
                }
                Record::RunStarted(_) => {}
                other => {
                    if self.verbose {
                        eprintln!("{} {:?}", s.at, other)
                    }
                }
            }
        }
    }
}
fn ms(x: u64) -> SimDuration {
    SimDuration::from_millis(x)
}
fn main() {
    let z = |i| ZoneId(i);
    let ln = |a, b| DurationDistribution::log_normal(ms(a), ms(b));
    let mut subnets = vec![];
    for (t, tier) in ["public-web", "private-web", "private-app", "private-db"].iter().enumerate() {
        for i in 0..3u32 {
            subnets.push(vpc::SubnetSpec {
                name: format!("{tier}-{i}"),
                vpc: VpcId(0),
                zone: z(i),
                cidr: format!("10.0.{}.0/20", (t as u32 * 3 + i) * 16).parse().unwrap(),
                route_table: RouteTableId(if t == 0 { 0 } else { i + 1 }),
            });
        }
    }
    let tg = |n: &str, i: u64, t: u64| target_group::TargetGroupSpec {
        name: n.into(),
        port: 80,
        interval: SimDuration::from_secs(i),
        timeout: SimDuration::from_secs(t),
        healthy_threshold: 5,
        unhealthy_threshold: 2,
        algorithm: target_group::Algorithm::RoundRobin,
        cross_zone: true,
        deregistration_delay: SimDuration::from_secs(300),
    };
    let asg = |n: &str, m: &str, s: u32, g: u32, ty: &str, w| auto_scaling_group::AutoScalingGroupSpec {
        name: n.into(),
        member: m.into(),
        subnets: (s..s + 3).map(SubnetId).collect(),
        desired: 6,
        max: 9,
        target_groups: vec![TargetGroupId(g)],
        health_check: auto_scaling_group::HealthCheckType::Elb,
        grace_period: SimDuration::from_secs(300),
        server: ec2_instance::ServerSpec {
            instance_type: ty.into(),
            workers: w,
            connections_max: 4000,
            launch: ec2_instance::limits::LAUNCH,
            start: ec2_instance::limits::START,
        },
    };
    let nat = |i: u32| vpc::Route {
        to: "0.0.0.0/0".parse().unwrap(),
        via: vpc::RouteTarget::NatGateway(NatGatewayId(i)),
    };
    let h = |at, w, calls| HandlerSpec { at: TargetGroupId(at), work: w, calls };
    let class = |n: &str, handlers| ClassSpec {
        name: n.into(),
        enter: DnsNameId(2),
        port: 443,
        client: ClientId(0),
        request_size: Bytes(1000),
        response_size: Bytes(30000),
        handlers,
    };
    let http = |t| CallSpec::Http { to: DnsNameId(1), port: 8080, connect_timeout: ms(500), timeout: ms(t) };
    let plan = Plan {
        name: "x".into(),
        seed: 1,
        duration: SimDuration::from_mins(30),
        warm_up: SimDuration::from_mins(1),
        resolved: String::new(),
        overrides: vec![],
        zones: ["a", "b", "c"]
            .iter()
            .map(|n| vpc::ZoneSpec { name: (*n).into(), region: "us-east-1".into() })
            .collect(),
        latencies: vpc::Latencies::new(3, SimDuration::from_micros(75), SimDuration::from_micros(400)),
        vpcs: vec![vpc::VpcSpec { name: "m".into(), cidr: "10.0.0.0/16".parse().unwrap() }],
        subnets,
        internet_gateways: vec![vpc::InternetGatewaySpec { name: "igw".into(), vpc: VpcId(0) }],
        nat_gateways: vec![
            nat_gateway::NatGatewaySpec { name: "na".into(), subnet: SubnetId(0) },
            nat_gateway::NatGatewaySpec { name: "nb".into(), subnet: SubnetId(1) },
        ],
        route_tables: vec![
            vpc::RouteTableSpec {
                name: "p".into(),
                vpc: VpcId(0),
                routes: vec![vpc::Route {
                    to: "0.0.0.0/0".parse().unwrap(),
                    via: vpc::RouteTarget::InternetGateway(InternetGatewayId(0)),
                }],
            },
            vpc::RouteTableSpec { name: "a".into(), vpc: VpcId(0), routes: vec![nat(0)] },
            vpc::RouteTableSpec { name: "b".into(), vpc: VpcId(0), routes: vec![nat(1)] },
            vpc::RouteTableSpec { name: "c".into(), vpc: VpcId(0), routes: vec![nat(1)] },
        ],
        dns_names: vec![
            route53::DnsNameSpec {
                name: "f".into(),
                alias: LoadBalancerId(0),
                ttl: SimDuration::from_secs(60),
            },
            route53::DnsNameSpec {
                name: "b".into(),
                alias: LoadBalancerId(1),
                ttl: SimDuration::from_secs(60),
            },
            route53::DnsNameSpec {
                name: "s".into(),
                alias: LoadBalancerId(0),
                ttl: SimDuration::from_secs(60),
            },
        ],
        load_balancers: vec![
            load_balancer::LoadBalancerSpec {
                name: "f".into(),
                scheme: load_balancer::Scheme::InternetFacing,
                subnets: (0..3).map(SubnetId).collect(),
                listeners: vec![load_balancer::ListenerSpec {
                    port: 443,
                    https: true,
                    target_group: TargetGroupId(0),
                }],
                idle_timeout: SimDuration::from_secs(60),
            },
            load_balancer::LoadBalancerSpec {
                name: "b".into(),
                scheme: load_balancer::Scheme::Internal,
                subnets: (6..9).map(SubnetId).collect(),
                listeners: vec![load_balancer::ListenerSpec {
                    port: 8080,
                    https: false,
                    target_group: TargetGroupId(1),
                }],
                idle_timeout: SimDuration::from_secs(60),
            },
        ],
        target_groups: vec![tg("frontend", 30, 5), tg("backend", 10, 3)],
        auto_scaling_groups: vec![
            asg("frontend", "frontend-server", 3, 0, "m5.large", 2),
            asg("backend", "backend-server", 6, 1, "m5.xlarge", 4),
        ],
        databases: vec![rds::DatabaseSpec {
            name: "orders".into(),
            engine: rds::Engine::MySql,
            instance_class: "db.m5.large".into(),
            storage: Bytes(100 << 30),
            primary: SubnetId(9),
            multi_az: true,
            standby: SubnetId(10),
            replicas: vec![rds::ReplicaSpec { name: "r".into(), subnet: SubnetId(11) }],
            workers: 8,
            connections_max: 1000,
            log_shipping: rds::limits::LOG_SHIPPING_INTERVAL,
            checkpoint_interval: rds::limits::CHECKPOINT_INTERVAL,
            redo_per_commit: rds::limits::REDO_PER_COMMIT,
            replay_per_second: rds::limits::REPLAY_PER_SECOND,
            fsync: rds::limits::FSYNC,
            replica_lag: rds::limits::REPLICA_LAG,
            dns_ttl: rds::limits::ENDPOINT_TTL,
            clients: vec![
                rds::DatabaseClientSpec { caching: rds::DnsCaching::HonourTtl, weight: 2 },
                rds::DatabaseClientSpec {
                    caching: rds::DnsCaching::CacheFor(SimDuration::from_secs(60)),
                    weight: 1,
                },
            ],
            recovery: rds::Recovery::Restore { decide: SimDuration::from_mins(2) },
        }],
        endpoints: vec![EndpointSpec {
            name: "payments".into(),
            address: "203.0.113.10".parse().unwrap(),
            port: 443,
            response: ln(120, 300),
            error_rate: Ratio::ZERO,
        }],
        clients: vec![ClientSpec {
            name: "browser".into(),
            connect_timeout: ms(1000),
            try_timeout: ms(3000),
            tries_max: 3,
            timeout: ms(10000),
            backoff: BackoffSpec { base: ms(100), max: ms(1000) },
            latency: ln(15, 40),
            resolvers: ResolverSpec {
                count: 1000,
                ttl_violators: Ratio::from_billionths(87_400_000),
                ttl_stretch_max: 10,
            },
        }],
        classes: vec![
            class(
                "browse",
                vec![
                    h(0, ln(4, 9), vec![http(2000)]),
                    h(
                        1,
                        ln(6, 14),
                        vec![CallSpec::Read {
                            database: DatabaseId(0),
                            from: ReadFrom::ReplicaThenPrimary,
                            work: DurationDistribution::Exponential(ms(2)),
                            timeout: ms(800),
                        }],
                    ),
                ],
            ),
            class(
                "checkout",
                vec![
                    h(0, ln(5, 11), vec![http(2800)]),
                    h(
                        1,
                        ln(9, 20),
                        vec![
                            CallSpec::External {
                                endpoint: EndpointId(0),
                                size: Bytes(4000),
                                timeout: ms(1500),
                            },
                            CallSpec::Write {
                                database: DatabaseId(0),
                                work: DurationDistribution::Exponential(ms(4)),
                                timeout: ms(1000),
                            },
                        ],
                    ),
                ],
            ),
        ],
        services: vec![ServiceSpec {
            name: "web".into(),
            classes: vec![ClassId(0)],
            threshold: Ratio::from_percent(99),
            stable_for: SimDuration::from_secs(30),
        }],
        traffic: vec![OpenLoopSpec {
            name: "v".into(),
            rate: Rate::parse("1000/s").unwrap(),
            arrivals: Arrivals::Poisson,
            mix: vec![(ClassId(0), 90), (ClassId(1), 10)],
        }],
        faults: vec![FaultSpec {
            name: "a".into(),
            kind: FaultKind::ZonePowerLoss { zone: z(0) },
            at: SimTime::from_secs(300),
            lasts: Some(SimDuration::from_mins(15)),
        }],
        objectives: vec![],
        settings: vec![],
    };
    let v = std::env::args().nth(1).is_some();
    let mut s = S { n: [0; 5], bad: vec![], all: vec![], verbose: v, digest: Digest::new() };
    let r = cloudsim::simulate(&plan, 1, None, &mut s, |_| false);
    println!("{r:?} {:?}", s.n);
    for (k, (b, a)) in s.bad.iter().zip(&s.all).enumerate() {
        if *b > 0 {
            println!("{k}s {b}/{a}");
        }
    }
}
