//! The figures of a load.

use serde::Serialize;
use std::collections::BTreeMap;
use zkfusion_prover::table::table;

use super::{
    check::{BlockFigures, Checker},
    plan::{Fate, Plan},
    process::{Machine, Proposal, Usage},
    send::Sent,
    Settings,
};

/// Differences that are shown.
const SHOWN: usize = 20;

/// What node and generator took of the machine.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// The node, since its start.
    pub node: Usage,
    /// Computing time of the node while extrinsics were sent and included, in seconds.
    pub node_cpu_s: f64,
    /// Computing time of the generator meanwhile, in seconds.
    pub own_cpu_s: f64,
    /// How the node made its blocks.
    pub proposals: BTreeMap<u32, Proposal>,
}

/// Everything that was measured. As JSON it is the last line of the output.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// The rate at which extrinsics were to be sent, a second.
    pub rate: u64,
    /// The apps.
    pub apps: u32,
    /// The accounts.
    pub accounts: u16,
    /// Flags of the node.
    pub node_flags: Vec<String>,
    /// Extrinsics that were sent.
    pub sent: u64,
    /// Messages a second that the chain took in, over the whole blocks of the load.
    pub submits_per_second: f64,
    /// Extrinsics a second whose calls failed, over the same blocks.
    pub failed_per_second: f64,
    /// Whole blocks of the load.
    pub blocks: u64,
    /// Time that they took, in seconds.
    pub seconds: f64,
    /// Most messages that a block took in.
    pub most_submits: u64,
    /// Share of the computing time for user transactions that these blocks used, in percent.
    pub fullness_mean: f64,
    /// The same of the fullest of them.
    pub fullness_max: f64,
    /// Bytes of extrinsics in the largest of them.
    pub most_bytes: u64,
    /// Time to make one of these blocks, on average, in milliseconds.
    pub proposal_ms_mean: f64,
    /// The same at the worst.
    pub proposal_ms_max: u64,
    /// Why no more extrinsics were added to them, and to how many.
    pub ends: BTreeMap<String, u64>,
    /// Blocks between the best and the final one, on average.
    pub finality_lag_mean: f64,
    /// The same at the worst.
    pub finality_lag_max: u32,
    /// Most memory that the node had resident, in MB.
    pub node_peak_mb: u64,
    /// Processors that the node kept busy.
    pub node_processors: f64,
    /// Processors that this generator kept busy.
    pub own_processors: f64,
    /// Extrinsics by what is special about them, and what became of them.
    pub kinds: Vec<KindFigures>,
    /// Calls that failed, by error.
    pub errors: BTreeMap<String, u64>,
    /// Refusals of the pool, by code and text.
    pub refusals: BTreeMap<String, u64>,
    /// Where it was measured.
    pub machine: Machine,
    /// How many things are not as re-executed.
    pub differences: usize,
    /// The first of them.
    pub shown: Vec<String>,
}

/// What became of the extrinsics of a kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct KindFigures {
    /// What is special about them.
    pub kind: &'static str,
    /// What has to become of them.
    pub fate: &'static str,
    /// How many were sent.
    pub sent: u64,
    /// How many the pool took.
    pub taken: u64,
    /// How many the pool refused.
    pub refused: u64,
}

