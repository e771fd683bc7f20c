//! All instances: which of them answer, what they are busy with, and how they die and come back.

use crate::Station;
use crate::services::ec2_instance::ServerSpec;
use crate::services::target_group::{Reach, ServerSlot};
use cloudsim_engine::{Context, Vocabulary};
use cloudsim_records::{EntityId, InstanceState, Record};
use cloudsim_units::{DurationDistribution, SimDuration, SimTime};
use cloudsim_world::{AutoScalingGroupId, SubnetId, ZoneId};

/// The words of instances.
#[derive(Debug)]
pub struct Ec2;

impl Vocabulary for Ec2 {
    type Event = Event;
    type Record = Record;
    type Signal = Signal;
}

/// What will happen to an instance. The epoch tells whether it has died since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The host runs.
    HostStarted {
        /// The instance.
        server: ServerSlot,
        /// The epoch in which this was scheduled.
        epoch: u32,
    },
    /// The process answers.
    ProcessStarted {
        /// The instance.
        server: ServerSlot,
        /// The epoch in which this was scheduled.
        epoch: u32,
    },
}

/// What others are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The host is gone; what was under way vanished with it.
    HostDied {
        /// The instance.
        server: ServerSlot,
    },
    /// The process is gone; connections to it were reset.
    ProcessDied {
        /// The instance.
        server: ServerSlot,
    },
    /// The host runs (again); the process does not answer yet.
    HostReturned {
        /// The instance.
        server: ServerSlot,
    },
    /// The process answers.
    Started {
        /// The instance.
        server: ServerSlot,
    },
}

/// Why an instance does not serve, if it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Running,
    /// The host runs, the process does not.
    ProcessDown,
    /// Launching, dark, or dead.
    HostDown,
    /// Gone for good.
    Terminated,
}

/// An instance.
#[derive(Debug)]
pub struct Server<T> {
    /// Its entity.
    pub entity: EntityId,
    /// Its group; none of what someone else keeps, such as a pod.
    pub group: Option<AutoScalingGroupId>,
    /// Its type.
    pub instance_type: String,
    /// Its subnet.
    pub subnet: SubnetId,
    /// Its zone.
    pub zone: ZoneId,
    /// What it is busy with.
    pub station: Station<T>,
    /// Grows each time that what was under way is lost.
    pub epoch: u32,
    life: Life,
    /// Its group takes it out: whatever it does until it is terminated, that is its state.
    leaving: bool,
    /// How long its workers have been busy, together, until then.
    worked: (SimDuration, SimTime),
}

/// All instances. `T` names who waits for a worker.
#[derive(Debug)]
pub struct Fleet<T> {
    servers: Vec<Server<T>>,
}

impl<T> Default for Fleet<T> {
    fn default() -> Self {
        Self { servers: Vec::new() }
    }
}

impl<T> Fleet<T> {
    /// Adds an instance that has long been running.
    pub fn place(
        &mut self,
        entity: EntityId,
        group: Option<AutoScalingGroupId>,
        (subnet, zone): (SubnetId, ZoneId),
        spec: &ServerSpec,
    ) -> ServerSlot {
        let station = Station::new(spec.workers, spec.connections_max);
        self.servers.push(Server {
            entity,
            group,
            instance_type: spec.instance_type.clone(),
            subnet,
            zone,
            station,
            epoch: 0,
            life: Life::Running,
            leaving: false,
            worked: (SimDuration::ZERO, SimTime::ZERO),
        });
        ServerSlot(u32::try_from(self.servers.len() - 1).expect("fewer than 2^32 instances"))
    }

    /// Launches an instance: its host will run after the launch time, its process after the start time.
    pub fn launch(
        &mut self,
        entity: EntityId,
        group: AutoScalingGroupId,
        place: (SubnetId, ZoneId),
        spec: &ServerSpec,
        path: &str,
        ctx: &mut impl Context<Ec2>,
    ) -> ServerSlot {
        let slot = self.place(entity, Some(group), place, spec);
        self.servers[slot.0 as usize].life = Life::HostDown;
        ctx.record(Record::InstanceStateChanged { instance: entity, state: InstanceState::Pending });
        let delay = spec.launch.sample(ctx.streams().stream(path, "launch").word());
        ctx.schedule_in(delay, Event::HostStarted { server: slot, epoch: 0 });
        slot
    }

    /// The instance.
    #[inline]
    #[must_use]
    pub fn get(&self, slot: ServerSlot) -> &Server<T> {
        &self.servers[slot.0 as usize]
    }

    /// The instance, to be changed.
    #[inline]
    #[must_use]
    pub fn get_mut(&mut self, slot: ServerSlot) -> &mut Server<T> {
        &mut self.servers[slot.0 as usize]
    }

    /// How many instances there have ever been.
    #[must_use]
    pub fn len(&self) -> usize {
        self.servers.len()
    }

