//! The sender's end.

use crate::Report;
use crate::common::{Link, Result, explain_io};
use crate::protocol::{DATA_LEN, Header, Reply, WINDOW};
use indicatif::ProgressBar;
use ossuary::io::RecordsLost;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A file, as the records that carry it: any of them can be made again.
pub(crate) struct Source {
    path: PathBuf,
    file: File,
    len: u64,
    /// Where `file` stands.
    position: u64,
    /// Of the first `hashed` bytes.
    hash: Sha256,
    hashed: u64,
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        let (metadata, file) =
            opened.map_err(|error| format!("cannot open {}: {error}", path.display()))?;
        if !metadata.is_file() {
            let what = if metadata.is_dir() {
                "a directory"
            } else {
                "no regular file"
            };
            return Err(format!("cannot send {}: it is {what}", path.display()).into());
        }
        Ok(Source {
            path: path.into(),
            file,
            len: metadata.len(),
            position: 0,
            hash: Sha256::new(),
            hashed: 0,
        })
    }

    fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into()
    }

    /// How many records there are: the header, the data and the hash.
    fn records(&self) -> u64 {
        self.len.div_ceil(DATA_LEN as u64) + 2
    }

    /// Puts the record of this number into `record`.
    fn read(&mut self, number: u64, record: &mut Vec<u8>) -> Result {
        if number == 0 {
            let (len, name) = (self.len, self.name());
            *record = Header { len, name }.encode();
        } else if number == self.records() - 1 {
            *record = self.hash.clone().finalize().to_vec();
        } else {
            self.read_data((number - 1) * DATA_LEN as u64, record)
                .map_err(|error| match error.kind() {
                    ErrorKind::UnexpectedEof => {
                        format!("{} became shorter while it was sent", self.path.display())
                    }
                    _ => format!("cannot read {}: {error}", self.path.display()),
                })?;
        }
        Ok(())
    }

    fn read_data(&mut self, offset: u64, record: &mut Vec<u8>) -> io::Result<()> {
        if self.position != offset {
            self.position = self.file.seek(SeekFrom::Start(offset))?;
        }
        let len = (self.len - offset).min(DATA_LEN as u64);
        record.resize(usize::try_from(len).unwrap_or(DATA_LEN), 0);
        self.file.read_exact(record)?;
        self.position += len;
        // What is read again after a recovery has been hashed before.
        if offset == self.hashed {
            self.hash.update(record);
            self.hashed += len;
        }
        Ok(())
    }
}

/// Sends the file, and waits until the receiver says that it has it.
pub(crate) fn send(link: &mut Link, mut source: Source, bar: &ProgressBar) -> Result<Report> {
    let result = send_records(link, &mut source, bar);
    // It tells a receiver that waits for more that there is no more. Whether it
    // arrives changes nothing here: the answer has come, or an error has.
    let _ = link.shutdown();
    result
}

fn send_records(link: &mut Link, source: &mut Source, bar: &ProgressBar) -> Result<Report> {
    let begun = Instant::now();
    bar.set_length(source.len);
    let mut record = Vec::with_capacity(DATA_LEN);
    // The number of the next record, and how many are known to have arrived.
    let (mut next, mut arrived) = (0, 0);
    loop {
        // The data follow when the receiver has seen the header and can store them.
        let window = if arrived == 0 { 1 } else { WINDOW };
        let done = if next < source.records().min(arrived + window) {
            source.read(next, &mut record)?;
            bar.set_position(source.position);
            link.write_record(&record).map(|()| None)
        } else {
            read_reply(link).map(Some)
        };
        match done {
            Ok(None) => next += 1,
            Ok(Some(Reply::Arrived(count))) => arrived = count.min(next).max(arrived),
            Ok(Some(Reply::Stored)) if next == source.records() => {
                return Ok(Report {
                    name: source.name(),
                    bytes: source.len,
                    seconds: begun.elapsed().as_secs_f64(),
                    hash: source.hash.clone().finalize().into(),
                });
            }
            Ok(Some(Reply::Stored)) => {
                return Err("the receiver says that it has a file that was not sent yet".into());
            }
            Ok(Some(Reply::Refused(text))) => {
                return Err(format!("the receiver did not take the file: {text}").into());
            }
            Err(error) => match RecordsLost::of(&error) {
                // The channel was damaged and is whole again: go on from the
                // first record that has not arrived.
                Some(RecordsLost(delivery)) => {
                    bar.suspend(|| eprintln!("transfer: {error}; sending goes on from there"));
                    (next, arrived) = (delivery.received, delivery.received);
                }
                None => return Err(explain_io(&error).into()),
            },
        }
    }
}

fn read_reply(link: &mut Link) -> io::Result<Reply> {
    match link.read_record()?.map(Reply::decode) {
        Some(Some(reply)) => Ok(reply),
        Some(None) => Err(io::Error::other(
            "the receiver's reply is none of this protocol",
        )),
        None => Err(io::Error::other(
            "the receiver closed the channel without an answer",
        )),
    }
}
