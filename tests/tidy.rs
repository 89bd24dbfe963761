use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::root;

/// The longest source file. From 400 on, look for the second noun in it.
const LINES_MAX: usize = 600;

/// Crates of the workspace from which each may import.
const MAY_IMPORT: [(&str, &[&str]); 5] = [
    ("store", &[]),
    ("graph", &["store"]),
    ("seeds", &["graph", "store"]),
    ("gql", &["graph", "store"]),
    (".", &["store", "graph", "seeds", "gql"]),
];

/// Every file that git keeps or would keep, from the root, without what is built or locked.
fn files() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .current_dir(root())
        .args(["-c", "core.quotePath=false", "ls-files", "-z", "-co", "--exclude-standard"])
        .output();
    let listed = match listed {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout).unwrap(),
        // An unpacked archive has no history; its files are all there is.
        _ => return walk(root()),
    };
    let paths = listed.split('\0').filter(|path| !path.is_empty()).map(PathBuf::from);
    paths.filter(|path| is_ours(path) && root().join(path).is_file()).collect()
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !matches!(&*name, "target" | ".git" | "node_modules") {
            found.extend(walk(&path));
        } else if path.is_file() {
            found.push(path.strip_prefix(root()).unwrap().to_owned());
        }
    }
    found.retain(|path| is_ours(path));
    found
}

fn is_ours(path: &Path) -> bool {
    !path.starts_with("gql/ui")
        && !path.ends_with("package-lock.json")
        && !path.ends_with("Cargo.lock")
}

fn read(path: &Path) -> String {
    let bytes = std::fs::read(root().join(path)).unwrap();
    String::from_utf8(bytes).unwrap_or_default()
}

fn sources() -> Vec<(PathBuf, String)> {
    let rust = files().into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs"));
    let sources: Vec<_> = rust.map(|path| (path.clone(), read(&path))).collect();
    assert!(sources.len() > 100, "only {} source files were found", sources.len());
    sources
}

fn manifest(folder: &str) -> toml::Table {
    read(&Path::new(folder).join("Cargo.toml")).parse().unwrap()
}

/// The crates of the workspace in a table of dependencies.
fn workspace_crates(manifest: &toml::Table, table: &str) -> Vec<String> {
    let names =
        manifest.get(table).and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys);
    names.filter(|name| MAY_IMPORT.iter().any(|(krate, _)| krate == name)).cloned().collect()
}

#[test]
fn tidy_dependencies_point_one_way() {
    for (krate, allowed) in MAY_IMPORT {
        let manifest = manifest(krate);
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            // A test may compare with what lies beside it, but never above it.
            for name in workspace_crates(&manifest, table) {
                assert!(
                    allowed.contains(&&*name),
                    "{krate}/Cargo.toml, [{table}]: `{krate}` must not know `{name}`; \
                     move what both need down into `graph`, or join them in `src/`"
                );
            }
        }
    }
}

#[test]
fn tidy_the_model_imports_no_sibling() {
    for (path, text) in sources() {
        if !path.starts_with("graph/src/model") && path != Path::new("graph/src/model.rs") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_start();
            if line.starts_with("//") {
                continue;
            }
            let outside = line
                .match_indices("crate::")
                .find(|(at, _)| !line[at + "crate::".len()..].starts_with("model"));
            assert!(
                outside.is_none() && !line.contains("store::"),
                "{}:{}: the model imports nothing of its siblings; take the value as an argument \
                 or move the type into the model: {line}",
                path.display(),
                number + 1
            );
        }
    }
}

#[test]
fn tidy_files_are_short_and_named_after_what_they_hold() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(
            lines <= LINES_MAX,
            "{} has {lines} lines, and {LINES_MAX} is the most; find the second noun in it and \
             give it a file of its own",
            path.display()
        );
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        assert!(
            !["mod", "util", "utils", "common", "helper", "helpers", "misc"].contains(&&*name),
            "{}: no drawer for everything; name the file after what it holds, `foo.rs` beside `foo/`",
            path.display()
        );
        let is_example_or_test = path.components().any(|part| part.as_os_str() == "tests");
        assert!(
            is_example_or_test
                || name.ends_with("tests")
                || text.starts_with("//!")
                || text.starts_with("#![doc"),
            "{}: open the file with `//!` and say what it does and what it does not",
            path.display()
        );
    }
}

