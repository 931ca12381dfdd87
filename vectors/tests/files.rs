//! The files of `vectors/` are what `vectors/README.md` and their schemas say.
//!
//! What the values in them are worth, the tests that run them show.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files below `folder`, by their paths from `vectors/`.
fn files_below(folder: &Path) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            let name = path.strip_prefix(vectors()).unwrap().to_str().unwrap();
            files.insert(name.replace('\\', "/"));
        }
    }
    files
}

fn json(file: &str) -> Value {
    let text = fs::read_to_string(vectors().join(file)).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn schema_files() -> Vec<String> {
    let files: Vec<_> = files_below(&vectors().join("schema")).into_iter().collect();
    assert!(!files.is_empty());
    files
}

/// The files with tests, each with the validator of the schema that it names.
fn test_files() -> Vec<(String, Value, Arc<Validator>)> {
    let validators: BTreeMap<String, Arc<Validator>> = schema_files()
        .iter()
        .map(|file| {
            let schema = json(file);
            let name = schema["properties"]["schema"]["const"].as_str().unwrap();
            let validator = jsonschema::draft202012::new(&schema).unwrap();
            (name.to_owned(), Arc::new(validator))
        })
        .collect();
    let files: Vec<_> = files_below(&vectors())
        .into_iter()
        .filter(|file| file.ends_with(".json") && !file.starts_with("schema/"))
        .map(|file| {
            let document = json(&file);
            let validator = validators[document["schema"].as_str().unwrap()].clone();
            (file, document, validator)
        })
        .collect();
    assert!(!files.is_empty());
    files
}

#[test]
fn every_file_has_the_form_of_its_schema() {
    for (file, document, validator) in test_files() {
        let errors: Vec<_> = validator
            .iter_errors(&document)
            .map(|error| format!("{file}{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }
}

#[test]
fn schemas_are_schemas() {
    for file in schema_files() {
        let schema = json(&file);
        let dialect = "https://json-schema.org/draft/2020-12/schema";
        assert_eq!(schema["$schema"], dialect, "{file}");
        jsonschema::draft202012::meta::validate(&schema)
            .unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

#[test]
fn tests_are_counted_and_numbered() {
    for (file, document, _) in test_files() {
        let tests = document["tests"].as_array().unwrap();
        assert_eq!(document["numberOfTests"], tests.len(), "{file}");
        let numbers: Vec<_> = tests.iter().map(|test| test["tcId"].as_u64()).collect();
        let ascending: Vec<_> = (1..).map(Some).take(tests.len()).collect();
        assert_eq!(numbers, ascending, "{file}");
    }
}

/// Both ways: what is there is in a table, and what is in a table is there.
#[test]
fn every_file_is_in_a_table_of_the_readme() {
    let readme = fs::read_to_string(vectors().join("README.md")).unwrap();
    let named: BTreeSet<String> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.contains('.'))
        .collect();
    let mut files = files_below(&vectors());
    assert!(files.remove("README.md"));
    assert_eq!(files, named);
}

/// Fields whose text is for people.
const FOR_PEOPLE: [&str; 4] = ["comment", "source", "why", "label"];

/// All documents that `document` becomes by one change that no schema may let through: a
/// field that no one knows, or a string with a character too many, which is half a byte
/// or no name of anything.
fn spoiled(document: &Value) -> Vec<Value> {
    match document {
        Value::Object(fields) => {
            let mut all = vec![document.clone()];
            all[0]["unknown"] = json!(0);
            for (name, value) in fields {
                if FOR_PEOPLE.contains(&name.as_str()) {
                    continue;
                }
                for changed in spoiled(value) {
                    let mut other = document.clone();
                    other[name] = changed;
                    all.push(other);
                }
            }
            all
        }
        Value::Array(values) => {
            let mut all = Vec::new();
            for (place, value) in values.iter().enumerate() {
                for changed in spoiled(value) {
                    let mut other = document.clone();
                    other[place] = changed;
                    all.push(other);
                }
            }
            all
        }
        Value::String(text) => vec![json!(format!("{text}0")), json!(0)],
        Value::Number(_) | Value::Bool(_) => vec![json!("0")],
        Value::Null => vec![json!(0)],
    }
}

/// Each test of each file stands alone in a document, and is spoiled there.
#[test]
fn a_schema_refuses_what_is_not_of_its_form() {
    for (file, document, validator) in test_files() {
        for test in document["tests"].as_array().unwrap() {
            let alone = |test: Value| {
                let mut alone = document.clone();
                alone["tests"] = json!([test]);
                alone
            };
            assert!(validator.is_valid(&alone(test.clone())));
            for changed in spoiled(test) {
                let shown = changed.to_string();
                let valid = validator.is_valid(&alone(changed));
                assert!(!valid, "{file} may not have {shown}");
            }
        }
    }
}