    /// Whether there has never been an instance.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.servers.is_empty()
    }

    /// The instances of a group that were not terminated, in the order of their launch.
    pub fn members(&self, group: AutoScalingGroupId) -> impl Iterator<Item = ServerSlot> {
        (0_u32..)
            .zip(&self.servers)
            .filter(move |(_, server)| server.group == Some(group) && server.life != Life::Terminated)
            .map(|(i, _)| ServerSlot(i))
    }

    /// The host dies: packets to it vanish from now on.
    pub fn kill_host(&mut self, slot: ServerSlot, ctx: &mut impl Context<Ec2>) {
        let server = self.get_mut(slot);
        if matches!(server.life, Life::HostDown | Life::Terminated) {
            // Being launched: the launch fails with the host.
            server.epoch += 1;
            return;
        }
        server.fall(Life::HostDown);
        ctx.record(Record::InstanceStateChanged { instance: server.entity, state: InstanceState::HostDown });
        ctx.signal(Signal::HostDied { server: slot });
    }

    /// The process dies: connections are refused from now on.
    pub fn kill_process(&mut self, slot: ServerSlot, ctx: &mut impl Context<Ec2>) {
        let server = self.get_mut(slot);
        if server.life != Life::Running {
            return;
        }
        server.fall(Life::ProcessDown);
        ctx.record(Record::InstanceStateChanged {
            instance: server.entity,
            state: InstanceState::ProcessDown,
        });
        ctx.signal(Signal::ProcessDied { server: slot });
    }

    /// The cause of a host's death is over: it boots, later than that and each at its own time.
    pub fn return_power(
        &mut self,
        slot: ServerSlot,
        power_return: DurationDistribution,
        path: &str,
        ctx: &mut impl Context<Ec2>,
    ) {
        let server = self.get(slot);
        if server.life == Life::HostDown {
            let stream = ctx.streams().stream(path, &format!("power return {}", server.epoch)).word();
            let epoch = server.epoch;
            ctx.schedule_in(power_return.sample(stream), Event::HostStarted { server: slot, epoch });
        }
    }

    /// The process is started again.
    pub fn restart_process(
        &mut self,
        slot: ServerSlot,
        spec: &ServerSpec,
        path: &str,
        ctx: &mut impl Context<Ec2>,
    ) {
        let server = self.get(slot);
        if server.life == Life::ProcessDown {
            let epoch = server.epoch;
            let delay = spec.start.sample(ctx.streams().stream(path, &format!("start {epoch}")).word());
            ctx.schedule_in(delay, Event::ProcessStarted { server: slot, epoch });
        }
    }

    /// Lets a server that someone else keeps answer, refuse or keep silent from now on.
    pub fn turn(&mut self, slot: ServerSlot, reach: Reach) {
        let life = match reach {
            Reach::Answers => Life::Running,
            Reach::Refuses => Life::ProcessDown,
            Reach::Silent => Life::HostDown,
        };
        let server = self.get_mut(slot);
        if server.life != life {
            server.fall(life);
        }
    }

    /// Its group takes the instance out, which goes on answering until it is terminated.
    pub fn retire(&mut self, slot: ServerSlot, ctx: &mut impl Context<Ec2>) {
        let server = self.get_mut(slot);
        server.leaving = true;
        ctx.record(Record::InstanceStateChanged {
            instance: server.entity,
            state: InstanceState::Terminating,
        });
    }

    /// The instance is terminated; it answers no more and never comes back.
    pub fn terminate(&mut self, slot: ServerSlot, ctx: &mut impl Context<Ec2>) {
        let server = self.get_mut(slot);
        if server.life != Life::Terminated {
            server.fall(Life::Terminated);
            ctx.record(Record::InstanceStateChanged {
                instance: server.entity,
                state: InstanceState::Terminated,
            });
        }
    }

    /// Lets an event happen.
    pub fn handle(
        &mut self,
        event: Event,
        spec: impl Fn(AutoScalingGroupId) -> (ServerSpec, String),
        ctx: &mut impl Context<Ec2>,
    ) {
        match event {
            Event::HostStarted { server: slot, epoch } => {
                let server = self.get_mut(slot);
                if server.epoch != epoch || server.life != Life::HostDown {
                    return;
                }
                server.life = Life::ProcessDown;
                let state = if server.leaving { InstanceState::Terminating } else { InstanceState::Booting };
                ctx.record(Record::InstanceStateChanged { instance: server.entity, state });
                ctx.signal(Signal::HostReturned { server: slot });
                let (spec, path) = spec(server.group.expect("an instance is a member of a group"));
                self.restart_process(slot, &spec, &format!("{path}/{}", slot.0), ctx);
            }
            Event::ProcessStarted { server: slot, epoch } => {
                let server = self.get_mut(slot);
                if server.epoch != epoch || server.life != Life::ProcessDown {
                    return;
                }
                server.life = Life::Running;
                if !server.leaving {
                    ctx.record(Record::InstanceStateChanged {
                        instance: server.entity,
                        state: InstanceState::Running,
                    });
                }
                ctx.signal(Signal::Started { server: slot });
            }
        }
    }
}

