//! What operators do.

use crate::EntityId;
use cloudsim_units::SimTime;

recorded! {
/// What an operator did, or tried to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intervention {
    /// What was to be done.
    pub action: Action,
    /// To what.
    pub target: EntityId,
    /// The whole of it, as given: `4m: failover database/orders`.
    pub text: String,
    /// Why nothing was done, if nothing was.
    pub refusal: Option<Refusal>,
}
}

/// What operators can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Action {
    /// Reboot a database with failover to its standby.
    Failover = 0,
    /// Make a read replica the writer.
    Promote = 1,
    /// Shift the traffic of load balancers away from a zone.
    ShiftAway = 2,
    /// Let it come back.
    ShiftBack = 3,
    /// Change how many members an Auto Scaling group wants.
    Scale = 4,
    /// Restart the process on an instance.
    Restart = 5,
    /// Terminate an instance; its group replaces it.
    Terminate = 6,
    /// Let no new pod onto a node.
    Cordon = 7,
    /// Let pods come again.
    Uncordon = 8,
    /// Let no new pod onto a node and evict those that are there.
    Drain = 9,
    /// Change how many pods a workload wants.
    ScaleWorkload = 10,
    /// Replace all pods of a workload.
    RestartWorkload = 11,
    /// Declare a node dead.
    OutOfService = 12,
    /// Give a workload's containers another image.
    SetImage = 13,
    /// Restore a backup to where it is kept.
    Restore = 14,
    /// Apply a stack.
    Apply = 15,
    /// Change where a DNS name leads.
    Point = 16,
    /// Create a read replica.
    Create = 17,
    /// Stop writes, and make a read replica the writer once it has all of them.
    SwitchOver = 18,
    /// Write again what a recovery has lost.
    Reconcile = 19,
    /// Ask for a larger quota.
    RaiseQuota = 20,
    /// Switch a routing control on.
    SwitchOn = 21,
    /// Switch a routing control off.
    SwitchOff = 22,
    /// Copy a machine image to a region.
    CopyImage = 23,
    /// Make a machine image anew in a region.
    BuildImage = 24,
    /// Write the current value of a secret into a region.
    SetSecret = 25,
}

/// Why an intervention came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Refusal {
    /// The target is not there, or no longer.
    NotThere = 0,
    /// No standby is in step.
    NoStandby = 1,
    /// The replica is down, or follows nobody.
    NotFollowing = 2,
    /// The database is being recovered already.
    Recovering = 3,
    /// Traffic is shifted away from a zone already; it can be from one.
    AlreadyShifted = 4,
    /// Traffic is not shifted away from that zone.
    NotShifted = 5,
    /// No API server of the cluster answers.
    ApiSilent = 6,
    /// No load balancer is in that zone, and no cluster that has opted in to zonal shifts.
    NoZonalShift = 7,
    /// There is no power where it would be.
    NoPower = 8,
    /// Another apply has the state of the stack locked.
    StateLocked = 9,
    /// The API that would have to do it answers nobody.
    ControlPlaneSilent = 10,
    /// It is there already, or is being made.
    AlreadyThere = 11,
    /// No recovery has lost anything that is still to be had.
    NothingLost = 12,
}

recorded! {
/// A resource of a stack that has been made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedResource {
    /// The stack.
    pub stack: EntityId,
    /// Its address, as Terraform has it: `aws_lb.west-alb`.
    pub address: String,
    /// When its creation began.
    pub began: SimTime,
    /// What it is, if that stands in the inventory.
    pub target: Option<EntityId>,
}
}

recorded! {
/// How far people have come with a runbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunbookAdvance {
    /// The runbook.
    pub runbook: EntityId,
    /// What has happened.
    pub stage: RunbookStage,
    /// The name of the step that it is about; empty if it is about none.
    pub step: String,
    /// To what that step does something; of [`RunbookStage::Begun`] the runbook that called it, or the health check that it
    /// began with.
    pub target: Option<EntityId>,
}
}

/// What has happened to a runbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum RunbookStage {
    /// What it is for has happened, or another runbook has called it.
    Begun = 0,
    /// Somebody looks at what has happened.
    Noticed = 1,
    /// It has been decided that it is done.
    Decided = 2,
    /// A step was done.
    Acted = 3,
    /// What a step was done for has come about.
    Effective = 4,
    /// A step was refused, or has not come about in its time.
    Failed = 5,
    /// The last step is over.
    Finished = 6,
}
