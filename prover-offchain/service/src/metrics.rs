//! Prometheus metrics.

use crate::store::{Counts, JobKind};
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};
use std::time::Duration;
use zkfusion_primitives::job::{FailureKind, JobStats};

/// What the service counts.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    open: IntGauge,
    running: IntGauge,
    finished: IntCounterVec,
    failures: IntCounterVec,
    superseded: IntCounterVec,
    seconds: HistogramVec,
    proving_seconds: HistogramVec,
    steps: IntCounterVec,
    peak_mb: IntGauge,
}

impl Metrics {
    /// Returns fresh metrics in a registry of their own.
    ///
    /// # Errors
    /// When two metrics share a name.
    pub(crate) fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let buckets = vec![
            1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0,
        ];
        let metrics = Self {
            open: IntGauge::new("zkfusion_prover_open_jobs", "Jobs that wait or run")?,
            running: IntGauge::new("zkfusion_prover_running_jobs", "Jobs that run")?,
            finished: IntCounterVec::new(
                Opts::new("zkfusion_prover_attempts_total", "Attempts that ended"),
                &["job", "outcome"],
            )?,
            failures: IntCounterVec::new(
                Opts::new(
                    "zkfusion_prover_failures_total",
                    "Attempts that failed, by what went wrong",
                ),
                &["job", "kind"],
            )?,
            superseded: IntCounterVec::new(
                Opts::new(
                    "zkfusion_prover_superseded_total",
                    "Jobs dropped before they were begun, because their app went on",
                ),
                &["job"],
            )?,
            seconds: HistogramVec::new(
                HistogramOpts::new(
                    "zkfusion_prover_job_seconds",
                    "Duration of a successful attempt, all in all",
                )
                .buckets(buckets.clone()),
                &["job"],
            )?,
            proving_seconds: HistogramVec::new(
                HistogramOpts::new(
                    "zkfusion_prover_proving_seconds",
                    "Time to make a proof from its witness",
                )
                .buckets(buckets),
                &["job"],
            )?,
            steps: IntCounterVec::new(
                Opts::new("zkfusion_prover_steps_total", "VM steps proved"),
                &["job"],
            )?,
            peak_mb: IntGauge::new(
                "zkfusion_prover_peak_mb",
                "Most memory that a job took the process to, in MB",
            )?,
            registry,
        };
        metrics.registry.register(Box::new(metrics.open.clone()))?;
        metrics.registry.register(Box::new(metrics.running.clone()))?;
        metrics.registry.register(Box::new(metrics.finished.clone()))?;
        metrics.registry.register(Box::new(metrics.failures.clone()))?;
        metrics.registry.register(Box::new(metrics.superseded.clone()))?;
        metrics.registry.register(Box::new(metrics.seconds.clone()))?;
        metrics
            .registry
            .register(Box::new(metrics.proving_seconds.clone()))?;
        metrics.registry.register(Box::new(metrics.steps.clone()))?;
        metrics.registry.register(Box::new(metrics.peak_mb.clone()))?;
        Ok(metrics)
    }

    pub(crate) fn began(&self) {
        self.running.inc();
    }

    pub(crate) fn succeeded(&self, kind: JobKind, took: Duration, stats: &JobStats) {
        self.running.dec();
        self.finished.with_label_values(&[kind.name(), "done"]).inc();
        self.seconds
            .with_label_values(&[kind.name()])
            .observe(took.as_secs_f64());
        self.proving_seconds
            .with_label_values(&[kind.name()])
            .observe(stats.prove_ms as f64 / 1e3);
        self.steps.with_label_values(&[kind.name()]).inc_by(stats.steps);
        self.peak_mb.set(self.peak_mb.get().max(stats.peak_mb.into()));
    }

    pub(crate) fn failed(&self, kind: JobKind, failure: FailureKind) {
        self.running.dec();
        self.finished.with_label_values(&[kind.name(), "failed"]).inc();
        self.failures
            .with_label_values(&[kind.name(), failure.name()])
            .inc();
    }

    pub(crate) fn superseded(&self, kind: JobKind, jobs: usize) {
        self.superseded
            .with_label_values(&[kind.name()])
            .inc_by(jobs as u64);
    }

    /// Returns all metrics in the Prometheus text format.
    ///
    /// # Errors
    /// When a metric cannot be encoded.
    pub(crate) fn render(&self, counts: Counts) -> Result<Vec<u8>, prometheus::Error> {
        self.open.set(counts.open as i64);
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}
