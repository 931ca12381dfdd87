//! Records of every backend and AEAD, in all ways and sizes.

use ossuary_benches::handshake::libraries;
use ossuary_benches::machine::processor;
use ossuary_benches::record::{Case, ROUNDS};

fn main() {
    println!("processor\t{}", processor());
    for (backend, libraries) in libraries() {
        println!("libraries\t{backend}\t{}", libraries.join("; "));
    }
    for case in Case::all() {
        let (aead, operation, len) = (case.aead.name(), case.operation.name(), case.len);
        for speed in case.measure(ROUNDS) {
            println!("record\t{aead}\t{operation}\t{len}\t{speed}");
        }
    }
}
