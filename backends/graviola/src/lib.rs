//! The cryptography of ossuary from graviola: formally verified assembler, no C compiler.
