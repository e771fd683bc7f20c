//! Whose the bill is, and what an incident costs beside it.

use crate::document::{Cost, OutageCost, ServiceCost, ServiceMeasures};
use cloudsim_records::{BillItem, RunStarted};
use cloudsim_units::NanoUsd;

/// The bill, if one was drawn, and what was paid once, and what the requests that the services lost were worth.
pub(crate) fn cost(
    run: &RunStarted,
    bill: Option<&[BillItem]>,
    paid_once: &[BillItem],
    services: &[ServiceMeasures],
) -> Cost {
    let value = |service: &ServiceMeasures| {
        let info = run.services.iter().find(|info| info.name == service.name)?;
        let (lost, value) = (service.requests - service.good, info.request_value?);
        Some(OutageCost { service: service.name.clone(), lost, value })
    };
    Cost {
        items: bill.unwrap_or_default().to_vec(),
        by_service: bill.map_or_else(Vec::new, |items| by_service(run, items)),
        recovery: paid_once.to_vec(),
        outage: services.iter().filter_map(value).collect(),
        prices: run.prices.clone(),
    }
}

/// Each line is divided among its users to the nano-dollar, so that the parts add up to the bill.
fn by_service(run: &RunStarted, items: &[BillItem]) -> Vec<ServiceCost> {
    let mut sums = vec![NanoUsd::ZERO; run.services.len()];
    let mut shared = NanoUsd::ZERO;
    for item in items {
        let weights: Vec<u64> = item.users.iter().map(|share| share.weight).collect();
        if weights.is_empty() {
            shared += item.usd;
        }
        for (share, part) in item.users.iter().zip(item.usd.split(&weights)) {
            match share.service {
                Some(service) => sums[service as usize] += part,
                None => shared += part,
            }
        }
    }
    let asked = run.services.iter().zip(sums).filter(|(info, _)| info.workload.is_none());
    let own = asked.map(|(info, usd)| ServiceCost { service: Some(info.name.clone()), usd });
    own.chain([ServiceCost { service: None, usd: shared }]).collect()
}

#[cfg(test)]
mod tests {
    use crate::document::RunDocument;
    use crate::story::Story;
    use cloudsim_records::{BillItem, BillShare, Record};
    use cloudsim_units::{NanoUsd, SimTime};

    fn item(nanos: i64, users: &[(Option<u32>, u64)]) -> BillItem {
        let users = users.iter().map(|(service, weight)| BillShare { service: *service, weight: *weight });
        let usd = NanoUsd::from_nanos(nanos);
        BillItem { what: "thing".into(), quantity_milli: 1, unit: "h".into(), usd, users: users.collect() }
    }

    fn by_service(document: &RunDocument) -> Vec<(Option<&str>, i64)> {
        let all = document.cost.by_service.iter();
        all.map(|of| (of.service.as_deref(), of.usd.as_nanos())).collect()
    }

    #[test]
    fn each_line_is_divided_among_its_users_and_the_parts_are_the_bill() {
        let mut story = Story::new(60);
        // Of 100, 66⅔ and 33⅓, of which the first lost more; of 7, two sevenths are of no service; 5 are nobody's.
        let bill =
            vec![item(100, &[(Some(0), 2), (Some(1), 1)]), item(7, &[(None, 2), (Some(1), 5)]), item(5, &[])];
        story.at(SimTime::from_secs(60), Record::BillDrawn(Box::new(bill)));
        let document = story.measure();
        assert_eq!(by_service(&document), [(Some("web"), 67), (Some("checkout"), 38), (None, 7)]);
        assert_eq!(document.cost.monthly().as_nanos(), 112);
    }

    #[test]
    fn lost_requests_cost_what_they_are_worth_and_others_nothing() {
        let mut story = Story::new(60);
        story.request_value(1, NanoUsd::parse("$0.40").expect("money"));
        // Each fifth of 50 × 10 requests of checkout is lost, 100 × 0.40; those of the web have no value.
        story.traffic(0, 0..50, 10, |_, _| true);
        story.traffic(1, 0..50, 10, |_, number| number.is_multiple_of(5));
        let cost = story.measure().cost;
        let lines: Vec<_> =
            cost.outage.iter().map(|of| (&*of.service, of.lost, of.usd().to_string())).collect();
        assert_eq!(lines, [("checkout", 100, "40.00".to_owned())]);
        assert_eq!(cost.lost().to_string(), "40.00");
    }

    #[test]
    fn a_retrieval_is_no_part_of_a_month() {
        let mut story = Story::new(60);
        story.at(SimTime::from_secs(60), Record::PaidOnce(Box::new(vec![item(9, &[])])));
        let cost = story.measure().cost;
        assert_eq!((cost.monthly(), cost.once().as_nanos()), (NanoUsd::ZERO, 9));
    }
}
