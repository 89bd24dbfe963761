//! Settings: flags first, then the environment, then `lianzhu.toml`, then what is built in; each
//! with where it came from.

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use graph::decide::Policy;
use graph::ledger::Snapshots;

use crate::cli::Global;
use crate::report::Failure;

/// Where `serve --demo` keeps its log, unless told otherwise.
pub(crate) const DEMO_FOLDER: &str = "./lianzhu-demo";

/// The settings file that is read when no other is named.
const FILE_NAME: &str = "lianzhu.toml";

/// The variable that names another settings file.
const FILE_VARIABLE: &str = "LIANZHU_CONFIG";

/// One thing that can be set.
pub(crate) struct Key {
    /// Its name in the settings file; its flag is `--name`.
    pub(crate) name: &'static str,
    /// Its environment variable.
    pub(crate) variable: &'static str,
    /// What holds where nobody says otherwise.
    pub(crate) default: &'static str,
    /// What it means.
    pub(crate) meaning: &'static str,
}

static DATA: Key = Key {
    name: "data",
    variable: "LIANZHU_DATA",
    default: "./lianzhu-data",
    meaning: "the folder that holds the log",
};
static LISTEN: Key = Key {
    name: "listen",
    variable: "LIANZHU_LISTEN",
    default: "127.0.0.1:8080",
    meaning: "the address that the server listens on",
};
static ACCEPT_AT: Key = Key {
    name: "accept_at",
    variable: "LIANZHU_ACCEPT_AT",
    default: "0.6",
    meaning: "extracted claims from this confidence on are accepted at once, 0 to 1",
};
static INDEX_CACHE_MIB: Key = Key {
    name: "index_cache_mib",
    variable: "LIANZHU_INDEX_CACHE_MIB",
    default: "64",
    meaning: "memory for the pages of the log's index, in MiB",
};
static MIN_FREE_MIB: Key = Key {
    name: "min_free_mib",
    variable: "LIANZHU_MIN_FREE_MIB",
    default: "256",
    meaning: "nothing is recorded that would leave fewer MiB free on the disk; 0 turns it off",
};
static SCRUB_MIB: Key = Key {
    name: "scrub_mib_per_second",
    variable: "LIANZHU_SCRUB_MIB_PER_SECOND",
    default: "8",
    meaning: "how fast the log is read again for damage while it is open; 0 turns it off",
};
static SNAPSHOT_EVENTS: Key = Key {
    name: "snapshot_events",
    variable: "LIANZHU_SNAPSHOT_EVENTS",
    default: "20000",
    meaning: "how many events may be recorded before a new snapshot for a quick start; 0 turns it off",
};
static LOG: Key = Key {
    name: "log",
    variable: "LIANZHU_LOG",
    default: "warn",
    meaning: "what is logged to standard error, such as `info` or `warn,store=debug`",
};

/// Everything that can be set, in the order in which it is shown.
static KEYS: [&Key; 8] = [
    &DATA,
    &LISTEN,
    &ACCEPT_AT,
    &INDEX_CACHE_MIB,
    &MIN_FREE_MIB,
    &SCRUB_MIB,
    &SNAPSHOT_EVENTS,
    &LOG,
];

/// Where a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Built in.
    Default,
    /// The settings file.
    File(PathBuf),
    /// An environment variable.
    Environment(&'static str),
    /// The command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(path) => write!(f, "{}", path.display()),
            Origin::Environment(variable) => f.write_str(variable),
            Origin::Flag(name) => write!(f, "--{name}"),
        }
    }
}

/// What holds for one key, and why.
pub(crate) struct Setting {
    pub(crate) key: &'static Key,
    pub(crate) value: OsString,
    pub(crate) origin: Origin,
}

/// Every setting.
pub(crate) struct Config {
    data: Setting,
    listen: Setting,
    accept_at: Setting,
    index_cache_mib: Setting,
    min_free_mib: Setting,
    scrub_mib_per_second: Setting,
    snapshot_events: Setting,
    log: Setting,
}

