//! Levers: what each setting that owns a phase of an outage would do at its other documented values.

use super::plan_of;
use crate::args::ScenarioArgs;
use crate::interrupt::Interrupt;
use crate::runner::{self, RunError};
use cloudsim_measures::{Outage, RunDocument};
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
                .services
                .iter()
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
            let ran = runner::run(plan, scenario.until, None, interrupt).await?;
            if interrupt.happened() {
                return Ok(());
            }
            tried.push((setting.path.clone(), alternative.clone(), ran.document));
        }
    }
    for service in 0..document.services.len() {
        for outage in 0..document.services[service].outages.len() {
            let fault = document.services[service].outages[outage].fault.clone();
            for phase in 0..document.services[service].outages[outage].phases.len() {
                let owner = document.services[service].outages[outage].phases[phase].setting.clone();
                let best = tried
                    .iter()
                    .filter(|(path, _, _)| Some(path) == owner.as_ref())
                    .map(|(_, value, other)| {
                        (rto_of(&other.services[service].outages, fault.as_deref()), value)
                    })
                    .min_by_key(|(rto, _)| rto.map_or(SimDuration::MAX, |rto| rto));
                let now = document.services[service].outages[outage].rto().unwrap_or(SimDuration::MAX);
                // A lever that shortens nothing is none.
                if let Some((rto, value)) = best.filter(|(rto, _)| rto.is_some_and(|rto| rto < now)) {
                    document.set_lever(service, outage, phase, value.clone(), rto);
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
