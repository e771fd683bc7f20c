//! Jobs: pods that are to end well, so many of them.
//!
//! # Left out
//! How long a job's pods run: nothing says so, and they run until the end. `backoffLimit`: a job
//! never gives up. Indexed jobs, pod failure policies, deadlines, suspension.

use crate::cluster::Cluster;
use crate::ids::WorkloadId;
use crate::pods::Phase;
use crate::words::KubeContext;

impl Cluster {
    pub(crate) fn sync_job(&mut self, id: WorkloadId, completions: u32, ctx: &mut impl KubeContext) {
        let workload = self.workloads.get(id);
        let count = |phase| workload.pods.iter().filter(|pod| self.pods.get(**pod).phase == phase).count();
        let succeeded = u32::try_from(count(Phase::Succeeded)).expect("few pods");
        let active = workload.pods.iter().filter(|pod| self.pods.get(**pod).is_active()).count();
        let active = u32::try_from(active).expect("few pods");
        let asked = workload.asked.get(&0).copied().unwrap_or(0);
        let wanted = workload.replicas.min(completions.saturating_sub(succeeded));
        for _ in active + asked..wanted {
            let name = self.next_name(id, 0, ctx);
            let new = self.new_pod(id, 0, (name, None, None));
            self.ask_for_pod(new, ctx);
        }
    }
}
