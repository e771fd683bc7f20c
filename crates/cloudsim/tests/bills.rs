//! The bill of a month of each strategy of disaster recovery, added up by hand: from a list of prices that stands here and
//! not in the pricing code, from what the scenario has, and from what its visitors were seen to ask for.

mod support;

use cloudsim_records::{EntityId, EntityInfo, EntityKind, Outcome, Record};
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{MemoryFiles, Overrides, load};
use std::collections::BTreeMap;
use support::Records;

/// Nano-dollars in a thousandth of a dollar, so that prices read as they are published.
const MILLI: i128 = 1_000_000;
const MICRO: i128 = 1_000;

const HOURS: i128 = 730;
/// Traffic is looked at for the ten minutes before the fault, of which a month of 730 hours has 4,380.
const MONTH: i128 = 4_380;

// An hour.
const M5_LARGE: i128 = 96 * MILLI;
const DB_M5_LARGE: i128 = 171 * MILLI;
const DB_T3_LARGE: i128 = 136 * MILLI;
const NAT_GATEWAY: i128 = 45 * MILLI;
const LOAD_BALANCER: i128 = 22_500 * MICRO;
const PUBLIC_ADDRESS: i128 = 5 * MILLI;
// A month.
/// 0.50 for an endpoint of AWS, and 1.00 for HTTPS.
const HEALTH_CHECK: i128 = 1_500 * MILLI;
const STORAGE_GIGABYTE: i128 = 115 * MILLI;
const SNAPSHOT_GIGABYTE: i128 = 95 * MILLI;
const GLACIER_FLEXIBLE_GIGABYTE: i128 = 3_600 * MICRO;
const TABLE_GIGABYTE: i128 = 250 * MILLI;
// What is used.
const CAPACITY_UNIT_HOUR: i128 = 8 * MILLI;
const NAT_GIGABYTE: i128 = 45 * MILLI;
/// 0.01 where it leaves a zone, and 0.01 where it arrives.
const ZONES_GIGABYTE: i128 = 20 * MILLI;
const REGIONS_GIGABYTE: i128 = 20 * MILLI;
const INTERNET_GIGABYTE: i128 = 90 * MILLI;
/// A million units.
const TABLE_WRITES: i128 = 625 * MILLI;

// What the scenario leaves to defaults, in bytes.
const REQUEST: i128 = 1_024;
const RESPONSE: i128 = 10_240;
const STATEMENT: i128 = 2_048;
/// What is exchanged with the card network.
const PAYMENT: i128 = 4_096;
const REDO_OF_A_COMMIT: i128 = 16_384;
const ITEM: i128 = 1_024;
/// What each of the two databases stores, in GB of AWS, which have 2^30 bytes.
const STORED: i128 = 100;

/// What stands in the second region of what belongs together.
#[derive(Clone, Copy, PartialEq)]
enum West {
    /// A snapshot that is copied every day.
    Snapshot,
    /// A dump in an archive that is copied every day.
    Dump,
    /// A replica and so many servers.
    Replica(i128),
}

/// A bill by what is paid for, in nano-dollars.
type Bill = BTreeMap<String, i128>;

fn plan(scenario: &str, text: &str, set: &[&str]) -> Plan {
    let files = MemoryFiles::from([
        (scenario, text),
        ("worlds/shop-strategies.ron", include_str!("../../../scenarios/worlds/shop-strategies.ron")),
        ("worlds/shop-two-regions.ron", include_str!("../../../scenarios/worlds/shop-two-regions.ron")),
    ]);
    let set = set.iter().map(|set| (*set).to_owned()).collect();
    match load(&files, scenario, &Overrides { set, ..Overrides::default() }) {
        Ok(loaded) => loaded.plan,
        Err(problems) => panic!("{problems}"),
    }
}

/// What the run says a month costs.
fn drawn(records: &Records) -> Bill {
    let items = records.0.iter().find_map(|stamped| match &stamped.record {
        Record::BillDrawn(items) => Some(items),
        _ => None,
    });
    let items = items.expect("a run draws a bill");
    items.iter().map(|item| (item.what.clone(), item.usd.as_nanos().into())).collect()
}

