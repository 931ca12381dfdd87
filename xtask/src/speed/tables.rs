//! The tables of the page.

use super::measured::{Measured, Ratios, Row};
use crate::Outcome;
use std::fmt::Write as _;

/// What a channel should reach of its library's speed with records of so many
/// bytes: less is set in bold type.
const AIM: f64 = 0.97;
const AIM_LEN: &str = "16384";

const RECORD: [&str; 3] = ["AEAD", "operation", "bytes"];
const HANDSHAKE: [&str; 1] = ["suite"];

/// The page with its tables made anew, each between the two comments that name
/// it. `v3` was built for processors with AVX2.
pub(super) fn fill(page: &str, generic: &Measured, v3: &Measured) -> Outcome<String> {
    let records = |of: &Measured, cell| table(&RECORD, &of.records, of, cell);
    let handshakes = |of: &Measured, cell| table(&HANDSHAKE, &of.handshakes, of, cell);
    let tables = [
        ("measured with", libraries(generic)),
        ("records", records(generic, relative)),
        ("records, x86-64-v3", records(v3, relative)),
        ("records, efficiency", records(generic, efficiency)),
        ("handshakes", handshakes(generic, relative)),
        ("handshakes, x86-64-v3", handshakes(v3, relative)),
        ("handshakes, efficiency", handshakes(generic, efficiency)),
    ];
    let mut page = page.to_owned();
    for (name, table) in tables {
        page = replace(&page, name, &table)?;
    }
    Ok(page)
}

fn replace(page: &str, name: &str, table: &str) -> Outcome<String> {
    let begin = format!("<!-- {name}: made by `cargo xtask speed` -->\n");
    let end = format!("<!-- end of {name} -->\n");
    let parts = page.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some((before, after))
    });
    let (before, after) = parts.ok_or_else(|| format!("the page has no place for {name}"))?;
    Ok(format!("{before}{begin}\n{table}\n{end}{after}"))
}

fn relative(_: &Row, ratios: Ratios) -> String {
    format!("{:.2}", ratios.relative)
}

fn efficiency(row: &Row, ratios: Ratios) -> String {
    let Ratios { efficiency, .. } = ratios;
    if row.name.last().is_some_and(|len| len == AIM_LEN) && efficiency < AIM {
        format!("**{efficiency:.3}**")
    } else {
        format!("{efficiency:.3}")
    }
}

/// A row for each thing that was measured, and a column for each backend.
fn table(
    heads: &[&str],
    rows: &[Row],
    measured: &Measured,
    cell: fn(&Row, Ratios) -> String,
) -> String {
    let backends: Vec<&str> = measured.backends().collect();
    let mut table = String::new();
    let head = heads.iter().copied().map(String::from);
    line(
        &mut table,
        head.chain(backends.iter().map(|backend| format!("`{backend}`"))),
    );
    let left = heads.iter().map(|_| "---".to_owned());
    line(
        &mut table,
        left.chain(backends.iter().map(|_| "---:".to_owned())),
    );
    for row in rows {
        let cells = backends.iter().map(|backend| match row.of(backend) {
            Some(ratios) => cell(row, ratios),
            None => "–".into(),
        });
        line(&mut table, row.name.iter().cloned().chain(cells));
    }
    table
}

fn line(table: &mut String, cells: impl Iterator<Item = String>) {
    table.push('|');
    for cell in cells {
        // Writing to a string does not fail.
        let _ = write!(table, " {cell} |");
    }
    table.push('\n');
}

