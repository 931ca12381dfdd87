//! Handshakes of every backend and suite.

use ossuary_benches::handshake::{ROUNDS, measure, suites};

fn main() {
    for suite in suites() {
        for speed in measure(suite, ROUNDS) {
            println!("handshake\t{suite}\t{speed}");
        }
    }
}
