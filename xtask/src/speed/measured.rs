//! What the benches print.

use crate::Outcome;

/// All of it.
pub(super) struct Measured {
    /// The processor's kind and its instructions.
    pub(super) processor: String,
    /// The backends, in the order of the columns, and their libraries.
    pub(super) libraries: Vec<(String, String)>,
    /// Named by AEAD, operation and bytes of plaintext.
    pub(super) records: Vec<Row>,
    /// Named by their suites.
    pub(super) handshakes: Vec<Row>,
}

/// One thing, with every backend that can do it.
pub(super) struct Row {
    pub(super) name: Vec<String>,
    ratios: Vec<(String, Ratios)>,
}

#[derive(Clone, Copy)]
pub(super) struct Ratios {
    /// The channel's speed by that of the library alone.
    pub(super) efficiency: f64,
    /// The channel's speed by that of the channel with the first backend.
    pub(super) relative: f64,
}

impl Row {
    /// Of a backend, where it can do this.
    pub(super) fn of(&self, backend: &str) -> Option<Ratios> {
        let mut ratios = self.ratios.iter();
        ratios
            .find(|(name, _)| name == backend)
            .map(|(_, ratios)| *ratios)
    }
}

/// Whether a line of output is one of what was measured.
pub(super) fn is_one(line: &str) -> bool {
    let kinds = ["processor\t", "libraries\t", "record\t", "handshake\t"];
    kinds.iter().any(|kind| line.starts_with(kind))
}

impl Measured {
    pub(super) fn parse(text: &str) -> Outcome<Self> {
        let mut measured = Measured {
            processor: String::new(),
            libraries: Vec::new(),
            records: Vec::new(),
            handshakes: Vec::new(),
        };
        for line in text.lines() {
            measured
                .add(line)
                .ok_or_else(|| format!("not a measurement: {line:?}"))?;
        }
        let Measured {
            records,
            handshakes,
            libraries,
            ..
        } = &measured;
        if records.is_empty() || handshakes.is_empty() || libraries.is_empty() {
            return Err("the measurements are not complete".into());
        }
        Ok(measured)
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let fields: Vec<&str> = line.split('\t').collect();
        match *fields.as_slice() {
            ["processor", processor] => self.processor = processor.into(),
            ["libraries", backend, libraries] => {
                self.libraries.push((backend.into(), libraries.into()));
            }
            [
                "record",
                aead,
                operation,
                len,
                backend,
                efficiency,
                relative,
            ] => {
                len.parse::<usize>().ok()?;
                let ratios = ratios(efficiency, relative)?;
                add(&mut self.records, &[aead, operation, len], backend, ratios);
            }
            ["handshake", suite, backend, efficiency, relative] => {
                let ratios = ratios(efficiency, relative)?;
                add(&mut self.handshakes, &[suite], backend, ratios);
            }
            _ => return None,
        }
        Some(())
    }

    /// The backends' names.
    pub(super) fn backends(&self) -> impl Iterator<Item = &str> {
        self.libraries.iter().map(|(backend, _)| backend.as_str())
    }
}

fn ratios(efficiency: &str, relative: &str) -> Option<Ratios> {
    Some(Ratios {
        efficiency: efficiency.parse().ok()?,
        relative: relative.parse().ok()?,
    })
}

fn add(rows: &mut Vec<Row>, name: &[&str], backend: &str, ratios: Ratios) {
    let entry = (backend.into(), ratios);
    match rows.last_mut() {
        Some(row) if row.name == name => row.ratios.push(entry),
        _ => rows.push(Row {
            name: name.iter().copied().map(String::from).collect(),
            ratios: vec![entry],
        }),
    }
}
