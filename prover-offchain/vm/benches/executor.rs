//! Steps per second of the two executors.

use std::collections::BTreeMap;

use criterion::{Criterion, Throughput};
use zkfusion_vm::{compile, environment::Leaf, execute_batch, trace_batch, Message};

/// Sieves primes, hashes what it finds: branches, loads, stores, multiplications, calls.
const PROGRAM: &str = r#"(module
  (memory 4)
  (func $mix (param $h i64) (param $v i64) (result i64)
    (i64.rotl
      (i64.mul (i64.xor (local.get $h) (local.get $v)) (i64.const 0x9e3779b97f4a7c15))
      (i64.const 31)))
  (func (export "zkmain") (local $i i32) (local $j i32) (local $h i64)
    (local.set $i (i32.const 2))
    (loop $outer
      (if (i32.eqz (i32.load8_u (local.get $i)))
        (then
          (local.set $h (call $mix (local.get $h) (i64.extend_i32_u (local.get $i))))
          (local.set $j (i32.shl (local.get $i) (i32.const 1)))
          (block $done
            (loop $inner
              (br_if $done (i32.ge_u (local.get $j) (i32.const 200000)))
              (i32.store8 (local.get $j) (i32.const 1))
              (local.set $j (i32.add (local.get $j) (local.get $i)))
              (br $inner)))))
      (br_if $outer (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 200000))))
    (i64.store (i32.const 200000) (local.get $h))))"#;

fn executors(criterion: &mut Criterion) {
    let program = compile(&wat::parse_str(PROGRAM).expect("valid text")).expect("a valid program");
    let messages = [Message {
        tape: vec![],
        fuel_limit: u64::MAX,
    }];
    let execute = || execute_batch(&program, &messages, Leaf::default(), &mut BTreeMap::new());
    let steps = execute()[0].steps;
    let mut group = criterion.benchmark_group("sieve");
    group.throughput(Throughput::Elements(steps)).sample_size(10);
    group.bench_function("execute", |bencher| bencher.iter(execute));
    group.bench_function("trace", |bencher| {
        bencher.iter(|| trace_batch(&program, &messages, Leaf::default(), &mut BTreeMap::new()));
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    executors(&mut criterion);
    criterion.final_summary();
}
