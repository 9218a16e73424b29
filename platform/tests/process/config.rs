use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{CommandFactory, Parser};
use platform::config::{self, Environment, Error, Secret};

#[derive(Clone, Debug, clap::Args)]
struct Notify {
    /// How long a link works.
    #[arg(id = "notify-link-life", long = "notify-link-life", default_value = "30d", value_parser = config::duration)]
    link_life: Duration,
    /// Password of the relay.
    #[arg(id = "notify-smtp-password", long = "notify-smtp-password")]
    smtp_password: Option<Secret>,
    /// Connections to the relay.
    #[arg(id = "notify-smtp-connections", long = "notify-smtp-connections", default_value_t = 4)]
    smtp_connections: u16,
    /// Whether to send at all.
    #[arg(id = "notify-off", long = "notify-off")]
    off: bool,
}

#[derive(Debug, Parser)]
struct Cli {
    /// The settings file.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Serve(Serve),
}

#[derive(Debug, clap::Args)]
struct Serve {
    /// Where to listen.
    #[arg(long)]
    listen: String,
    #[command(flatten)]
    notify: Notify,
}

/// Runs `serve` with these flags, environment and settings file.
fn serve(flags: &[&str], environment: &[(&str, &str)], file: &str) -> Result<Serve, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("roster.toml");
    std::fs::write(&path, file).unwrap();
    let mut environment: Environment =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    environment.insert("ROSTER_CONFIG".to_owned(), path.display().to_string());
    let arguments: Vec<OsString> = ["roster", "serve"].iter().chain(flags).map(OsString::from).collect();
    let Cli { command: Verb::Serve(serve), .. } = config::parse::<Cli>(&arguments, &environment)?;
    Ok(serve)
}

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    let (flag, variable) = (["--notify-smtp-connections=9"], [("ROSTER_NOTIFY_SMTP_CONNECTIONS", "8")]);
    let file = "listen = \"[::]:80\"\n[notify]\nsmtp_connections = 7\n";
    let connections = |flags: &[&str], environment: &[(&str, &str)], file| {
        serve(&[flags, &["--listen", ":1"]].concat(), environment, file).unwrap().notify.smtp_connections
    };
    assert_eq!(connections(&flag, &variable, file), 9);
    assert_eq!(connections(&[], &variable, file), 8);
    assert_eq!(connections(&[], &[], file), 7);
    assert_eq!(connections(&[], &[], ""), 4);
    assert_eq!(serve(&[], &[], file).unwrap().listen, "[::]:80", "a required flag may come from the file");
}

#[test]
fn a_switch_and_a_duration_come_from_everywhere() {
    let file = "listen = \"x\"\nnotify-off = true\n[notify]\nlink-life = \"90s\"\n";
    let notify = serve(&[], &[], file).unwrap().notify;
    assert!(notify.off);
    assert_eq!(notify.link_life, Duration::from_secs(90));
    let notify = serve(&["--notify-off"], &[("ROSTER_LISTEN", "x")], "").unwrap().notify;
    assert!(notify.off);
}

#[test]
fn a_bad_value_is_blamed_on_its_source() {
    let blamed = |flags: &[&str], environment: &[(&str, &str)], file| {
        serve(&[flags, &["--listen=x"]].concat(), environment, file).unwrap_err().to_string()
    };
    let variable = blamed(&[], &[("ROSTER_NOTIFY_SMTP_CONNECTIONS", "many")], "");
    assert!(variable.starts_with("ROSTER_NOTIFY_SMTP_CONNECTIONS: \"many\""), "{variable}");
    let file = blamed(&[], &[], "[notify]\nlink-life = \"soon\"\n");
    assert!(
        file.starts_with("notify-link-life of /") && file.contains("roster.toml: \"soon\": a duration"),
        "{file}"
    );
    let flag = blamed(&["--notify-link-life=soon"], &[("ROSTER_NOTIFY_LINK_LIFE", "1d")], "");
    assert!(flag.contains("--notify-link-life"), "{flag}");
    let unknown = blamed(&[], &[], "[notify]\nsmtp-prot = 1\n");
    assert!(
        unknown.starts_with("notify-smtp-prot of /") && unknown.ends_with("there is no such setting"),
        "{unknown}"
    );
    assert!(matches!(serve(&["--listen=x"], &[], "[notify").unwrap_err(), Error::Toml { .. }));
}

#[test]
fn a_secret_is_read_from_a_file_and_never_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    std::fs::write(&path, "hunter2\n").unwrap();
    let variables = [("ROSTER_NOTIFY_SMTP_PASSWORD_FILE", path.to_str().unwrap()), ("ROSTER_LISTEN", "x")];
    let notify = serve(&[], &variables, "").unwrap().notify;
    assert_eq!(notify.smtp_password.as_ref().unwrap().expose(), "hunter2");
    assert!(!format!("{notify:?}").contains("hunter2"));
    let help = serve(&["--help"], &variables, "").unwrap_err().to_string();
    assert!(help.contains("--notify-smtp-password") && !help.contains("hunter2"), "{help}");
    let both = [("ROSTER_NOTIFY_SMTP_PASSWORD", "x"), variables[0], variables[1]];
    assert!(serve(&[], &both, "").unwrap_err().to_string().contains("one of them must go"));
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(serve(&[], &variables, "").unwrap_err(), Error::File { .. }));
}

#[test]
fn durations_have_a_unit() {
    let good =
        [("250ms", 250), ("90s", 90_000), ("15m", 900_000), ("24h", 86_400_000), ("30d", 2_592_000_000)];
    for (text, millis) in good {
        assert_eq!(config::duration(text).unwrap(), Duration::from_millis(millis));
    }
    for bad in ["", "1", "s", "-1s", "1.5s", "1 s", "1w", "99999999999999999999s", "99999999999999999d"] {
        assert!(config::duration(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_table_lists_every_setting_once() {
    let table = config::table(&Cli::command());
    let row = "| `--notify-link-life` | `ROSTER_NOTIFY_LINK_LIFE` | `30d` | How long a link works |";
    assert_eq!(table.matches(row).count(), 1, "{table}");
    assert_eq!(table.lines().count(), 2 + 6, "{table}");
}

#[test]
fn tests_start_from_the_defaults() {
    let notify = config::defaults::<Notify>();
    assert_eq!((notify.smtp_connections, notify.smtp_password), (4, None));
}
