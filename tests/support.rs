pub(crate) mod client;
pub(crate) mod killing;
pub(crate) mod server;

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_lianzhu");

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// An article of the demo.
pub(crate) fn article(name: &str) -> PathBuf {
    root().join("seeds/articles").join(name)
}

/// What a terminal's owner may have set that shapes what is printed.
const TASTES: [&str; 5] = ["COLUMNS", "LINES", "CLICOLOR", "CLICOLOR_FORCE", "NO_COLOR"];

/// A command in a folder, untouched by the settings of whoever runs the tests.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command.current_dir(folder).stdin(Stdio::null());
    for name in TASTES {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LIANZHU_") {
            command.env_remove(name);
        }
    }
    command
}

/// What a run of the program left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    fn of(mut command: Command, input: Option<&[u8]>) -> Ran {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        if input.is_some() {
            command.stdin(Stdio::piped());
        }
        let mut child = command.spawn().unwrap();
        if let Some(bytes) = input {
            child.stdin.take().unwrap().write_all(bytes).unwrap();
        }
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().expect("ended by a signal"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Insists that it went well.
    #[track_caller]
    pub(crate) fn well(self) -> Ran {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }

    /// Insists that it failed with this code, in words and without the traces of a panic.
    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "{self:#?}");
        assert!(self.err.contains("error:"), "{self:#?}");
        for trace in ["panicked", "RUST_BACKTRACE", "unwrap()", "src/"] {
            assert!(!self.err.contains(trace), "{self:#?}");
        }
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// A folder of its own for one test; gone when the test is over.
pub(crate) struct Desk {
    folder: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        Desk { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file and tells its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Runs the program here.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Ran {
        let mut command = command(self.path());
        command.args(args);
        Ran::of(command, None)
    }

    /// Runs the program here with something on its standard input.
    pub(crate) fn run_with<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
        input: impl AsRef<[u8]>,
    ) -> Ran {
        let mut command = command(self.path());
        command.args(args);
        Ran::of(command, Some(input.as_ref()))
    }

    /// Runs the program here with a variable set.
    pub(crate) fn run_in<A: AsRef<OsStr>>(
        &self,
        (name, value): (&str, &str),
        args: impl IntoIterator<Item = A>,
    ) -> Ran {
        let mut command = command(self.path());
        command.args(args).env(name, value);
        Ran::of(command, None)
    }

    /// Records an article of the demo.
    pub(crate) fn with_article(self, name: &str) -> Desk {
        self.run([OsStr::new("ingest"), article(name).as_os_str()]).well();
        self
    }

    /// Position and hash of the log in the default folder.
    pub(crate) fn head(&self) -> (u64, String) {
        let info = self.run(["log", "info", "--json"]).well().json();
        (info["head"].as_u64().unwrap(), info["hash"].as_str().unwrap().to_owned())
    }
}