/// What does not depend on visitors: hours and what is kept.
fn standing(critical: West, others: West) -> Bill {
    let mut bill = Bill::new();
    let mut line = |what: &str, nanos: i128| {
        if nanos > 0 {
            bill.insert(what.to_owned(), nanos);
        }
    };
    // 4 × 730 h × 0.096 = 280.32, and 2 × 730 h × 0.096 = 140.16.
    line("east-critical instances (m5.large)", 4 * HOURS * M5_LARGE);
    line("east-others instances (m5.large)", 2 * HOURS * M5_LARGE);
    // With a standby twice 730 h × 0.171 = 249.66 and twice 100 GB × 0.115 = 23.00; so for 0.136 an hour: 198.56.
    line("orders instance (db.m5.large, Multi-AZ)", 2 * HOURS * DB_M5_LARGE);
    line("orders storage", 2 * STORED * STORAGE_GIGABYTE);
    line("reviews instance (db.t3.large, Multi-AZ)", 2 * HOURS * DB_T3_LARGE);
    line("reviews storage", 2 * STORED * STORAGE_GIGABYTE);
    for (group, database, class, hour, west) in [
        ("west-critical", "orders-west", "db.m5.large", DB_M5_LARGE, critical),
        ("west-others", "reviews-west", "db.t3.large", DB_T3_LARGE, others),
    ] {
        match west {
            // Idle or not: 730 h × 0.171 = 124.83 or 730 h × 0.136 = 99.28, 100 GB × 0.115 = 11.50, and 70.08 a server.
            West::Replica(servers) => {
                line(&format!("{group} instances (m5.large)"), servers * HOURS * M5_LARGE);
                line(&format!("{database} instance ({class})"), HOURS * hour);
                line(&format!("{database} storage"), STORED * STORAGE_GIGABYTE);
            }
            // 100 GB × 0.095 = 9.50.
            West::Snapshot => line(&format!("{database} backup"), STORED * SNAPSHOT_GIGABYTE),
            // A dump a day, each paid for 90 days: 90 × 100 GB × 0.0036 = 32.40.
            West::Dump => line(&format!("{database} backup"), 90 * STORED * GLACIER_FLEXIBLE_GIGABYTE),
        }
    }
    // Those of the west are made later where the shop's core is cold, and 730 h × 0.045 = 32.85 each elsewhere.
    let gateways_there = critical != West::Snapshot;
    for gateway in ["east-nat-a", "east-nat-b"] {
        line(gateway, HOURS * NAT_GATEWAY);
    }
    for gateway in ["west-nat-a", "west-nat-b"] {
        line(gateway, i128::from(gateways_there) * HOURS * NAT_GATEWAY);
    }
    // 730 h × 0.0225 = 16.425, whether or not anybody comes.
    for balancer in ["east-critical-alb", "east-others-alb", "west-critical-alb", "west-others-alb"] {
        line(balancer, HOURS * LOAD_BALANCER);
    }
    line("east-critical health check", HEALTH_CHECK);
    line("east-others health check", HEALTH_CHECK);
    // One for each gateway and for each of two zones of four load balancers: 12 or 10 × 730 h × 0.005 = 43.80 or 36.50.
    let addresses = 4 * 2 + if gateways_there { 4 } else { 2 };
    line("public IPv4 addresses", addresses * HOURS * PUBLIC_ADDRESS);
    bill
}

/// How often visitors asked for a class, by the zone of the server that answered.
type Visits = BTreeMap<(String, String), i128>;

