//! The mount that a directory lies on, and whether that goes with the container it is in.
//!
//! What a container keeps lies on volumes. An engine mounts these from a place of its own, and the kernel names that place in
//! `/proc/self/mountinfo`: a folder of kubelet's, a volume of Docker or Podman by its name. The form of its lines is in
//! proc_pid_mountinfo(5).

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsRawFd as _, BorrowedFd};

/// The most that is read of a table of mounts, in bytes: several thousand lines.
const MAX_TABLE_BYTES: u64 = 1 << 20;

/// File systems that lie in memory, or are the layer that an engine puts over an image.
const OF_A_CONTAINER: [&str; 5] = ["tmpfs", "ramfs", "overlay", "fuse.fuse-overlayfs", "aufs"];

/// Whether the mount on which a directory lies goes with the container. Where the system does not say, it does not.
pub(super) fn goes_with_container(directory: BorrowedFd<'_>) -> bool {
    let known = read(&format!("/proc/self/fdinfo/{}", directory.as_raw_fd()));
    let id = known.as_deref().and_then(|known| known.lines().find_map(|line| line.strip_prefix("mnt_id:")));
    let Some(id) = id.map(str::trim) else { return false };
    read("/proc/self/mountinfo").is_some_and(|table| has_passing(&table, id))
}

fn read(path: &str) -> Option<String> {
    let mut text = Vec::new();
    File::open(path).ok()?.take(MAX_TABLE_BYTES).read_to_end(&mut text).ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// Whether the mount of this id in a table is one that goes with its container.
fn has_passing(table: &str, id: &str) -> bool {
    let mount = table.lines().find_map(|line| line.strip_prefix(id)?.strip_prefix(' '));
    let Some((place, system)) = mount.and_then(|mount| mount.split_once(" - ")) else { return false };
    // What follows is the parent, the device, and the folder of the file system that is mounted.
    let folder = place.split(' ').nth(2).unwrap_or_default();
    let system = system.split(' ').next().unwrap_or_default();
    OF_A_CONTAINER.contains(&system) || is_of_pod(folder) || is_unnamed_volume(folder)
}

/// An `emptyDir`: kubelet deletes it with its pod.
fn is_of_pod(folder: &str) -> bool {
    folder.split('/').any(|name| name == "kubernetes.io~empty-dir")
}

/// A volume that nobody gave a name: an engine names it by 64 hexadecimal digits, and gives each container another.
fn is_unnamed_volume(folder: &str) -> bool {
    let mut names = folder.split('/').rev().skip_while(|name| *name != "_data").skip(1);
    names.next().is_some_and(|name| name.len() == 64 && name.bytes().all(|digit| digit.is_ascii_hexdigit()))
        && names.any(|name| name == "volumes")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In a container of Docker; the first line is from <https://github.com/elastic/apm-agent-java/pull/2352>. Volumes lie
    /// under `/var/lib/docker/volumes` by <https://docs.docker.com/engine/storage/volumes/>.
    const DOCKER: &str = "\
473 387 0:143 / / rw,relatime master:181 - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/HOY5TBZRCYUBQ4CYBGZQ6TSNEM,upperdir=/var/lib/docker/overlay2/af64ca21098b/diff,workdir=/var/lib/docker/overlay2/af64ca21098b/work
474 473 0:146 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
475 473 0:147 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
490 473 254:1 /docker/volumes/7d9a1ff3f6c2ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12/_data /anonymous rw,relatime master:28 - ext4 /dev/vda1 rw
491 473 254:1 /docker/volumes/quarry-data/_data /named rw,relatime master:28 - ext4 /dev/vda1 rw
492 473 254:1 /docker/volumes/quarry-data/_data/below /below rw,relatime master:28 - ext4 /dev/vda1 rw
493 473 8:1 /srv/quarry /bound rw,relatime - ext4 /dev/sda1 rw
";

    /// In containers of Podman, of root and of a user; where volumes lie is in podman-volume-create(1).
    const PODMAN: &str = "\
310 290 0:57 / / rw,relatime - fuse.fuse-overlayfs fuse-overlayfs rw,user_id=0,group_id=0,default_permissions,allow_other
311 310 0:31 /home/me/.local/share/containers/storage/volumes/00c1d2e3f4a5b6c7d8e900c1d2e3f4a5b6c7d8e900c1d2e3f4a5b6c7d8e91234/_data /anonymous rw,nosuid,nodev,relatime - btrfs /dev/nvme0n1p3 rw,subvol=/home
312 310 0:31 /home/me/.local/share/containers/storage/volumes/quarry/_data /named rw,nosuid,nodev,relatime - btrfs /dev/nvme0n1p3 rw,subvol=/home
313 310 253:0 /var/lib/containers/storage/volumes/00c1d2e3f4a5b6c7d8e900c1d2e3f4a5b6c7d8e900c1d2e3f4a5b6c7d8e91234/_data/below /deep rw,relatime - xfs /dev/mapper/root rw
";

    /// In a pod: kubelet's folders as in <https://github.com/kubernetes/kubernetes/issues/115853>, an `emptyDir` in memory as
    /// in <https://github.com/kais271/pvc-exporter/issues/34>; with kubelet's folder on a disk of its own its path is shorter.
    const KUBERNETES: &str = "\
1200 1100 0:300 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/42/fs,upperdir=/var/lib/containerd/x/fs,workdir=/var/lib/containerd/x/work
1201 1200 259:1 /var/lib/kubelet/pods/e9b8a410-b635-4ccc-bbcd-e6ffeb49610b/volumes/kubernetes.io~empty-dir/scratch /scratch rw,noatime - xfs /dev/nvme0n1p1 rw,attr2
1202 1200 259:2 /pods/e9b8a410-b635-4ccc-bbcd-e6ffeb49610b/volumes/kubernetes.io~empty-dir/scratch/sub /sub rw,noatime - xfs /dev/nvme1n1 rw
1203 1200 0:280 / /memory rw,relatime - tmpfs tmpfs rw,size=15134720k
1204 1200 259:5 / /claim rw,relatime - ext4 /dev/nvme2n1 rw
1205 1200 259:1 /var/lib/kubelet/pods/ea2df665-0b0e-45b9-904a-0bbfd1e9fe0e/volumes/kubernetes.io~csi/pvc-ed281b15-411b-43dc-a583-b5f6706a14f0/mount /csi rw,relatime - xfs /dev/nvme0n1p1 rw
1206 1200 259:1 /opt/local-path-provisioner/pvc-ed281b15_quarry_data /local rw,relatime - xfs /dev/nvme0n1p1 rw
1207 1200 0:90 /export/quarry /nfs rw,relatime - nfs4 10.0.0.9:/export/quarry rw,vers=4.2
1208 1200 259:1 /srv/my\\040data /host rw,relatime - xfs /dev/nvme0n1p1 rw
";

    #[test]
    fn what_goes_with_a_container_or_a_pod_is_told_from_what_stays() {
        for (table, ids, passes) in [
            (DOCKER, &["473", "475", "490"][..], true),
            (DOCKER, &["491", "492", "493", "474", "47", "4", "9", ""], false),
            (PODMAN, &["310", "311", "313"], true),
            (PODMAN, &["312"], false),
            (KUBERNETES, &["1200", "1201", "1202", "1203"], true),
            (KUBERNETES, &["1204", "1205", "1206", "1207", "1208"], false),
            ("", &["1"], false),
            ("1 2\n1 2 - \n1 - tmpfs", &["1"], false),
        ] {
            for id in ids {
                assert_eq!(has_passing(table, id), passes, "{id} of\n{table}");
            }
        }
    }
}