impl Report {
    /// Gathers the figures of a load; `weight_limit` is the computing time that a block has for
    /// user transactions.
    pub fn new(
        settings: &Settings,
        plan: &Plan,
        sent: &Sent,
        checker: &Checker,
        weight_limit: u64,
        taken: Taken,
        machine: Machine,
    ) -> Self {
        let (first, whole) = whole_blocks(&checker.blocks, sent.time);
        let last = whole.last().copied().unwrap_or(first);
        let seconds = last.time.saturating_sub(first.time) as f64 / 1_000.0;
        let total = |figure: fn(&BlockFigures) -> u64| whole.iter().map(figure).sum::<u64>() as f64;
        let most = |figure: fn(&BlockFigures) -> u64| whole.iter().map(figure).max().unwrap_or_default();
        let share = |weight: f64| rounded(100.0 * weight / weight_limit.max(1) as f64);
        let blocks = whole.len().max(1) as f64;
        let busy = sent.drained.saturating_sub(sent.time.0).max(1) as f64 / 1_000.0;
        let proposal = |block: &BlockFigures| taken.proposals.get(&block.number);
        let proposals: Vec<&Proposal> = whole.iter().filter_map(proposal).collect();
        let mut ends = BTreeMap::new();
        for proposal in &proposals {
            *ends.entry(proposal.end.clone()).or_default() += 1;
        }
        let mean = |sum: u64, count: usize| rounded(sum as f64 / count.max(1) as f64);
        let lags = &sent.lags;
        Self {
            seed: settings.parameters.seed,
            rate: settings.parameters.rate,
            apps: plan.apps,
            accounts: settings.parameters.accounts,
            node_flags: settings.node_flags.clone(),
            sent: sent.answers.iter().flatten().count() as u64,
            submits_per_second: rounded(total(|block| block.submitted) / seconds.max(0.001)),
            failed_per_second: rounded(total(|block| block.failed) / seconds.max(0.001)),
            blocks: whole.len() as u64,
            seconds,
            most_submits: most(|block| block.submitted),
            fullness_mean: share(total(|block| block.weight) / blocks),
            fullness_max: share(most(|block| block.weight) as f64),
            most_bytes: most(|block| block.bytes),
            proposal_ms_mean: mean(proposals.iter().map(|made| made.ms).sum(), proposals.len()),
            proposal_ms_max: proposals.iter().map(|made| made.ms).max().unwrap_or_default(),
            ends,
            finality_lag_mean: mean(lags.iter().map(|lag| u64::from(*lag)).sum(), lags.len()),
            finality_lag_max: lags.iter().copied().max().unwrap_or_default(),
            node_peak_mb: taken.node.peak_mb,
            node_processors: rounded(taken.node_cpu_s / busy),
            own_processors: rounded(taken.own_cpu_s / busy),
            kinds: kinds(plan, sent),
            errors: checker.errors.clone(),
            refusals: refusals(sent),
            machine,
            differences: checker.differences.len(),
            shown: checker.differences.iter().take(SHOWN).cloned().collect(),
        }
    }