fn visits(records: &Records) -> Visits {
    let entities: BTreeMap<EntityId, &EntityInfo> = records.entities().map(|info| (info.id, info)).collect();
    let mut visits = BTreeMap::new();
    for stamped in &records.0 {
        let Record::RequestFinished(request) = &stamped.record else { continue };
        // Each came to a load balancer once, and what its servers do was done once, before usage is read.
        assert_eq!((request.outcome, request.tries), (Outcome::Ok, 1), "{request:?}");
        assert!(stamped.at.as_nanos() < 600 * 1_000_000_000, "{}", stamped.at);
        let class = records.started().classes[usize::from(request.class)].clone();
        let mut hops = request.hops.iter().flatten().map(|hop| entities[hop]);
        let server = hops.find(|info| info.kind == EntityKind::Instance).expect("a server answered");
        let zone = entities[&server.zone.expect("it is in a zone")].name.clone();
        *visits.entry((class, zone)).or_default() += 1;
    }
    visits
}

const OF_CRITICAL: [&str; 3] = ["order", "pay", "log-in"];
const OF_OTHERS: [&str; 3] = ["read-reviews", "give-feedback", "complain"];

fn count(visits: &Visits, classes: &[&str], zone: &str) -> i128 {
    let those = visits.iter().filter(|((class, at), _)| classes.contains(&&**class) && at.contains(zone));
    those.map(|(_, count)| count).sum()
}

/// A month's gigabytes, in thousandths.
fn gigabytes(bytes: i128) -> i128 {
    bytes * MONTH * 1000 / 1_000_000_000
}

/// A line of so many thousandths of a unit; a bill counts whole ones, rounded down.
fn line(bill: &mut Bill, what: &str, thousandths: i128, price: i128) {
    if thousandths > 0 {
        // Half a nano-dollar and more goes up; no price here leaves less than a whole one.
        assert_eq!(thousandths * price % 1000, 0);
        bill.insert(what.to_owned(), thousandths * price / 1000);
    }
}

/// What visitors use whatever the strategy is.
fn used_by_all(visits: &Visits) -> Bill {
    let mut bill = Bill::new();
    // A unit takes 25 new connections a second (90,000 an hour) or 1 GB an hour; clients come anew for each request.
    for side in ["east", "west"] {
        for (balancer, classes) in [("critical", OF_CRITICAL), ("others", OF_OTHERS)] {
            let requests = count(visits, &classes, side);
            let by_connections = requests * MONTH * 1000 / 90_000;
            let by_bytes = gigabytes(requests * (REQUEST + RESPONSE));
            let what = format!("{side}-{balancer}-alb capacity");
            line(&mut bill, &what, by_connections.max(by_bytes), CAPACITY_UNIT_HOUR);
        }
    }
    // Payments leave by the gateway of the server's zone.
    for (gateway, zone) in [
        ("east-nat-a", "east-1a"),
        ("east-nat-b", "east-1b"),
        ("west-nat-a", "west-2a"),
        ("west-nat-b", "west-2b"),
    ] {
        let sent = gigabytes(count(visits, &["pay"], zone) * PAYMENT);
        line(&mut bill, &format!("{gateway} data"), sent, NAT_GIGABYTE);
    }
    // Answers, and what is sent to the card network; 100 GB a month are free.
    let sent = visits.values().sum::<i128>() * RESPONSE + count(visits, &["pay"], "") * PAYMENT;
    line(&mut bill, "data to the internet", (gigabytes(sent) - 100_000).max(0), INTERNET_GIGABYTE);
    bill
}

/// What visitors of the first region use.
fn used(visits: &Visits, critical: West, others: West) -> Bill {
    let mut bill = used_by_all(visits);
    let count = |classes: &[&str], zone: &str| count(visits, classes, zone);
    // Each request is one statement; the writer of orders is in zone a, that of reviews in zone b. The rest is free.
    let across = count(&OF_CRITICAL, "us-east-1b") + count(&OF_OTHERS, "us-east-1a");
    line(&mut bill, "data between zones", gigabytes(across * STATEMENT), ZONES_GIGABYTE);
    // A replica gets each commit; a copy of all that is stored goes over every 24 of 730 hours.
    let mut between_regions = 0;
    for (west, commits) in
        [(critical, count(&["order", "pay"], "")), (others, count(&["give-feedback", "complain"], ""))]
    {
        between_regions += match west {
            West::Replica(_) => commits * REDO_OF_A_COMMIT * MONTH * 1000,
            West::Snapshot | West::Dump => (STORED << 30) * HOURS / 24 * 1000,
        };
    }
    line(&mut bill, "data between regions", between_regions / 1_000_000_000, REGIONS_GIGABYTE);
    bill
}

