//! What does not stand in lines as it is declared.

use super::{Index, used};
use crate::field::{Field, Fields, Object, about_it};
use crate::{
    BillItem, Cause, ClientInfo, Decimal, EntityId, EntityInfo, EntityKind, Expectation, HOPS_MAX, LineError,
    Needs, NeedsBy, ObjectiveInfo, ObjectiveKind, Outcome, RequestFinished, ServiceInfo, WorkloadInfo,
};
use cloudsim_units::{NanoUsd, Ratio, SimDuration, SimTime};
use serde_json::{Value, json};

/// Its own number is no name.
impl Fields for EntityInfo {
    fn put(&self, index: &Index, line: &mut Object) {
        self.id.0.put("id", index, line);
        self.kind.put("entity", index, line);
        self.name.put("name", index, line);
        self.zone.put("zone", index, line);
        self.parent.put("parent", index, line);
    }

    fn take(index: &Index, line: &Object) -> Result<Self, LineError> {
        Ok(Self {
            id: EntityId(Field::take("id", index, line)?),
            kind: Field::take("entity", index, line)?,
            name: Field::take("name", index, line)?,
            zone: Field::take("zone", index, line)?,
            parent: Field::take("parent", index, line)?,
        })
    }

    fn describe(fields: &mut Object) {
        u32::describe(
            "id",
            "Its number: that of its place among the entities, if it was there at the start.",
            fields,
        );
        EntityKind::describe("entity", "What it is.", fields);
        String::describe("name", "Its name, unique within its kind.", fields);
        <Option<EntityId>>::describe("zone", "The zone it lives in, if in one.", fields);
        <Option<EntityId>>::describe("parent", "What it is part of.", fields);
    }
}

impl Fields for ServiceInfo {
    fn put(&self, index: &Index, line: &mut Object) {
        let names = index.names();
        self.name.put("name", index, line);
        let classes: Vec<&str> = self.classes.iter().map(|class| names.class(*class)).collect();
        line.insert("classes".into(), classes.into());
        self.threshold.put("threshold", index, line);
        self.stable_for.put("stable_for", index, line);
        let depends_on: Vec<&str> = self.depends_on.iter().map(|id| names.name(*id)).collect();
        line.insert("depends_on".into(), depends_on.into());
        if !self.depends_on.iter().all(|id| index.leads_to("depends_on", *id)) {
            line.insert("depends_on_ids".into(), self.depends_on.iter().map(|id| id.0).collect());
        }
        self.budget.put("budget", index, line);
        self.request_value.put("request_value", index, line);
        line.insert("workload".into(), self.workload.map_or(Value::Null, |of| workload(of, index)));
        self.clients.put("clients", index, line);
    }

    fn take(index: &Index, line: &Object) -> Result<Self, LineError> {
        let classes: Vec<String> = Field::take("classes", index, line)?;
        let class = |name: &String| {
            index.names().class_called(name).ok_or_else(|| LineError::unnamed("classes", name))
        };
        let depends_on = if line.contains_key("depends_on_ids") {
            <Vec<u32>>::take("depends_on_ids", index, line)?.into_iter().map(EntityId).collect()
        } else {
            let names: Vec<String> = Field::take("depends_on", index, line)?;
            let found = names.iter().map(|name| {
                index.find("depends_on", name).ok_or_else(|| LineError::unnamed("depends_on", name))
            });
            found.collect::<Result<_, _>>()?
        };
        Ok(Self {
            name: Field::take("name", index, line)?,
            classes: classes.iter().map(class).collect::<Result<_, _>>()?,
            threshold: Field::take("threshold", index, line)?,
            stable_for: Field::take("stable_for", index, line)?,
            depends_on,
            budget: Field::take("budget", index, line)?,
            clients: Field::take("clients", index, line)?,
            workload: match line.get("workload").and_then(Value::as_object) {
                Some(of) => Some(workload_of(index, of)?),
                None => None,
            },
            request_value: Field::take("request_value", index, line)?,
        })
    }

    fn describe(fields: &mut Object) {
        String::describe("name", "Its name.", fields);
        <Vec<String>>::describe("classes", "The classes of requests that it is measured by.", fields);
        Ratio::describe("threshold", "Below this share of good requests it is degraded.", fields);
        SimDuration::describe("stable_for", "How long it must stay good to count as restored.", fields);
        <Vec<String>>::describe("depends_on", "What its requests go through.", fields);
        <Vec<u32>>::describe(
            "depends_on_ids",
            "Which those are, by `id`, where several have such a name.",
            fields,
        );
        Ratio::describe("budget", "The share of requests that may fail.", fields);
        <Option<NanoUsd>>::describe(
            "request_value",
            "What a request of its is worth, if the scenario says so.",
            fields,
        );
        let mut of = Object::new();
        <Option<u32>>::describe(
            "needs",
            "With fewer ready pods it is down; null for as many as are wanted.",
            &mut of,
        );
        <Option<NeedsBy>>::describe("by", "Who says so.", &mut of);
        EntityId::describe("workload", "The workload.", &mut of);
        let mut of = crate::field::closed(of);
        of["type"] = json!(["object", "null"]);
        fields.insert("workload".into(), about_it(of, "What it is measured by if it is a workload."));
        <Vec<ClientInfo>>::describe(
            "clients",
            "The clients that send its requests, in the order of its classes.",
            fields,
        );
    }
}