impl Config {
    /// Gathers settings from all places.
    pub(crate) fn gather(flags: &Global, listen: Option<&str>) -> Result<Config, Failure> {
        let named =
            flags.config.clone().or_else(|| std::env::var_os(FILE_VARIABLE).map(Into::into));
        let file = File::read(named.as_deref())?;
        let setting = |key: &'static Key, flag: Option<OsString>| {
            let variable = || std::env::var_os(key.variable).filter(|value| !value.is_empty());
            let (value, origin) = if let Some(value) = flag {
                (value, Origin::Flag(key.name))
            } else if let Some(value) = variable() {
                (value, Origin::Environment(key.variable))
            } else if let Some(value) = file.value(key) {
                (value.into(), Origin::File(file.path.clone()))
            } else {
                (key.default.into(), Origin::Default)
            };
            Setting { key, value, origin }
        };
        Ok(Config {
            data: setting(&DATA, flags.data.clone().map(OsString::from)),
            listen: setting(&LISTEN, listen.map(OsString::from)),
            accept_at: setting(&ACCEPT_AT, flags.accept_at.clone().map(OsString::from)),
            index_cache_mib: setting(&INDEX_CACHE_MIB, None),
            min_free_mib: setting(&MIN_FREE_MIB, None),
            scrub_mib_per_second: setting(&SCRUB_MIB, None),
            snapshot_events: setting(&SNAPSHOT_EVENTS, None),
            log: setting(&LOG, None),
        })
    }

    /// All of them, in the order of [`KEYS`].
    pub(crate) fn settings(&self) -> [&Setting; 8] {
        [
            &self.data,
            &self.listen,
            &self.accept_at,
            &self.index_cache_mib,
            &self.min_free_mib,
            &self.scrub_mib_per_second,
            &self.snapshot_events,
            &self.log,
        ]
    }

    /// The data folder, and whether somebody chose it.
    pub(crate) fn data(&self) -> (PathBuf, &Origin) {
        let setting = &self.data;
        (PathBuf::from(&setting.value), &setting.origin)
    }

    /// The address to listen on.
    pub(crate) fn listen(&self) -> Result<SocketAddr, Failure> {
        let setting = &self.listen;
        let text = setting.value.to_string_lossy();
        // `localhost` is no address, but everybody writes it.
        let numeric = text.replace("localhost", "127.0.0.1");
        numeric.parse().map_err(|_| setting.unusable("write an address such as 127.0.0.1:8080"))
    }

    /// By which claims are accepted.
    pub(crate) fn policy(&self) -> Result<Policy, Failure> {
        let setting = &self.accept_at;
        let number = setting.value.to_str().and_then(|text| text.parse::<f64>().ok());
        let policy = number.and_then(|number| Policy::accepting_at(number).ok());
        policy.ok_or_else(|| setting.unusable("write a number from 0 to 1, such as 0.6"))
    }

    /// Memory for the index, in bytes.
    pub(crate) fn index_cache_bytes(&self) -> Result<u64, Failure> {
        let setting = &self.index_cache_mib;
        let number = setting.value.to_str().and_then(|text| text.parse::<u64>().ok());
        let bytes = number.filter(|mib| (1..=1 << 20).contains(mib)).map(|mib| mib << 20);
        bytes.ok_or_else(|| setting.unusable("write a whole number of MiB, at least 1"))
    }

    /// What must stay free on the disk, in bytes.
    pub(crate) fn min_free_bytes(&self) -> Result<u64, Failure> {
        let setting = &self.min_free_mib;
        let number = setting.value.to_str().and_then(|text| text.parse::<u64>().ok());
        let bytes = number.filter(|mib| *mib <= 1 << 30).map(|mib| mib << 20);
        bytes.ok_or_else(|| setting.unusable("write a whole number of MiB; 0 turns it off"))
    }

    /// How fast the log is read again in the background, in bytes a second.
    pub(crate) fn scrub_bytes_per_second(&self) -> Result<u64, Failure> {
        let setting = &self.scrub_mib_per_second;
        let number = setting.value.to_str().and_then(|text| text.parse::<u64>().ok());
        let bytes = number.filter(|mib| *mib <= 1 << 20).map(|mib| mib << 20);
        bytes
            .ok_or_else(|| setting.unusable("write a whole number of MiB a second; 0 turns it off"))
    }

    /// The snapshots of the graph whose log lies in a folder; `None` where they are turned off.
    pub(crate) fn snapshots(&self, folder: &Path) -> Result<Option<Snapshots>, Failure> {
        let setting = &self.snapshot_events;
        let number = setting.value.to_str().and_then(|text| text.parse::<u64>().ok());
        let events_min = number
            .ok_or_else(|| setting.unusable("write a whole number of events; 0 turns it off"))?;
        let snapshots = Snapshots {
            folder: folder.join("snapshots"),
            min_free_bytes: self.min_free_bytes()?,
            events_min,
        };
        Ok(Some(snapshots).filter(|_| events_min > 0))
    }

    /// What is logged; `None` where nobody said.
    pub(crate) fn log_filter(&self) -> Option<String> {
        let setting = &self.log;
        let said = setting.origin != Origin::Default;
        said.then(|| setting.value.to_string_lossy().into_owned())
    }
}

impl Setting {
    fn unusable(&self, way_out: &str) -> Failure {
        let (name, value) = (self.key.name, self.value.to_string_lossy());
        Failure::usage(format!("`{value}` cannot be used as {name} (from {})", self.origin))
            .way_out(way_out)
    }
}

struct File {
    path: PathBuf,
    table: toml::Table,
}

impl File {
    fn read(named: Option<&Path>) -> Result<File, Failure> {
        let path = named.unwrap_or(Path::new(FILE_NAME)).to_owned();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => {
                return Ok(File { path, table: toml::Table::new() });
            }
            Err(error) => {
                let what = format!("the settings file {} cannot be read: {error}", path.display());
                return Err(Failure::usage(what).way_out("name another with --config"));
            }
        };
        let bad = |what: String| Failure::usage(format!("{}: {what}", path.display()));
        let table: toml::Table =
            text.parse().map_err(|error: toml::de::Error| bad(error.message().to_owned()))?;
        if let Some(unknown) = table.keys().find(|name| KEYS.iter().all(|key| key.name != **name)) {
            let known: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
            let what = format!("there is no setting `{unknown}`; known are: {}", known.join(", "));
            return Err(bad(what));
        }
        Ok(File { path, table })
    }

    fn value(&self, key: &Key) -> Option<String> {
        self.table.get(key.name).map(|value| match value {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }
}