impl<T> Server<T> {
    /// How it takes a connection now.
    #[inline]
    #[must_use]
    pub fn reach(&self) -> Reach {
        match self.life {
            Life::Running => Reach::Answers,
            Life::ProcessDown => Reach::Refuses,
            Life::HostDown | Life::Terminated => Reach::Silent,
        }
    }

    /// Whether the host is dark or gone.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        matches!(self.life, Life::HostDown | Life::Terminated)
    }

    /// Whether it was terminated.
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.life == Life::Terminated
    }

    /// How long its workers have been busy until `now`, together. A worker is busy with the work of a request, and not
    /// while the request waits for something else.
    #[must_use]
    pub fn worked(&self, now: SimTime) -> SimDuration {
        let (worked, until) = self.worked;
        worked + now.since(until).saturating_mul(self.station.busy().into())
    }

    /// Counts what its workers have done until `now`: to be told before one becomes busy or idle. What a fall
    /// interrupts is counted up to the last time.
    #[inline]
    pub fn count_work(&mut self, now: SimTime) {
        self.worked = (self.worked(now), now);
    }

    fn fall(&mut self, life: Life) {
        self.life = life;
        self.epoch += 1;
        self.station.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::ec2_instance::limits::POWER_RETURN;
    use cloudsim_engine::Probe;
    use cloudsim_units::{DurationDistribution, SimDuration};

    fn spec() -> ServerSpec {
        ServerSpec {
            instance_type: "m5.large".into(),
            workers: 2,
            connections_max: 10,
            launch: DurationDistribution::Constant(SimDuration::from_secs(26)),
            start: DurationDistribution::Constant(SimDuration::from_secs(20)),
            image: None,
            secrets: Vec::new(),
        }
    }

    fn fleet() -> (Fleet<u32>, ServerSlot, Probe<Ec2>) {
        let mut fleet = Fleet::default();
        let slot = fleet.place(EntityId(7), Some(AutoScalingGroupId(0)), (SubnetId(0), ZoneId(0)), &spec());
        (fleet, slot, Probe::new(1))
    }

    fn run(fleet: &mut Fleet<u32>, probe: &mut Probe<Ec2>) {
        while let Some(event) = probe.next_event() {
            fleet.handle(event, |_| (spec(), "web".into()), probe);
        }
    }

    #[test]
    fn a_dead_host_is_silent_and_a_dead_process_refuses() {
        let (mut fleet, slot, mut probe) = fleet();
        fleet.kill_process(slot, &mut probe);
        assert_eq!(fleet.get(slot).reach(), Reach::Refuses);
        fleet.kill_host(slot, &mut probe);
        assert_eq!(fleet.get(slot).reach(), Reach::Silent);
        assert_eq!(fleet.get(slot).epoch, 2);
    }

    #[test]
    fn work_is_counted_while_workers_are_busy() {
        let (mut fleet, slot, _) = fleet();
        let server = fleet.get_mut(slot);
        let at = SimTime::from_secs;
        for (time, arrives) in [(10, true), (12, true), (15, false), (18, false)] {
            server.count_work(at(time));
            if arrives {
                server.station.admit(0);
            } else {
                server.station.finish();
            }
        }
        // One is busy from 10 s on, two from 12 s, one from 15 s, none from 18 s.
        assert_eq!(server.worked(at(30)), SimDuration::from_secs(2 + 6 + 3));
    }

    #[test]
    fn power_brings_the_host_back_first_and_the_process_later() {
        let (mut fleet, slot, mut probe) = fleet();
        fleet.kill_host(slot, &mut probe);
        fleet.return_power(slot, POWER_RETURN, "web/0", &mut probe);
        run(&mut fleet, &mut probe);
        assert_eq!(fleet.get(slot).reach(), Reach::Answers);
        let signals: Vec<_> = probe.signals;
        assert_eq!(
            signals,
            [
                Signal::HostDied { server: slot },
                Signal::HostReturned { server: slot },
                Signal::Started { server: slot }
            ]
        );
    }

    #[test]
    fn a_host_that_dies_again_while_booting_does_not_start() {
        let (mut fleet, slot, mut probe) = fleet();
        fleet.kill_host(slot, &mut probe);
        fleet.return_power(slot, POWER_RETURN, "web/0", &mut probe);
        fleet.kill_host(slot, &mut probe);
        run(&mut fleet, &mut probe);
        assert_eq!(fleet.get(slot).reach(), Reach::Silent);
    }

    #[test]
    fn a_launched_instance_answers_after_launch_and_start() {
        let (mut fleet, _, mut probe) = fleet();
        let slot = fleet.launch(
            EntityId(8),
            AutoScalingGroupId(0),
            (SubnetId(0), ZoneId(0)),
            &spec(),
            "web/2",
            &mut probe,
        );
        assert_eq!(fleet.get(slot).reach(), Reach::Silent);
        run(&mut fleet, &mut probe);
        assert_eq!(fleet.get(slot).reach(), Reach::Answers);
        assert_eq!(probe.now.to_string(), "46");
    }
}
