//! `--fault zone:a@5m+15m`: a fault in short.

use crate::diagnostics::{Origin, Problem, SourceId, Sources, Span, codes, did_you_mean};
use crate::syntax::{Field, Node, Value, parse_value};

/// The short kinds, what a scenario calls them, and the field of their target.
pub(super) const KINDS: &[(&str, &str, &str)] = &[
    ("zone", "ZonePowerLoss", "zone"),
    ("region", "RegionPowerLoss", "region"),
    ("control-plane", "ControlPlaneLoss", "region"),
    ("partition", "ZonePartition", "zone"),
    ("host", "HostDeath", "instance"),
    ("process", "ProcessDeath", "instance"),
    ("capacity", "InsufficientCapacity", "zone"),
    ("nat", "NatGatewayLoss", "nat_gateway"),
    ("balancer-node", "BalancerNodeLoss", "node"),
    ("endpoint", "EndpointOutage", "endpoint"),
    ("rds", "DatabasePrimaryCrash", "database"),
    ("standby", "DatabaseStandbyLoss", "database"),
    ("replica", "ReplicaLoss", "replica"),
    ("api-server", "ApiServerOutage", "cluster"),
];

const HINT: &str =
    "write `KIND:TARGET@AT[+LASTS]`, as in `zone:a@5m+15m`, or a fault as a scenario writes it";

/// Adds a fault to a scenario.
pub(super) fn add(text: &str, root: &mut Node, sources: &mut Sources) -> Result<(), Problem> {
    let source = sources.add("--fault".into(), text.to_owned(), Origin::Flag("--fault"));
    let whole = Span::new(source, 0, text.len());
    let fault = if text.contains('(') { parse_value(source, text, 0)? } else { short(source, text)? };
    let Some(fields) = root.fields_mut() else { return Ok(()) };
    if !fields.iter().any(|field| field.name == "faults") {
        let value = Node { span: whole, value: Value::List(Vec::new()) };
        fields.push(Field { name: "faults".into(), name_span: whole, value });
    }
    for field in fields.iter_mut().filter(|field| field.name == "faults") {
        if let Value::List(items) = &mut field.value.value {
            items.push(fault);
            break;
        }
    }
    Ok(())
}

fn short(source: SourceId, text: &str) -> Result<Node, Problem> {
    let span = |start, end| Span::new(source, start, end);
    let wrong = |message: &str, place| Problem::error(&codes::FAULT_FLAG, message).at(place).hint(HINT);
    let colon = text.find(':').ok_or_else(|| wrong("not a fault", span(0, text.len())))?;
    let Some((_, variant, target_field)) = KINDS.iter().find(|(kind, _, _)| *kind == &text[..colon]) else {
        let problem = wrong(&format!("no kind of fault `{}`", &text[..colon]), span(0, colon));
        let kinds = KINDS.iter().map(|(kind, _, _)| *kind);
        return Err(problem.hint(did_you_mean(&text[..colon], kinds).unwrap_or_default()));
    };
    let at = text.rfind('@').filter(|at| *at > colon);
    let at = at.ok_or_else(|| wrong("a fault without a time", span(colon + 1, text.len())))?;
    let plus = text[at..].find('+').map(|plus| at + plus);
    let parts = [
        Some((*target_field, colon + 1, at)),
        Some(("at", at + 1, plus.unwrap_or(text.len()))),
        plus.map(|plus| ("lasts", plus + 1, text.len())),
    ];
    let mut fields = Vec::new();
    for (name, start, end) in parts.into_iter().flatten() {
        let place = span(start, end);
        let value = Node { span: place, value: Value::Text(text[start..end].to_owned()) };
        fields.push(Field { name: name.to_owned(), name_span: place, value });
    }
    Ok(Node { span: span(0, text.len()), value: Value::Struct(Some((*variant).to_owned()), fields) })
}
