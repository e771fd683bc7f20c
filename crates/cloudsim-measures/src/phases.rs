//! The phases of outages: what ends each, by which rule of the model.

/// What a phase of that name waits for, as a whole sentence; empty of a name that no phase has.
#[must_use]
pub fn rule(phase: &str) -> &'static str {
    of_servers(phase).or_else(|| of_people(phase)).or_else(|| of_clusters(phase)).unwrap_or_default()
}

fn of_servers(phase: &str) -> Option<&'static str> {
    Some(match phase {
        "detect" => {
            "Whoever watches has seen enough checks in a row that fail, or pass again, or so long a silence."
        }
        "recover" => "Redo is replayed since the last checkpoint, or a backup is restored.",
        "retrieve" => "An archive hands out a backup after the time of its class and tier.",
        "promote" => "The new writer opens for writes.",
        "dns" => "A name is changed, and answered with what it leads to now.",
        "reconnect" => "A server finds its database again once it asks for the name anew.",
        "replace" => "The Auto Scaling group looks at its instances, and asks for others.",
        "launch" => "EC2 finds a host and boots it.",
        "start" => "The process of an instance starts, or the containers of a pod do.",
        "in service" => "A load balancer's node sends requests after so many good checks in a row.",
        "apply" => "Terraform makes what is missing, each resource after those that it needs.",
        "quota" => "AWS answers a request for a larger quota.",
        "image" => "A machine image comes to a region, or a pod's is pulled again, later each time.",
        "secret" => "Somebody sets a secret in a region.",
        "no quota" | "no capacity" | "no image" => "A launch is refused, and tried again later.",
        "no start" => "What was launched does not start, and is replaced.",
        "ports" => "A NAT gateway has a port left once connections have ended.",
        "fault" => "What broke is whole again when its fault ends.",
        "repair" => "What a fault broke works again once that is over.",
        "drain" => {
            "Requests that were caught before run out of tries, no longer than their client's timeout."
        }
        "ttl" => "Resolvers keep an answer for its TTL, and some longer.",
        "overload" => {
            "Servers that are there have no room for more requests: they are too few, or too small."
        }
        "degraded" => "Nothing in the records explains it.",
        "confirm" => "The first second with enough good answers begins.",
        "unstable" => "It was good for less than `stable_for` when another fault struck.",
        _ => return None,
    })
}

fn of_people(phase: &str) -> Option<&'static str> {
    Some(match phase {
        "notice" => "Somebody is told, and looks at what has happened.",
        "decide" => "It is decided what is done.",
        "act" => "A step of a runbook is done.",
        "in vain" => "A step of a runbook was refused, or has not come about within its time.",
        "operator" => "A person does it.",
        "scale" => "Another number of pods is wanted.",
        _ => return None,
    })
}

fn of_clusters(phase: &str) -> Option<&'static str> {
    Some(match phase {
        "mark" => "The controllers mark the pods of a node as not ready, at a limited rate.",
        "deregister" => "A pod is taken from the target group that it is a target of.",
        "unlist" => "The endpoint slices lead to a pod no longer.",
        "sync" => "kube-proxies write what the endpoint slices say into the rules of their nodes.",
        "control plane" => "No API server answers until etcd has a quorum and one of them is up.",
        "leader" => "Another replica of the controllers takes the lease once that has run out.",
        "taint" => "The node lifecycle controller gives a node up, at the rate of its zone.",
        "tolerate" => "Pods stay for as long as they tolerate the taint.",
        "create" => "The workload's controller makes another pod.",
        "halted" => "The cluster autoscaler stands still while too many nodes are unready.",
        "scan" => "The cluster autoscaler looks at its cluster once in an interval.",
        "backoff" => "A group or an offering that failed is left alone for a while.",
        "batch" => "Karpenter collects pods until no more come for a while.",
        "claim" => "Karpenter has EC2 launch an instance for a claim.",
        "collect" => {
            "A node goes with its instance; then the garbage collector takes the pods that were on it."
        }
        "leave" => "Somebody, or something, wants the pod to go.",
        "terminate" => "The pod before it has to be gone first.",
        "detach" => "A volume leaves the node that had it.",
        "attach" => "A volume is attached and mounted.",
        "join" => "A node registers with the API and is ready.",
        "unschedulable" => "No node has room for the pod, or its constraints keep it from those that have.",
        "schedule" => "The scheduler finds the pod a node.",
        "initialise" => "Init containers run one after the other.",
        "pull" => "Images are pulled, by their size and the node's bandwidth.",
        "ready" => "The readiness probe passes.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::rule;

    /// The page about measures has a row for one or several phases, with what ends each.
    #[test]
    fn every_phase_of_the_page_has_a_rule() {
        let page = include_str!("../../../docs/measures.md");
        let table = page.split_once("| Phase | Ends when |").expect("a table of phases").1;
        let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        let names: Vec<&str> = rows
            .filter_map(|row| row.split('|').nth(1))
            .flat_map(|names| names.split(','))
            .map(str::trim)
            .collect();
        assert!(names.len() > 40, "{names:?}");
        for name in names {
            assert!(!rule(name).is_empty(), "{name}");
        }
        assert_eq!(rule("nothing"), "");
    }
}