/// What visitors of two regions use that write to tables.
fn used_actively(visits: &Visits) -> Bill {
    let mut bill = used_by_all(visits);
    // Log-ins and reviews are read in the region: orders in zones 1a and 2a, reviews in 1b and 2b. Calls of tables are free.
    let across = count(visits, &["log-in"], "us-east-1b")
        + count(visits, &["log-in"], "us-west-2b")
        + count(visits, &["read-reviews"], "us-east-1a")
        + count(visits, &["read-reviews"], "us-west-2a");
    line(&mut bill, "data between zones", gigabytes(across * STATEMENT), ZONES_GIGABYTE);
    // An item of 1 KiB is a unit in each of two regions, and goes to the other one and to the witness.
    let mut written = 0;
    for (table, classes) in [("sales", ["order", "pay"]), ("voices", ["give-feedback", "complain"])] {
        let writes = count(visits, &classes, "");
        line(&mut bill, &format!("{table} writes"), 2 * writes * MONTH * 1000 / 1_000_000, TABLE_WRITES);
        written += writes;
    }
    line(&mut bill, "data between regions", gigabytes(2 * written * ITEM), REGIONS_GIGABYTE);
    bill
}

/// An amount in whole cents, half to even.
fn cents(nanos: i128) -> i128 {
    let (cents, rest) = (nanos / 10_000_000, nanos % 10_000_000);
    cents + i128::from(rest > 5_000_000 || (rest == 5_000_000 && cents % 2 == 1))
}

fn agrees(scenario: &str, text: &str, critical: West, others: West, standing_cents: i128) {
    let used = |visits: &Visits| used(visits, critical, others);
    is_the_bill(scenario, text, (standing(critical, others), standing_cents), used);
}

/// What stands there is given by line, and its sum in cents.
fn is_the_bill(scenario: &str, text: &str, standing: (Bill, i128), used: impl Fn(&Visits) -> Bill) {
    // Who comes in the last seconds before the fault would be half served when usage is read, and a card network or a
    // client that is slow now and then has somebody ask twice.
    let until = "traffic.visitors.until=9m45s";
    let set = [
        "duration=10m1s",
        until,
        "endpoints.card-network.response=Constant(\"120ms\")",
        "clients.browser.latency=Constant(\"40ms\")",
    ];
    let records = Records::of(&plan(scenario, text, &set), 1);
    let (mut by_hand, cents_by_hand) = standing;
    assert_eq!(cents(by_hand.values().sum()), cents_by_hand, "{scenario}");
    by_hand.extend(used(&visits(&records)));
    assert_eq!(drawn(&records), by_hand, "{scenario}");
    let all: i128 = by_hand.values().sum();
    let cost = records.document().cost;
    assert_eq!(i128::from(cost.monthly().as_nanos()), all, "{scenario}");
    // What each service pays and what is shared are the bill, to the nano-dollar.
    let parts: i128 = cost.by_service.iter().map(|of| i128::from(of.usd.as_nanos())).sum();
    assert_eq!(parts, all, "{scenario}");
}

// What stands in the first region is the same for all: 280.32 + 140.16 + 249.66 + 23.00 + 198.56 + 23.00, gateways 65.70,
// load balancers of both regions 65.70, health checks 3.00: 1,049.10.

#[test]
fn a_cold_shop_costs_what_its_snapshots_do() {
    // 1,049.10, twice 9.50 of snapshots, 36.50 of addresses: 1,104.60.
    let text = include_str!("../../../scenarios/dr-cold.ron");
    agrees("dr-cold.ron", text, West::Snapshot, West::Snapshot, 110_460);
}

