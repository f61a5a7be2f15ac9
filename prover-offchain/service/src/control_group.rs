//! The memory limit of the control group that this process runs in: systemd's `MemoryMax=`, or that
//! of a container. See cgroups(7).

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Returns the least limit of the process's group and those around it, in bytes. `None` without
/// one.
pub(crate) fn memory_limit() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    memory_limit_in(Path::new("/sys/fs/cgroup"), &groups)
}

/// As [`memory_limit`], where `groups` is the process's list of groups, and `root` where they are.
fn memory_limit_in(root: &Path, groups: &str) -> Option<u64> {
    let limits = groups.lines().filter_map(|line| {
        // Number of the hierarchy, its controllers, path.
        let mut fields = line.splitn(3, ':');
        let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
        let (top, file) = match controllers {
            // Version 2 has one hierarchy for all controllers.
            "" => (root.to_owned(), "memory.max"),
            _ if controllers.split(',').any(|it| it == "memory") => {
                (root.join("memory"), "memory.limit_in_bytes")
            }
            _ => return None,
        };
        let group = top.join(path.trim_start_matches('/'));
        least_limit(&group, &top, file)
    });
    limits.min()
}

/// Returns the least limit of a group and those around it, up to `top`.
fn least_limit(group: &Path, top: &Path, file: &str) -> Option<u64> {
    let groups = group.ancestors().take_while(|group| group.starts_with(top));
    let limits = groups.filter_map(|group| read(group.join(file)));
    limits.min()
}

/// Reads a limit; "max", which stands for none, and a missing file are none.
fn read(file: PathBuf) -> Option<u64> {
    let limit: u64 = fs::read_to_string(file).ok()?.trim().parse().ok()?;
    // Version 1 says so with the largest number of whole pages.
    (limit < 1 << 62).then_some(limit)
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
    fn the_least_limit_of_the_groups_around_the_process_counts() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(root, "system.slice/memory.max", "3000000\n");
        write(root, "system.slice/fusion.service/memory.max", "2000000\n");
        write(root, "other.slice/memory.max", "max\n");
        write(root, "memory/box/memory.limit_in_bytes", "1000000\n");
        write(root, "memory/memory.limit_in_bytes", "9223372036854771712\n");
        for (groups, limit) in [
            ("0::/system.slice/fusion.service\n", Some(2_000_000)),
            ("0::/system.slice/other.service\n", Some(3_000_000)),
            ("0::/other.slice/a.service\n", None),
            ("4:memory:/box\n1:cpu,cpuacct:/box\n0::/\n", Some(1_000_000)),
            ("4:memory:/gone\n", None),
            ("", None),
            ("nonsense\n", None),
        ] {
            assert_eq!(memory_limit_in(root, groups), limit, "{groups}");
        }
    }
}
