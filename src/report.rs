//! What went wrong, in people's words: one sentence that says what, where and what to do, and how
//! the process ends.

mod known;

use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

pub(crate) use known::{ambiguous, cannot_listen, nothing_there, unknown_name};

/// How a failure ends the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What was asked for could not be done.
    Failed,
    /// The command line or a setting makes no sense.
    Usage,
    /// Whoever read our output has gone, as `head` does: no failure.
    OutputClosed,
}

/// Why a command was not carried out.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    what: String,
    causes: Vec<String>,
    way_out: Option<String>,
    in_chinese: Option<String>,
}

impl Failure {
    /// Something that could not be done.
    pub(crate) fn new(what: impl fmt::Display) -> Failure {
        Failure {
            kind: Kind::Failed,
            what: what.to_string(),
            causes: Vec::new(),
            way_out: None,
            in_chinese: None,
        }
    }

    /// A command line or a setting that makes no sense.
    pub(crate) fn usage(what: impl fmt::Display) -> Failure {
        Failure { kind: Kind::Usage, ..Failure::new(what) }
    }

    /// An error of a library, with the causes that its own words leave out.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Failure {
        let mut failure = Failure::new(error);
        let mut said = failure.what.clone();
        let mut source = error.source();
        while let Some(cause) = source {
            let words = cause.to_string();
            if !said.contains(&words) {
                failure.causes.push(words.clone());
                said = words;
            }
            source = cause.source();
        }
        failure
    }

    /// A failure to write results.
    pub(crate) fn output(error: &io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => {
                Failure { kind: Kind::OutputClosed, ..Failure::new(error) }
            }
            _ => Failure::new(format!("the results cannot be written: {error}")),
        }
    }

    /// A file that cannot be read.
    pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Failure {
        let path = path.display();
        match error.kind() {
            io::ErrorKind::NotFound => Failure::new(format!("there is no file {path}"))
                .way_out("check the path")
                .in_chinese(format!("没有文件 {path}；请检查路径")),
            io::ErrorKind::IsADirectory => Failure::new(format!("{path} is a folder"))
                .way_out("name a file in it")
                .in_chinese(format!("{path} 是文件夹；请给出其中的文件")),
            _ => Failure::new(format!("the file {path} cannot be read: {error}")),
        }
    }

    /// Says first what it is about.
    pub(crate) fn about(mut self, what: impl fmt::Display) -> Failure {
        self.what = format!("{what}: {}", self.what);
        self
    }

    /// What to do about it.
    pub(crate) fn way_out(mut self, way_out: impl fmt::Display) -> Failure {
        self.way_out = Some(way_out.to_string());
        self
    }

    /// The same in Chinese.
    pub(crate) fn in_chinese(mut self, words: impl fmt::Display) -> Failure {
        self.in_chinese = Some(words.to_string());
        self
    }

    /// What it says, for a place where it is one of several things.
    pub(crate) fn words(&self) -> String {
        match &self.way_out {
            Some(way_out) => format!("{}; {way_out}", self.what),
            None => self.what.clone(),
        }
    }

    /// Whether it is only that nobody reads our output any more.
    pub(crate) fn is_output_closed(&self) -> bool {
        self.kind == Kind::OutputClosed
    }

    /// The code with which the process ends.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self.kind {
            Kind::Failed => ExitCode::from(1),
            Kind::Usage => ExitCode::from(2),
            Kind::OutputClosed => ExitCode::SUCCESS,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.words())?;
        for cause in &self.causes {
            write!(f, "\n  because: {cause}")?;
        }
        if let Some(words) = &self.in_chinese {
            write!(f, "\n错误：{words}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Outer(io::Error);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the file a.txt cannot be read")
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn a_failure_says_what_why_and_what_to_do() {
        let error = Outer(io::Error::other("the disk is on fire"));
        let failure = Failure::of(&error).way_out("call the brigade").in_chinese("读不了 a.txt");
        assert_eq!(
            failure.to_string(),
            "error: the file a.txt cannot be read; call the brigade\n  because: the disk is on fire\n错误：读不了 a.txt"
        );
    }

    #[test]
    fn a_reader_that_went_away_is_no_failure() {
        let gone = Failure::output(&io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(gone.is_output_closed());
        assert!(!Failure::output(&io::Error::other("no space")).is_output_closed());
    }
}
