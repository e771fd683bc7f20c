//! The words of the whole: one row per domain.

use cloudsim_aws::services::{
    auto_scaling_group, dynamodb, ec2_instance, load_balancer, nat_gateway, rds, route53, target_group,
};
use cloudsim_engine::Vocabulary;
use cloudsim_records::Record;
use std::convert::Infallible;

/// The vocabulary of the simulated cloud.
#[derive(Debug)]
pub(crate) struct Root;

macro_rules! words {
    (
        events { $($event:ident($event_type:ty), $event_name:literal;)+ }
        signals { $($signal:ident($signal_type:ty);)+ }
    ) => {
        /// Everything that can be about to happen.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Event {
            $($event($event_type),)+
        }

        impl Event {
            /// The domain it belongs to.
            pub(crate) fn kind(self) -> &'static str {
                match self {
                    $(Self::$event(_) => $event_name,)+
                }
            }
        }

        $(impl From<$event_type> for Event {
            fn from(event: $event_type) -> Self {
                Self::$event(event)
            }
        })+

        /// Everything that one domain tells the others.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Signal {
            $($signal($signal_type),)+
        }

        $(impl From<$signal_type> for Signal {
            fn from(signal: $signal_type) -> Self {
                Self::$signal(signal)
            }
        })+
    };
}

words! {
    events {
        Path(crate::request_path::Event), "request path";
        Fault(crate::faults::Event), "fault";
        Intervention(crate::interventions::Event), "intervention";
        Runbook(crate::runbooks::Event), "runbook";
        Stack(crate::stacks::Event), "stack";
        Quota(crate::quotas::Granted), "quota";
        Image(crate::copies::Made), "machine image";
        Record(crate::dns::Pointed), "DNS record";
        Probe(target_group::Event), "target group";
        Balancer(load_balancer::Event), "load balancer";
        Names(route53::Event), "Route 53";
        Instance(ec2_instance::Event), "EC2 instance";
        Group(auto_scaling_group::Event), "Auto Scaling group";
        Database(rds::Event), "database";
        Table(dynamodb::Event), "table";
        Drain(crate::members::Event), "deregistration";
        Kube(crate::kubernetes::Event), "Kubernetes";
    }
    signals {
        Probe(target_group::Signal);
        Balancer(load_balancer::Signal);
        Names(route53::Signal);
        Instance(ec2_instance::Signal);
        Group(auto_scaling_group::Signal);
        Database(rds::Signal);
        Nat(nat_gateway::Signal);
        Kube(crate::kubernetes::Signal);
    }
}

impl From<Infallible> for Event {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<Infallible> for Signal {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl Vocabulary for Root {
    type Event = Event;
    type Record = Record;
    type Signal = Signal;
}

// The queue moves events by value: a larger one would slow every run.
const _: () = assert!(size_of::<Event>() <= 16);
