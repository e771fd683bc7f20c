//! What randomness costs: a request's refill of 256 bytes, a word of a stream, a stream made by name.

use cloudsim_engine::Streams;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;

fn streams(criterion: &mut Criterion) {
    let streams = Streams::new(1);
    let mut stream = streams.stream("visitors", "requests");
    let mut group = criterion.benchmark_group("streams");
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group.throughput(Throughput::Bytes(256));
    let mut number = 0;
    group.bench_function("refill", |bencher| {
        bencher.iter(|| {
            number += 1;
            stream.refill(black_box(number), 0)
        });
    });
    group.throughput(Throughput::Bytes(8));
    group.bench_function("word", |bencher| bencher.iter(|| stream.word()));
    group.bench_function("stream", |bencher| {
        bencher.iter(|| streams.stream(black_box("zone/a/web-1"), black_box("boot")));
    });
    group.finish();
}

criterion_group!(benches, streams);
criterion_main!(benches);
