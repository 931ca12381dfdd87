//! The cryptography of ossuary from AWS-LC: all algorithms.
