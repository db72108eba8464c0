//! What the verbs do over the network. Without the feature `uploader`, `without_network` stands in place of it.

mod collector;
mod deliver;
mod endpoint;
mod erase;
mod held;
mod import;
mod proxy;
mod published;
mod roots;
mod send;
mod server;

pub(crate) use self::{
    collector::look as ask_collector,
    deliver::deliver,
    erase::hand_in,
    held::run as held,
    import::import,
    proxy::{proxy, unusable_proxy},
    published::run as published,
    roots::unusable_roots,
    send::send,
    server::status as status_of_server,
};
