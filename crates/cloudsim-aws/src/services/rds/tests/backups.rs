//! What is kept somewhere else, and what a restore from it brings back, one sentence each.

use super::*;
use crate::services::s3::{Replication, Retrieval, StorageClass};
use FailoverStep::{Decide, Detect, Dns, Recover, Retrieve};

/// The instance that a restore makes: behind the writer, the replica and the instance of a restore in the region.
const KEPT: InstanceSlot = InstanceSlot(3);
const DAY: SimDuration = SimDuration::from_mins(24 * 60);

/// A database without a standby, and a backup in zone c.
fn kept(keeps: Keeps) -> DatabaseSpec {
    let backup = BackupSpec { name: "kept".into(), subnet: SubnetId(2), security_groups: None, keeps };
    DatabaseSpec { backups: vec![backup], ..single(Recovery::Wait) }
}

/// What of that is lost if zone a dies after 3 hours of a commit each second, and people act ten minutes later.
fn lost(keeps: Keeps, seed: u64) -> Cloud {
    let mut cloud = Cloud::new(kept(keeps), seed);
    cloud.commit_every(secs(1), at(10_800));
    cloud.lose(A);
    cloud.run_for(secs(600));
    assert_eq!(cloud.databases.may_restore(ORDERS, 0), Ok(()));
    cloud.databases.restore_by_hand(ORDERS, 0, &mut cloud.probe);
    cloud
}

fn rpo(cloud: &Cloud) -> SimDuration {
    cloud.points()[0].rpo
}

#[test]
fn logs_that_have_arrived_bring_back_all_but_minutes() {
    for seed in 0..50 {
        let mut cloud = lost(Keeps::Logs, seed);
        // The last log that was shipped is at most 5 minutes old, and took at most 5 more.
        assert!(rpo(&cloud) <= secs(600), "seed {seed}: {:?}", rpo(&cloud));
        cloud.settle();
        assert_eq!(cloud.steps(), [Detect, Decide, Recover, Dns]);
        assert_eq!(cloud.writer(), Some(KEPT));
        assert_eq!(cloud.databases.zone(KEPT), C);
    }
}

#[test]
fn a_snapshot_brings_back_what_there_was_when_it_was_taken_also_before_the_run() {
    let mut before = 0;
    for seed in 0..50 {
        let cloud = lost(Keeps::Snapshots { every: DAY }, seed);
        // 100 GiB at 100 MiB a second take 1024 s to the other region.
        let (least, most) = (secs(1024), DAY + secs(1024));
        assert!((least..=most).contains(&rpo(&cloud)), "seed {seed}: {:?}", rpo(&cloud));
        before += u32::from(rpo(&cloud) > secs(10_800));
    }
    // 3 hours of 24 are in the run.
    assert!((37..=50).contains(&before), "{before}");
}

#[test]
fn how_old_the_last_snapshot_is_is_uniform() {
    let every = SimDuration::from_mins(60);
    let old: Vec<f64> =
        (0..200).map(|seed| rpo(&lost(Keeps::Snapshots { every }, seed)).as_secs_f64() - 1024.0).collect();
    let mean = old.iter().sum::<f64>() / 200.0;
    // Half an hour, with a deviation of 3600 / sqrt(12) = 1039 s: four errors of 200 samples are 294 s.
    assert!((mean - 1800.0).abs() < 294.0, "{mean}");
}

#[test]
fn an_archived_dump_is_retrieved_before_it_is_loaded() {
    let class = StorageClass::GlacierFlexible(Retrieval::Standard);
    let mut cloud = lost(Keeps::Dumps { every: DAY, class, replication: Replication::TimeControl }, 1);
    let decided = cloud.now();
    while !cloud.steps().contains(&Retrieve) {
        cloud.run_for(secs(1));
    }
    let retrieved = cloud.now().since(decided);
    assert!((secs(10_800)..=secs(18_001)).contains(&retrieved), "{retrieved:?}");
    while !cloud.steps().contains(&Recover) {
        cloud.run_for(secs(1));
    }
    // 5 to 20 minutes for an instance, and 100 GiB at 25 MiB a second.
    let loaded = cloud.now().since(decided + retrieved);
    assert!((secs(4_395)..=secs(5_297)).contains(&loaded), "{loaded:?}");
    assert_eq!(cloud.databases.work(KEPT, secs(1), cloud.now(), 0), secs(1));
    cloud.settle();
    assert_eq!(cloud.steps(), [Detect, Decide, Retrieve, Recover, Dns]);
}

#[test]
fn blocks_of_a_restored_volume_are_slow_until_they_are_there() {
    let mut cloud = lost(Keeps::Snapshots { every: DAY }, 1);
    while cloud.writer().is_none() {
        cloud.run_for(secs(1));
    }
    let now = cloud.now();
    let slow = |cloud: &Cloud, after: u64, word| {
        cloud.databases.work(KEPT, secs(1), now.saturating_add(secs(after)), word) == secs(30)
    };
    // All blocks take 1024 s: after half of them, half of the blocks are there.
    assert!(slow(&cloud, 0, 0) && slow(&cloud, 0, u64::MAX / 100 * 99));
    assert!(slow(&cloud, 512, u64::MAX / 100 * 49) && !slow(&cloud, 512, u64::MAX / 100 * 51));
    assert!(!slow(&cloud, 1024, 0));
}

#[test]
fn nothing_is_restored_where_there_is_no_power() {
    let mut cloud = Cloud::new(kept(Keeps::Logs), 1);
    cloud.lose(A);
    cloud.lose(C);
    cloud.run_for(secs(60));
    assert_eq!(cloud.databases.may_restore(ORDERS, 0), Err(cloudsim_records::Refusal::NoPower));
}

#[test]
fn a_restore_fences_off_a_writer_that_lives() {
    let mut cloud = Cloud::new(kept(Keeps::Logs), 1);
    cloud.commit_every(secs(1), at(1_000));
    cloud.databases.restore_by_hand(ORDERS, 0, &mut cloud.probe);
    assert!(cloud.writer().is_none());
    cloud.settle();
    assert_eq!(cloud.writer(), Some(KEPT));
    assert_eq!(cloud.databases.state(PRIMARY), DatabaseInstanceState::Abandoned);
}