fn workload(of: WorkloadInfo, index: &Index) -> Value {
    let mut object = Object::new();
    of.needs.map(|needs| needs.pods).put("needs", index, &mut object);
    of.needs.map(|needs| needs.by).put("by", index, &mut object);
    of.workload.put("workload", index, &mut object);
    object.into()
}

fn workload_of(index: &Index, of: &Object) -> Result<WorkloadInfo, LineError> {
    let pods: Option<u32> = Field::take("needs", index, of)?;
    let by: Option<NeedsBy> = Field::take("by", index, of)?;
    let needs = pods.zip(by).map(|(pods, by)| Needs { pods, by });
    Ok(WorkloadInfo { workload: Field::take("workload", index, of)?, needs })
}

/// Which objective it is says which key its limit has.
impl Fields for ObjectiveInfo {
    fn put(&self, index: &Index, line: &mut Object) {
        let (kind, subject) = match &self.kind {
            ObjectiveKind::Rto { service, .. } => ("Rto", Some(service)),
            ObjectiveKind::Rpo { database, .. } => ("Rpo", Some(database)),
            ObjectiveKind::Availability { service, .. } => ("Availability", Some(service)),
            ObjectiveKind::Latency { service, .. } => ("Latency", Some(service)),
            ObjectiveKind::MonthlyCost { .. } => ("MonthlyCost", None),
        };
        self.name.put("name", index, line);
        line.insert("objective".into(), kind.into());
        subject.cloned().put("subject", index, line);
        match &self.kind {
            ObjectiveKind::Latency { percentile, at_most, .. } => {
                line.insert("percentile".into(), Decimal::trimmed((*percentile).into(), 3).to_json());
                at_most.put("at_most", index, line);
            }
            ObjectiveKind::Rto { at_most, .. } | ObjectiveKind::Rpo { at_most, .. } => {
                at_most.put("at_most", index, line);
            }
            ObjectiveKind::Availability { at_least, .. } => at_least.put("at_least", index, line),
            ObjectiveKind::MonthlyCost { at_most } => at_most.put("at_most", index, line),
        }
        self.expect.put("expect", index, line);
    }

    fn take(index: &Index, line: &Object) -> Result<Self, LineError> {
        let kind: String = Field::take("objective", index, line)?;
        let subject = || String::take("subject", index, line);
        let kind = match kind.as_str() {
            "Rto" => {
                ObjectiveKind::Rto { service: subject()?, at_most: Field::take("at_most", index, line)? }
            }
            "Rpo" => {
                ObjectiveKind::Rpo { database: subject()?, at_most: Field::take("at_most", index, line)? }
            }
            "Availability" => ObjectiveKind::Availability {
                service: subject()?,
                at_least: Field::take("at_least", index, line)?,
            },
            "Latency" => ObjectiveKind::Latency {
                service: subject()?,
                percentile: thousandths("percentile", line)?,
                at_most: Field::take("at_most", index, line)?,
            },
            "MonthlyCost" => ObjectiveKind::MonthlyCost { at_most: Field::take("at_most", index, line)? },
            _ => return Err(LineError::new("`objective` is none that there is".to_owned())),
        };
        Ok(Self {
            name: Field::take("name", index, line)?,
            kind,
            expect: Field::take("expect", index, line)?,
        })
    }

    fn describe(fields: &mut Object) {
        String::describe("name", "Its name.", fields);
        let kinds =
            json!({ "type": "string", "enum": ["Rto", "Rpo", "Availability", "Latency", "MonthlyCost"] });
        fields.insert("objective".into(), about_it(kinds, "What it asks for."));
        <Option<String>>::describe("subject", "The service or the database; null of a cost.", fields);
        Expectation::describe("expect", "Whether it should hold.", fields);
        let limits = [
            ("percentile", "Of a latency: which percentile, from 0 to 100."),
            ("at_most_s", "Of a time, in seconds: no more."),
            ("at_least", "Of an availability: a share, no less."),
            ("at_most_usd", "Of a cost of a month, in dollars: no more."),
        ];
        for (key, about) in limits {
            fields.insert(key.into(), json!({ "type": "number", "description": about }));
        }
    }
}

/// A number with up to three decimals, in thousandths.
fn thousandths<T: TryFrom<i128>>(key: &str, line: &Object) -> Result<T, LineError> {
    let number = line.get(key).and_then(Value::as_number).and_then(|of| Decimal::units(&of.to_string(), 3));
    number
        .and_then(|of| of.try_into().ok())
        .ok_or_else(|| LineError::new(format!("`{key}` is no such number")))
}

