//! How long servers keep talking to an address that is no longer the writer's.

use super::*;
use crate::services::rds::{DatabaseClient, DnsCaching};

const STEP: SimDuration = SimDuration::from_millis(50);

/// How long after the name was changed a server that tries every 50 ms writes again; `None` if not within ten minutes.
fn return_after_change(caching: DnsCaching, seed: u64) -> Option<SimDuration> {
    let mut cloud = Cloud::new(spec(restore()), seed);
    let word = Streams::new(seed).stream("servers/1", "dns phase").word();
    let mut client = DatabaseClient::new(caching, &cloud.databases, (ORDERS, 0), SimTime::ZERO, word);
    cloud.run(SimTime::from_secs(100));
    assert_eq!(client.instance_for(&cloud.databases, cloud.now()), PRIMARY);
    cloud.crash();
    let mut changed = None;
    let horizon = cloud.now() + SimDuration::from_mins(15);
    while cloud.now() < horizon {
        cloud.run_for(STEP);
        if changed.is_none() && cloud.databases.endpoint(ORDERS) == STANDBY {
            changed = Some(cloud.now());
        }
        let slot = client.instance_for(&cloud.databases, cloud.now());
        if cloud.databases.accepts(slot, true) == Accept::Ok {
            client.connect(&cloud.databases);
            assert!(client.is_connected(&cloud.databases));
            return Some(cloud.now().since(changed.expect("no other name leads to the new writer")));
        }
        assert!(!client.is_connected(&cloud.databases));
    }
    None
}

#[test]
fn who_honours_the_ttl_is_back_within_it() {
    // The age of the remembered address is uniform, so the delay is uniform between 0 and 5 s: its mean over 200 seeds
    // lies within three standard errors, 3 * 5 / sqrt(12 * 200) = 0.31 s, of 2.5 s.
    let delays: Vec<f64> = (0..200)
        .map(|seed| return_after_change(DnsCaching::HonourTtl, seed).expect("it comes back").as_secs_f64())
        .collect();
    assert!(delays.iter().all(|delay| *delay <= 5.05), "{delays:?}");
    let mean = delays.iter().sum::<f64>() / 200.0;
    assert!((mean - 2.5).abs() < 0.36, "{mean}");
}

#[test]
fn who_caches_for_a_minute_is_back_within_a_minute() {
    // Uniform between 0 and 60 s: three standard errors of the mean are 3 * 60 / sqrt(12 * 200) = 3.7 s.
    let cache = DnsCaching::CacheFor(limits::JVM_CACHE);
    let delays: Vec<f64> =
        (0..200).map(|seed| return_after_change(cache, seed).expect("it comes back").as_secs_f64()).collect();
    assert!(delays.iter().all(|delay| *delay <= 60.05), "{delays:?}");
    assert!(delays.iter().any(|delay| *delay > 50.0) && delays.iter().any(|delay| *delay < 10.0));
    let mean = delays.iter().sum::<f64>() / 200.0;
    assert!((mean - 30.0).abs() < 3.8, "{mean}");
}

#[test]
fn who_caches_for_ever_never_comes_back() {
    assert_eq!(return_after_change(DnsCaching::CacheForEver, 1), None);
}

#[test]
fn a_server_that_starts_after_the_change_knows_the_new_address_whatever_it_caches() {
    let mut cloud = Cloud::new(spec(restore()), 1);
    cloud.crash();
    cloud.settle();
    let mut client =
        DatabaseClient::new(DnsCaching::CacheForEver, &cloud.databases, (ORDERS, 0), cloud.now(), 7);
    assert_eq!(client.instance_for(&cloud.databases, cloud.now()), STANDBY);
}

#[test]
fn a_server_that_starts_during_the_outage_is_not_connected_to_a_dead_writer_for_ever() {
    let mut cloud = Cloud::new(spec(restore()), 1);
    cloud.crash();
    let mut client =
        DatabaseClient::new(DnsCaching::HonourTtl, &cloud.databases, (ORDERS, 0), cloud.now(), 7);
    assert!(!client.is_connected(&cloud.databases));
    cloud.settle();
    assert_eq!(client.instance_for(&cloud.databases, cloud.now()), STANDBY);
}

#[test]
fn a_connection_to_a_live_writer_needs_no_name() {
    let mut cloud = Cloud::new(single(Recovery::Wait), 1);
    let mut client =
        DatabaseClient::new(DnsCaching::CacheForEver, &cloud.databases, (ORDERS, 0), SimTime::ZERO, 7);
    cloud.crash();
    assert_eq!(client.instance_for(&cloud.databases, cloud.now()), PRIMARY);
    cloud.settle();
    let slot = client.instance_for(&cloud.databases, cloud.now());
    assert_eq!(cloud.databases.accepts(slot, true), Accept::Ok);
    assert!(!client.is_connected(&cloud.databases));
    client.connect(&cloud.databases);
    assert!(client.is_connected(&cloud.databases));
}
