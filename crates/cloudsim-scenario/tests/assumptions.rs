//! What a scenario may assume instead of what models assume.

use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{LayerAssumption, MemoryFiles, Overrides, Problems, assumptions, load};
use cloudsim_units::Assumed;

fn with(set: &[String]) -> Result<Plan, Problems> {
    let overrides = Overrides { set: set.to_vec(), ..Overrides::default() };
    load(&MemoryFiles::default(), "az-a-outage", &overrides).map(|loaded| loaded.plan)
}

fn at(of: &LayerAssumption, value: &str) -> f64 {
    let plan =
        with(&[format!("{}={value}", of.path())]).unwrap_or_else(|found| panic!("{}: {found:?}", of.path()));
    amount(plan.assumptions.value(of))
}

#[expect(clippy::cast_precision_loss, reason = "amounts are only put in order")]
fn amount(value: Assumed) -> f64 {
    match value {
        Assumed::Span(span) => span.as_secs_f64(),
        Assumed::Distribution(of) => of.mean().as_secs_f64(),
        Assumed::Size(size) => size.0 as f64,
        Assumed::Count(count) => count as f64,
        Assumed::Share(share) => share.as_billionths() as f64,
    }
}

#[test]
fn each_default_lies_between_its_ends_which_a_scenario_can_take() {
    let base = with(&[]).expect("it is shipped");
    for of in assumptions() {
        let [low, default, high] =
            [at(&of, of.of.low), amount(base.assumptions.value(&of)), at(&of, of.of.high)];
        assert!(low < default && default < high, "{}: {low} {default} {high}", of.path());
    }
}

#[test]
fn each_says_what_it_is_and_why_these_ends() {
    let all: Vec<LayerAssumption> = assumptions().collect();
    assert!(all.len() > 60, "{}", all.len());
    for of in all {
        let why = of.of.why.trim();
        assert!(why.contains(": ") && why.ends_with('.'), "{}: {why}", of.path());
    }
}

#[test]
fn what_is_assumed_does_not_beat_what_a_thing_says_itself() {
    let assumed = "assumptions.rds.workers=3".to_owned();
    let plan = with(std::slice::from_ref(&assumed)).expect("it can be assumed");
    let own = with(&[assumed, "databases.orders.workers=5".to_owned()]).expect("it can be said");
    assert_eq!(plan.assumptions.rds.workers, 3);
    assert_eq!(own.databases[0].workers, 5);
}

#[test]
fn a_name_that_nobody_assumes_and_a_value_of_another_kind_are_told() {
    let told = |set: &str| {
        let found = with(&[set.to_owned()]).expect_err(set);
        let [problem] = &found.problems[..] else { panic!("{found:?}") };
        (problem.message.clone(), problem.hint.clone().unwrap_or_default())
    };
    assert_eq!(
        told("assumptions.rds.dns_changes=1s"),
        ("unknown field `dns_changes`".to_owned(), "did you mean `dns_change`?".to_owned())
    );
    assert_eq!(told("assumptions.kube.watch=soon").0, "`soon` is not a duration");
    assert_eq!(told("assumptions.kube.watch=0s").0, "0s is below the least, 10us");
    assert_eq!(told("assumptions.rds.workers=many").0, "expected a whole number, found the text `many`");
}