#[test]
fn tidy_every_dependency_says_why_it_is_here() {
    let text = read(Path::new("Cargo.toml"));
    let section = text.split("[workspace.dependencies]").nth(1).unwrap();
    let section = section.split("\n[").next().unwrap();
    let mut seen = 0;
    for line in section.lines().filter(|line| line.contains('=') && !line.starts_with('#')) {
        seen += 1;
        assert!(
            line.contains("path = ")
                || line.split_once("# ").is_some_and(|(_, why)| why.len() > 10),
            "Cargo.toml: `{line}` gives no reason; end the line with `# what it is needed for`"
        );
    }
    assert!(seen > 30, "only {seen} dependencies were found");
    for (krate, _) in MAY_IMPORT {
        for table in ["dependencies", "dev-dependencies"] {
            let manifest = manifest(krate);
            let Some(table) = manifest.get(table).and_then(toml::Value::as_table) else { continue };
            for (name, value) in table {
                assert!(
                    value.get("workspace").and_then(toml::Value::as_bool) == Some(true),
                    "{krate}/Cargo.toml: write `{name}.workspace = true` and its version and reason \
                     into the root's [workspace.dependencies]"
                );
            }
        }
    }
}

#[test]
fn tidy_every_dependency_of_the_workspace_is_used() {
    let declared = manifest(".");
    let declared = declared["workspace"]["dependencies"].as_table().unwrap();
    let used: Vec<toml::Table> = MAY_IMPORT.iter().map(|(krate, _)| manifest(krate)).collect();
    for name in declared.keys() {
        let is_used = used.iter().any(|manifest| {
            ["dependencies", "dev-dependencies"]
                .iter()
                .any(|table| manifest.get(*table).is_some_and(|table| table.get(name).is_some()))
        });
        assert!(
            is_used,
            "Cargo.toml: nobody uses `{name}`; take it out of [workspace.dependencies]"
        );
    }
}

#[test]
fn tidy_both_languages_tell_the_same() {
    let headings = |name: &str| -> Vec<usize> {
        let text = read(Path::new(name));
        let mut in_code = false;
        let lines = text.lines().filter(|line| {
            in_code ^= line.starts_with("```");
            !in_code && line.starts_with('#')
        });
        lines.map(|line| line.chars().take_while(|c| *c == '#').count()).collect()
    };
    assert_eq!(
        headings("README.md"),
        headings("README.zh.md"),
        "README.md and README.zh.md have different headings; tell the same in both"
    );
}

#[test]
fn tidy_the_changelog_has_a_place_for_what_comes() {
    let text = read(Path::new("CHANGELOG.md"));
    let unreleased =
        text.lines().any(|line| line.starts_with("## ") && line.contains("Unreleased"));
    assert!(
        unreleased,
        "CHANGELOG.md needs a section `## Unreleased`, where changes are written first"
    );
}

#[test]
fn tidy_nothing_speaks_of_the_machine_it_was_written_on() {
    // Put together here, so that this file does not find itself.
    let machine = [
        ["/wo", "rk/"].concat(),
        ["/ho", "me/"].concat(),
        ["/ro", "ot/"].concat(),
        ["/Us", "ers/"].concat(),
    ];
    let (todo, fixme) = (["TO", "DO"].concat(), ["FIX", "ME"].concat());
    for path in files() {
        for (number, line) in read(&path).lines().enumerate() {
            let place = format!("{}:{}", path.display(), number + 1);
            for machine in &machine {
                // Not an address, nor the middle of a longer path.
                let at = line.find(machine.as_str());
                let begins = at.is_some_and(|at| {
                    at == 0
                        || !line[..at]
                            .ends_with(|c: char| c.is_alphanumeric() || "./-_~}".contains(c))
                });
                assert!(
                    !begins,
                    "{place}: a path of one machine; write it from the root of the repository: {line}"
                );
            }
            let unfinished = line.contains(&todo) || line.contains(&fixme);
            assert!(
                !unfinished || line.contains('#'),
                "{place}: an unfinished thing without an issue; write `{todo}(#123)` or finish it: {line}"
            );
        }
    }
}

#[test]
fn tidy_every_test_file_is_run() {
    for (path, text) in sources() {
        let Some(folder) = path.parent().filter(|folder| folder.ends_with("tests")) else {
            continue;
        };
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
        if name == "main" || !root().join(folder).join("main.rs").exists() || text.is_empty() {
            continue;
        }
        let main = read(&folder.join("main.rs"));
        assert!(
            main.contains(&format!("mod {name};")),
            "{}: no test of it runs; add `mod {name};` to {}/main.rs with a line that says what belongs there",
            path.display(),
            folder.display()
        );
    }
}
