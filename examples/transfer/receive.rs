//! The receiver's end.

use crate::Report;
use crate::common::{Link, Result, explain_io};
use crate::protocol::{DATA_LEN, Header, REPORT_EVERY, Reply, WINDOW};
use indicatif::ProgressBar;
use ossuary::io::RecordsLost;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tempfile::NamedTempFile;

/// Receives a file, tells the sender whether it has it, and waits until the
/// sender has read that.
pub(crate) fn receive(link: &mut Link, output: Option<&Path>, bar: &ProgressBar) -> Result<Report> {
    let mut inbox = Inbox {
        link,
        reply: Vec::new(),
    };
    let result = receive_file(&mut inbox, output, bar);
    let answer = match &result {
        Ok(_) => Reply::Stored,
        Err(error) => Reply::Refused(error.to_string()),
    };
    // Where it is the connection that has failed, this fails again at once.
    let told = inbox.reply(&answer).and_then(|()| inbox.wait_for_close());
    if let (Ok(_), Err(error)) = (&result, told) {
        bar.suspend(|| {
            eprintln!("transfer: the file is whole, but the sender may not know it: {error}");
        });
    }
    result
}

fn receive_file(inbox: &mut Inbox<'_>, output: Option<&Path>, bar: &ProgressBar) -> Result<Report> {
    let header = Header::decode(inbox.expect()?).ok_or("the sender's header is too short")?;
    let mut store = Store::create(output)?;
    inbox.report()?;

    let begun = Instant::now();
    bar.set_length(header.len);
    let mut hash = Sha256::new();
    let mut left = header.len;
    while left > 0 {
        let due = left.min(DATA_LEN as u64);
        let data = inbox.expect()?;
        if data.len() as u64 != due {
            let len = data.len();
            return Err(format!("the sender sent {len} bytes of data where {due} were due").into());
        }
        hash.update(data);
        store.write(data)?;
        left -= due;
        bar.set_position(header.len - left);
        inbox.report()?;
    }

    let hash = hash.finalize().into();
    if inbox.expect()? != hash {
        return Err("the SHA-256 differs: the file was changed while it was being sent".into());
    }
    store.finish()?;
    Ok(Report {
        name: header.name,
        bytes: header.len,
        seconds: begun.elapsed().as_secs_f64(),
        hash,
    })
}

/// The sender's records, and the last reply to them.
struct Inbox<'a> {
    link: &'a mut Link,
    reply: Vec<u8>,
}

impl Inbox<'_> {
    /// The next record; `None` after the sender's close.
    fn next(&mut self) -> Result<Option<&[u8]>> {
        // `fill_buf` waits for a record, or for the close, and `read_record`
        // then has it without waiting.
        while let Err(error) = self.link.fill_buf().map(drop) {
            self.recovered(error)?;
        }
        let record = self.link.read_record();
        record.map_err(|error| explain_io(&error).into())
    }

    /// The next record, which has to come.
    fn expect(&mut self) -> Result<&[u8]> {
        self.next()?
            .ok_or_else(|| "the sender gave up before the end of the file".into())
    }

    /// Says how many records have arrived, when it is time to.
    fn report(&mut self) -> Result {
        let arrived = self.link.channel().records_received();
        if arrived == 1 || arrived.is_multiple_of(REPORT_EVERY) {
            self.reply(&Reply::Arrived(arrived))?;
        }
        Ok(())
    }

    fn reply(&mut self, reply: &Reply) -> Result {
        self.reply = reply.encode();
        while let Err(error) = self.link.write_record(&self.reply) {
            if RecordsLost::of(&error).is_none() {
                return Err(explain_io(&error).into());
            }
        }
        Ok(())
    }

    /// The channel was damaged and is whole again, and replies were lost: the
    /// last one says all that the earlier ones did.
    fn recovered(&mut self, error: io::Error) -> Result {
        if RecordsLost::of(&error).is_none() {
            return Err(explain_io(&error).into());
        }
        self.link
            .write_record(&self.reply)
            .map_err(|error| explain_io(&error).into())
    }

    /// Drops what the sender sent before it read the answer.
    fn wait_for_close(&mut self) -> Result {
        for _ in 0..2 * WINDOW {
            if self.next()?.is_none() {
                return Ok(());
            }
        }
        Err("it goes on sending".into())
    }
}

/// Where the file goes. A regular file appears under its name when it is whole,
/// and not before.
enum Store {
    Nowhere,
    /// What is no regular file is written as it is: a pipe, a device.
    Special(PathBuf, File),
    Temporary(PathBuf, NamedTempFile),
}

impl Store {
    fn create(output: Option<&Path>) -> Result<Self> {
        let Some(path) = output else {
            return Ok(Store::Nowhere);
        };
        let special = fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
        let store = if special {
            let file = OpenOptions::new().write(true).open(path);
            file.map(|file| Store::Special(path.into(), file))
        } else {
            // In the same folder, so that it can be renamed; `tempfile` lets
            // only the owner read it.
            let folder = path.parent().filter(|folder| *folder != Path::new(""));
            NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
                .map(|file| Store::Temporary(path.into(), file))
        };
        store.map_err(|error| cannot_write(path, &error))
    }

    fn write(&mut self, data: &[u8]) -> Result {
        match self {
            Store::Nowhere => Ok(()),
            Store::Special(path, file) => file
                .write_all(data)
                .map_err(|error| cannot_write(path, &error)),
            Store::Temporary(path, file) => file
                .write_all(data)
                .map_err(|error| cannot_write(path, &error)),
        }
    }

    fn finish(self) -> Result {
        let Store::Temporary(path, file) = self else {
            return Ok(());
        };
        // A full disk may show only here.
        file.as_file()
            .sync_all()
            .and_then(|()| Ok(file.persist(&path)?))
            .map(drop)
            .map_err(|error| cannot_write(&path, &error))
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Box<dyn std::error::Error + Send + Sync> {
    format!("cannot write {}: {error}", path.display()).into()
}
