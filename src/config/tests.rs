//! The sample is read as documented, and every key refuses a wrong value by name.

use super::*;

fn commented() -> String {
    let region = "530900".parse().unwrap();
    sample(region, "甲\"乙", "https://127.0.0.1:8443", None, &Listen::default(), &Database::default())
}

fn read(text: &str) -> Result<Settings, ConfigError> {
    Settings::parse(Path::new("D/guitu.toml"), text, |_| None)
}

#[test]
fn the_sample_says_the_defaults() {
    let settings = read(&commented()).unwrap();
    assert_eq!((settings.name.as_str(), settings.upper), ("甲\"乙", None));
    let bare = "region = \"530900\"\nname = \"甲\\\"乙\"\npeer_url = \"https://127.0.0.1:8443\"\n";
    assert_eq!(read(bare).unwrap(), settings);
}

#[test]
fn the_commented_keys_are_keys() {
    let uncommented: Vec<String> =
        commented()
            .lines()
            .map(|line| {
                if line.contains(" = \"") {
                    line.trim_start_matches("# ").to_owned()
                } else {
                    line.to_owned()
                }
            })
            .collect();
    let settings = read(&uncommented.join("\n")).unwrap();
    assert!(settings.upper.is_some() && settings.database.keystore_url.is_some());
}

#[test]
fn each_key_refuses_a_wrong_value_by_name_and_says_what_to_write() {
    let wrong = [
        ("region", "\"53090\""),
        ("name", "\"\""),
        ("name", "7"),
        ("peer_url", "\"http://node.example\""),
        ("peer_url", "\"https://node.example/path\""),
        ("upper", "\"x\""),
        ("upper", "\"530900\""),
        ("upper", "\"140000\""),
        ("listen.peer", "\"localhost\""),
        ("listen.office", "443"),
        ("listen.ops", "\"0.0.0.0:1\""),
        ("database.kind", "\"mysql\""),
        ("database.url", "7"),
        ("database.keystore_url", "true"),
        ("database.connections", "1"),
        ("database.pooler", "\"yes\""),
        ("log.level", "\"loud\""),
        ("log.format", "\"xml\""),
        ("delivery.poll_ms", "5"),
        ("delivery.fetch_from", "[\"530900\"]"),
        ("delivery.fetched_by", "[\"530900\"]"),
        ("delivery.fetched_by", "[\"x\"]"),
        ("purge.withdrawal_days", "0"),
        ("purge.withdrawal_days", "31"),
        ("witness.nodes", "[\"530900\"]"),
        ("witness.nodes", "[\"1\"]"),
        ("witness.nodes", "3"),
        ("limits.peer_requests_per_second", "0"),
        ("limits.peer_requests_per_second", "100001"),
        ("limits.peer_requests_at_once", "1"),
        ("limits.peer_requests_at_once", "-3"),
        ("limits.peer_connections", "1"),
        ("limits.peer_connections", "true"),
        ("limits.head_seconds", "0"),
        ("limits.head_seconds", "61"),
        ("limits.body_seconds", "\"30\""),
        ("limits.body_seconds", "301"),
        ("retention.audit_days", "1095"),
        ("retention.audit_days", "0"),
        ("retention.audit_days", "\"3 years\""),
        ("retention.log_days", "179"),
        ("retention.log_days", "-1"),
    ];
    for (key, value) in wrong {
        let text = with(key, value);
        let at = text.lines().position(|line| line.ends_with("# here")).unwrap() + 1;
        let said = read(&text).unwrap_err().to_string();
        assert!(said.starts_with(&format!("D/guitu.toml:{at}: {key}: ")), "{said}");
        assert!(said.contains("; write "), "{said}");
    }
}

fn with(key: &str, value: &str) -> String {
    let (table, name) = key.split_once('.').map_or(("", key), |(table, name)| (table, name));
    let mut inside = String::new();
    let mut lines = Vec::new();
    for line in commented().lines() {
        if let Some(head) = line.strip_prefix('[') {
            inside = head.trim_end_matches(']').to_owned();
        }
        let plain = line.trim_start_matches("# ");
        let is_key = plain.split_once(" = ").is_some_and(|(found, _)| found == name) && inside == table;
        lines.push(if is_key { format!("{name} = {value} # here") } else { line.to_owned() });
    }
    lines.join("\n")
}

#[test]
fn unknown_and_missing_keys_are_named() {
    let said = read(&with("log.level", "\"info\"\ncolour = 1")).unwrap_err().to_string();
    assert!(said.contains(": log.colour: unknown field"), "{said}");
    let said = read("name = \"x\"\npeer_url = \"https://a\"").unwrap_err().to_string();
    assert!(said.contains(": region: missing field"), "{said}");
}

#[test]
fn a_wrong_value_is_not_repeated() {
    let said = read(&with("database.connections", "\"secret\"")).unwrap_err().to_string();
    assert!(!said.contains("secret"), "{said}");
    for pasted in ["postgres://u:secret@h/db", "postgres://u:secret@h/db?sslmode=require"] {
        let said =
            read(&format!("{}\n{pasted}\n", with("database.connections", "4"))).unwrap_err().to_string();
        assert!(!said.contains("secret"), "{said}");
    }
}

#[test]
fn the_environment_stands_above_the_file() {
    let text = with("database.kind", "\"postgres\"");
    assert!(read(&text).unwrap_err().to_string().contains("GUITU_DATABASE_URL"));
    let said = |name: &str| Some(format!("postgres://h/{}", name.len()));
    let settings = Settings::parse(Path::new("x"), &text, said).unwrap();
    assert_eq!(settings.database.url.as_deref(), Some("postgres://h/18"));
    assert!(!format!("{settings:?}").contains("postgres://"));
}

#[test]
fn a_missing_file_says_what_the_folder_should_be() {
    let said = Settings::load(Path::new("nowhere"), |_| None).unwrap_err().to_string();
    assert!(said.contains("guitu init"), "{said}");
}
