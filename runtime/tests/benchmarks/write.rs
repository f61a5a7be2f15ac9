//! Writes measured weights as source files.

use crate::measure::{Line, Measured};
use std::fmt::Write;

/// Returns the source file of a pallet's weights.
pub(crate) fn source(pallet: &str, measured: &[Measured], steps: u32, repeats: u32) -> String {
    let date = std::env::var("TODAY").expect("TODAY is the date");
    let mut text = format!(
        "//! Weights of `{pallet}`, written by `make weights` on {date}.\n//!\n\
         //! Measured in wasm, as processor time, at {steps} values of each component and {repeats} times each, on\n\
         //! {}.\n\n\
         use core::marker::PhantomData;\nuse frame_support::{{traits::Get, weights::Weight}};\n\n\
         /// The weights.\npub struct WeightInfo<T>(PhantomData<T>);\n\n\
         impl<T: frame_system::Config> {} for WeightInfo<T> {{\n",
        processor(),
        interface(pallet)
    );
    let functions: Vec<String> = measured.iter().map(function).collect();
    text.push_str(&functions.join("\n"));
    text.push_str("}\n");
    text
}

/// Returns the trait of a pallet's weights.
fn interface(pallet: &str) -> String {
    match pallet.strip_suffix("_extensions") {
        Some(pallet) => format!("{pallet}::ExtensionsWeightInfo"),
        None => format!("{pallet}::WeightInfo"),
    }
}

fn function(measured: &Measured) -> String {
    let Measured {
        name,
        ranges,
        time,
        reads,
        writes,
    } = measured;
    let used = |component: &str| {
        [time, reads, writes].iter().any(|line| {
            line.slopes
                .iter()
                .any(|(name, slope)| name == component && *slope > 0)
        })
    };
    let mut text = String::new();
    for (component, least, most) in ranges {
        writeln!(
            text,
            "    // `{component}` is from {} to {}.",
            number(*least),
            number(*most)
        )
        .expect("a string grows");
    }
    let parameters: Vec<String> = ranges
        .iter()
        .map(|(component, ..)| format!("{}{component}: u32", if used(component) { "" } else { "_" }))
        .collect();
    let mut terms = vec![format!("Weight::from_parts({}, 0)", number(time.base))];
    terms.extend(slopes(time).map(|(component, slope)| {
        format!(
            "Weight::from_parts({}, 0).saturating_mul({component}.into())",
            number(slope)
        )
    }));
    for (line, operation) in [(reads, "reads"), (writes, "writes")] {
        if line.base > 0 {
            terms.push(format!("T::DbWeight::get().{operation}({})", line.base));
        }
        terms.extend(slopes(line).map(|(component, slope)| {
            format!("T::DbWeight::get().{operation}({slope}).saturating_mul({component}.into())")
        }));
    }
    let sum = terms.remove(0);
    let added: String = terms
        .iter()
        .map(|term| format!("\n            .saturating_add({term})"))
        .collect();
    write!(
        text,
        "    fn {name}({}) -> Weight {{\n        {sum}{added}\n    }}\n",
        parameters.join(", ")
    )
    .expect("a string grows");
    text
}

/// Returns the slopes that are not zero.
fn slopes(line: &Line) -> impl Iterator<Item = (&str, u128)> {
    line.slopes
        .iter()
        .filter(|(_, slope)| *slope > 0)
        .map(|(name, slope)| (name.as_str(), *slope))
}

/// Returns a number with its thousands apart.
fn number(value: impl Into<u128>) -> String {
    let digits = value.into().to_string();
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    let groups: Vec<_> = groups.into_iter().map(String::from_utf8_lossy).collect();
    groups.join("_")
}

/// Returns the name of the machine's processor.
fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or("an unknown processor".into(), |(_, name)| name.trim().to_string())
}
