aboveboard::manifest!("broken.toml");

fn main() {}
