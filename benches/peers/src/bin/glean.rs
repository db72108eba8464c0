//! Glean: initialize with upload off the network, record one counter, shut down.

use glean::ConfigurationBuilder;
use glean::private::CounterMetric;
use glean::{ClientInfoMetrics, CommonMetricData, Lifetime};

fn main() {
    let folder = std::env::temp_dir().join("aboveboard-peers-glean");
    let configuration = ConfigurationBuilder::new(true, folder, "peer").with_use_core_mps(false).build();
    glean::initialize(configuration, ClientInfoMetrics::unknown());
    let command = CounterMetric::new(CommonMetricData {
        name: "command".into(),
        category: "peer".into(),
        send_in_pings: vec!["metrics".into()],
        lifetime: Lifetime::Ping,
        disabled: false,
        ..Default::default()
    });
    command.add(1);
    glean::shutdown();
}
