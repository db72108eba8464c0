//! A request whose ids are changed in place each time it is sent, so that nothing but the ids is written anew.

use std::sync::Arc;

use aboveboard_benches::serve::MANIFEST;
use aboveboard_types::headers::INGEST_KEY;
use aboveboard_types::id::Id;
use aboveboard_types::possession::{Possession, Purpose};
use aboveboard_types::{clock, headers, hex};
use aboveboard_wire::BATCH_PATH;

/// A whole request and the positions of its ids.
#[derive(Clone)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    batch: usize,
    installation: usize,
    proof: usize,
    runs: Vec<usize>,
    /// The ids of the installations and their proofs, as they stand in a request.
    senders: Arc<[(String, String)]>,
    /// Keeps the ids of one run of the load apart from those of another.
    salt: u64,
}

/// How many installations send.
const INSTALLATIONS: u64 = 2_000;

const PLACEHOLDER: &str = "00000000-0000-8000-8000-000000000000";

/// The id and the proof of an installation.
fn sender(number: u64) -> (String, String) {
    let mut secret = [0x5a; 32];
    secret[..8].copy_from_slice(&number.to_be_bytes());
    let possession = Possession::of(&secret, "quarry", "localhost");
    (possession.id().to_string(), possession.proof(Purpose::Send).to_string())
}

impl Batch {
    /// A batch of so many commands, about 230 bytes each.
    pub(crate) fn new(events: usize, salt: u64) -> Self {
        let now = clock::now();
        let event = format!(
            "{{\"name\":\"command\",\"time\":{now},\"command\":\"metadata apply\",\"run\":\"{PLACEHOLDER}\",\
             \"error\":false,\"server\":\"6f1c0a52-7b58-8d41-9a51-0c6f3f1f2e11\",\"server_version\":\"2.4.1\"}}"
        );
        let manifest = hex::encode(&hmac_sha256::Hash::hash(MANIFEST.as_bytes()));
        let senders: Arc<[_]> = (0..INSTALLATIONS).map(sender).collect();
        let proof = &senders[0].1;
        let body = format!(
            "{{\"wire\":1,\"product\":\"quarry\",\"revision\":1,\"manifest\":\"{manifest}\",\
             \"batch\":\"{PLACEHOLDER}\",\"installation\":\"{PLACEHOLDER}\",\"component\":\"cli\",\
             \"version\":\"2.4.1\",\"os\":\"linux\",\"arch\":\"x86_64\",\"marks\":[],\"sequence\":0,\
             \"events\":[{}],\"outcomes\":{{}}}}",
            vec![event; events].join(",")
        );
        let head = format!(
            "POST {BATCH_PATH} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             {INGEST_KEY}: qk_pub_quarry\r\n{}: {proof}\r\ncontent-length: {}\r\n\r\n",
            headers::PROOF,
            body.len()
        );
        let request = head + &body;
        let proof = request.find(proof).unwrap_or(0);
        let mut positions = request.match_indices(PLACEHOLDER).map(|(position, _)| position);
        let batch = positions.next().unwrap_or(0);
        let installation = positions.next().unwrap_or(0);
        let runs = positions.collect();
        Self { bytes: request.into_bytes(), batch, installation, proof, runs, senders, salt }
    }

    /// The bytes of the request with this number.
    pub(crate) fn numbered(&mut self, number: u64) -> &[u8] {
        let number = self.salt << 40 | number;
        // The first sixteen bits are a day, as an agent makes them; the rest is anything.
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.write(self.batch, 0x4f10, mixed, number);
        let senders = Arc::clone(&self.senders);
        let (installation, proof) = &senders[(mixed % INSTALLATIONS) as usize];
        self.bytes[self.installation..][..installation.len()].copy_from_slice(installation.as_bytes());
        self.bytes[self.proof..][..proof.len()].copy_from_slice(proof.as_bytes());
        for index in 0..self.runs.len() {
            self.write(self.runs[index], 0x7777, mixed ^ index as u64, number);
        }
        &self.bytes
    }

    fn write(&mut self, position: usize, first: u16, second: u64, third: u64) {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&first.to_be_bytes());
        id[2..8].copy_from_slice(&second.to_be_bytes()[..6]);
        id[8..].copy_from_slice(&third.to_be_bytes());
        let mut at = position;
        for (index, byte) in Id::from_custom(id).bytes().iter().enumerate() {
            at += usize::from(matches!(index, 4 | 6 | 8 | 10));
            self.bytes[at] = b"0123456789abcdef"[usize::from(byte >> 4)];
            self.bytes[at + 1] = b"0123456789abcdef"[usize::from(byte & 15)];
            at += 2;
        }
    }
}
