//! What had to hold, against what was measured.

use crate::document::{DatabaseMeasures, ObjectiveMeasure, Quantity, ServiceMeasures, TableMeasures};
use crate::measures::or_never;
use crate::tally::Tally;
use cloudsim_records::{BillItem, ObjectiveInfo, ObjectiveKind};
use cloudsim_units::{Ratio, SimDuration};

const WHOLE: u64 = Ratio::ONE.as_billionths();

/// All that objectives are judged by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged<'a> {
    pub(crate) services: &'a [ServiceMeasures],
    /// In the order of the services.
    pub(crate) tallies: &'a [Tally],
    pub(crate) databases: &'a [DatabaseMeasures],
    pub(crate) tables: &'a [TableMeasures],
    pub(crate) bill: Option<&'a [BillItem]>,
}

/// A comparison: what was measured, whether it is within the limit, whether there was anything to measure.
struct Finding {
    actual: Option<Quantity>,
    met: bool,
    conclusive: bool,
}

impl Judged<'_> {
    pub(crate) fn measure(&self, info: &ObjectiveInfo) -> ObjectiveMeasure {
        let (kind, label, subject, target, found) = match &info.kind {
            ObjectiveKind::Rto { service, at_most } => (
                "Rto",
                "RTO".to_owned(),
                service.as_str(),
                Quantity::Time(*at_most),
                self.rto(service, *at_most),
            ),
            ObjectiveKind::Rpo { database, at_most } => (
                "Rpo",
                "RPO".to_owned(),
                database.as_str(),
                Quantity::Time(*at_most),
                self.rpo(database, *at_most),
            ),
            ObjectiveKind::Availability { service, at_least } => {
                let target = Quantity::Share { part: at_least.as_billionths(), whole: WHOLE };
                let found = self.availability(service, *at_least);
                ("Availability", "availability".to_owned(), service.as_str(), target, found)
            }
            ObjectiveKind::Latency { service, percentile, at_most } => {
                let label = format!("p{}", cloudsim_records::Decimal::trimmed((*percentile).into(), 3));
                let found = self.latency(service, *percentile, *at_most);
                ("Latency", label, service.as_str(), Quantity::Time(*at_most), found)
            }
            ObjectiveKind::MonthlyCost { at_most } => {
                let actual = self.bill.map(|items| items.iter().map(|item| item.usd).sum());
                let found = Finding {
                    actual: actual.map(Quantity::Money),
                    met: actual.is_some_and(|actual| actual <= *at_most),
                    conclusive: actual.is_some(),
                };
                ("MonthlyCost", "cost a month".to_owned(), "bill", Quantity::Money(*at_most), found)
            }
        };
        ObjectiveMeasure {
            name: info.name.clone(),
            kind,
            label,
            subject: subject.to_owned(),
            target,
            actual: found.actual,
            met: found.met,
            expect: info.expect,
            conclusive: found.conclusive,
        }
    }

    fn service(&self, name: &str) -> (&ServiceMeasures, &Tally) {
        let pairs = self.services.iter().zip(self.tallies);
        pairs
            .into_iter()
            .find(|(service, _)| service.name == name)
            .expect("objectives name services that exist")
    }

    /// The longest outage; nothing is measured of one that did not end.
    fn rto(&self, service: &str, at_most: SimDuration) -> Finding {
        let (service, _) = self.service(service);
        let conclusive = service.availability().is_some();
        let longest = match service.longest_outage() {
            None => Some(SimDuration::ZERO),
            Some((_, outage)) => outage.rto(),
        };
        let actual = longest.filter(|_| conclusive);
        Finding {
            actual: actual.map(Quantity::Time),
            met: conclusive && or_never(actual) <= at_most && actual.is_some(),
            conclusive,
        }
    }

    fn rpo(&self, database: &str, at_most: SimDuration) -> Finding {
        let stores = self.databases.iter().chain(self.tables.iter().map(|table| &table.data));
        let found = stores.into_iter().find(|of| of.name == database);
        let database = found.expect("objectives name databases and tables that exist");
        if database.undecided {
            return Finding { actual: None, met: false, conclusive: false };
        }
        let actual = database.failovers.iter().map(|failover| failover.rpo).max().unwrap_or_default();
        Finding { actual: Some(Quantity::Time(actual)), met: actual <= at_most, conclusive: true }
    }

    fn availability(&self, service: &str, at_least: Ratio) -> Finding {
        let (service, _) = self.service(service);
        let measured = service.availability();
        Finding {
            actual: measured.map(|(part, whole)| Quantity::Share { part, whole }),
            met: measured.is_some_and(|(part, whole)| at_least.is_met_by(part, whole)),
            conclusive: measured.is_some(),
        }
    }

    /// A service that was asked and never answered well has no latency, which is not within any limit.
    fn latency(&self, service: &str, percentile: u32, at_most: SimDuration) -> Finding {
        let (service, tally) = self.service(service);
        let actual = tally.latency.percentile(percentile);
        Finding {
            actual: actual.map(Quantity::Time),
            met: actual.is_some_and(|actual| actual <= at_most),
            conclusive: service.requests > 0,
        }
    }
}