#[test]
fn a_pilot_light_costs_its_replicas_and_gateways() {
    // 1,049.10, replicas 124.83 + 11.50 + 99.28 + 11.50, gateways 65.70, addresses 43.80: 1,405.71.
    let text = include_str!("../../../scenarios/dr-pilot-light.ron");
    agrees("dr-pilot-light.ron", text, West::Replica(0), West::Replica(0), 140_571);
}

#[test]
fn a_warm_standby_costs_a_server_of_each_kind_more() {
    // 1,405.71 and twice 70.08: 1,545.87.
    let text = include_str!("../../../scenarios/dr-warm.ron");
    agrees("dr-warm.ron", text, West::Replica(1), West::Replica(1), 154_587);
}

#[test]
fn a_hot_standby_costs_all_servers_twice() {
    // 1,405.71 and six times 70.08: 1,826.19.
    let text = include_str!("../../../scenarios/dr-hot-passive.ron");
    agrees("dr-hot-passive.ron", text, West::Replica(4), West::Replica(2), 182_619);
}

#[test]
fn two_active_regions_cost_what_a_hot_standby_does_their_tables_and_two_checks() {
    let text = include_str!("../../../scenarios/dr-hot-active.ron");
    let mut there = standing(West::Replica(4), West::Replica(2));
    // 1,826.19, twice 1.50, and 20 GB in two regions for 0.25, twice: 1,849.19.
    for (what, nanos) in [
        ("west-critical health check", HEALTH_CHECK),
        ("west-others health check", HEALTH_CHECK),
        ("sales storage", 2 * 20 * TABLE_GIGABYTE),
        ("voices storage", 2 * 20 * TABLE_GIGABYTE),
    ] {
        there.insert(what.to_owned(), nanos);
    }
    is_the_bill("dr-hot-active.ron", text, (there, 184_919), used_actively);
}

#[test]
fn a_scenario_that_has_prices_of_its_own_pays_those() {
    let text = include_str!("../../../scenarios/dr-warm.ron");
    let set = |set: &[&str]| {
        let nobody = ["duration=10m1s", "traffic.visitors.until=1ms"];
        drawn(&Records::of(&plan("dr-warm.ron", text, &[&nobody, set].concat()), 1))
    };
    let (listed, own) =
        (set(&[]), set(&["prices.usd.nat_gateway=0.052", "prices.usd.db.m5.large MySql=0.2"]));
    for (what, nanos) in &listed {
        let expected = match what.as_str() {
            "east-nat-a" | "east-nat-b" | "west-nat-a" | "west-nat-b" => HOURS * 52 * MILLI,
            "orders instance (db.m5.large, Multi-AZ)" => 2 * HOURS * 200 * MILLI,
            "orders-west instance (db.m5.large)" => HOURS * 200 * MILLI,
            _ => *nanos,
        };
        assert_eq!(own[what], expected, "{what}");
    }
    assert_eq!(listed.len(), own.len());
}

#[test]
fn images_and_secrets_cost_something_in_each_region_that_has_them() {
    let text = include_str!("../../../scenarios/dr-warm.ron");
    let set = [
        "duration=10m1s",
        "traffic.visitors.until=1ms",
        r#"machine_images=[(name: "shop", size: "8GiB", regions: ["us-east-1"], stale_in: ["us-west-2"])]"#,
        r#"secrets=[(name: "login", database: "orders", regions: ["us-east-1", "us-west-2"])]"#,
    ];
    let bill = drawn(&Records::of(&plan("dr-warm.ron", text, &set), 1));
    // Twice 8 GB × 0.05 and twice 0.40.
    assert_eq!((bill["shop image"], bill["login secret"]), (800 * MILLI, 800 * MILLI));
}

