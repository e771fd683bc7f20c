//! Levers: what each setting that owns a phase of an outage would do at its other documented values.

use super::plan_of;
use crate::args::ScenarioArgs;
use crate::interrupt::Interrupt;
use crate::runner::{self, Also, RunError};
use cloudsim_measures::{Lever, Outage, RunDocument};
use cloudsim_scenario::plan::Setting;
use cloudsim_units::SimDuration;

/// Runs the scenario again for each alternative of each setting that owns a phase, and notes the best on the phase.
pub(crate) async fn pull(
    file: &str,
    scenario: &ScenarioArgs,
    settings: &[Setting],
    document: &mut RunDocument,
    interrupt: &Interrupt,
) -> Result<(), RunError> {
    let owners: Vec<&Setting> = settings
        .iter()
        .filter(|setting| {
            let mut phases = document
                .services_and_workloads()
                .flat_map(|service| &service.outages)
                .flat_map(|outage| &outage.phases);
            phases.any(|phase| phase.setting.as_deref() == Some(setting.path.as_str()))
        })
        .collect();
    let mut tried: Vec<(String, String, RunDocument)> = Vec::new();
    for setting in owners {
        for alternative in &setting.alternatives {
            let mut overrides = scenario.overrides();
            overrides.set.push(format!("{}={alternative}", setting.path));
            // Some alternatives make no sense in some worlds; such a world is refused, and the lever is not there.
            let Ok(plan) = plan_of(file, &overrides) else { continue };
            let ran = runner::run(plan, scenario.until, Also::default(), interrupt).await?;
            if interrupt.happened() {
                return Ok(());
            }
            tried.push((setting.path.clone(), alternative.clone(), ran.document));
        }
    }
    for (place, service) in document.services_and_workloads_mut().enumerate() {
        for outage in &mut service.outages {
            let now = outage.rto().unwrap_or(SimDuration::MAX);
            for phase in &mut outage.phases {
                let of_owner = tried.iter().filter(|(path, _, _)| Some(path) == phase.setting.as_ref());
                let best = of_owner
                    .filter_map(|(_, value, other)| {
                        let other = other.services_and_workloads().nth(place)?;
                        Some((rto_of(&other.outages, outage.fault.as_deref()), value))
                    })
                    .min_by_key(|(rto, _)| rto.map_or(SimDuration::MAX, |rto| rto));
                // A lever that shortens nothing is none.
                if let Some((rto, value)) = best.filter(|(rto, _)| rto.is_some_and(|rto| rto < now)) {
                    phase.lever = Some(Lever { value: value.clone(), rto });
                }
            }
        }
    }
    Ok(())
}

/// The recovery time of the outage that a fault caused: none at all is no time, one that did not end is `None`.
fn rto_of(outages: &[Outage], fault: Option<&str>) -> Option<SimDuration> {
    outages
        .iter()
        .find(|outage| outage.fault.as_deref() == fault)
        .map_or(Some(SimDuration::ZERO), Outage::rto)
}
