tele::manifest!("broken.toml");

fn main() {}
