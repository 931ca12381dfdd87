//! What is a URI of keys, and what is not.

use super::*;

/// What absolute paths begin with.
const ROOT: &str = if cfg!(windows) { "C:" } else { "" };

fn parse(text: &str) -> Uri {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> String {
    text.parse::<Uri>().expect_err(text).to_string()
}

#[test]
fn every_attribute_has_its_place() {
    let uri = parse(&format!(
        "pkcs11:token=The%20Token;manufacturer=Snake%20Oil,%20Inc.;model=1.0;serial=;\
         slot-id=18446744073709551615;slot-description=S;slot-manufacturer=T;\
         library-manufacturer=L;library-description=D;library-version=255.1;\
         object=k%C3%A4y&co;id=%69%95%00%ff1;type=private\
         ?module-path={ROOT}/usr/lib/a/b.so&pin-source=file:{ROOT}/etc/pin%20s",
    ));
    let text = |text: &str| Some(text.to_owned());
    let expected = Uri {
        module_path: Some(format!("{ROOT}/usr/lib/a/b.so").into()),
        library_manufacturer: text("L"),
        library_description: text("D"),
        library_version: Some((255, 1)),
        slot_id: Some(u64::MAX),
        slot_description: text("S"),
        slot_manufacturer: text("T"),
        token: text("The Token"),
        manufacturer: text("Snake Oil, Inc."),
        model: text("1.0"),
        serial: text(""),
        object: text("käy&co"),
        id: Some(vec![0x69, 0x95, 0x00, 0xff, b'1']),
        pin_source: Some(format!("{ROOT}/etc/pin s").into()),
        private: Some(()),
    };
    assert_eq!(uri, expected);
}

#[test]
fn nothing_is_needed_but_the_scheme() {
    assert_eq!(parse("pkcs11:"), Uri::default());
    assert_eq!(parse("PKCS11:?"), Uri::default());
    for text in ["", "pkcs11", "pkcs12:", "pkcs1ä:", " pkcs11:", "/lib/a.so"] {
        assert!(refused(text).contains("begin"), "{text}");
    }
}

#[test]
fn every_escape_is_decoded_in_either_case() {
    for byte in 0..=u8::MAX {
        for text in [
            format!("pkcs11:id=%{byte:02x}"),
            format!("pkcs11:id=%{byte:02X}"),
        ] {
            assert_eq!(parse(&text).id, Some(vec![byte]), "{text}");
        }
    }
    // Decoded once.
    assert_eq!(parse("pkcs11:object=%2525").object.as_deref(), Some("%25"));
}

#[test]
fn characters_stand_for_themselves_where_the_rfc_lets_them() {
    let (both, path, query) = ("aZ09-._~:[]@!$'()*+,=", "&", "/?|");
    for character in '\0'..='\u{ff}' {
        let allowed = |more: &str| (both.to_owned() + more).contains(character);
        let in_path = format!("pkcs11:object={character}a=b");
        let in_query = format!("pkcs11:?x={character}a=b");
        let escapes = character.is_ascii_alphanumeric();
        if !matches!(character, ';' | '?') {
            let parsed = in_path.parse::<Uri>().is_ok();
            assert_eq!(parsed, allowed(path) || escapes, "{in_path:?}");
        }
        if character != '&' {
            let parsed = in_query.parse::<Uri>().is_ok();
            assert_eq!(parsed, allowed(query) || escapes, "{in_query:?}");
        }
    }
    for text in ["%", "%4", "%g0", "%0g", "a%", "%%41", "%+1", "%4ä"] {
        assert!(refused(&format!("pkcs11:id={text}")).contains("`id`"));
        assert!(refused(&format!("pkcs11:?x={text}")).contains("`x`"));
    }
}

#[test]
fn attributes_are_there_once() {
    for name in ["token", "object", "id", "serial", "library-description"] {
        let text = format!("pkcs11:{name}=a;{name}=a");
        assert!(refused(&text).contains("twice"), "{text}");
    }
    assert!(refused("pkcs11:type=private;type=private").contains("twice"));
    assert!(refused("pkcs11:slot-id=1;slot-id=1").contains("twice"));
    assert!(refused("pkcs11:library-version=1;library-version=1").contains("twice"));
    for attribute in [
        format!("module-path={ROOT}/a"),
        format!("pin-source=file:{ROOT}/a"),
    ] {
        assert!(refused(&format!("pkcs11:?{attribute}&{attribute}")).contains("twice"));
    }
}

#[test]
fn what_narrows_the_key_down_is_known_or_refused() {
    for text in ["x-vendor=1", "Token=a", "token=a;vendor_2="] {
        assert!(refused(&format!("pkcs11:{text}")).contains("not known"));
    }
    for name in ["module-path", "pin-source", "pin-value", "module-name"] {
        assert!(refused(&format!("pkcs11:{name}=/a")).contains("behind"));
    }
    for name in [
        "token",
        "object",
        "id",
        "type",
        "slot-id",
        "library-version",
    ] {
        assert!(refused(&format!("pkcs11:?{name}=1")).contains("before"));
    }
    for kind in ["public", "cert", "data", "secret-key", "Private", ""] {
        assert!(refused(&format!("pkcs11:type={kind}")).contains("`type`"));
    }
}

#[test]
fn unknown_attributes_of_the_query_are_ignored() {
    let uri = parse(&format!(
        "pkcs11:?v=1&v=2&module-name=a&module-path={ROOT}/b.so&x-y_Z="
    ));
    assert_eq!(uri.module_path, Some(format!("{ROOT}/b.so").into()));
}

#[test]
fn what_is_no_attribute_is_refused() {
    for text in [
        ";",
        "token",
        "token=a;",
        ";token=a",
        "=a",
        "to%6ben=a",
        "t ken=a",
        "?&",
        "?a",
    ] {
        assert!(
            refused(&format!("pkcs11:{text}")).contains("an attribute"),
            "{text}"
        );
    }
}

#[test]
fn values_are_what_their_attributes_demand() {
    for id in ["", "-1", "+1", "a", "1.0", "18446744073709551616", "%31"] {
        assert!(refused(&format!("pkcs11:slot-id={id}")).contains("`slot-id`"));
    }
    assert_eq!(
        parse("pkcs11:library-version=3").library_version,
        Some((3, 0))
    );
    for version in ["", ".", "1.", ".1", "256", "1.256", "1.2.3", "+1", "a"] {
        let text = format!("pkcs11:library-version={version}");
        assert!(refused(&text).contains("`library-version`"), "{text}");
    }
    assert!(refused("pkcs11:object=%ff").contains("UTF-8"));
    for path in ["", "a.so", "./a.so"] {
        assert!(refused(&format!("pkcs11:?module-path={path}")).contains("absolute"));
    }
}

#[test]
fn pins_come_from_files_alone() {
    for source in ["file:", "file://"] {
        let uri = parse(&format!("pkcs11:?pin-source={source}{ROOT}%2Fa/pin"));
        assert_eq!(uri.pin_source, Some(format!("{ROOT}/a/pin").into()));
    }
    for source in [
        "",
        "/a/pin",
        "file:",
        "file:a",
        "file://host/a",
        "|/bin/pin",
        "http://a/",
    ] {
        let text = format!("pkcs11:?pin-source={source}");
        assert!(refused(&text).contains("`pin-source`"), "{text}");
    }
    let error = refused("pkcs11:token=a?pin-value=314159&pin-source=a");
    assert!(error.contains("`pin-value`") && !error.contains("314159"));
}
