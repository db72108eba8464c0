//! In a container, an installation whose id goes with it is marked `unstable`, whatever it lies on.

use std::path::Path;

use harness::home::Home;
use harness::mounts;

/// Where the home of a container lies on its machine, by engine, and whether it goes with the container.
const VOLUMES: [(&str, bool); 8] = [
    ("kubelet/pods/e9b8a410-b635-4ccc-bbcd-e6ffeb49610b/volumes/kubernetes.io~empty-dir/data", true),
    ("kubelet/pods/e9b8a410-b635-4ccc-bbcd-e6ffeb49610b/volumes/kubernetes.io~empty-dir/data/below", true),
    ("docker/volumes/ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12/_data", true),
    ("storage/volumes/ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12/_data", true),
    ("docker/volumes/data/_data", false),
    ("storage/volumes/data/_data", false),
    ("kubelet/pods/e9b8a410-b635-4ccc-bbcd-e6ffeb49610b/volumes/kubernetes.io~csi/pvc-1/mount", false),
    ("srv/data", false),
];

/// The marks of what a command records behind `before`, in a container whose home lies in this folder; `None` where no mount
/// is allowed.
fn marks(folder: &str, before: &str) -> Option<Vec<String>> {
    let home = Home::new()
        .endpoint("http://127.0.0.1:9")
        .with("QUARRY_TELEMETRY_PERIOD", "3600")
        .with("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    let volume = home.path().join(folder);
    std::fs::create_dir_all(&volume).expect("a folder");
    let script = format!(
        "{before} $0 telemetry on >/dev/null && $0 init p >/dev/null && $0 telemetry preview 2>/dev/null"
    );
    let output = mounts::in_container(&home, &volume, &script, Path::new(&harness::binary("quarry")))
        .output()
        .expect("a shell");
    if mounts::is_refused(&output) {
        return None;
    }
    let batch: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{folder}: {}", String::from_utf8_lossy(&output.stderr)));
    let marks = batch["marks"].as_array().expect("marks").iter();
    Some(marks.filter_map(|mark| mark.as_str().map(str::to_owned)).collect())
}

#[test]
fn what_goes_with_a_pod_or_a_container_is_marked_unstable_and_a_volume_that_stays_is_not() {
    for (folder, goes) in VOLUMES {
        let Some(marks) = marks(folder, "") else { return };
        assert!(marks.contains(&"container".to_owned()), "{folder}: {marks:?}");
        assert_eq!(marks.contains(&"unstable".to_owned()), goes, "{folder}: {marks:?}");
    }
}

#[test]
fn memory_and_a_layer_over_a_volume_go_with_the_container_too() {
    for before in [
        "mount -t tmpfs tmpfs /volume; cd /volume;",
        "mkdir /run/x; mount -t tmpfs tmpfs /run/x; mkdir /run/x/u /run/x/w; \
         mount -t overlay overlay -o lowerdir=/volume,upperdir=/run/x/u,workdir=/run/x/w /volume; cd /volume;",
    ] {
        let Some(marks) = marks("srv/data", before) else { return };
        assert!(marks.contains(&"unstable".to_owned()), "{before}: {marks:?}");
    }
}
