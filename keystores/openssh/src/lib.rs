//! OpenSSH's files for ossuary.