/// The processor and the libraries.
fn libraries(measured: &Measured) -> String {
    let mut text = format!("Processor: {}.\n\n", measured.processor);
    text.push_str("| backend | libraries |\n|---|---|\n");
    for (backend, libraries) in &measured.libraries {
        let _ = writeln!(text, "| `{backend}` | {libraries} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATIOS: &str = "\
processor\tx86_64, AES-NI
libraries\trustcrypto\tRustCrypto aes 1.0; dalek 2.0
libraries\tring\tring 3.0
record\tAES\tseal\t64\trustcrypto\t0.700\t1.000
record\tAES\tseal\t64\tring\t0.650\t1.777
record\tAES\tseal\t16384\trustcrypto\t0.970\t1.000
record\tAES\tseal\t16384\tring\t0.969\t2.345
handshake\tX25519, AES\trustcrypto\t0.900\t1.000
handshake\tP-256, AES\trustcrypto\t0.800\t1.000
handshake\tP-256, AES\tring\t0.850\t3.456
";

    const NAMES: [&str; 7] = [
        "measured with",
        "records",
        "records, x86-64-v3",
        "records, efficiency",
        "handshakes",
        "handshakes, x86-64-v3",
        "handshakes, efficiency",
    ];

    fn page(tables: [&str; 7]) -> String {
        let mut page = String::from("# Backends\n");
        for (name, table) in NAMES.iter().zip(tables) {
            page += &format!("<!-- {name}: made by `cargo xtask speed` -->\n{table}");
            page += &format!("<!-- end of {name} -->\nbetween\n");
        }
        page
    }

    #[test]
    fn tables_are_made_between_their_comments_and_nothing_else_is_changed() -> Outcome {
        let generic = Measured::parse(RATIOS)?;
        let v3 = Measured::parse(&RATIOS.replace("2.345", "1.205"))?;
        let expected = page([
            "
Processor: x86_64, AES-NI.

| backend | libraries |
|---|---|
| `rustcrypto` | RustCrypto aes 1.0; dalek 2.0 |
| `ring` | ring 3.0 |

",
            "
| AEAD | operation | bytes | `rustcrypto` | `ring` |
| --- | --- | --- | ---: | ---: |
| AES | seal | 64 | 1.00 | 1.78 |
| AES | seal | 16384 | 1.00 | 2.35 |

",
            "
| AEAD | operation | bytes | `rustcrypto` | `ring` |
| --- | --- | --- | ---: | ---: |
| AES | seal | 64 | 1.00 | 1.78 |
| AES | seal | 16384 | 1.00 | 1.21 |

",
            "
| AEAD | operation | bytes | `rustcrypto` | `ring` |
| --- | --- | --- | ---: | ---: |
| AES | seal | 64 | 0.700 | 0.650 |
| AES | seal | 16384 | 0.970 | **0.969** |

",
            HANDSHAKES,
            HANDSHAKES,
            "
| suite | `rustcrypto` | `ring` |
| --- | ---: | ---: |
| X25519, AES | 0.900 | – |
| P-256, AES | 0.800 | 0.850 |

",
        ]);
        let filled = fill(
            &page(["old\n", "", "old\n", "\n", "", "", ""]),
            &generic,
            &v3,
        )?;
        assert_eq!(filled, expected);
        assert_eq!(fill(&filled, &generic, &v3)?, expected);
        Ok(())
    }

    const HANDSHAKES: &str = "
| suite | `rustcrypto` | `ring` |
| --- | ---: | ---: |
| X25519, AES | 1.00 | – |
| P-256, AES | 1.00 | 3.46 |

";

    #[test]
    fn a_page_without_a_place_for_a_table_is_refused() -> Outcome {
        let measured = Measured::parse(RATIOS)?;
        let page = page([""; 7]);
        assert!(fill(&page, &measured, &measured).is_ok());
        for lacking in ["<!-- records: ", "<!-- end of handshakes"] {
            let page = page.replace(lacking, "<!-- ");
            assert!(fill(&page, &measured, &measured).is_err());
        }
        Ok(())
    }

    #[test]
    fn what_is_no_measurement_is_refused() {
        for bad in [
            "record\tAES\tseal\t64\tring\t0.650\n",
            "record\tAES\tseal\tmany\tring\t0.650\t1.0\n",
            "handshake\tX25519\tring\tfast\t1.0\n",
            "else\n",
        ] {
            assert!(Measured::parse(&format!("{RATIOS}{bad}")).is_err(), "{bad}");
        }
        let records_only: Vec<&str> = RATIOS
            .lines()
            .filter(|line| !line.starts_with("handshake"))
            .collect();
        assert!(Measured::parse(&records_only.join("\n")).is_err());
    }
}
