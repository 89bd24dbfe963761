//! A running server in a folder of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long a server may take to be ready, or to end.
const PATIENCE: Duration = Duration::from_secs(300);

/// A server; dropped, it is killed.
pub(crate) struct Server {
    child: Child,
    /// Where it listens: `127.0.0.1:PORT`.
    pub(crate) address: String,
    rest: Option<BufReader<ChildStdout>>,
}

/// What a server left behind that ended on request.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// Standard output after the line that tells the address.
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Server {
    /// Starts a server in a folder, on a port of the system's choice, and waits until it is ready.
    pub(crate) fn start(folder: &Path, args: &[&str]) -> Server {
        let mut command = super::command(folder);
        command.arg("serve").args(args).args(["--listen", "127.0.0.1:0"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (told, heard) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            out.read_line(&mut line).unwrap();
            // Nobody waits any more when the test gave up.
            told.send((line, out)).ok();
        });
        let Ok((line, rest)) = heard.recv_timeout(PATIENCE) else {
            child.kill().unwrap();
            panic!("the server was not ready in time: {}", text_of(&mut child));
        };
        let Some(address) = line.trim_end().strip_prefix("listening on http://") else {
            child.kill().unwrap();
            panic!("the server said `{line}`: {}", text_of(&mut child));
        };
        Server { child, address: address.to_owned(), rest: Some(rest) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Asks it to end, as Ctrl-C does, and waits.
    pub(crate) fn stop(mut self) -> Ended {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let asked = Instant::now();
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code();
            }
            assert!(asked.elapsed() < PATIENCE, "the server did not end");
            thread::sleep(Duration::from_millis(20));
        };
        let mut out = String::new();
        self.rest.take().unwrap().read_to_string(&mut out).unwrap();
        Ended { code, out, err: text_of(&mut self.child) }
    }
}

impl Server {
    /// Kills it as the system does that has run out of memory: at once, whatever it is doing.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when it has ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn text_of(child: &mut Child) -> String {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    text
}
