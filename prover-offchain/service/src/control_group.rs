//! What is left of the memory limit of the control group that this process runs in: systemd's
//! `MemoryMax=`, or that of a container. See cgroups(7).

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Names of files and fields. The page cache, which gives way, is in none of the fields.
struct Version {
    limit: &'static str,
    used: [&'static str; 2],
}

const V1: Version = Version {
    limit: "memory.limit_in_bytes",
    used: ["total_rss ", "total_shmem "],
};

const V2: Version = Version {
    limit: "memory.max",
    used: ["anon ", "shmem "],
};

/// Returns the least that the process's group and those around it leave of their limits, in bytes.
/// `None` without a limit.
pub(crate) fn memory_left() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    memory_left_in(Path::new("/sys/fs/cgroup"), &groups)
}

/// As [`memory_left`], where `groups` is the process's list of groups, and `root` where they are.
fn memory_left_in(root: &Path, groups: &str) -> Option<u64> {
    let left = groups.lines().filter_map(|line| {
        // Number of the hierarchy, its controllers, path.
        let mut fields = line.splitn(3, ':');
        let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
        let (top, version) = match controllers {
            // Version 2 has one hierarchy for all controllers.
            "" => (root.to_owned(), V2),
            _ if controllers.split(',').any(|it| it == "memory") => (root.join("memory"), V1),
            _ => return None,
        };
        let group = top.join(path.trim_start_matches('/'));
        let around = group.ancestors().take_while(|group| group.starts_with(&top));
        let left = around.filter_map(|group| left_in(group, &version));
        left.min()
    });
    left.min()
}

/// Returns what a group leaves of its own limit. "max", which stands for none, and a missing file
/// are none.
fn left_in(group: &Path, version: &Version) -> Option<u64> {
    let limit: u64 = read(group.join(version.limit))?.trim().parse().ok()?;
    // Version 1 says with the largest number of whole pages that there is none.
    let limit = Some(limit).filter(|limit| *limit < 1 << 62)?;
    let stat = read(group.join("memory.stat")).unwrap_or_default();
    let field = |name: &str| {
        let value = stat.lines().find_map(|line| line.strip_prefix(name));
        value
            .and_then(|value| value.trim().parse::<u64>().ok())
            .unwrap_or(0)
    };
    let used: u64 = version.used.iter().map(|name| field(name)).sum();
    Some(limit.saturating_sub(used))
}

fn read(file: PathBuf) -> Option<String> {
    fs::read_to_string(file).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, file: &str, text: &str) {
        let file = root.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    #[test]
    fn the_least_that_the_groups_around_the_process_leave_counts() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(root, "system.slice/memory.max", "3000000\n");
        write(root, "system.slice/fusion.service/memory.max", "2000000\n");
        write(
            root,
            "system.slice/fusion.service/memory.stat",
            "anon 300000\nfile 900000\nshmem 50000\ninactive_anon 7\n",
        );
        write(root, "other.slice/memory.max", "max\n");
        write(root, "memory/box/memory.limit_in_bytes", "1000000\n");
        write(root, "memory/box/memory.stat", "rss 1\ntotal_rss 400000\n");
        write(root, "memory/memory.limit_in_bytes", "9223372036854771712\n");
        for (groups, left) in [
            ("0::/system.slice/fusion.service\n", Some(1_650_000)),
            ("0::/system.slice/other.service\n", Some(3_000_000)),
            ("0::/other.slice/a.service\n", None),
            ("4:memory:/box\n1:cpu,cpuacct:/box\n0::/\n", Some(600_000)),
            ("4:memory:/gone\n", None),
            ("", None),
            ("nonsense\n", None),
        ] {
            assert_eq!(memory_left_in(root, groups), left, "{groups}");
        }
    }
}