impl Fields for BillItem {
    fn put(&self, index: &Index, line: &mut Object) {
        self.what.put("what", index, line);
        line.insert("quantity".into(), Decimal::trimmed(self.quantity_milli.into(), 3).to_json());
        self.unit.put("unit", index, line);
        line.insert("usd".into(), Decimal::dollars(self.usd).to_json());
        self.users.put("users", index, line);
    }

    fn take(index: &Index, line: &Object) -> Result<Self, LineError> {
        let usd = line.get("usd").and_then(|usd| NanoUsd::of(index, usd));
        Ok(Self {
            what: Field::take("what", index, line)?,
            quantity_milli: thousandths("quantity", line)?,
            unit: Field::take("unit", index, line)?,
            usd: usd.ok_or_else(|| LineError::new("`usd` is no amount".to_owned()))?,
            users: Field::take("users", index, line)?,
        })
    }

    fn describe(fields: &mut Object) {
        String::describe("what", "What is paid for: `nat_gateways hours`.", fields);
        let number = json!({ "type": "number" });
        fields.insert("quantity".into(), about_it(number, "How much of it."));
        String::describe("unit", "The unit: `h`, `GB`, `LCU-h`.", fields);
        fields.insert("usd".into(), about_it(NanoUsd::schema(), "The price of it all."));
        <Vec<crate::BillShare>>::describe(
            "users",
            "Who uses it; empty if nobody in particular does.",
            fields,
        );
    }
}

impl Fields for Vec<BillItem> {
    fn put(&self, index: &Index, line: &mut Object) {
        Field::put(self, "items", index, line);
    }

    fn take(index: &Index, line: &Object) -> Result<Self, LineError> {
        Field::take("items", index, line)
    }

    fn describe(fields: &mut Object) {
        <Self as Field>::describe("items", "The lines of the bill.", fields);
    }
}

/// As [`super::JsonLines::write`] writes it without an object.
impl Fields for RequestFinished {
    fn put(&self, index: &Index, line: &mut Object) {
        self.request.put("request", index, line);
        line.insert("class".into(), index.names().class(self.class).into());
        self.arrived.put("arrived", index, line);
        self.outcome.put("outcome", index, line);
        self.code.put("code", index, line);
        self.cause.put("cause", index, line);
        self.zone.put("zone", index, line);
        self.tries.put("tries", index, line);
        let hops = used(&self.hops);
        let name = |hop: &Option<EntityId>| hop.map_or(Value::Null, |id| index.names().name(id).into());
        line.insert("hops".into(), hops.iter().map(name).collect());
        if !index.all_lead_to_hops(hops) {
            let id = |hop: &Option<EntityId>| hop.map_or(Value::Null, |id| id.0.into());
            line.insert("hops_ids".into(), hops.iter().map(id).collect());
        }
    }

    fn take(index: &Index, line: &Object) -> Result<Self, LineError> {
        let class: String = Field::take("class", index, line)?;
        let by_number = line.contains_key("hops_ids");
        let key = if by_number { "hops_ids" } else { "hops" };
        let listed = line.get(key).and_then(Value::as_array).filter(|hops| hops.len() <= HOPS_MAX);
        let mut hops = [None; HOPS_MAX];
        let listed = listed.ok_or_else(|| LineError::new(format!("`{key}` is no path")))?;
        for (hop, told) in hops.iter_mut().zip(listed) {
            *hop = match told {
                Value::Null => None,
                Value::String(name) if !by_number => {
                    Some(index.find("hops", name).ok_or_else(|| LineError::unnamed("hops", name))?)
                }
                told => Some(
                    EntityId::of(index, told).ok_or_else(|| LineError::new(format!("`{key}` is no path")))?,
                ),
            };
        }
        Ok(Self {
            request: Field::take("request", index, line)?,
            class: index.names().class_called(&class).ok_or_else(|| LineError::unnamed("class", &class))?,
            arrived: Field::take("arrived", index, line)?,
            outcome: Field::take("outcome", index, line)?,
            code: Field::take("code", index, line)?,
            cause: Field::take("cause", index, line)?,
            zone: Field::take("zone", index, line)?,
            tries: Field::take("tries", index, line)?,
            hops,
        })
    }

    fn describe(fields: &mut Object) {
        u64::describe("request", "Its number, counted from 0 by arrival over all traffic.", fields);
        String::describe("class", "Its class.", fields);
        SimTime::describe("arrived", "When the client first wanted it.", fields);
        Outcome::describe("outcome", "How it ended.", fields);
        u16::describe("code", "The status of the last answer; 0 if there was none.", fields);
        Cause::describe("cause", "Why the last try failed; None if it did not.", fields);
        <Option<EntityId>>::describe("zone", "The zone of what made the last try fail.", fields);
        u8::describe("tries", "How many tries the client made.", fields);
        let about = "What the last try went through, in order: balancer node, server, …";
        <Vec<Option<String>>>::describe("hops", about, fields);
        <Vec<Option<u32>>>::describe(
            "hops_ids",
            "Which those are, by `id`, where several have such a name.",
            fields,
        );
    }
}
