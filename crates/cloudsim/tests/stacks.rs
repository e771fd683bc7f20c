//! What Terraform makes of a stack, when, and what is not there before; and what happens where no API answers.

mod support;

use cloudsim_records::{CreatedResource, EntityKind, Outcome, Record, Refusal};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::SimTime;
use support::{Records, plan_with, seconds};

const TWO_REGIONS: &str = include_str!("two_regions.ron");

/// The second region's servers and its load balancer are of a stack.
const LATER: &str = r#"stacks=[(name: "west", load_balancers: ["west"], auto_scaling_groups: ["west-web"])]"#;
/// Nothing runs there but a backup.
const EMPTY: &str =
    r#"stacks=[(name: "west", vpcs: ["west"], load_balancers: ["west"], auto_scaling_groups: ["west-web"])]"#;
const BACKUP: &str = r#"databases.orders.backups=[(name: "orders-west", subnet: "sw1", security_groups: ["west-data"], keeps: Logs)]"#;

/// Nobody acts, and there is no replica.
const WAIT: &str = "databases.orders.recovery=Wait";
const ALONE: &str = "databases.orders.replicas=[]";

fn world(set: &[&str], done: &[&str]) -> Plan {
    let done: Vec<String> = done.iter().map(|text| (*text).to_owned()).collect();
    plan_with(TWO_REGIONS, &[&["duration=15m", "traffic.users.rate=2/s"], set].concat(), &done)
}

fn created(records: &Records) -> Vec<(SimTime, CreatedResource)> {
    let of = records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::ResourceCreated(created) => Some((stamped.at, (**created).clone())),
        _ => None,
    });
    of.collect()
}

/// When a resource was there.
fn made(records: &Records, address: &str) -> f64 {
    let all = created(records);
    seconds(all.iter().find(|(_, of)| of.address == address).expect("it is made").0)
}

fn refusals(records: &Records) -> Vec<Option<Refusal>> {
    let of = records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::Intervened(intervention) => Some(intervention.refusal),
        _ => None,
    });
    of.collect()
}

/// Answers for the name lead to the second region.
fn turned(records: &Records) -> Vec<f64> {
    let west = records.entity(EntityKind::LoadBalancer, "west").id;
    records.times(
        |record| matches!(record, Record::DnsRecordChanged { balancer, listed: true, .. } if *balancer == west),
    )
}

#[test]
fn resources_come_after_those_that_they_need_and_no_more_at_once_than_are_allowed() {
    for parallelism in [1, 2, 10] {
        let set = format!("stacks.west.parallelism={parallelism}");
        let plan = world(&["faults=[]", WAIT, ALONE, BACKUP, EMPTY, &set], &["30s: apply stack/west"]);
        let records = Records::of(&plan, 1);
        let all = created(&records);
        let spec = &plan.stacks[0];
        assert_eq!(all.len(), spec.resources.len());
        let times = |place: usize| {
            let address = &spec.resources[place].address;
            let (at, of) = all.iter().find(|(_, of)| of.address == *address).expect("it is made");
            (of.began, *at)
        };
        for (place, resource) in spec.resources.iter().enumerate() {
            let (began, at) = times(place);
            assert!(at > began);
            for need in &resource.needs {
                assert!(
                    times(*need).1 <= began,
                    "{} before {}",
                    resource.address,
                    spec.resources[*need].address
                );
            }
            let at_work =
                (0..spec.resources.len()).map(times).filter(|(from, to)| *from <= began && began < *to);
            assert!(at_work.count() <= parallelism, "{}", resource.address);
        }
        // Terraform plans for 10 to 30 s, a VPC takes up to 15 s, and a load balancer 135 to 187 s.
        let longest = made(&records, "aws_lb.west");
        let others = if parallelism == 10 { 15.0 } else { 120.0 };
        assert!((30.0 + 10.0 + 135.0..30.0 + 30.0 + 187.0 + 15.0 + others).contains(&longest), "{longest}");
    }
}

#[test]
fn what_a_stack_makes_is_not_there_before_and_costs_nothing() {
    let plan = world(&[LATER], &[]);
    let records = Records::of(&plan, 1);
    assert!(turned(&records).is_empty(), "there is no record that leads to the second region");
    let started = records.started();
    assert!(!started.entities.iter().any(|of| of.name.starts_with("west-server")));
    let bill = |plan: &Plan| {
        let document = Records::of(plan, 1).document();
        document.cost.items.iter().map(|item| item.what.clone()).collect::<Vec<_>>()
    };
    let (without, with) = (bill(&plan), bill(&world(&[], &[])));
    for what in ["west", "west-web instances (m5.large)"] {
        assert!(
            !without.iter().any(|of| of == what) && with.iter().any(|of| of == what),
            "{what}: {without:?} {with:?}"
        );
    }
}

