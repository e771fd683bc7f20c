//! The names of what records can say, as published: the same word in JSON lines, reports and code.

use crate::field::Field;
use crate::jsonl::Index;
use crate::{
    Action, BlameKind, Cause, ClaimReason, Component, DatabaseInstanceState, EndReason, EndpointState,
    EntityKind, Expectation, FailoverStep, InstanceState, NeedsBy, NodeState, NodeTaint, Outcome, PodReason,
    PodState, RecoveryKind, Refusal, RolloutState, RunbookStage, ScaleReason, TargetHealth,
};
use serde_json::{Value, json};

macro_rules! words {
    ($($type:ident { $($variant:ident),* })*) => {
        $(impl $type {
            /// All values, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The published name.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant)),*
                }
            }
        }

        impl Field for $type {
            fn value(&self, _: &Index) -> Value {
                self.word().into()
            }

            fn of(_: &Index, value: &Value) -> Option<Self> {
                let word = value.as_str()?;
                Self::ALL.iter().copied().find(|of| of.word() == word)
            }

            fn schema() -> Value {
                let words: Vec<&str> = Self::ALL.iter().map(|of| of.word()).collect();
                json!({ "type": "string", "enum": words })
            }
        })*
    };
}

words! {
    Outcome { Ok, Error, Timeout, Abandoned, Unfinished }
    Cause {
        None, DnsNoAnswer, BalancerUnreachable, NoTargets, TargetUnreachable, TargetRefused, TargetFull, TargetSlow,
        DatabaseUnreachable, DatabaseRefused, DatabaseSlow, NatGatewayUnreachable, NoRoute, EndpointSlow,
        EndpointFailed, ZoneCutOff, LinkDegraded, SecurityGroupDenied, NetworkAclDenied, NoPublicAddress,
        NatPortsExhausted, ConnectionReset, DnsUnreachable, LoginRefused
    }
    InstanceState { Pending, Booting, Running, ProcessDown, HostDown, Impaired, Terminating, Terminated }
    TargetHealth { Initial, Healthy, UnhealthyTimeout, UnhealthyRefused, Draining }
    DatabaseInstanceState { Writer, Standby, Replica, Unreachable, Crashed, Starting, Abandoned }
    FailoverStep { Detect, Decide, Recover, Promote, Dns, Retrieve }
    RecoveryKind { Failover, Promotion, Restore, Takeover }
    Action {
        Failover, Promote, ShiftAway, ShiftBack, Scale, Restart, Terminate, Cordon, Uncordon, Drain, ScaleWorkload,
        RestartWorkload, OutOfService, SetImage, Restore, Apply, Point, Create, SwitchOver, Reconcile,
        RaiseQuota, SwitchOn, SwitchOff, CopyImage, BuildImage, SetSecret
    }
    RunbookStage { Begun, Noticed, Decided, Acted, Effective, Failed, Finished }
    Refusal {
        NotThere, NoStandby, NotFollowing, Recovering, AlreadyShifted, NotShifted, ApiSilent, NoZonalShift, NoPower,
        StateLocked, ControlPlaneSilent, AlreadyThere, NothingLost
    }
    NodeState { Ready, NotReady, Unknown, Cordoned, Uncordoned, Gone }
    NodeTaint { NotReady, Unreachable }
    PodState {
        Pending, Scheduled, Pulled, Running, Ready, NotReady, Terminating, Gone, Failed, Succeeded, Lost, Released,
        Mounted, Initialised
    }
    PodReason {
        None, TaintEviction, Preemption, ScaledDown, RolledOut, Drained, Operator, NodeGone, NodeNotReady, HostDied,
        ProbeFailed, ProcessFailed, MemoryPressure
    }
    BlameKind {
        NoNode, Capacity, Volume, VolumeLimit, Spread, PodAffinity, PodAntiAffinity, NodeAffinity, Taint, Cordon,
        HostPort, Pod
    }
    NeedsBy { Scenario, PodDisruptionBudget, Quorum, Half }
    ScaleReason { PodsPending, NodeUnneeded, LaunchFailed, NotRegistered }
    ClaimReason { Empty, Underutilized, NotRegistered, NoCapacity, InstanceGone }
    Component { Scheduler, ControllerManager, CloudControllerManager }
    RolloutState { Progressing, Complete, DeadlineExceeded }
    EndpointState { Listed, Unlisted, Routed, Forgotten }
    EndReason { Horizon, Drained, Interrupted, Stuck }
    Expectation { Met, Breached }
    EntityKind {
        Region, Zone, Vpc, Subnet, RouteTable, InternetGateway, NatGateway, LoadBalancer, BalancerNode, TargetGroup,
        AutoScalingGroup, Instance, Database, DatabaseInstance, Endpoint, Service, SecurityGroup, NetworkAcl,
        VpcEndpoint, Cluster, Node, Workload, Pod, KubernetesService, NodePool, HealthCheck,
        DnsRecord, Runbook, Stack, Table, RoutingControl, MachineImage, Secret, ContainerImage
    }
}

impl TargetHealth {
    /// Whether the node that sees it so sends it no traffic because its probes failed.
    #[must_use]
    pub const fn is_unhealthy(self) -> bool {
        matches!(self, Self::UnhealthyTimeout | Self::UnhealthyRefused)
    }
}

impl Component {
    /// Its name, which its lease has too.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scheduler => "kube-scheduler",
            Self::ControllerManager => "kube-controller-manager",
            Self::CloudControllerManager => "cloud-controller-manager",
        }
    }
}