    /// Returns the figures in tables.
    pub fn tables(&self) -> String {
        let row = |name: &str, value: String| vec![name.to_owned(), value];
        let figures = [
            row(
                "messages taken in",
                format!("{} a second", self.submits_per_second),
            ),
            row(
                "calls that failed",
                format!("{} a second", self.failed_per_second),
            ),
            row(
                "over",
                format!(
                    "{} blocks, {} s, {} apps, {} accounts",
                    self.blocks, self.seconds, self.apps, self.accounts
                ),
            ),
            row("most messages in a block", self.most_submits.to_string()),
            row(
                "blocks are full by",
                format!(
                    "{} % on average, {} % at most",
                    self.fullness_mean, self.fullness_max
                ),
            ),
            row(
                "largest block",
                format!("{} bytes of extrinsics", self.most_bytes),
            ),
            row(
                "a block is made in",
                format!(
                    "{} ms on average, {} ms at most",
                    self.proposal_ms_mean, self.proposal_ms_max
                ),
            ),
            row(
                "and ends by",
                self.ends
                    .iter()
                    .map(|(end, count)| format!("{end} ({count})"))
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
            row(
                "finality is behind by",
                format!(
                    "{} blocks on average, {} at most",
                    self.finality_lag_mean, self.finality_lag_max
                ),
            ),
            row(
                "the node",
                format!(
                    "{} MB at most, {} processors",
                    self.node_peak_mb, self.node_processors
                ),
            ),
            row("this generator", format!("{} processors", self.own_processors)),
            row(
                "machine",
                format!(
                    "{} processors ({}), {} MB",
                    self.machine.processors, self.machine.model, self.machine.memory_mb
                ),
            ),
        ];
        let kinds: Vec<Vec<String>> = self
            .kinds
            .iter()
            .map(|kind| {
                vec![
                    kind.kind.to_owned(),
                    kind.fate.to_owned(),
                    kind.sent.to_string(),
                    kind.taken.to_string(),
                    kind.refused.to_string(),
                ]
            })
            .collect();
        let counted = |counts: &BTreeMap<String, u64>| -> Vec<Vec<String>> {
            let counts = counts.iter();
            counts
                .map(|(what, count)| vec![what.clone(), count.to_string()])
                .collect()
        };
        let mut parts = vec![
            table(&["load", ""], &figures),
            table(&["extrinsic", "has to be", "sent", "taken", "refused"], &kinds),
            table(&["calls that failed", ""], &counted(&self.errors)),
            table(&["refused by the pool", ""], &counted(&self.refusals)),
        ];
        if self.differences > 0 {
            let more = self.differences.saturating_sub(self.shown.len());
            let shown = self.shown.join("\n  ");
            parts.push(format!("Not as re-executed:\n  {shown}\n  and {more} more"));
        }
        parts.join("\n\n")
    }
}

/// Returns the first block of a span of time, and those after it: they had the whole time since the
/// block before.
fn whole_blocks(blocks: &[BlockFigures], time: (u64, u64)) -> (BlockFigures, Vec<BlockFigures>) {
    let within = |block: &&BlockFigures| block.time > time.0 && block.time <= time.1;
    let mut within = blocks.iter().filter(within).copied();
    (within.next().unwrap_or_default(), within.collect())
}

fn kinds(plan: &Plan, sent: &Sent) -> Vec<KindFigures> {
    let mut kinds = BTreeMap::new();
    for (item, answer) in plan.items.iter().zip(&sent.answers) {
        let Some(answer) = answer else { continue };
        let figures = kinds.entry(item.kind).or_insert_with(|| KindFigures {
            kind: item.kind.name(),
            fate: match item.kind.fate() {
                Fate::Included(None) => "included",
                Fate::Included(Some(fault)) => fault.name(),
                Fate::Waits => "waiting",
                Fate::Refused(_) => "refused",
            },
            ..KindFigures::default()
        });
        figures.sent += 1;
        match answer {
            Ok(()) => figures.taken += 1,
            Err(_) => figures.refused += 1,
        }
    }
    kinds.into_values().collect()
}

fn refusals(sent: &Sent) -> BTreeMap<String, u64> {
    let mut refusals = BTreeMap::new();
    for refusal in sent
        .answers
        .iter()
        .flatten()
        .filter_map(|answer| answer.as_ref().err())
    {
        // The data after the text may name the extrinsic.
        let text = match refusal.code {
            1010 => refusal.text.as_str(),
            _ => refusal.text.split(':').next().unwrap_or_default(),
        };
        *refusals.entry(format!("{} {text}", refusal.code)).or_default() += 1;
    }
    refusals
}

fn rounded(figure: f64) -> f64 {
    (figure * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_blocks_count() {
        let block = |number, time| BlockFigures {
            number,
            time,
            ..BlockFigures::default()
        };
        let blocks: Vec<_> = (1..6)
            .map(|number| block(number, u64::from(number) * 3_000))
            .collect();
        let (first, whole) = whole_blocks(&blocks, (4_000, 13_000));
        assert_eq!(first.number, 2);
        let numbers: Vec<u32> = whole.iter().map(|block| block.number).collect();
        assert_eq!(numbers, [3, 4]);
        assert_eq!(whole_blocks(&blocks, (13_000, 14_000)).1, []);
    }

    #[test]
    fn differences_are_shown_and_those_left_out_are_counted() {
        let mut report = Report::default();
        assert!(!report.tables().contains("Not as re-executed"));
        report.differences = 30;
        report.shown = (0..20).map(|n| format!("difference {n}.")).collect();
        let shown = report.tables();
        assert!(shown.contains("difference 19.") && shown.contains("and 10 more"));
    }
}