#[test]
fn a_hybrid_costs_a_standby_of_its_core_and_a_snapshot_of_the_rest() {
    // 1,049.10, 124.83 + 11.50 + 70.08, a snapshot 9.50, gateways 65.70, addresses 43.80: 1,374.51.
    let text = include_str!("../../../scenarios/dr-hybrid-shop.ron");
    agrees("dr-hybrid-shop.ron", text, West::Replica(1), West::Snapshot, 137_451);
}

#[test]
fn an_archive_costs_what_ninety_dumps_do() {
    // 1,049.10, 124.83 + 11.50 + 280.32, an archive 32.40, gateways 65.70, addresses 43.80: 1,607.65.
    let text = include_str!("../../../scenarios/dr-glacier.ron");
    agrees("dr-glacier.ron", text, West::Replica(4), West::Dump, 160_765);
}

#[test]
fn what_stands_by_idly_is_paid_by_those_whose_requests_would_come_to_it() {
    let text = include_str!("../../../scenarios/dr-warm.ron");
    let nobody = ["duration=10m1s", "traffic.visitors.until=1ms"];
    let cost = Records::of(&plan("dr-warm.ron", text, &nobody), 1).document().cost;
    // Reviews, feedback and complaints have three servers 210.24, their database 221.56 and its replica 110.78, two load
    // balancers 32.85 with a health check 1.50 and four addresses 14.60: 591.53, a third each as nobody asks.
    // Of the rest, 954.34, gateways and their addresses are for payments alone, 131.40 + 14.60; a third of 808.34 each.
    let parts: Vec<_> = cost
        .by_service
        .iter()
        .map(|of| (of.service.as_deref().unwrap_or("shared"), of.usd.to_string()))
        .collect();
    let expected = [
        ("orders", "269.45"),
        ("payments", "415.45"),
        ("auth", "269.45"),
        ("reviews", "197.18"),
        ("feedback", "197.18"),
        ("complaints", "197.18"),
        ("shared", "0.00"),
    ];
    assert_eq!(parts, expected.map(|(service, usd)| (service, usd.to_owned())));
}

#[test]
fn a_retrieval_from_an_archive_is_paid_once_by_the_gigabyte_and_if_it_hurries_by_the_request() {
    let text = include_str!("../../../scenarios/dr-glacier.ron");
    let paid = |archive: &str| -> Vec<(String, String)> {
        let archive = format!("alternatives.archive={archive}");
        let set = ["duration=2h", "traffic.visitors.until=1ms", archive.as_str()];
        let cost = Records::of(&plan("dr-glacier.ron", text, &set), 1).document().cost;
        cost.recovery.into_iter().map(|item| (item.what, item.usd.to_string())).collect()
    };
    let line = |what: &str, usd: &str| (what.to_owned(), usd.to_owned());
    // 100 GB at 0.01, 0.03 or 0.02, and a request at 10.00 a thousand.
    assert_eq!(paid("flexible"), [line("reviews-west retrieval", "1.00")]);
    let hurried = [line("reviews-west retrieval", "3.00"), line("reviews-west retrieval requests", "0.01")];
    assert_eq!(paid("expedited"), hurried);
    assert_eq!(paid("deep"), [line("reviews-west retrieval", "2.00")]);
    assert!(paid("at-once").is_empty());
}

#[test]
fn an_outage_costs_its_lost_requests_where_those_have_a_value() {
    let text = include_str!("../../../scenarios/dr-warm.ron");
    let set = ["duration=12m", "faults.east-dark.at=2m", "services.orders.request_value=$0.40"];
    let document = Records::of(&plan("dr-warm.ron", text, &set), 1).document();
    let [orders] = &document.cost.outage[..] else { panic!("{:?}", document.cost.outage) };
    let measured = &document.services[0];
    assert_eq!((&*orders.service, orders.lost), ("orders", measured.requests - measured.good));
    assert!(orders.lost > 0);
    assert_eq!(i128::from(orders.usd().as_nanos()), i128::from(orders.lost) * 400 * MILLI);
    let without = Records::of(&plan("dr-warm.ron", text, &["duration=12m"]), 1).document();
    assert!(without.cost.outage.is_empty());
}
