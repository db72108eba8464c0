//! The five example products, each in its own language on its real runtime, with its profile from `config/profiles`: what
//! they record, what leaves the machine and what never does.

mod build;
mod devfile_registry;
mod hasura;
mod machine;
mod openvino;
mod pcf_dev;
mod podman_desktop;
mod profile;
mod sent;
mod types;