#[test]
fn a_name_leads_to_what_was_made_once_its_record_is() {
    // Another region than that of the records is dark.
    let dark = r#"faults=[RegionPowerLoss(name: "dark", region: "us-east-1", at: "60s")]"#;
    let names = [("us-east-1", "eu-west-1"), ("us-west-2", "eu-central-1")];
    let text = names.iter().fold(TWO_REGIONS.to_owned(), |text, (one, other)| text.replace(one, other));
    let set = ["duration=15m", "traffic.users.rate=2/s", LATER, &dark.replace("us-east-1", "eu-west-1")];
    let plan = plan_with(&text, &set, &["3m: apply stack/west".to_owned()]);
    let records = Records::of(&plan, 1);
    let record = made(&records, "aws_route53_record.www-west");
    assert_eq!(turned(&records), [record]);
    let lb = made(&records, "aws_lb.west");
    assert!((0.0..=60.0).contains(&(record - lb)), "{record} {lb}");
    let good = |from: f64, to: f64| {
        let ends = records.0.iter().filter_map(|stamped| match &stamped.record {
            Record::RequestFinished(of) => Some(of),
            _ => None,
        });
        let within =
            ends.filter(|of| (from..to).contains(&seconds(of.arrived)) && of.outcome != Outcome::Unfinished);
        let outcomes: Vec<bool> = within.map(|of| of.outcome == Outcome::Ok).collect();
        (outcomes.iter().filter(|ok| **ok).count(), outcomes.len())
    };
    let (before, _) = good(70.0, record - 10.0);
    assert_eq!(before, 0, "nobody is served before");
    // Reads come back; writes wait for a promotion. Some resolvers keep old answers.
    let (after, all) = good(record + 70.0, 890.0);
    assert!(after * 10 > all * 4, "{after} of {all}");
}

#[test]
fn no_record_is_made_while_the_region_of_records_is_silent() {
    let faults = r#"faults=[ControlPlaneLoss(name: "silent", region: "us-east-1", at: "60s", lasts: "8m")]"#;
    let records = Records::of(&world(&[LATER, faults], &["2m: apply stack/west", "7m: apply stack/west"]), 1);
    assert!(made(&records, "aws_lb.west") < 540.0, "its own region answers");
    let record = made(&records, "aws_route53_record.www-west");
    assert!((540.0..=600.0).contains(&record), "{record}");
    assert_eq!(refusals(&records), [None, None], "what waits can be applied again");
}

#[test]
fn two_applies_of_a_stack_lock_each_other_out() {
    let records = Records::of(&world(&[LATER], &["30s: apply stack/west", "90s: apply stack/west"]), 1);
    assert_eq!(refusals(&records), [None, Some(Refusal::StateLocked)]);
}

#[test]
fn a_backup_is_restored_once_its_vpc_is_there() {
    let set = [WAIT, ALONE, BACKUP, EMPTY, "duration=60m"];
    let done = ["3m: restore backup/orders-west", "4m: apply stack/west", "10m: restore backup/orders-west"];
    let records = Records::of(&world(&set, &done), 1);
    assert_eq!(refusals(&records), [Some(Refusal::NotThere), None, None]);
    let restored = records.entity(EntityKind::DatabaseInstance, "orders-west").id;
    let point = records.0.iter().find_map(|stamped| match &stamped.record {
        Record::RecoveryPointChosen(point) => Some(point),
        _ => None,
    });
    assert_eq!(point.expect("it is restored").to, restored);
}

#[test]
fn people_lead_a_name_elsewhere_only_while_records_can_be_changed() {
    let faults = r#"faults=[ControlPlaneLoss(name: "silent", region: "us-east-1", at: "3m", lasts: "5m")]"#;
    let done = ["1m: point record/www west", "4m: point record/www east", "9m: point record/www east"];
    let records = Records::of(&world(&[faults], &done), 1);
    assert_eq!(refusals(&records), [None, Some(Refusal::ControlPlaneSilent), None]);
    let [west] = turned(&records)[..] else { panic!("it is led there once") };
    assert!((60.0..=120.0).contains(&west), "{west}");
}

#[test]
fn nothing_is_launched_where_no_api_answers_and_what_runs_goes_on() {
    let faults = r#"faults=[ControlPlaneLoss(name: "silent", region: "us-west-2", at: "60s", lasts: "5m")]"#;
    let set = [faults, "auto_scaling_groups.west-web.desired=2"];
    let records = Records::of(&world(&set, &["2m: scale group/west-web 4", "7m: scale group/west-web 4"]), 1);
    assert_eq!(refusals(&records), [Some(Refusal::ControlPlaneSilent), None]);
    let document = records.document();
    assert!(document.services.iter().all(|service| service.outages.is_empty()));
}
